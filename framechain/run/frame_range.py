"""Which frames of a video are processed."""

from __future__ import annotations

from dataclasses import dataclass

from ..arguments import check_count
from ..contracts import Source
from ..errors import ArgumentError


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Which frames of a video are processed; the others are written as they are.

    Attributes:
        start: The first one, from 0.
        end: The last one, inclusive; 0 = no bound.
        cut: Whether the output ends with it.

    Example:
        >>> [FrameRange(2, 3).excludes(index) for index in (1, 2, 3, 4)]
        [True, False, False, True]
    """

    start: int = 0
    end: int = 0
    cut: bool = False

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            ArgumentError: If one is not a whole number of at least 0, or the start lies after the end.
        """
        check_count("start_video_frame", self.start, 0)
        check_count("end_video_frame", self.end, 0)
        if self.end and self.start > self.end:
            raise ArgumentError(f"start_video_frame ({self.start}) lies after end_video_frame ({self.end}): swap them")

    def excludes(self, index: int) -> bool:
        """Return whether a frame is left as it is."""
        return index < self.start or (self.end > 0 and index > self.end)

    @property
    def length(self) -> int | None:
        """How many frames the output has at most; None if it goes to the source's end."""
        return self.end + 1 if self.cut and self.end > 0 else None

    def check(self, source: Source) -> None:
        """Check that the range begins within a source.

        Args:
            source: The source; its frames are counted only if the range does not begin with the first one.

        Raises:
            ArgumentError: If the start lies beyond its end.
        """
        count = source.count_frames() if self.start else None
        if count is not None and self.start >= count:
            raise ArgumentError(
                f"start_video_frame ({self.start}) lies beyond {source.info.name}, "
                f"which has {count} frames (0 to {count - 1})"
            )
