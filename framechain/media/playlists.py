"""HLS playlists on the web (RFC 8216): whether they have an end, and how long their segments are."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from urllib.parse import urljoin

from ..pixels.pyav import av
from .raw_stream import RawStream
from .safety import make_safety_options

_LONGEST_PLAYLIST = 8 << 20
USUAL_SECONDS = 5.0
"""How long a segment is where a playlist does not say it."""
_MOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist as it is now.

    Attributes:
        text: Its text; of a list of variants that of the first one.
        segment_seconds: How long its segments are at the most.
        is_live: Whether segments may still be added.
    """

    text: str = ""
    segment_seconds: float = USUAL_SECONDS
    is_live: bool = True

    def count_new(self, before: Playlist) -> int:
        """Return how many segments at its end were not in an earlier state of it.

        A server that was started again may give new segments the names of old ones: then all are new.

        Args:
            before: The earlier state.
        """
        if self.text == before.text:
            return 0
        old, names = set(before._names), self._names
        return next((count for count, name in enumerate(reversed(names)) if name in old), 0) or len(names)

    @property
    def _names(self) -> list[str]:
        return [line for line in self.text.splitlines() if line and not line.startswith("#")]


def fetch_playlist(url: str, timeout: float) -> Playlist | None:
    """Read a playlist.

    Args:
        url: Its address: http or https.
        timeout: Seconds to wait for an answer, and then for all of it.

    Returns:
        The playlist; None if it cannot be read, or is none.
    """
    # A variant may be where the playlist itself may be: on the web, and never in a local file.
    allowed = make_safety_options(url)["protocol_whitelist"]
    text = _fetch(url, timeout, allowed)
    if text.startswith("#EXTM3U") and "#EXT-X-STREAM-INF" in text:
        variant = re.search(r"#EXT-X-STREAM-INF[^\n]*\n(?:\s*(?:#[^\n]*)?\n)*([^#\s][^\n]*)", text)
        text = "" if variant is None else _fetch(urljoin(url, variant[1].strip()), timeout, allowed)
    return parse_playlist(text)


def parse_playlist(text: str) -> Playlist | None:
    r"""Return what a playlist says; None if it is none.

    Args:
        text: That of a media playlist.

    Example:
        >>> parse_playlist("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\na.ts\n").is_live
        True
    """
    if not text.startswith("#EXTM3U"):
        return None
    # The target duration is rounded: segments of 0.5 s may have one of 0.
    lengths = re.findall(r"^#(?:EXT-X-TARGETDURATION|EXTINF):\s*(\d+(?:\.\d+)?)", text, re.MULTILINE)
    longest = max(map(float, lengths), default=0.0) or USUAL_SECONDS
    is_live = not re.search(r"^#EXT-X-ENDLIST", text, re.MULTILINE)
    return Playlist(text, min(longest, _MOST_SECONDS), is_live)


def _fetch(url: str, timeout: float, protocols: str) -> str:
    """Return the text behind an address; "" if it cannot be read."""
    deadline = time.monotonic() + timeout

    def check_time() -> None:
        if time.monotonic() > deadline:
            raise TimeoutError

    data = b""
    try:
        stream = RawStream(
            url, {"protocol_whitelist": protocols}, (timeout, timeout), may_seek=False, check_time=check_time
        )
        try:
            while len(data) < _LONGEST_PLAYLIST and (part := stream.read(len(data), _LONGEST_PLAYLIST)):
                data += part
        finally:
            stream.close()
    except (av.FFmpegError, OSError, ValueError):
        return ""
    return data.decode(errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")
