"""What the edit lists of an mp4 or mov ask for: FFmpeg follows most of it, and says nothing of the rest."""

from __future__ import annotations

import itertools
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .isobmff import boxes

_USUAL_RATE = 1 << 16
# More is nothing that anybody made; whoever did so on purpose gets no further.
_MOST_EDITS, _MOST_BOXES = 10_000, 100_000


@dataclass(frozen=True, slots=True)
class Edit:
    """One part of a track, in the order in which parts are shown (ISO/IEC 14496-12, 8.6.6).

    Attributes:
        duration: How long it is shown, in ticks of the movie.
        start: Where it begins in the track's media, in ticks of the track; -1 where nothing is shown.
        rate: How fast it is shown, in 65536ths of the speed at which it was taken; 0 holds its first picture.
    """

    duration: int
    start: int
    rate: int


def read_edit_list(path: str, track: int) -> tuple[Edit, ...]:
    """A track's edit list.

    Args:
        path: A local file.
        track: The track's ID, which FFmpeg gives as its stream's.

    Returns:
        Its parts; nothing if it has no list, or is no such file or a damaged one.
    """
    try:
        with open(path, "rb") as file:
            end = os.fstat(file.fileno()).st_size
            for moov in _boxes(file, 0, end, b"moov"):
                for trak in _boxes(file, *moov, b"trak"):
                    if _track_id(file, *trak) == track:
                        return _edits_in(file, *trak)
    except (OSError, struct.error, OverflowError, ValueError, IndexError):
        pass
    return ()


def _boxes(file: BinaryIO, start: int, end: int, wanted: bytes) -> Iterator[tuple[int, int]]:
    """Where the content of each box of a kind begins and ends, between two places."""
    for kind, content, after in itertools.islice(boxes(file, start, end), _MOST_BOXES):
        if kind == wanted:
            yield content, min(after, end)


def _track_id(file: BinaryIO, start: int, end: int) -> int | None:
    for place, _ in _boxes(file, start, end, b"tkhd"):
        file.seek(place)
        # Two times come before it, of 8 bytes each in version 1.
        (number,) = struct.unpack(">I", file.read(24)[20:] if file.read(4)[0] == 1 else file.read(12)[8:])
        return int(number)
    return None


def _edits_in(file: BinaryIO, start: int, end: int) -> tuple[Edit, ...]:
    for edts in _boxes(file, start, end, b"edts"):
        for place, after in _boxes(file, *edts, b"elst"):
            file.seek(place)
            version, count = struct.unpack(">B3xI", file.read(8))
            layout = struct.Struct(">QqI" if version == 1 else ">IiI")
            count = min(count, (after - place - 8) // layout.size, _MOST_EDITS)
            return tuple(Edit(*entry) for entry in layout.iter_unpack(file.read(count * layout.size)))
    return ()


def is_rearranged(edits: tuple[Edit, ...]) -> bool:
    """Whether parts of the media are left out, repeated or reordered, so that they may be more or fewer than it holds.

    Args:
        edits: From `read_edit_list`.

    Returns:
        False where there is nothing but a pause before the media.
    """
    return len([edit for edit in edits if edit.start >= 0]) > 1


def describe_unsupported_edits(edits: tuple[Edit, ...], *, reordered: bool) -> str | None:
    """What of an edit list FFmpeg does not follow.

    Args:
        edits: From `read_edit_list`.
        reordered: Whether the codec stores pictures in another order than they are shown in.

    Returns:
        What is seen or heard instead, to follow on "its edit list"; None if all is as it should be.

    Example:
        >>> describe_unsupported_edits((Edit(400, 0, 1 << 15),), reordered=False)
        'changes the speed, which is not followed: all is played at the speed at which it was taken'
    """
    if any(edit.rate != _USUAL_RATE and edit.start >= 0 for edit in edits):
        return "changes the speed, which is not followed: all is played at the speed at which it was taken"
    if any(edit.start < 0 and edit.duration for edit in edits[1:]):
        return "leaves a gap after a part, which is not followed: a part of the beginning is repeated there"
    if reordered and is_rearranged(edits):
        return "joins several parts, whose pictures may begin a few frames early or late"
    return None
