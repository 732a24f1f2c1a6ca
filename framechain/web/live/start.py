"""What a page may say: its messages, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..refused import RefusedError
from .cameras.browser_camera import MOST_PIXELS
from .page_viewer import Wish
from .views import VIEWS

_TRANSPORTS = ("webrtc", "jpeg")
_SOURCES = ("browser", "server")
_LEAST_SIDE = 16


@dataclass(frozen=True, slots=True)
class Start:
    """How a session begins.

    Attributes:
        transport: "webrtc" or "jpeg".
        source: "browser" or "server".
        size: (width, height) of the browser's camera; None for that of its first image.
        has_audio: Whether the browser sends its microphone.
    """

    transport: str
    source: str
    size: tuple[int, int] | None = None
    has_audio: bool = False


def read_message(text: str) -> dict[str, Any]:
    """Return a message of the page.

    Raises:
        RefusedError: If it is none.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise RefusedError(400, "a message must be JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise RefusedError(400, 'a message must be an object with a "type"')
    return message


def read_start(message: dict[str, Any]) -> Start:
    """Return how a session begins.

    Raises:
        RefusedError: If the message does not say so.

    Example:
        >>> read_start({"type": "start", "transport": "jpeg", "source": "browser", "width": 640, "height": 480})
        Start(transport='jpeg', source='browser', size=(640, 480), has_audio=False)
    """
    if message["type"] != "start":
        raise RefusedError(400, f'the first message must be "start", got "{message["type"][:40]}"')
    transport, source = message.get("transport"), message.get("source", "browser")
    if transport not in _TRANSPORTS:
        raise RefusedError(400, 'the transport must be "webrtc" or "jpeg"')
    if source not in _SOURCES:
        raise RefusedError(400, 'the source must be "browser" or "server"')
    size: tuple[int, int] | None = None
    width: Any = message.get("width")
    height: Any = message.get("height")
    if (width, height) != (None, None):
        if not (_is_side(width) and _is_side(height)):
            raise RefusedError(400, f"width and height must be whole numbers of at least {_LEAST_SIDE}")
        if width * height > MOST_PIXELS:
            raise RefusedError(400, f"the camera may have at most {MOST_PIXELS} pixels, got {width}x{height}")
        size = int(width), int(height)
    return Start(transport, source, size, message.get("audio") is True)


def read_wish(message: dict[str, Any]) -> Wish:
    """Return what a page asks a run for.

    Raises:
        RefusedError: If it is nothing that a page may ask for.
    """
    kind = message["type"]
    if kind == "view":
        if message.get("view") not in VIEWS:
            raise RefusedError(400, f"the view must be one of {', '.join(VIEWS)}")
        return Wish("view", message["view"])
    if kind == "key":
        key = message.get("key")
        if not isinstance(key, str) or len(key) != 1:
            raise RefusedError(400, "a key must be one character")
        return Wish("key", key)
    if kind == "snapshot":
        return Wish("snapshot")
    raise RefusedError(400, f'there is no message "{kind[:40]}"')


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= _LEAST_SIDE
