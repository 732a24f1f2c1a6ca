"""Which frames of a video are processed."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from ..basics.arguments import check_count
from ..basics.timecode import TOLERANCE, Time, format_time, parse_time
from ..contracts import Source
from ..errors import ArgumentError
from ..frame import FrameInfo, StreamInfo


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Which frames of a video are processed; the others are written as they are. Bounds are frames or times.

    Attributes:
        start: The first frame, from 0.
        end: The last frame, inclusive; 0 = no bound.
        cut: Whether the output ends with the range.
        start_time: Seconds of the first frame; None = no bound.
        end_time: Seconds from which on frames are outside; None = no bound.
        alone: Whether the output has the frames of the range alone, from 0 on.

    Example:
        >>> stream = StreamInfo("clip.mp4", "video", 640, 360)
        >>> frames = [FrameInfo(index, 40 * index, 40, stream) for index in range(1, 5)]
        >>> [FrameRange(2, 3).excludes(frame) for frame in frames]
        [True, False, False, True]
        >>> [FrameRange(start_time=0.08, end_time=0.16).excludes(frame) for frame in frames]
        [True, False, False, True]
    """

    start: int = 0
    end: int = 0
    cut: bool = False
    start_time: float | None = None
    end_time: float | None = None
    alone: bool = False

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            ArgumentError: If one is no frame, frames and times are mixed, or the start lies after the end.
        """
        object.__setattr__(self, "start", check_count("start_video_frame", self.start, 0))
        object.__setattr__(self, "end", check_count("end_video_frame", self.end, 0))
        start, end = self.start_time, self.end_time
        if (self.start or self.end) and (start is not None or end is not None):
            raise ArgumentError(
                "the range is given both in frames and in seconds: give start and end, or start_video_frame and "
                "end_video_frame"
            )
        if self.end and self.start > self.end:
            raise ArgumentError(f"start_video_frame ({self.start}) lies after end_video_frame ({self.end}): swap them")
        if end is not None and (start or 0) >= end:
            raise ArgumentError(f"end ({format_time(end)}) must lie after start ({format_time(start or 0)})")

    def excludes(self, info: FrameInfo) -> bool:
        """Return whether a frame is left as it is."""
        if self.start_time is None and self.end_time is None:
            return self.excludes_index(info.index)
        time = info.time + TOLERANCE
        return time < (self.start_time or 0) or (self.end_time is not None and time >= self.end_time)

    def excludes_index(self, index: int) -> bool:
        """Return whether a frame is left as it is by its index alone; bounds in seconds do not count."""
        return index < self.start or (self.end > 0 and index > self.end)

    @property
    def length(self) -> int | None:
        """How many frames the output has at most; None if it goes to the source's end, or to a time."""
        return min(self.end + 1, sys.maxsize) if self.cut and self.end > 0 else None

    @property
    def until(self) -> float | None:
        """Seconds at which the output ends; None if it goes to the source's end, or to a frame."""
        return self.end_time - TOLERANCE if self.cut and self.end_time is not None else None

    def count(self, stream: StreamInfo) -> int | None:
        """Return about how many frames of a stream will be read; None if the stream does not say."""
        if stream.frame_count is None:
            return None
        bounds = [stream.frame_count]
        if self.length is not None:
            bounds.append(self.length)
        if self.until is not None and stream.rate is not None:
            bounds.append(math.ceil(self.until * stream.rate))
        if not self.alone:
            return min(bounds)
        return max(0, min(bounds) - self.start - math.ceil((self.start_time or 0) * (stream.rate or 0)))

    @property
    def has_start(self) -> bool:
        """Whether the range begins after the source's first frame."""
        return self.start > 0 or bool(self.start_time)

    def check(self, source: Source) -> None:
        """Check that the range begins within a source.

        Args:
            source: The source; its frames are counted only if the range does not begin with the first one.

        Raises:
            ArgumentError: If the start lies beyond its end.
        """
        start, duration = self.start_time, source.info.duration
        if start and duration is not None and start >= duration:
            raise ArgumentError(
                f"start ({format_time(start)}) lies beyond {source.info.name}, which lasts {format_time(duration)}"
            )
        count = source.count_frames() if self.start else None
        if count is not None and self.start >= count:
            raise ArgumentError(
                f"start_video_frame ({self.start}) lies beyond {source.info.name}, "
                f"which has {count} frames (0 to {count - 1})"
            )


def make_frame_range(
    start_frame: int,
    end_frame: int,
    cut: bool,
    start: Time | None = None,
    end: Time | None = None,
    *,
    alone: bool = False,
) -> FrameRange:
    """Return the range that an engine's arguments ask for.

    Args:
        start_frame: The first frame, from 0.
        end_frame: The last frame, inclusive; 0 = no bound.
        cut: Whether the output ends with the range.
        start: The time of the first frame, as `parse_time` takes it; None = no bound.
        end: The time from which on frames are outside; None = no bound.
        alone: Whether the output has the frames of the range alone.

    Raises:
        ArgumentError: As `FrameRange`, or if a time is not understood.
    """
    start_time = None if start is None else parse_time("start", start)
    end_time = None if end is None else parse_time("end", end)
    return FrameRange(start_frame, end_frame, bool(cut or alone), start_time, end_time, bool(alone))
