"""Where a film is cut: by the times of its frames, which are read once without being decoded."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ...errors import FramechainError
from ...frame import FrameInfo, StreamInfo
from ...media.frame_table import FrameTable
from ...run.frame_range import FrameRange

AUTO: Literal["auto"] = "auto"
"""The number of segments that goes by the film's length and the workers."""

# So many frames before the first one that is needed are decoded: the filter that removes combs looks at neighbours,
# and the frame before a cut is compared with what the segment before it decoded.
_LEAD = 2
# The frames that are decoded or processed for the warm-up alone are at most this share of a segment.
_LARGEST_OVERHEAD = 0.1
_LEAST_FRAMES = 240
# Segments for each worker: the last ones end at about the same time.
_PER_WORKER = 3
# A film whose last frame ends so many seconds early is cut short: the whole run reports it.
_SHORTFALL_SECONDS = 0.5


class CannotSplitError(FramechainError):
    """Why a film is not processed in segments; it is processed as a whole then."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a film: which of its frames are written, and which are needed for them. Indices count from 0.

    Attributes:
        number: From 0, in the order of the film.
        first: The first frame that is written.
        last: The last one.
        warm_up: The first frame that the objects get; what they make of it before `first` is not written.
        key: The time of the key frame to search, in ticks; None to decode from the film's beginning.
        known: The frame to which the first of `times` belongs.
        times: The time of each frame from `known` to `last`, in ticks.
        is_final: Whether the film ends with `last`.
    """

    number: int
    first: int
    last: int
    warm_up: int
    key: int | None
    known: int
    times: tuple[int, ...]
    is_final: bool

    @property
    def needed(self) -> int:
        """The first frame that must be decoded."""
        return max(0, self.warm_up - _LEAD)

    def find(self, time: int) -> int | None:
        """Return which frame has a time; None if it is none of those that are known."""
        position = bisect.bisect_left(self.times, time)
        return self.known + position if position < len(self.times) and self.times[position] == time else None

    def get_time(self, index: int) -> int:
        """Return the time of a frame that is known, in ticks."""
        return self.times[index - self.known]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a film is processed in segments.

    Attributes:
        segments: Them all, in order.
        begins_at: Seconds of the film at which the output begins; None if it has the film's own times.
        is_bounded: Whether the output may end before the film does.
    """

    segments: tuple[Segment, ...]
    begins_at: Fraction | None
    is_bounded: bool


def choose_count(frames: int, history: int, table: FrameTable, workers: int) -> int:
    """Return into how many segments a film is divided for some workers.

    Args:
        frames: How many of its frames are processed.
        history: How many earlier frames a result depends on.
        table: When its frames are shown.
        workers: How many work at the same time.

    Example:
        >>> table = FrameTable(tuple(range(5000)), tuple(range(0, 5000, 50)))
        >>> [choose_count(5000, history, table, 4) for history in (0, 60, 1000)]
        [12, 4, 1]
    """
    usual_gop = len(table.times) / len(table.keys) if table.keys else len(table.times)
    # Decoding takes about a tenth of the time of most chains.
    least = max(_LEAST_FRAMES, (history + usual_gop / 10) / _LARGEST_OVERHEAD)
    count = max(1, min(_PER_WORKER * workers, int(frames / least)))
    # Each round keeps all workers busy.
    return count - count % workers if count > workers else count


def make_plan(
    stream: StreamInfo,
    table: FrameTable,
    frame_range: FrameRange,
    history: int,
    count: int | Callable[[int], int],
) -> Plan:
    """Divide a film.

    Args:
        stream: Its stream.
        table: When its frames are shown.
        frame_range: Which frames are processed, and whether the others are written.
        history: How many earlier frames a result depends on.
        count: How many segments, or a function that says it for a number of frames; there are fewer if there are not
            as many frames.

    Raises:
        CannotSplitError: If no frame lies in the range, or the film ends before its time.
    """
    times = table.times
    end = times[-1] * stream.time_base + (1 / stream.rate if stream.rate else 0)
    if stream.duration is not None and stream.duration - end > _SHORTFALL_SECONDS:
        raise CannotSplitError(f"{stream.name} ends after {float(end):.1f} of {stream.duration:.1f} s")
    inside = [index for index, time in enumerate(times) if not frame_range.excludes(FrameInfo(index, time, 0, stream))]
    if not inside:
        raise CannotSplitError(f"no frame of {stream.name} lies in the range")
    begin = inside[0] if frame_range.alone else 0
    last = inside[-1] if frame_range.cut else len(times) - 1
    frames = last - begin + 1
    wanted = count if isinstance(count, int) else count(frames)
    starts = [begin, *_choose_cuts(table, begin, last, wanted), last + 1]
    segments = [
        _make_segment(table, number, first, after - 1, _find_warm_up(first, inside, history))
        for number, (first, after) in enumerate(itertools.pairwise(starts))
    ]
    begins_at = times[begin] * stream.time_base if frame_range.alone else None
    return Plan(
        tuple(segments), begins_at, frame_range.cut and (frame_range.end > 0 or frame_range.end_time is not None)
    )


def _choose_cuts(table: FrameTable, begin: int, last: int, count: int) -> Sequence[int]:
    """Return the first frame of each segment but the first: near where an even division puts it, at a key frame.

    Where no key frame is near, it is any frame: nothing is lost but some time, as the film itself is never cut.
    """
    length = (last - begin + 1) / max(1, count)
    keys = [bisect.bisect_left(table.times, key) for key in table.keys]
    cuts: list[int] = []
    for number in range(1, count):
        ideal = begin + round(number * length)
        position = bisect.bisect_left(keys, ideal)
        near = [key for key in keys[max(0, position - 1) : position + 1] if abs(key - ideal) < length / 2]
        cut = min(near, key=lambda key: abs(key - ideal), default=ideal)
        if (cuts[-1] if cuts else begin) < cut <= last:
            cuts.append(cut)
    return cuts


def _find_warm_up(first: int, inside: Sequence[int], history: int) -> int:
    if not inside[0] < first <= inside[-1]:
        return first  # No frame before it passes the objects, or none of it does.
    return max(inside[0], first - history)


def _make_segment(table: FrameTable, number: int, first: int, last: int, warm_up: int) -> Segment:
    times = table.times
    needed = times[max(0, warm_up - _LEAD)]
    position = bisect.bisect_right(table.keys, needed)
    key = table.keys[position - 1] if position else None
    if key is None or key <= times[0]:
        key, known = None, max(0, first - 1)
    else:  # The container's index may lead to the key frame before it.
        known = bisect.bisect_left(times, table.keys[max(0, position - 2)])
    return Segment(number, first, last, warm_up, key, known, times[known : last + 1], last == len(times) - 1)
