"""The part of a stream whose frames a loop was given."""

from __future__ import annotations

from fractions import Fraction

from ..frame import FrameInfo

_USUAL_RATE = Fraction(25)


class Span:
    """Where the frames that were given begin and end, in seconds of their stream.

    Attributes:
        begin: The time of the first frame; None before it.
        end: When the last frame ends.

    Example:
        >>> from framechain import StreamInfo
        >>> span, stream = Span(), StreamInfo("clip.mp4", "video", 64, 48, rate=10)
        >>> for index in range(3):
        ...     span.add(FrameInfo(index, 2000 + 100 * index, 100, stream))
        >>> span.begin, span.end
        (Fraction(2, 1), Fraction(23, 10))
    """

    def __init__(self) -> None:
        """Begin without a frame."""
        self.begin: Fraction | None = None
        self.end = Fraction(0)

    def add(self, info: FrameInfo) -> None:
        """Count a frame."""
        time_base = info.stream.time_base
        if self.begin is None:
            self.begin = info.pts * time_base
        duration = info.duration * time_base or 1 / (info.stream.rate or _USUAL_RATE)
        self.end = info.pts * time_base + duration
