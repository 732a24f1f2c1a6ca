"""Whether a stream on the web is live: it has no end, as far as its server says."""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..files.paths import get_scheme, is_web_playlist
from ..threads.worker import Worker

if TYPE_CHECKING:
    from .raw_stream import RawStream

# Formats that begin anywhere and need no end. Some cameras give Motion JPEG the name of an image.
_ENDLESS = frozenset({".ts", ".m2ts", ".mts", ".flv"})
_IMAGES = frozenset({".jpg", ".jpeg"})
# RFC 2046, 5.1.1: a part begins with a line of two hyphens and the boundary, and then its header.
_PART = re.compile(rb"\s*--[^\r\n]*\r?\n(?:[^\r\n]*\r?\n)*?content-type:", re.IGNORECASE)
_PAGE = re.compile(rb"\s*<", re.IGNORECASE)
_START = 1024
_PATIENCE_SECONDS = 5.0
# What was opened longer ago has data that are no longer live.
_KEPT_SECONDS = 10.0
# The connections that were found to be live, and when. A server for a single viewer, such as `ffmpeg -listen 1`, ends
# with its first one: whoever opens the stream next takes the connection over.
_kept: dict[str, tuple[RawStream, float]] = {}


def may_be_live(url: str) -> bool:
    """Return whether an address is that of a file by its name, and may be that of a live stream."""
    return get_scheme(url) in ("http", "https") and (is_web_playlist(url) or _get_suffix(url) in _ENDLESS | _IMAGES)


def find_live(url: str, timeout: float) -> bool | None:
    """Ask the server whether a stream is live.

    A playlist is live as long as segments may be added to it (RFC 8216, 4.3.3.4). A transport stream or a Flash video
    is if its server does not say how long it is, and an image if a series of images comes.

    Args:
        url: An address for which `may_be_live` is True.
        timeout: Seconds to wait.

    Returns:
        Whether it is live; None if the server does not answer.
    """
    worker = Worker("framechain-probe", limit_name="timeout")
    try:
        # In a thread of its own: Ctrl-C is seen meanwhile.
        return worker.call("the server", lambda: _ask(url, timeout))
    finally:
        worker.end()


def _ask(url: str, timeout: float) -> bool | None:
    from ..pixels.pyav import av
    from .playlists import fetch_playlist
    from .raw_stream import RawStream
    from .safety import make_safety_options

    if is_web_playlist(url):
        playlist = fetch_playlist(url, timeout)
        return None if playlist is None else playlist.is_live
    options = {"protocol_whitelist": make_safety_options(url)["protocol_whitelist"]}
    limits = timeout, min(timeout, _PATIENCE_SECONDS)
    try:
        stream = RawStream(url, options, limits, may_seek=False, check_time=lambda: None)
    except (av.FFmpegError, OSError, ValueError):
        return None
    start = b""
    # A server may wait for its encoder, or let go of a viewer at once: that says nothing about the length.
    with contextlib.suppress(av.FFmpegError, OSError):
        if stream.size < 0:
            start = stream.read(0, _START)
    is_series = bool(_PART.match(start)) if _get_suffix(url) in _IMAGES else not _PAGE.match(start)
    if stream.size >= 0 or not is_series:
        stream.close()
        return False
    for other, (_, moment) in list(_kept.items()):
        if other == url or time.monotonic() - moment > _KEPT_SECONDS:
            _close_kept(other)
    _kept[url] = stream, time.monotonic()
    return True


def take_kept(url: str) -> RawStream | None:
    """Return the connection by which a stream was just found to be live, for its only user; None if there is none."""
    stream, moment = _kept.pop(url, (None, 0.0))
    if stream is not None and (time.monotonic() - moment > _KEPT_SECONDS or not stream.received):
        stream.close()
        return None
    return stream


def _close_kept(url: str) -> None:
    stream, _ = _kept.pop(url, (None, 0.0))
    if stream is not None:
        stream.close()


def _get_suffix(url: str) -> str:
    return os.path.splitext(urlsplit(url).path)[1].lower()
