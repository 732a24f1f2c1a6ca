"""The bytes behind a URL, read by FFmpeg's own protocols: with its redirections, passwords, proxies and time limits."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, cast

from ..pixels.pyav import av

_CHUNK = 1 << 15
# More than FFmpeg has in its buffers: when the start has left them, only a server that can seek gives it again.
_SEEK_TEST_BYTES = 3 * _CHUNK


class RawStream:
    """What FFmpeg's demuxer for raw data gives of a URL.

    Attributes:
        size: In bytes; negative if the server does not say.
        can_seek: Whether it can be read from anywhere.
        received: How many bytes have come.
        check_time: Called before each part is waited for; raises if that must end.
    """

    def __init__(
        self,
        url: str,
        options: dict[str, str],
        timeout: tuple[float, float],
        *,
        may_seek: bool,
        check_time: Callable[[], object],
    ) -> None:
        """Connect.

        Args:
            url: The URL.
            options: FFmpeg's options for its protocol.
            timeout: Seconds to wait for the connection, and then for data.
            may_seek: Whether to find out if it can be read from anywhere, which takes a further request.
            check_time: Called before each part is waited for; raises if that must end.

        Raises:
            av.FFmpegError: If it cannot be opened.
        """
        # PyAV has no time limit for a seek, which connects again: FFmpeg's own holds there.
        own = {"raw_packet_size": str(_CHUNK), "rw_timeout": str(round(timeout[1] * 1e6))}
        self._url, self._options, self._timeout = url, {**options, **own}, timeout
        self._container = self._open()
        self.check_time = check_time
        self._packets: Generator[Any, None, None] | None = None
        self.received = 0
        self.size = int(self._container.size)
        # The bytes that came last, and where they begin.
        self._data, self._start = b"", 0
        self.can_seek = may_seek and self.size >= 0 and self._test_seeking()

    def _open(self) -> av.container.InputContainer:
        return av.open(self._url, mode="r", format="data", timeout=self._timeout, options=self._options)

    def _test_seeking(self) -> bool:
        """Return whether it can be read from anywhere: FFmpeg knows, but PyAV does not report it."""
        head = b""
        while len(head) < min(self.size, _SEEK_TEST_BYTES) and self._receive():
            head += self._data
        # Every server goes back to the very start.
        can_seek = len(head) >= self.size or self._jump(1)
        if not can_seek and self._start == len(head):
            head += self._data  # The server went on.
        self._data, self._start = head, 0
        return can_seek

    def read(self, place: int, count: int) -> bytes:
        """Return bytes from a place on.

        Args:
            place: Where they begin. It may lie before the last ones only if `can_seek` is True.
            count: How many at the most.

        Returns:
            At least one byte; none at the end.

        Raises:
            av.FFmpegError: If the connection fails.
        """
        end = self._start + len(self._data)
        if self.can_seek and not self._start <= place <= end + _SEEK_TEST_BYTES:
            if place >= self.size:
                return b""
            if not self._jump(place):
                raise OSError("the server does not go on from where it was asked to")
        while place >= self._start + len(self._data):
            if not self._receive():
                return b""
        return self._data[place - self._start : place - self._start + count]

    def _receive(self) -> bool:
        """Replace the last bytes by the next ones; return False at the end."""
        if self._packets is None:
            self._packets = cast(Generator[Any, None, None], self._container.demux())
        self.check_time()
        try:
            packet = next(self._packets, None)
        except av.FFmpegError:
            # After a seek that the server refused, FFmpeg misses bytes that have come.
            if self._start + len(self._data) != self.size:
                raise
            packet = None
        if packet is None or not packet.size:
            self._packets = None
            return False
        self._start = packet.pos if packet.pos is not None else self._start + len(self._data)
        self._data = bytes(packet)
        self.received += len(self._data)
        return True

    def _jump(self, place: int) -> bool:
        """Go to another place; return whether the server followed."""
        if self._packets is not None:
            self._packets.close()  # It holds a time limit, which a seek may have exceeded before it begins.
            self._packets = None
        self._container.seek(place, unsupported_byte_offset=True)
        if not self._receive():
            # FFmpeg 8.1 asks on a connection that the server has closed, and then never connects again.
            self._container.close()
            self._container = self._open()
            self._container.seek(place, unsupported_byte_offset=True)
            return self._receive() and self._start == place
        return self._start == place

    def close(self) -> None:
        """Disconnect."""
        self._container.close()
