"""Decontamination: the foreground's own colour at soft edges, without the old background."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import Plane, shrink

# The colours of both sides are spread over the edge on a frame this many times smaller ...
_SHRINKING = 8
# ... but on no fewer pixels a side than this.
_MIN_SIDE = 90
# Standard deviation of that blur as a share of the shorter side.
_REACH = 0.012
# A smaller sum of weights says nothing about the colour.
_MIN_WEIGHT = 0.002
# To the fourth power: little of a mixed pixel's colour is the side's own.
_WEIGHTS = ((np.arange(256) / 255) ** 4).astype(np.float32)


def decontaminate(plane: Plane, alpha: Plane) -> Plane:
    """Estimate the foreground's colour where it is mixed with the background.

    Weighted blurs spread the colours of both sides over the edge and predict the mixture there; the difference between
    a pixel and that prediction is the foreground's own detail and stays ("Approximate Fast Foreground Colour
    Estimation", Forte 2021).

    Args:
        plane: uint8 (H, W) or (H, W, 3): one plane or a BGR image; not changed.
        alpha: uint8 (H, W), 255 = foreground.

    Returns:
        uint8 of the plane's shape; the same where alpha is 0 or 255.

    Example:
        >>> alpha = cv2.GaussianBlur(np.repeat([[0, 255]], 180, axis=1).repeat(360, axis=0).astype(np.uint8), (0, 0), 4)
        >>> mixed = (40 * (alpha / 255.0) + 200 * (1 - alpha / 255.0)).astype(np.uint8)
        >>> half = (alpha > 100) & (alpha < 155)
        >>> int(mixed[half].mean()), int(decontaminate(mixed, alpha)[half].mean())
        (119, 66)
    """
    edge = np.flatnonzero(cv2.inRange(alpha, 1, 254).view(np.bool_))
    if not edge.size:
        return plane
    height, width = alpha.shape
    shrinking = max(1, min(_SHRINKING, min(width, height) // _MIN_SIDE))
    small = max(1, width // shrinking), max(1, height // shrinking)
    small_alpha = shrink(alpha, *small)
    small_plane = shrink(plane, *small).astype(np.float32)
    sigma = max(1.0, _REACH * min(small))
    foreground, foreground_weight = _spread(small_plane, _WEIGHTS[small_alpha], sigma)
    background, background_weight = _spread(small_plane, _WEIGHTS[255 - small_alpha], sigma)
    rows, columns = np.divmod(edge, width)
    at = np.minimum(rows * small[1] // height, small[1] - 1), np.minimum(columns * small[0] // width, small[0] - 1)
    known = (foreground_weight[at] > _MIN_WEIGHT) & (background_weight[at] > _MIN_WEIGHT)
    rows, columns, at = rows[known], columns[known], (at[0][known], at[1][known])
    a = alpha[rows, columns].astype(np.float32) / 255
    if plane.ndim == 3:
        a = a[:, None]
    inside, outside = foreground[at], background[at]
    own = inside + a * (plane[rows, columns] - a * inside - (1 - a) * outside)
    cleaned: Plane = plane.copy()
    cleaned[rows, columns] = np.clip(own + 0.5, 0, 255).astype(np.uint8)
    return cleaned


def _spread(plane: NDArray[Any], weight: NDArray[Any], sigma: float) -> tuple[Any, Any]:
    """Return the weighted mean around each pixel, and the sum of the weights."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    weighted = plane * (weight[..., None] if plane.ndim == 3 else weight)
    mean = cv2.GaussianBlur(weighted, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    divisor = np.maximum(total, 1e-6)
    return mean / (divisor[..., None] if plane.ndim == 3 else divisor), total
