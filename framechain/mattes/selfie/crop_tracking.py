"""Where in the frame to look: a box that follows the people from one frame's matte to the next."""

from __future__ import annotations

from collections import deque

import numpy as np

from .people import Extent
from .views import Box

# Of the frame's sides: a box around somebody far away is not made ever smaller.
_LEAST_SIDE = 0.2
# Width over height, and height over width.
_NARROWEST = 0.6


def around(extent: Extent, width: int, height: int, margin: float) -> Box:
    """The part of a frame to look at for people who reach that far.

    Neither very tall nor very wide, as people squeezed out of shape are found less well; even numbers, so that
    it is the same part of Y and of U and V.

    Args:
        extent: How far they reach.
        width: The frame's, in pixels.
        height: The frame's, in pixels.
        margin: What is added on each side, as a share of the extent.

    Returns:
        A part of the frame.
    """
    left, top, right, bottom = extent
    across, down = (right - left) * (1 + 2 * margin), (bottom - top) * (1 + 2 * margin)
    across, down = max(across, width * _LEAST_SIDE, down * _NARROWEST), max(down, height * _LEAST_SIDE)
    down = max(down, across * _NARROWEST)
    sides = []
    for low, high, length, whole in ((left, right, across, width), (top, bottom, down, height)):
        middle = (low + high) / 2
        start, end = middle - length / 2, middle + length / 2
        # What would lie outside the frame is not looked at, so the picture is no larger than it must be.
        first, last = int(max(0, start)) // 2 * 2, min(whole, -int(-end // 2) * 2)
        sides.append((first, max(last, min(whole, first + 2))))
    (left_, right_), (top_, bottom_) = sides
    return Box(left_, top_, right_, bottom_)


class Tracker:
    """Follows people with a box: grows at once, shrinks once nothing was there for some frames.

    The whole frame is looked at again every `period` frames, at once when somebody reaches the box's border, and
    soon when something changes outside it: a second person is never left outside for longer than that.
    """

    def __init__(self, *, margin: float = 0.1, period: int = 6) -> None:
        """Set how it follows.

        Args:
            margin: What is added around the people, as a share of their extent.
            period: Frames between two looks at the whole frame.
        """
        self.margin = margin
        self.period = period
        self.reset()

    def reset(self) -> None:
        """Forget where people were."""
        self.box: Box | None = None
        self._wanted: deque[Extent] = deque(maxlen=self.period + 1)
        self._since_full = 0
        self._at_border = False

    def wants_full(self, moved_outside: bool) -> bool:
        """Whether this frame is to be looked at as a whole.

        Args:
            moved_outside: Whether something changed outside the box.
        """
        self._since_full += 1
        if self.box is None or self._at_border or self._since_full >= self.period:
            return True
        return moved_outside and self._since_full >= self.period // 2

    def saw_full(self, extent: Extent | None, width: int, height: int) -> None:
        """Take in what a look at the whole frame found.

        Args:
            extent: How far people reach; None if nobody is there.
            width: The frame's, in pixels.
            height: The frame's, in pixels.
        """
        self._since_full = 0
        self._at_border = False
        if extent is not None:
            self._follow(extent, width, height)

    def saw(self, extent: Extent | None, width: int, height: int) -> None:
        """Take in what a look at the box found.

        Args:
            extent: How far people reach; None if nobody is there any more.
            width: The frame's, in pixels.
            height: The frame's, in pixels.
        """
        if extent is None:
            self.reset()
            return
        assert self.box is not None
        box = self.box
        slack = 0.25 * self.margin
        near = slack * box.width, slack * box.height
        self._at_border = (
            (box.left > 0 and extent[0] - box.left < near[0])
            or (box.top > 0 and extent[1] - box.top < near[1])
            or (box.right < width and box.right - extent[2] < near[0])
            or (box.bottom < height and box.bottom - extent[3] < near[1])
        )
        self._follow(extent, width, height)

    def _follow(self, extent: Extent, width: int, height: int) -> None:
        self._wanted.append(extent)
        lows, highs = np.min(self._wanted, axis=0), np.max(self._wanted, axis=0)
        union = (float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3]))
        fitting = around(union, width, height, self.margin)
        if self.box is None or not self._still_fits(union, fitting, width, height):
            self.box = fitting

    def _still_fits(self, extent: Extent, fitting: Box, width: int, height: int) -> bool:
        """Whether the box may stay as it is: a box at rest samples the picture in the same places."""
        assert self.box is not None
        tolerance = 0.3 * self.margin
        for side in range(4):
            limit = tolerance * (extent[2] - extent[0] if side % 2 == 0 else extent[3] - extent[1])
            if abs(self.box[side] - fitting[side]) > max(limit, 2):
                return False
        return True
