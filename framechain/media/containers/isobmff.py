"""The boxes of mp4 and mov files, and a check of what their headers promise: a few bytes can take gigabytes."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ...errors import MediaError

MOST_SAMPLES = 20_000_000
"""Video frames and audio samples of all tracks: FFmpeg keeps about 35 bytes for each. Four days at 60 per second."""

MOST_HEADER_BYTES = 1 << 26
"""Size of a compressed header (`cmov`, written by QuickTime before 2005) once it is decompressed."""

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"dinf", b"mvex", b"wide"})
_MOST_BOXES, _DEEPEST = 1_000_000, 20


def iterate_boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes in a part of a file (ISO/IEC 14496-12, 4.2).

    Args:
        file: The file; its position may be changed between two boxes.
        start: The position of the first box.
        end: The end of the part.

    Yields:
        A box's type, where its content begins, and where it ends, which may lie beyond `end`.
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
            length = end - start  # Length 0: up to the end.
        yield head[4:8], content, start + length
        start += length


@dataclass
class _Tracks:
    """What a header promises."""

    samples: int = 0
    seen: int = 0
    handlers: list[bytes] = field(default_factory=list)
    # For each table of times, whether it is a single step of one tick.
    is_steady: list[bool] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def end_of_track(self) -> None:
        """Add the track's samples; FFmpeg keeps those of PCM audio as a whole, so they do not count."""
        is_pcm = b"soun" in self.handlers and b"vide" not in self.handlers and all(self.is_steady)
        if not is_pcm:
            self.samples += sum(self.sizes)
        self.handlers, self.is_steady, self.sizes = [], [], []


def check_isobmff(path: str, name: str) -> None:
    """Refuse an mp4 or mov whose header would make FFmpeg take gigabytes.

    Args:
        path: A local file of any format.
        name: Its name in the error.

    Raises:
        MediaError: If its header promises more than `MOST_SAMPLES`, or decompresses to more than `MOST_HEADER_BYTES`.
    """
    tracks = _Tracks()
    try:
        with open(path, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            _scan(file, 0, size, tracks, name)
    except (OSError, struct.error, zlib.error):
        return  # Whoever opens it reports the damage.
    tracks.end_of_track()
    if tracks.samples > MOST_SAMPLES:
        raise MediaError(
            f"cannot read {name}: its header promises {tracks.samples} video frames and audio samples, and more than "
            f"{MOST_SAMPLES} are refused"
        )


def _scan(
    file: BinaryIO, start: int, end: int, tracks: _Tracks, name: str, *, is_decompressed: bool = False, depth: int = 0
) -> None:
    for kind, content, after in iterate_boxes(file, start, end):
        tracks.seen += 1
        if tracks.seen > _MOST_BOXES or depth > _DEEPEST:
            return
        after = min(after, end)
        if kind == b"trak":
            tracks.end_of_track()
        if kind in _CONTAINERS:
            _scan(file, content, after, tracks, name, is_decompressed=is_decompressed, depth=depth + 1)
        elif kind == b"cmov":
            # A compressed header inside a compressed header is refused unread.
            header = b"" if is_decompressed else _decompress(file, content, after)
            if is_decompressed or len(header) > MOST_HEADER_BYTES:
                megabytes = MOST_HEADER_BYTES >> 20
                raise MediaError(
                    f"cannot read {name}: its compressed header is larger than {megabytes} MB once it is decompressed"
                )
            _scan(io.BytesIO(header), 0, len(header), tracks, name, is_decompressed=True, depth=depth + 1)
        elif kind in (b"hdlr", b"stts", b"stsz", b"stz2"):
            file.seek(content)
            data = file.read(16)
            if kind == b"hdlr":
                tracks.handlers.append(data[8:12])
            elif kind == b"stts":
                entries, _, step = struct.unpack_from(">4xIII", data)
                tracks.is_steady.append(entries == 1 and step == 1)
            else:
                tracks.sizes.append(struct.unpack_from(">8xI", data)[0])


def _decompress(file: BinaryIO, start: int, end: int) -> bytes:
    """Return a compressed header (QuickTime File Format, "Compressed Movie Resources"), cut after the limit."""
    for kind, content, after in iterate_boxes(file, start, end):
        if kind == b"cmvd":
            file.seek(content + 4)
            compressed = file.read(min(after, end) - content - 4)
            return zlib.decompressobj().decompress(compressed, MOST_HEADER_BYTES + 1)
    return b""
