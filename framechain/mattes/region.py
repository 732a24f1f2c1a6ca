"""`Region`: a part of the frame as a matte."""

from __future__ import annotations

import numpy as np

from ..contracts import Matte
from ..contracts.region import RegionLike, RegionMask
from ..frame import Frame
from ..pixels.image import Image
from .arrays import Bytes


class Region(Matte):
    """A part of the frame as a matte: foreground inside, background outside, whatever the frame shows.

    With another matte it says where to act: `MediaPipeMatte() | ~Region(polygon)` leaves only what is inside the
    polygon, and no person, to the background.

    Example:
        >>> Region((0.0, 0.0, 0.5, 1.0))(np.zeros((1, 4, 3), np.uint8)).tolist()
        [[255, 255, 0, 0]]
    """

    works_on_yuv = True
    can_prepare = True
    memory = 0

    def __init__(self, region: RegionLike) -> None:
        """Choose the region.

        Args:
            region: A rectangle, a polygon or a mask, as for `Matte.inside`.

        Raises:
            ArgumentError: If it is no such region. A region that lies outside the frame is found at the first frame.
        """
        self._mask = RegionMask(region)

    def __call__(self, frame: Image) -> Bytes:
        """Draw the region: uint8 (H, W), 255 inside."""
        return np.array(self._mask.draw((frame.shape[1], frame.shape[0])))

    def estimate(self, frame: Frame) -> Bytes:
        """Draw the region at the frame's size."""
        return self._mask.draw(frame.size)
