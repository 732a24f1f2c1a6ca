"""The part of a stream whose frames a loop was given."""

from __future__ import annotations

from fractions import Fraction

from ..frame import FrameInfo

_USUAL_RATE = Fraction(25)
# Less than this may be the frames that a program read and had no use for.
_LENGTH_SECONDS, _LENGTH_SHARE = Fraction(1, 2), Fraction(1, 50)
# Viewers notice audio that is early by 45 ms (ITU-R BT.1359).
_UNEVEN_SECONDS = Fraction(45, 1000)


class Span:
    """Where the frames that were given begin and end, in seconds of their stream.

    Attributes:
        begin: The time of the first frame; None before it.
        end: When the last frame ends.
        unevenness: How far, in seconds, the time of a frame is at most from where the stream's rate puts it.

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
        self.unevenness = Fraction(0)
        self._count = 0

    def add(self, info: FrameInfo) -> None:
        """Count a frame."""
        time, usual = info.pts * info.stream.time_base, 1 / (info.stream.rate or _USUAL_RATE)
        if self.begin is None:
            self.begin = time
        self.unevenness = max(self.unevenness, abs(time - self.begin - self._count * usual))
        self._count += 1
        # Frames may come in another order, as in a film that is shown backwards.
        self.begin = min(self.begin, time)
        self.end = max(self.end, time + (info.duration * info.stream.time_base or usual))

    @property
    def length(self) -> Fraction:
        """Seconds from the begin to the end."""
        return Fraction(0) if self.begin is None else self.end - self.begin


def describe_lag(name: str, read: Span, written: Fraction, *, by_rate: bool) -> str | None:
    """Return that audio is not in step with frames to which a program gave times of its own.

    Args:
        name: The clip that the audio is of.
        read: Its frames.
        written: Seconds that the output lasts.
        by_rate: Whether the times are those of the clip's rate.

    Returns:
        A sentence; None if the audio is in step.

    Example:
        >>> describe_lag("clip.mp4", Span(), Fraction(0), by_rate=True)
    """
    length = read.length
    if abs(written - length) > max(_LENGTH_SECONDS, length * _LENGTH_SHARE):
        return (
            f"the audio is not in step: the frames last {float(written):.1f} s, and those of {name} "
            f"{float(length):.1f} s; write frame.with_bgr(image), which keeps its time, or leave the audio out: "
            "like=frames.info"
        )
    if by_rate and read.unevenness > _UNEVEN_SECONDS:
        return (
            f"the audio is up to {float(read.unevenness):.2f} s out of step: the frames of {name} are not evenly "
            "spaced, and arrays are; write frame.with_bgr(image), which keeps its time"
        )
    return None
