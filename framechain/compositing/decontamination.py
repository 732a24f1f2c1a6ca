"""The person's own colour at soft edges, without what the old background shines through."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import shrink

Pixels = NDArray[np.uint8]

# Colours of both sides are spread over the edge on a picture this much smaller.
_SMALLER = 8
# But not below this many pixels.
_LEAST_SIDE = 90
# How far, as a share of the frame's shorter side (in standard deviations of a Gaussian).
_REACH = 0.012
# Weights below this know no colour.
_LEAST = 0.002
# To the fourth power: of a mixed pixel's colour little is the side's own.
_WEIGHTS = ((np.arange(256) / 255) ** 4).astype(np.float32)


def decontaminate(plane: Pixels, alpha: Pixels) -> Pixels:
    """Estimate what a picture's foreground looks like where it is mixed with the background.

    The colours of both sides, spread over the edge by weighted blurs, say how the mixture should look; what the pixel
    differs from that is its own detail, and is kept ("Approximate Fast Foreground Colour Estimation", Forte 2021).

    Args:
        plane: uint8 (H, W) or (H, W, 3): a picture or one plane of it; left as it is.
        alpha: uint8 (H, W), 255 = foreground.

    Returns:
        uint8 of the plane's shape: the same where alpha is 0 or 255.

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
    smaller = max(1, min(_SMALLER, min(width, height) // _LEAST_SIDE))
    small = max(1, width // smaller), max(1, height // smaller)
    small_alpha = shrink(alpha, *small)
    small_plane = shrink(plane, *small).astype(np.float32)
    sigma = max(1.0, _REACH * min(small))
    front, front_known = _spread(small_plane, _WEIGHTS[small_alpha], sigma)
    behind, behind_known = _spread(small_plane, _WEIGHTS[255 - small_alpha], sigma)
    rows, columns = np.divmod(edge, width)
    at = np.minimum(rows * small[1] // height, small[1] - 1), np.minimum(columns * small[0] // width, small[0] - 1)
    known = (front_known[at] > _LEAST) & (behind_known[at] > _LEAST)
    rows, columns, at = rows[known], columns[known], (at[0][known], at[1][known])
    a = alpha[rows, columns].astype(np.float32) / 255
    if plane.ndim == 3:
        a = a[:, None]
    inside, outside = front[at], behind[at]
    own = inside + a * (plane[rows, columns] - a * inside - (1 - a) * outside)
    cleaned: Pixels = plane.copy()
    cleaned[rows, columns] = np.clip(own + 0.5, 0, 255).astype(np.uint8)
    return cleaned


def _spread(plane: NDArray[Any], weight: NDArray[Any], sigma: float) -> tuple[Any, Any]:
    """The weighted mean around each pixel, and how much weight there was."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    weighted = plane * (weight[..., None] if plane.ndim == 3 else weight)
    mean = cv2.GaussianBlur(weighted, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    divisor = np.maximum(total, 1e-6)
    return mean / (divisor[..., None] if plane.ndim == 3 else divisor), total
