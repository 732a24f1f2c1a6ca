"""Which level of quality a machine can hold: arithmetic on how long frames take and how many are dropped."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

# Share of the time between two frames of the camera that nine frames in ten may take: a tenth is to spare.
_LIMIT = 0.9
# The same for a step up: the better level takes longer, by how much is not known.
_ROOM = 0.8
# Seconds over which the time that frames take is looked at: over fewer, chance alone would exceed the limit.
_SPAN = 10.0
# So many dropped frames within so many seconds are a load; one may be a snapshot, or another program that starts.
_STRIKES, _STRIKE_SPAN = 2, 3.0
# Frames that must have been seen at a level before the time that they take counts.
_LEAST = 20
# Seconds that do not count: at the start, where models and window warm up; and after a step.
_START, _SETTLE = 1.0, 0.2
# Seconds without a frame after which all is measured anew: the camera was lost.
_GAP = 1.0
# Seconds before a step up: the first time, and at most. They double if the step fails, that is, if a step down follows
# within `_TRIAL` seconds, or within twice the time that was waited; they halve if it does not.
_WAIT, _LONGEST_WAIT, _TRIAL = 5.0, 300.0, 60.0


class _Frame(NamedTuple):
    """A frame; `seconds` is the mean of its time and that of the one before, as some work is done in every second."""

    moment: float
    arrived: int
    seconds: float


class PaceController:
    """Chooses among levels, from the best downwards, the best one that keeps the camera's rate with a tenth to spare.

    It steps down at once when frames are dropped or take too long. It steps up after a while, and after longer ones if
    that fails, so that it does not oscillate.

    Attributes:
        below: How many levels below the best one; 0 is the best.
        seconds: How long nine frames in ten took at most, as it was last measured.
        rate: Frames per second of the camera, as they were last measured; 0.0 before.
        is_dropping: Whether frames are dropped because the machine is too slow.

    Example:
        >>> pace = PaceController(2)
        >>> for number in range(60):  # A camera gives 30 frames per second, and each takes 40 ms.
        ...     changed = pace.add(0.04 * number, seconds=0.04, arrived=int(1.2 * number), dropped=int(0.2 * number))
        >>> pace.below
        1
    """

    def __init__(self, levels: int) -> None:
        """Begin with the best level.

        Args:
            levels: How many there are.
        """
        self._lowest = levels - 1
        self.below = 0
        self.seconds = self.rate = 0.0
        self.is_dropping = False
        self._wait = _WAIT
        self._raised: float | None = None
        self._restart()

    def _restart(self) -> None:
        self._frames: deque[_Frame] = deque()
        self._strikes: deque[float] = deque(maxlen=_STRIKES)
        self._dropped: int | None = None
        self._last_seconds = 0.0
        self._counts_from: float | None = None
        self._stepped: float | None = None

    def add(self, now: float, *, seconds: float, arrived: int, dropped: int) -> bool:
        """Take in a frame, when the next one is there.

        Args:
            now: Seconds of a clock that never goes back.
            seconds: How long the frame took, from when it was taken until the next one could be taken.
            arrived: How many frames the camera gave so far.
            dropped: How many of these were dropped.

        Returns:
            True if `below` has changed.
        """
        if self._frames and now - self._frames[-1].moment - seconds > _GAP:
            self._restart()
        if self._counts_from is None or self._stepped is None:
            self._counts_from, self._stepped = now + _START, now
            self._last_seconds = seconds
        new = 0 if self._dropped is None else dropped - self._dropped
        self._dropped = dropped
        self._frames.append(_Frame(now, arrived, (seconds + self._last_seconds) / 2))
        self._last_seconds = seconds
        while now - self._frames[0].moment > _SPAN and len(self._frames) > 2:
            self._frames.popleft()
        first = self._frames[0]
        if now < self._counts_from or arrived <= first.arrived:
            return False
        self.rate = (arrived - first.arrived) / (now - first.moment)
        # Frames that come in bursts from a network are dropped whatever the machine can do.
        if new and seconds > 0.5 / self.rate:
            self._strikes.append(now)
        at_this_level = sorted(frame.seconds for frame in self._frames if frame.moment >= self._counts_from)
        self.seconds = at_this_level[int(_LIMIT * (len(at_this_level) - 1))]
        is_known = len(at_this_level) >= _LEAST
        self.is_dropping = len(self._strikes) == _STRIKES and now - self._strikes[0] <= _STRIKE_SPAN + seconds
        if self.is_dropping or (is_known and self.seconds * self.rate > _LIMIT):
            return self._step_down(now)
        is_calm = is_known and self.seconds * self.rate <= _ROOM and now - self._stepped >= self._wait
        return is_calm and self._step_up(now)

    def _step_down(self, now: float) -> bool:
        if self.below == self._lowest:
            self._stepped = now  # Not calm: the waiting begins anew.
            return False
        if self._raised is not None:
            has_failed = now - self._raised < max(_TRIAL, 2 * self._wait)
            self._wait = min(2 * self._wait, _LONGEST_WAIT) if has_failed else max(self._wait / 2, _WAIT)
            self._raised = None
        self.below += 1
        self._begin_level(now)
        return True

    def _step_up(self, now: float) -> bool:
        if self.below == 0:
            return False
        self.below -= 1
        self._raised = now
        self._begin_level(now)
        return True

    def _begin_level(self, now: float) -> None:
        self._strikes.clear()
        self._stepped, self._counts_from = now, now + _SETTLE
