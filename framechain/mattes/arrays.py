"""Small operations on bytes, with the types that OpenCV's stubs leave open."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def as_bytes(picture: Any) -> Bytes:
    """What OpenCV returned, as what it is: uint8."""
    return np.asarray(picture, np.uint8)


def at_least(values: Bytes, threshold: float) -> Bytes:
    """255 where a value is at least that, else 0."""
    return as_bytes(cv2.inRange(values, threshold, 255))


def largest(picture: Bytes) -> Bytes:
    """The largest of the three channels of each pixel: uint8 (H, W)."""
    blue, green, red = cv2.split(picture)
    return as_bytes(cv2.max(cv2.max(blue, green), red))


def without(mask: Bytes, other: Bytes) -> Bytes:
    """A mask but for what is in another one."""
    return mask & ~other


def scaled(picture: Bytes, width: int, height: int, *, hard: bool = False) -> Bytes:
    """A small picture made larger: smoothly, or pixel by pixel.

    Args:
        picture: uint8 (h, w) or (h, w, 3).
        width: Pixels across of the result.
        height: Pixels down of the result.
        hard: Whether no values in between are made.

    Returns:
        uint8 (height, width) or (height, width, 3).
    """
    if picture.shape[:2] == (height, width):
        return picture
    how = cv2.INTER_NEAREST if hard else cv2.INTER_LINEAR
    return as_bytes(cv2.resize(picture, (width, height), interpolation=how))


def thumbnail_size(picture: NDArray[Any], longest: int) -> tuple[int, int]:
    """(width, height) of a picture made so small that no side is longer than that; never larger than it is."""
    height, width = picture.shape[:2]
    factor = max(1.0, max(height, width) / longest)
    return max(1, round(width / factor)), max(1, round(height / factor))


def disc(radius: int) -> Bytes:
    """A round structuring element: uint8 (2 radius + 1, 2 radius + 1) of 0 and 1."""
    return as_bytes(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))


def square(side: int) -> Bytes:
    """A square structuring element: uint8 (side, side) of 1."""
    return np.ones((side, side), np.uint8)


def grown(mask: Bytes, radius: int) -> Bytes:
    """A mask made larger on all sides: by a square, which is several times as fast as a disc."""
    return as_bytes(cv2.dilate(mask, square(2 * radius + 1))) if radius else mask


def softened(mask: Bytes) -> Bytes:
    """A mask as a confidence that falls off across its outline, a half on it."""
    return as_bytes(cv2.GaussianBlur(mask, (5, 5), 0))


def odd(side: float) -> int:
    """The odd number nearest to a filter's side, at least 1."""
    return max(1, 2 * round((side - 1) / 2) + 1)
