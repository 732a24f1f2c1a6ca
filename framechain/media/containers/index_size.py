"""How large an index FFmpeg makes of an mp4 or mov file: a few bytes can promise gigabytes of it.

FFmpeg believes most counts in these boxes, and keeps 30 to 70 bytes for each sample, fragment and repetition.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import BinaryIO

from ...errors import MediaError
from .boxes import iterate_boxes
from .sample_tables import COLUMNS, Track, count_blocks, count_edited_samples, is_pcm

MOST_SAMPLES = 20_000_000
"""Video frames and audio samples of all tracks: four days at 60 per second, and about 1.4 GB."""

FREE_SAMPLES = 3_000_000
"""So many are believed without a byte for each: 14 hours at 60 per second, and about 200 MB."""

MOST_HEADER_BYTES = 1 << 26
"""Size of a compressed header (`cmov`, written by QuickTime before 2005) once it is decompressed."""

# Those that FFmpeg looks into, and three where it finds a header that was put there to make room.
_CONTAINERS = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"dinf", b"mvex", b"moof", b"traf", b"tref"}
    | {b"sinf", b"schi", b"ilst", b"wide", b"free", b"hoov"}
)
_TABLES = frozenset(COLUMNS) | {
    b"stsz",
    b"stz2",
    b"stco",
    b"co64",
    b"elst",
    b"trun",
    b"sidx",
    b"hdlr",
    b"mdhd",
    b"mvhd",
}
# In these, boxes follow fields whose length depends on the codec.
_MIXED, _INDEX_BOX = frozenset({b"stsd", b"iprp"}), re.compile(rb"stsz|stz2|stts|ctts|stsc|stss|elst|trun|sidx")
# A minute of counting: 13 hours of fragments of one frame each.
_MOST_BOXES, _DEEPEST = 20_000_000, 20


class IndexSize:
    """Adds up what the boxes of a file promise.

    Attributes:
        samples: Video frames and audio samples, as often as edit lists repeat them; without PCM audio.
        blocks: Blocks of PCM audio, and fragments, each once for every track.
    """

    def __init__(self, name: str) -> None:
        """Start with nothing.

        Args:
            name: The file's name in errors.
        """
        self.samples = self.blocks = 0
        self._name = name
        self._track = Track()
        self._track_count = self._seen = 0
        self._movie_scales: list[int] = []
        self._is_decompressed = False

    def check(self, available: int) -> None:
        """Refuse what has become too much.

        Args:
            available: How many bytes there are: each sample takes at least one.

        Raises:
            MediaError: If more is promised than these bytes can hold, or than `MOST_SAMPLES`.
        """
        limit = min(MOST_SAMPLES, max(FREE_SAMPLES, available))
        for count, what in ((self.samples, "video frames and audio samples"), (self.blocks, "fragments and blocks")):
            if count > limit:
                raise MediaError(
                    f"cannot read {self._name}: its header promises {count} {what}, and more than {limit} are refused "
                    "in a file of this size"
                )

    def add(self, file: BinaryIO, start: int, end: int, depth: int = 0) -> None:
        """Add the boxes in a part of a file.

        Args:
            file: The file.
            start: The position of the first box.
            end: The end of the part.
            depth: In how many boxes the part lies.

        Raises:
            MediaError: If there are more than 20,000,000 boxes, or a header decompresses to more than
                `MOST_HEADER_BYTES`.
        """
        for kind, content, after in iterate_boxes(file, start, end):
            self.add_box(file, kind, content, min(after, end), depth)

    def add_box(self, file: BinaryIO, kind: bytes, content: int, end: int, depth: int = 0) -> None:
        """Add one box, and those in it.

        Args:
            file: The file.
            kind: Its type.
            content: Where its content begins.
            end: Where it ends.
            depth: In how many boxes it lies.

        Raises:
            MediaError: As `add`.
        """
        self._seen += 1
        if self._seen > _MOST_BOXES:
            raise MediaError(f"cannot read {self._name}: it has more than {_MOST_BOXES} boxes")
        if depth > _DEEPEST:  # FFmpeg goes less deep.
            return
        if kind == b"trak":
            self._add_track(file, content, end, depth)
        elif kind in _CONTAINERS:
            self.add(file, content, end, depth + 1)
            if kind == b"moof":
                self._count_for_all_tracks(1)
        elif kind == b"meta":
            self.add(file, _find_handler(file, content, end), end, depth + 1)
        elif kind == b"cmov":
            self._add_compressed(file, content, end, depth)
        elif kind in _MIXED:
            file.seek(content)
            data = file.read(min(end - content, MOST_HEADER_BYTES))
            for found in _INDEX_BOX.finditer(data):
                self._add_table(file, found[0], content + found.end(), end)
        elif kind in _TABLES:
            self._add_table(file, kind, content, end)

    def _add_track(self, file: BinaryIO, content: int, end: int, depth: int) -> None:
        self._track_count += 1
        self._track = track = Track()
        self.add(file, content, end, depth + 1)
        if not is_pcm(track, track.read(file, b"stts")):
            self.samples += count_edited_samples(file, track, self._movie_scales, FREE_SAMPLES)
        self.blocks += count_blocks(track, track.read(file, b"stsc"))

    def _add_compressed(self, file: BinaryIO, content: int, end: int, depth: int) -> None:
        # A compressed header inside a compressed header is refused unread.
        header = b"" if self._is_decompressed else _decompress(file, content, end)
        if self._is_decompressed or len(header) > MOST_HEADER_BYTES:
            megabytes = MOST_HEADER_BYTES >> 20
            raise MediaError(
                f"cannot read {self._name}: its compressed header is larger than {megabytes} MB once it is decompressed"
            )
        self._is_decompressed = True
        self.add(io.BytesIO(header), 0, len(header), depth + 1)
        self._is_decompressed = False

    def _add_table(self, file: BinaryIO, kind: bytes, content: int, end: int) -> None:
        file.seek(content)
        data, track = file.read(32).ljust(32, b"\0"), self._track
        first, second = struct.unpack_from(">4xII", data)
        room = max(0, end - content - 8)
        if kind == b"trun":
            self.samples += first
        elif kind in (b"stsz", b"stz2"):
            track.samples += second
        elif kind in (b"stco", b"co64"):
            track.chunks += min(first, room // 4)
        elif kind == b"hdlr":
            track.handlers.append(data[8:12])
        elif kind in (b"mdhd", b"mvhd"):
            # Two times precede it: of 8 bytes each in version 1, else of 4.
            (scale,) = struct.unpack_from(">I", data, 20 if data[0] == 1 else 12)
            (track.scales if kind == b"mdhd" else self._movie_scales).append(scale)
        elif kind == b"elst":
            track.edits.append((content, end, min(first, room // 12)))
        elif kind == b"sidx":
            # A segment index (ISO/IEC 14496-12, 8.16.3): its times have 8 bytes each from version 1 on.
            self._count_for_all_tracks(struct.unpack_from(">H", data, 30 if data[0] else 22)[0])
        elif kind in COLUMNS:
            track.tables[kind].append((content, min(first, room // (4 * COLUMNS[kind]))))

    def _count_for_all_tracks(self, count: int) -> None:
        self.blocks += count * max(1, self._track_count)


def is_counted(kind: bytes) -> bool:
    """Return whether a box of this type may make FFmpeg keep more than its own bytes."""
    return kind in _CONTAINERS or kind in _TABLES or kind in _MIXED or kind in (b"meta", b"cmov")


def _find_handler(file: BinaryIO, content: int, end: int) -> int:
    """Return where the boxes of a `meta` begin: at its handler, as for FFmpeg. QuickTime has no version before it."""
    file.seek(content)
    data = file.read(min(end - content, 4096))
    for place in range(4, len(data) - 4, 4):
        if data[place : place + 4] == b"hdlr":
            return content + place - 4
    return end


def _decompress(file: BinaryIO, start: int, end: int) -> bytes:
    """Return a compressed header (QuickTime File Format, "Compressed Movie Resources"), cut after the limit."""
    for kind, content, after in iterate_boxes(file, start, end):
        if kind == b"cmvd":
            file.seek(content + 4)
            compressed = file.read(min(after, end) - content - 4)
            return zlib.decompressobj().decompress(compressed, MOST_HEADER_BYTES + 1)
    return b""
