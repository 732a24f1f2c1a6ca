"""Images on their way from whoever receives them to the run: only the newest waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ....pixels.image import Image
from ....threads.channel import Channel

if TYPE_CHECKING:
    from av import VideoFrame  # noqa: TID251  (for types only)

    from ....media.live_audio.feed import LiveAudio


class Content(Protocol):
    """An image as it came; it is decoded in the thread that reads."""

    def decode(self) -> VideoFrame | Image:
        """Return a decoded video frame, or uint8 (H, W, 3) BGR that the caller owns.

        Raises:
            MediaError: If it cannot be decoded.
        """


@dataclass(frozen=True, slots=True)
class Shot:
    """An image, and when it came.

    Attributes:
        content: The image.
        counter: What the sender calls it.
        moment: When it came, by `time.monotonic`.
    """

    content: Content
    counter: int = 0
    moment: float = field(default_factory=time.monotonic)


class Feed(Channel[Shot]):
    """The one image that waits; a newer one replaces it.

    Attributes:
        audio: The audio of the same camera, set before the first image; None if there is none.
        read_notice: Returns what a viewer should know now, such as that the camera is lost; any thread may call it.
    """

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__(newest=True)
        self.audio: LiveAudio | None = None
        self.read_notice: Callable[[], str | None] = _find_nothing


def _find_nothing() -> None:
    return None
