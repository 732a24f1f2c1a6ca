"""The crop that follows the people from one frame to the next."""

from __future__ import annotations

from collections import deque

import numpy as np

from ...models.views import Crop
from .people import BoundingBox

# Least side of a crop as a share of the frame's: people far away do not make it ever smaller.
_MIN_SIDE = 0.2
# Least ratio of a crop's sides, either way: the model finds people less well in a stretched image.
_MIN_RATIO = 0.6
# Shares of the margin: distance to the crop's border at which people touch it, and tolerance of a crop at rest.
_TOUCH, _REST = 0.25, 0.3
# Share of its sides by which the crop grows while somebody is coming in.
_REACH = 0.5

CropState = tuple[Crop | None, tuple[BoundingBox, ...], int, bool]
"""The crop, the last bounding boxes, frames since the whole frame was searched, whether the border is touched."""


def make_crop(bounds: BoundingBox, width: int, height: int, margin: float) -> Crop:
    """Return the crop of a frame that shows people with a margin.

    It is neither very tall nor very wide, and its corners are even numbers where chroma planes need them.

    Args:
        bounds: The people's bounding box.
        width: Width of the frame in pixels.
        height: Height of the frame in pixels.
        margin: Margin on each side, as a share of the bounding box.

    Returns:
        A crop within the frame.
    """
    left, top, right, bottom = bounds
    across, down = (right - left) * (1 + 2 * margin), (bottom - top) * (1 + 2 * margin)
    across, down = max(across, width * _MIN_SIDE, down * _MIN_RATIO), max(down, height * _MIN_SIDE)
    down = max(down, across * _MIN_RATIO)
    sides = []
    for low, high, length, limit in ((left, right, across, width), (top, bottom, down, height)):
        middle = (low + high) / 2
        start, end = middle - length / 2, middle + length / 2
        # What would lie outside the frame is cut off: padding would waste the model's pixels.
        first, last = int(max(0, start)) // 2 * 2, min(limit, -int(-end // 2) * 2)
        sides.append((first, max(last, min(limit, first + 2))))
    (first_column, last_column), (first_row, last_row) = sides
    return Crop(first_column, first_row, last_column, last_row)


class CropTracker:
    """Follows people with a crop: it grows at once, and shrinks when nobody was in the margin for some frames.

    The whole frame is searched again every `period` frames, at once when somebody touches the crop's border, and
    after half that time when something moves outside: so a second person is missed for no longer than that.
    """

    def __init__(self, *, margin: float = 0.1, period: int = 6) -> None:
        """Set how it follows.

        Args:
            margin: Margin around the people, as a share of their bounding box.
            period: Frames between two searches of the whole frame.
        """
        self.margin = margin
        self.period = period
        self.reset()

    def reset(self) -> None:
        """Forget where people were."""
        self.crop: Crop | None = None
        self._recent: deque[BoundingBox] = deque(maxlen=self.period + 1)
        self._since_full = 0
        self._touches_border = False

    def save(self) -> CropState:
        """Return what is known, for `restore`."""
        return self.crop, tuple(self._recent), self._since_full, self._touches_border

    def restore(self, state: CropState) -> None:
        """Return to an earlier state."""
        self.crop, recent, self._since_full, self._touches_border = state
        self._recent = deque(recent, maxlen=self._recent.maxlen)

    @property
    def touches_border(self) -> bool:
        """Whether people reach out of the crop."""
        return self._touches_border

    def reach_out(self, width: int, height: int) -> None:
        """Enlarge the crop for one frame, if people were found only now: who comes in is seen only in part."""
        if self.crop is None or len(self._recent) > self.period:
            return
        across, down = round(_REACH * self.crop.width) // 2 * 2, round(_REACH * self.crop.height) // 2 * 2
        left, top, right, bottom = self.crop
        self.crop = Crop(
            max(0, left - across), max(0, top - down), min(width, right + across), min(height, bottom + down)
        )

    def needs_full_frame(self, is_motion_outside: bool) -> bool:
        """Return whether the whole frame is to be searched; to be called once for each frame."""
        self._since_full += 1
        if self.crop is None or self._touches_border or self._since_full >= self.period:
            return True
        return is_motion_outside and self._since_full >= self.period // 2

    def update_from_frame(self, bounds: BoundingBox | None, width: int, height: int) -> None:
        """Take in the bounding box of the people in a whole frame of this size; None if there is nobody."""
        self._since_full = 0
        self._touches_border = False
        if bounds is not None:
            self._move(bounds, width, height)

    def update_from_crop(self, bounds: BoundingBox | None, width: int, height: int) -> None:
        """Take in the bounding box of the people in the crop; None if there is nobody any more."""
        if bounds is None:
            self.reset()
            return
        assert self.crop is not None
        crop = self.crop
        slack = _TOUCH * self.margin
        near = slack * crop.width, slack * crop.height
        self._touches_border = (
            (crop.left > 0 and bounds[0] - crop.left < near[0])
            or (crop.top > 0 and bounds[1] - crop.top < near[1])
            or (crop.right < width and crop.right - bounds[2] < near[0])
            or (crop.bottom < height and crop.bottom - bounds[3] < near[1])
        )
        self._move(bounds, width, height)

    def _move(self, bounds: BoundingBox, width: int, height: int) -> None:
        self._recent.append(bounds)
        lows, highs = np.min(self._recent, axis=0), np.max(self._recent, axis=0)
        union = (float(lows[0]), float(lows[1]), float(highs[2]), float(highs[3]))
        fitting = make_crop(union, width, height, self.margin)
        if self.crop is None or not self._may_stay(self.crop, union, fitting):
            self.crop = fitting

    def _may_stay(self, crop: Crop, bounds: BoundingBox, fitting: Crop) -> bool:
        """Return whether the crop is near enough to the fitting one: at rest, it samples the same pixels."""
        tolerance = _REST * self.margin
        for side in range(4):
            limit = tolerance * (bounds[2] - bounds[0] if side % 2 == 0 else bounds[3] - bounds[1])
            if abs(crop[side] - fitting[side]) > max(limit, 2):
                return False
        return True
