"""Streams whose mp4 boxes are looked at before FFmpeg gets them: nobody can look into a URL beforehand."""

from __future__ import annotations

import io
import re
import struct
import time
import weakref
import zlib
from typing import Any

from ..errors import MediaError
from ..pixels.pyav import av
from .containers.index_size import IndexSize, is_counted
from .raw_stream import RawStream

_LARGEST_BOX = 1 << 28
# How the first bytes of a web page begin.
_WEB_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.I | re.S
)
_PAGE_START = 1 << 10
WEB_PAGE = "it is a web page (text/html), not a stream"
_EXIT = av.error.tag_to_code(b"EXIT")


class WebPageError(MediaError):
    """A web page came, such as a form that asks for a password."""


class StreamGuard:
    """Opens a stream, and whatever it refers to, for FFmpeg; refuses boxes that would make FFmpeg take gigabytes.

    What goes wrong is kept instead of raised, and FFmpeg sees an end: an exception that FFmpeg does not pass on would
    be raised later, by a call that has nothing to do with it.
    """

    def __init__(self, name: str, options: dict[str, str], timeout: tuple[float, float]) -> None:
        """Prepare.

        Args:
            name: The stream's name in errors.
            options: FFmpeg's options for every part of it.
            timeout: Seconds to wait until it is open, and then for each packet.
        """
        self.name = name
        self.index = IndexSize(name)
        self.received = 0
        self._failure: BaseException | None = None
        self._options = {key: value for key, value in options.items() if key != "format_whitelist"}
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout[0]
        self._files: weakref.WeakSet[GuardedFile] = weakref.WeakSet()

    def open(self, url: str, stream: RawStream | None = None) -> GuardedFile:
        """Open the stream itself.

        Args:
            url: Its URL.
            stream: Its connection, if there is one already.

        Raises:
            av.FFmpegError: If it cannot be opened.
        """
        if stream is None:
            return self._open(url, {}, may_seek=True)
        stream.check_time = self._check_time
        return self._guard(url, stream)

    def _open(self, url: str, options: dict[str, str], *, may_seek: bool) -> GuardedFile:
        stream = RawStream(
            url, {**options, **self._options}, self._timeout, may_seek=may_seek, check_time=self._check_time
        )
        return self._guard(url, stream)

    def _guard(self, url: str, stream: RawStream) -> GuardedFile:
        file = GuardedFile(url, stream, self)
        self._files.add(file)
        return file

    def __call__(self, url: str, flags: int, options: dict[str, str]) -> GuardedFile:
        """Open a part of a playlist; called by PyAV. For a part of a file on the web, `options` name its place."""
        return self._open(url, options, may_seek=url.startswith("file:"))

    def start_packet(self) -> None:
        """Give the next packet its time."""
        self._deadline = time.monotonic() + self._timeout[1]

    def _check_time(self) -> None:
        """Raise FFmpeg's own error if a packet takes too long, though its bytes come in one by one."""
        if time.monotonic() > self._deadline:
            raise av.error.ExitError(_EXIT, "Immediate exit requested", self.name)

    def fail(self, error: BaseException) -> None:
        """Keep what went wrong, if it is the first."""
        self._failure = self._failure or error

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Disconnect."""
        for file in list(self._files):
            file.close()


class GuardedFile:
    """A file that FFmpeg reads through Python.

    Attributes:
        name: Its URL, from which relative ones are found.
    """

    def __init__(self, name: str, stream: RawStream, guard: StreamGuard) -> None:
        """Start before the first box.

        Args:
            name: The URL.
            stream: Gives its bytes.
            guard: Where they are counted.
        """
        self.name = name
        self._stream, self._guard = stream, guard
        self._place = self._received = 0
        # Where the next box begins; None where no more follow.
        self._next_box: int | None = 0
        # The last box that was looked at, as it must be handed over as it was seen.
        self._box, self._box_start = b"", 0

    def read(self, count: int) -> bytes:
        """Return at least one byte; none at the end, and after a failure."""
        try:
            self._guard.check()
            data = self._read(count)
        except BaseException as error:
            self._guard.fail(error)
            return b""
        self._place += len(data)
        return data

    def _read(self, count: int) -> bytes:
        place = self._place
        if place == self._next_box:
            self._look_at_box(place)
        inside = place - self._box_start
        if 0 <= inside < len(self._box):
            return self._box[inside : inside + count]
        if self._next_box is not None and place < self._next_box:
            count = min(count, self._next_box - place)
        return self._receive(place, count)

    def _receive(self, place: int, count: int) -> bytes:
        data = self._stream.read(place, count)
        self._guard.received += self._stream.received - self._received
        self._received = self._stream.received
        return data

    def _receive_all(self, place: int, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count and (data := self._receive(place + len(parts), count - len(parts))):
            parts += data
        return bytes(parts)

    def _look_at_box(self, start: int) -> None:
        """Read the head of a box, and all of it if it makes FFmpeg keep something (ISO/IEC 14496-12, 4.2)."""
        if start == 0 and _WEB_PAGE.match(self._receive(0, _PAGE_START)):
            raise WebPageError(f"cannot read {self._guard.name}: {WEB_PAGE}")
        head = self._receive_all(start, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if length == 1:
            head += self._receive_all(start + 8, 8)
            length = int.from_bytes(head[8:], "big")
        self._box, self._box_start, self._next_box = head, start, None
        is_last = length == 0
        if len(head) < 8 or (length < len(head) and not is_last):
            return
        if is_counted(kind):
            if length > _LARGEST_BOX:
                raise MediaError(f"cannot read {self._guard.name}: its header is larger than {_LARGEST_BOX >> 20} MB")
            rest = (_LARGEST_BOX if is_last else length) - len(head)
            self._box += self._receive_all(start + len(head), rest)
            self._count(kind, len(head))
        if not is_last:
            self._next_box = start + length

    def _count(self, kind: bytes, content: int) -> None:
        index = self._guard.index
        try:
            index.add_box(io.BytesIO(self._box), kind, content, len(self._box))
        except MediaError:
            raise
        except (OSError, struct.error, zlib.error, ValueError, OverflowError):
            pass  # FFmpeg reports the damage.
        index.check(self._guard.received)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to another place; the next `read` connects there."""
        self._place = offset + (0, self._place, self._stream.size)[whence]
        return self._place

    def tell(self) -> int:
        """Return where the next byte is."""
        return self._place

    def seekable(self) -> bool:
        """Return whether it can be read from anywhere."""
        return self._stream.can_seek

    def close(self) -> None:
        """Disconnect."""
        self._stream.close()


def get_guard(container: Any) -> StreamGuard | None:
    """Return the guard of an open input; None if it has none."""
    guard = container.io_open
    return guard if isinstance(guard, StreamGuard) else None
