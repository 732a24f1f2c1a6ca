"""Clean-up of binary masks: small specks go, small holes are closed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..basics.arguments import check_number, convert_numbers
from .arrays import Bytes, as_bytes, make_disc

PARENT = 3
"""Column of OpenCV's contour hierarchy: the index of the enclosing contour, -1 if there is none."""


@dataclass(frozen=True)
class CleanUp:
    """Removes what is too small in a binary mask. All sizes are relative to the frame's.

    Attributes:
        speck_size: Specks of foreground below this share of the frame's area are removed.
        hole_size: Holes below this share are closed.
        smoothing: Radius of the morphological opening and closing, as a share of the frame's shorter side.

    Example:
        >>> mask = np.zeros((90, 160), np.uint8)
        >>> mask[20:70, 40:120] = 255
        >>> mask[5, 5] = 255
        >>> mask[40:43, 60:63] = 0
        >>> clean = CleanUp()(mask)
        >>> int(clean[5, 5]), int(clean[41, 61]), int(clean[10, 80])
        (0, 255, 0)
    """

    speck_size: float = 0.002
    hole_size: float = 0.004
    smoothing: float = 0.006

    def __post_init__(self) -> None:
        convert_numbers(self)
        check_number("speck_size", self.speck_size, 0, 1)
        check_number("hole_size", self.hole_size, 0, 1)
        check_number("smoothing", self.smoothing, 0, 0.1)

    def __call__(self, mask: Bytes) -> Bytes:
        """Smooth the outline of a mask, then remove specks and close holes: uint8 (H, W), 0 or 255."""
        radius = round(self.smoothing * min(mask.shape))
        if radius:
            # Closing has the larger radius: viewers notice a missing finger, not a filled gap.
            mask = as_bytes(cv2.morphologyEx(mask, cv2.MORPH_OPEN, make_disc(max(1, radius // 2))))
            mask = as_bytes(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, make_disc(radius)))
        return self.filter_by_area(mask)

    def filter_by_area(self, mask: Bytes) -> Bytes:
        """Remove specks and close holes of a mask, uint8 (H, W), without a change of its outline."""
        contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        if not contours:
            return mask
        mask = mask.copy()
        is_hole = np.asarray(hierarchy)[0][:, PARENT] >= 0
        # Specks first: a speck goes together with its holes.
        for holes, share, value in ((False, self.speck_size, 0), (True, self.hole_size, 255)):
            small = [
                contour for contour, hole in zip(contours, is_hole, strict=True)
                if hole == holes and cv2.contourArea(contour) < share * mask.size
            ]  # fmt: skip
            cv2.drawContours(mask, small, -1, (value,), cv2.FILLED)
        return mask
