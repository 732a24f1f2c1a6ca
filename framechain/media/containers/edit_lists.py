"""Edit lists of mp4 and mov files: FFmpeg follows most of what they ask for, and does not report the rest."""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .boxes import iterate_boxes

_USUAL_RATE = 1 << 16
# No real file has more. A crafted file must not take long.
_MOST_EDITS, _MOST_BOXES = 10_000, 100_000


@dataclass(frozen=True, slots=True)
class Edit:
    """A part of a track, in the order in which parts are shown (ISO/IEC 14496-12, 8.6.6).

    Attributes:
        duration: How long it is shown, in ticks of the movie.
        start: Where it begins in the track's media, in ticks of the track; -1 if nothing is shown.
        rate: The speed in 65536ths of the recorded one; 0 holds the first frame.
    """

    duration: int
    start: int
    rate: int


def read_edit_list(path: str, track: int) -> tuple[Edit, ...]:
    """Read a track's edit list.

    Args:
        path: A local file.
        track: The track's ID; FFmpeg reports it as the stream's.

    Returns:
        Its parts; empty if there is no list, or the file is damaged or of another format.
    """
    try:
        with open(path, "rb") as file:
            end = os.fstat(file.fileno()).st_size
            for moov in _find_boxes(file, 0, end, b"moov"):
                for trak in _find_boxes(file, *moov, b"trak"):
                    if _read_track_id(file, *trak) == track:
                        return _read_edits(file, *trak)
    except (OSError, struct.error, OverflowError, ValueError, IndexError):
        pass
    return ()


def _find_boxes(file: BinaryIO, start: int, end: int, wanted: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the content of each box of a type begins and ends."""
    for kind, content, after in itertools.islice(iterate_boxes(file, start, end), _MOST_BOXES):
        if kind == wanted:
            yield content, min(after, end)


def _read_track_id(file: BinaryIO, start: int, end: int) -> int | None:
    for content, _ in _find_boxes(file, start, end, b"tkhd"):
        file.seek(content)
        # Two times precede it: of 8 bytes each in version 1, else of 4.
        (number,) = struct.unpack(">I", file.read(24)[20:] if file.read(4)[0] == 1 else file.read(12)[8:])
        return int(number)
    return None


def _read_edits(file: BinaryIO, start: int, end: int) -> tuple[Edit, ...]:
    for edts in _find_boxes(file, start, end, b"edts"):
        for elst in _find_boxes(file, *edts, b"elst"):
            return read_edits(file, *elst)
    return ()


def read_edits(file: BinaryIO, start: int, end: int) -> tuple[Edit, ...]:
    """Read one edit list.

    Args:
        file: The file.
        start: Where the content of its box (`elst`) begins.
        end: Where it ends.

    Returns:
        Its parts, at most 10,000.

    Raises:
        struct.error: If it is cut short.
    """
    file.seek(start)
    version, count = struct.unpack(">B3xI", file.read(8))
    layout = struct.Struct(">QqI" if version == 1 else ">IiI")
    count = min(count, (end - start - 8) // layout.size, _MOST_EDITS)
    return tuple(Edit(*entry) for entry in layout.iter_unpack(file.read(count * layout.size)))


def is_rearranged(edits: tuple[Edit, ...]) -> bool:
    """Return whether parts of the media are left out, repeated or reordered, so that its own frame count is wrong.

    A pause before the media is not counted.
    """
    return len([edit for edit in edits if edit.start >= 0]) > 1


def describe_unsupported_edits(edits: tuple[Edit, ...], *, reordered: bool) -> str | None:
    """Return what FFmpeg does not follow in an edit list.

    Args:
        edits: From `read_edit_list`.
        reordered: Whether the codec stores frames in another order than they are shown in.

    Returns:
        What is shown or played instead, to follow "its edit list"; None if FFmpeg follows all of it.

    Example:
        >>> describe_unsupported_edits((Edit(400, 0, 1 << 15),), reordered=False)
        'changes the speed, which is not followed: all parts are played at the recorded speed'
    """
    if any(edit.rate != _USUAL_RATE and edit.start >= 0 for edit in edits):
        return "changes the speed, which is not followed: all parts are played at the recorded speed"
    if any(edit.start < 0 and edit.duration for edit in edits[1:]):
        return "leaves a gap after a part, which is not followed: a part of the beginning is repeated there"
    if reordered and is_rearranged(edits):
        return "joins several parts, whose video may begin a few frames early or late"
    return None
