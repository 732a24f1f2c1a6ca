"""The times of frames that a program writes: at a rate, as the program says, or as the frames have them."""

from __future__ import annotations

import math
from fractions import Fraction

from ..basics.arguments import check_number
from ..errors import ArgumentError
from ..frame import FrameInfo, StreamInfo

DEFAULT_RATE = Fraction(25)
"""Frames per second of arrays, if nobody says."""

# Fine enough that the times of another stream can be rounded to it.
_FINE = 10_000
_TICKS = 90_000


class Timing:
    """Gives each frame its time, in whole ticks. The first frame decides where times come from.

    Attributes:
        time_base: Seconds per tick; known after the first frame.
        rate: Frames per second; None if unknown.
        source: Where times come from: "rate", "time" (the program) or "frame"; "" before the first frame.
        length: Seconds from the first frame to the end of the last one.

    Example:
        >>> timing = Timing(rate=Fraction(10))
        >>> [timing.take(None, None) for _ in range(3)], timing.time_base
        ([(0, 1), (1, 1), (2, 1)], Fraction(1, 10))
    """

    def __init__(self, *, rate: Fraction | None = None, usual_rate: Fraction | None = None) -> None:
        """Begin without a frame.

        Args:
            rate: Frames per second, whatever times the frames have; None to go by those.
            usual_rate: Frames per second of arrays without a time.
        """
        self.rate = rate
        self.time_base = Fraction(1, _TICKS)
        self._usual_rate = usual_rate or DEFAULT_RATE
        self.source = "" if rate is None else "rate"
        self.length = Fraction(0)
        self._is_rate_given = rate is not None
        self._count = 0
        self._first = 0
        self._last = -1
        self._end = Fraction(0)
        self._stream: StreamInfo | None = None
        self._shift = Fraction(0)

    def take(self, info: FrameInfo | None, time: float | None) -> tuple[int, int]:
        """Return the time of the next frame.

        Args:
            info: The frame's own place in a stream; None for an array.
            time: Seconds from the beginning of the output, if the program says.

        Returns:
            Its time and its duration in ticks of `time_base`; a duration of 0 if that is unknown.

        Raises:
            ArgumentError: If times do not grow, or only some frames have one.
        """
        source = "time" if time is not None else "frame" if info is not None else "rate"
        if not self.source:
            self._begin(source, info)
        if self.source == "rate" and time is not None:
            if self._is_rate_given:
                raise ArgumentError(
                    f"fps={float(self.rate or 0):g} was given, and frame {self._count} has a time: leave one out"
                )
            raise ArgumentError(
                f"frame {self._count} has a time, and the frames before it had none: give time= with every frame "
                "or with none"
            )
        if self.source != "rate" and source != self.source:
            raise ArgumentError(
                f"frame {self._count} has no {'time' if self.source == 'time' else 'time of its own'}, and the first "
                "had one: give time= with every frame, or fps= for all"
            )
        pts, duration = self._compute(info, time)
        if pts <= self._last:
            advice = "" if time is not None else ", or give fps= to write them one after the other"
            raise ArgumentError(
                f"frame {self._count} is at {float(pts * self.time_base):g} s, and the frame before it at "
                f"{float(self._last * self.time_base):g} s: times must grow{advice}"
            )
        if not self._count:
            self._first = pts
        self._count, self._last = self._count + 1, pts
        usual = 1 / (self.rate or self._usual_rate)
        self.length = (pts - self._first) * self.time_base + (duration * self.time_base or usual)
        return pts, duration

    def _begin(self, source: str, info: FrameInfo | None) -> None:
        self.source = source
        if source == "rate":
            self.rate = self._usual_rate
        elif source == "frame" and info is not None:
            own = info.stream.time_base
            self.rate, self.time_base = info.stream.rate, own / max(1, math.ceil(own * _FINE))

    def _compute(self, info: FrameInfo | None, time: float | None) -> tuple[int, int]:
        if time is not None:
            return round(Fraction(check_number("time", time, 0, 1e9, unit="seconds")) / self.time_base), 0
        if self.source == "rate":
            assert self.rate is not None
            # Whole ticks for each rate, as in 30000/1001.
            self.time_base = Fraction(1, self.rate.numerator)
            return self._count * self.rate.denominator, self.rate.denominator
        assert info is not None
        own = info.stream.time_base
        start, duration = info.pts * own, info.duration * own
        if info.stream is not self._stream:  # The frames of a second clip follow those of the first one.
            self._stream, self._shift = info.stream, self._end - start
        self._end = start + self._shift + (duration or 1 / (info.stream.rate or DEFAULT_RATE))
        return round((start + self._shift) / self.time_base), round(duration / self.time_base)
