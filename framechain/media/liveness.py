"""Whether a stream on the web is live: it has no end, as far as its server says."""

from __future__ import annotations

import contextlib
import os
import re
from urllib.parse import urlsplit

from ..files.paths import get_scheme, is_web_playlist
from ..threads.worker import Worker

# Formats that begin anywhere and need no end. Some cameras give Motion JPEG the name of an image.
_ENDLESS = frozenset({".ts", ".m2ts", ".mts", ".flv"})
_IMAGES = frozenset({".jpg", ".jpeg"})
# RFC 2046, 5.1.1: a part begins with a line of two hyphens and the boundary, and then its header.
_PART = re.compile(rb"\s*--[^\r\n]*\r?\n(?:[^\r\n]*\r?\n)*?content-type:", re.IGNORECASE)
_PAGE = re.compile(rb"\s*<", re.IGNORECASE)
_START = 1024
_PATIENCE_SECONDS = 2.0


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
    stream.close()
    if stream.size >= 0:
        return False
    return bool(_PART.match(start)) if _get_suffix(url) in _IMAGES else not _PAGE.match(start)


def _get_suffix(url: str) -> str:
    return os.path.splitext(urlsplit(url).path)[1].lower()
