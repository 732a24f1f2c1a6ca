"""Where a face went whose head is turned away: its picture of the frame before is looked for."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..models.views import Crop, View
from ..pixels.image import Plane
from .face import Face

# Cells across a face: few, so that a head that turns still looks alike, and the search takes little time.
_CELLS = 18
_PATCH, _SEARCH = 1.4, 2.6
# Of a face at the border, so many cells must be in the frame.
_LEAST_SIDE = 12
# Below it the best place is as good as any: Lewis, Fast Normalized Cross-Correlation, 1995, calls the measure gamma.
_LEAST_MATCH = 0.7
_LEAST_LIKENESS = 0.35
# A patch with less contrast, in grey levels, fits everywhere.
_LEAST_CONTRAST = 6.0


class Patch(NamedTuple):
    """The picture of a face and what is around it.

    Attributes:
        grey: uint8 (h, w), in cells.
        across: The face's middle, in cells from the left.
        down: The face's middle, in cells from the top.
        first: What it looked like when the face was seen last; None if that is this picture.
    """

    grey: Plane
    across: float
    down: float
    first: Plane | None = None


def take_patch(view: View, face: Face, scale: float = _PATCH) -> Patch | None:
    """Return the picture of a face in a frame.

    Args:
        view: The frame.
        face: The face.
        scale: Its side relative to the face's.

    Returns:
        The picture, cut off at the frame's border; None if too little of it is in the frame.
    """
    left, top, right, bottom = face.surround(scale)
    # Chroma has one sample for two pixels: a crop starts at an even one.
    crop = Crop(
        max(0, round(left)) // 2 * 2, max(0, round(top)) // 2 * 2,
        min(view.width, round(right)), min(view.height, round(bottom)),
    )  # fmt: skip
    cell = max(face.width, face.height, 1.0) / _CELLS
    width, height = round(crop.width / cell), round(crop.height / cell)
    if min(width, height) < _LEAST_SIDE:
        return None
    x, y = face.centre
    return Patch(
        view.crop_grey(crop, width, height),
        (x - crop.left) * width / crop.width,
        (y - crop.top) * height / crop.height,
    )


def update_patch(view: View, face: Face, patch: Patch) -> Patch | None:
    """Return the new picture of a face that was followed; None if it has too little to do with the first one.

    A head turns from frame to frame, so the newest picture is looked for; but step by step it could become the wall.
    """
    first = patch.grey if patch.first is None else patch.first
    new = take_patch(view, face)
    # Sizes are rounded; at the border less of the head is in the frame, and what is left says too little.
    if new is None or any(abs(one - other) > 1 for one, other in zip(new.grey.shape, first.shape, strict=True)):
        return None
    same_size = cv2.resize(new.grey, first.shape[::-1])
    likeness = float(cv2.matchTemplate(same_size, first, cv2.TM_CCOEFF_NORMED)[0, 0])
    return new._replace(first=first) if likeness >= _LEAST_LIKENESS else None


def follow(view: View, face: Face, patch: Patch) -> tuple[float, float] | None:
    """Look for the picture of a face around a place.

    Args:
        view: The frame.
        face: Where the face should be, in the size that it had when the picture was taken.
        patch: The picture.

    Returns:
        By how many pixels the face is right of that place and below it; None if nothing there looks like it.
    """
    around = take_patch(view, face, _SEARCH)
    if around is None or float(np.std(patch.grey)) < _LEAST_CONTRAST:
        return None
    if any(big < small for big, small in zip(around.grey.shape, patch.grey.shape, strict=True)):
        return None
    matches = cv2.matchTemplate(around.grey, patch.grey, cv2.TM_CCOEFF_NORMED)
    _, best, _, (left, top) = cv2.minMaxLoc(matches)
    if not _LEAST_MATCH <= best <= 1.01:
        return None
    cell = max(face.width, face.height, 1.0) / _CELLS
    return (left + patch.across - around.across) * cell, (top + patch.down - around.down) * cell
