"""Small operations on uint8 arrays, with the types that OpenCV's stubs leave open."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def as_bytes(image: Any) -> Bytes:
    """Return OpenCV's result with its real type, uint8."""
    return np.asarray(image, np.uint8)


def threshold_at(values: Bytes, threshold: float) -> Bytes:
    """Return 255 where a value is at least the threshold, else 0."""
    return as_bytes(cv2.inRange(values, threshold, 255))


def take_channel_maximum(image: Bytes) -> Bytes:
    """Return the largest of the three channels of each pixel: uint8 (H, W)."""
    blue, green, red = cv2.split(image)
    return as_bytes(cv2.max(cv2.max(blue, green), red))


def subtract_mask(mask: Bytes, other: Bytes) -> Bytes:
    """Remove the pixels of another mask from a mask."""
    return mask & ~other


def resize_bytes(image: Bytes, width: int, height: int, *, nearest: bool = False) -> Bytes:
    """Resize an image, uint8 (h, w) or (h, w, 3), mostly to enlarge it; `nearest` makes no new values."""
    if image.shape[:2] == (height, width):
        return image
    interpolation = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    return as_bytes(cv2.resize(image, (width, height), interpolation=interpolation))


def limit_size(image: NDArray[Any], longest: int) -> tuple[int, int]:
    """Return an image's (width, height), scaled down so that no side is longer than `longest`."""
    height, width = image.shape[:2]
    factor = max(1.0, max(height, width) / longest)
    return max(1, round(width / factor)), max(1, round(height / factor))


def make_disc(radius: int) -> Bytes:
    """Return a round structuring element: uint8 (2 radius + 1, 2 radius + 1) of 0 and 1."""
    return as_bytes(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))


def make_square(side: int) -> Bytes:
    """Return a square structuring element: uint8 (side, side) of 1."""
    return np.ones((side, side), np.uint8)


def dilate(mask: Bytes, radius: int) -> Bytes:
    """Dilate a mask by a square, which is several times as fast as by a disc."""
    return as_bytes(cv2.dilate(mask, make_square(2 * radius + 1))) if radius else mask


def soften_edges(mask: Bytes) -> Bytes:
    """Blur a mask's edges, so that it becomes a confidence that is one half on the outline."""
    return as_bytes(cv2.GaussianBlur(mask, (5, 5), 0))


def round_to_odd(side: float) -> int:
    """Return the odd number nearest to a filter's side, at least 1."""
    return max(1, 2 * round((side - 1) / 2) + 1)
