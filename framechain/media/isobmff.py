"""The boxes that an mp4 or mov is made of, and what of them would take more memory than any film needs."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ..errors import MediaError

MOST_SAMPLES = 20_000_000
"""Frames and pieces of sound of all tracks together: FFmpeg keeps some 35 bytes for each. Four days at 60 a second."""

MOST_HEADER_BYTES = 1 << 26
"""Of a header that is packed (`cmov`, by QuickTime before 2005) once it is unpacked."""

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"dinf", b"mvex", b"wide"})
_MOST_BOXES, _DEEPEST = 1_000_000, 20


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes in a part of a file (ISO/IEC 14496-12, 4.2).

    Args:
        file: The file; it may be moved while they are gone through.
        start: Where the first begins.
        end: Where the last may begin at the latest.

    Yields:
        Each one's kind, where its content begins, and where it ends, which may lie beyond `end`.
    """
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        length, content = int.from_bytes(head[:4], "big"), start + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), start + 16
        if length < content - start:
            if length:
                return
            length = end - start  # To the end.
        yield head[4:8], content, start + length
        start += length


@dataclass
class _Tracks:
    """What is found on the way through a header."""

    samples: int = 0
    seen: int = 0
    handlers: list[bytes] = field(default_factory=list)
    # For each table of times, whether all of it is one step of one tick.
    steady: list[bool] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def end_of_track(self) -> None:
        """Count its samples, but for those of plain sound, which FFmpeg keeps as a whole."""
        plain = b"soun" in self.handlers and b"vide" not in self.handlers and all(self.steady)
        if not plain:
            self.samples += sum(self.sizes)
        self.handlers, self.steady, self.sizes = [], [], []


def check_isobmff(path: str, name: str) -> None:
    """Refuse an mp4 or mov whose few bytes FFmpeg would make gigabytes of.

    Args:
        path: A local file, of any kind.
        name: What to call it in the error.

    Raises:
        MediaError: If its header promises more than `MOST_SAMPLES`, or unpacks to more than `MOST_HEADER_BYTES`.
    """
    tracks = _Tracks()
    try:
        with open(path, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            _look(file, 0, size, tracks, name)
    except (OSError, struct.error, zlib.error):
        return  # Whoever reads it will tell.
    tracks.end_of_track()
    if tracks.samples > MOST_SAMPLES:
        raise MediaError(
            f"cannot read {name}: its header promises {tracks.samples} frames and pieces of sound, and more than "
            f"{MOST_SAMPLES} are refused"
        )


def _look(
    file: BinaryIO, start: int, end: int, tracks: _Tracks, name: str, *, packed: bool = False, depth: int = 0
) -> None:
    for kind, content, after in boxes(file, start, end):
        tracks.seen += 1
        if tracks.seen > _MOST_BOXES or depth > _DEEPEST:
            return
        after = min(after, end)
        if kind == b"trak":
            tracks.end_of_track()
        if kind in _CONTAINERS:
            _look(file, content, after, tracks, name, packed=packed, depth=depth + 1)
        elif kind == b"cmov":
            unpacked = b"" if packed else _unpacked(file, content, after)
            if packed or len(unpacked) > MOST_HEADER_BYTES:
                megabytes = MOST_HEADER_BYTES >> 20
                raise MediaError(f"cannot read {name}: its packed header unpacks to more than {megabytes} MB")
            _look(io.BytesIO(unpacked), 0, len(unpacked), tracks, name, packed=True, depth=depth + 1)
        elif kind in (b"hdlr", b"stts", b"stsz", b"stz2"):
            file.seek(content)
            data = file.read(16)
            if kind == b"hdlr":
                tracks.handlers.append(data[8:12])
            elif kind == b"stts":
                entries, _, step = struct.unpack_from(">4xIII", data)
                tracks.steady.append(entries == 1 and step == 1)
            else:
                tracks.sizes.append(struct.unpack_from(">8xI", data)[0])


def _unpacked(file: BinaryIO, start: int, end: int) -> bytes:
    """A packed header (QuickTime File Format, "Compressed Movie Resources"), or a little more than may be of it."""
    for kind, content, after in boxes(file, start, end):
        if kind == b"cmvd":
            file.seek(content + 4)
            packed = file.read(min(after, end) - content - 4)
            return zlib.decompressobj().decompress(packed, MOST_HEADER_BYTES + 1)
    return b""
