"""From the time stamps of a live stream to the times at which its frames and its audio count."""

from __future__ import annotations

from dataclasses import dataclass

# The smallest delay of this long, and of as long before, is that of the path itself; what exceeds it is jitter.
_WINDOW_SECONDS = 10.0
# How fast the offset grows with the drift between two clocks, in seconds per second: far more than that of crystals.
_SLEW = 0.002
# A delay that grew by more than this for a whole window comes from wrong time stamps, or from a longer path.
_LAG_SECONDS = 0.5
# Time stamps that leave the passed time behind by more than this have been set anew.
_JUMP_SECONDS = 1.0


@dataclass(slots=True)
class Anchor:
    """Where the time stamps of a stream lie in time, between two of their jumps.

    Attributes:
        offset: Seconds to add to a time stamp to get a time of `time.monotonic`; None before the first frame.
    """

    offset: float | None = None


class StreamClock:
    """Places the time stamps of a live stream in time, without the jitter with which its frames arrive.

    A frame that came late was late on its way: the frame that came fastest shows how the stream's clock is set. Audio
    that shares the anchor is in step with the frames, however late either of them arrives.

    Attributes:
        anchor: Where the latest time stamps lie; replaced when they jump, as when a camera restarts.

    Example:
        >>> clock = StreamClock()
        >>> clock.place(0.0, 50.0), clock.place(0.5, 50.75), clock.place(1.0, 51.0)
        (50.0, 50.5, 51.0)
    """

    def __init__(self) -> None:
        """Begin before the first frame."""
        self.anchor = Anchor()
        self._last_pts: float | None = None
        self._last_moment = 0.0
        self._window_begin = 0.0
        self._smallest = self._smallest_before = 0.0

    def observe(self, pts: float, moment: float) -> None:
        """Take note of a frame that arrived before the first one is placed: they were buffered together.

        Args:
            pts: Its time stamp in seconds.
            moment: When it arrived, by `time.monotonic`.
        """
        delay = moment - pts
        if self.anchor.offset is None or delay < self.anchor.offset:
            self.anchor.offset = self._smallest = self._smallest_before = delay
        self._window_begin = self._last_moment = moment

    def place(self, pts: float, moment: float) -> float:
        """Return when a frame counts.

        Args:
            pts: Its time stamp in seconds; frames in order.
            moment: When it arrived, by `time.monotonic`.

        Returns:
            A time of `time.monotonic`, not later than `moment`.
        """
        delay = moment - pts
        offset = self.anchor.offset
        if offset is None or self._has_jumped(pts, moment):
            if offset is not None:
                self.anchor = Anchor()
            self.anchor.offset = self._smallest = self._smallest_before = delay
            self._window_begin = moment
        else:
            self.anchor.offset = min(delay, self._follow(offset, delay, moment))
        self._last_pts, self._last_moment = pts, moment
        return pts + self.anchor.offset

    def _has_jumped(self, pts: float, moment: float) -> bool:
        if self._last_pts is None:
            return False
        step = pts - self._last_pts
        passed = max(0.0, moment - self._last_moment)
        return step < -_JUMP_SECONDS or step > passed + _JUMP_SECONDS

    def _follow(self, offset: float, delay: float, moment: float) -> float:
        if moment - self._window_begin > _WINDOW_SECONDS:
            self._smallest_before, self._smallest, self._window_begin = self._smallest, delay, moment
        self._smallest = min(self._smallest, delay)
        error = min(self._smallest, self._smallest_before) - offset
        return offset + (error if error > _LAG_SECONDS else min(error, _SLEW * (moment - self._last_moment)))
