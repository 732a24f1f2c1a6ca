"""Work on luma and chroma: the planes of a video, and curves for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .image import Image, Plane


class Range(NamedTuple):
    """The codes of black and of white in Y.

    Attributes:
        black: 16, or 0 in full range.
        white: 235, or 255 in full range.
    """

    black: int
    white: int


LIMITED_RANGE, FULL_RANGE = Range(16, 235), Range(0, 255)
Planes = Sequence[Plane]
"""Y (H, W), U and V; chroma has that size or half of it, rounded up, and 128 is grey."""


def as_bytes(array: Any) -> NDArray[np.uint8]:
    """Return what OpenCV returned, as bytes."""
    return np.asarray(array, np.uint8)


def convert_bgr(image: Image) -> Planes:
    """Return Y, U and V of an image, each of its size, in full range."""
    y, v, u = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb))
    return as_bytes(y), as_bytes(u), as_bytes(v)


def merge_bgr(planes: Planes) -> Image:
    """Return the image of Y, U and V of one size, in full range."""
    y, u, v = planes
    return as_bytes(cv2.cvtColor(cv2.merge([y, v, u]), cv2.COLOR_YCrCb2BGR))


def make_luma_table(curve: Callable[[NDArray[np.float64]], NDArray[np.float64]], levels: Range) -> NDArray[np.float64]:
    """Return the new Y, as floats, for each Y from 0 to 255; codes beyond black and white keep their distance.

    Args:
        curve: From [0, 1] to [0, 1].
        levels: Black and white of Y.
    """
    span = levels.white - levels.black
    x = (np.arange(256) - levels.black) / span
    inside = x.clip(0, 1)
    table: NDArray[np.float64] = levels.black + span * (curve(inside) + x - inside)
    return table


def fit_luma(luma: Plane, chroma: Plane) -> Plane:
    """Return luma in the size of chroma."""
    if luma.shape == chroma.shape:
        return luma
    return as_bytes(cv2.resize(luma, chroma.shape[::-1], interpolation=cv2.INTER_AREA))


def scale_chroma(chroma: Plane, gain: NDArray[np.float32] | float) -> Plane:
    """Return 128 + gain (chroma - 128), rounded.

    Example:
        >>> scale_chroma(np.array([[28, 128, 228]], np.uint8), 0.5)[0].tolist()
        [78, 128, 178]
    """
    if isinstance(gain, float | int):
        return as_bytes(cv2.addWeighted(chroma, gain, chroma, 0, 128 * (1 - gain)))
    centred = shift(chroma, -128, cv2.CV_32F)
    return as_bytes(shift(cv2.multiply(centred, gain, dst=centred), 128, cv2.CV_8U))


def shift(plane: NDArray[Any], offset: float, kind: int = -1) -> NDArray[Any]:
    """Return plane + offset, rounded and within the range of its kind; `cv2.add` misreads scalars beside few pixels.

    Args:
        plane: (H, W).
        offset: What is added.
        kind: The kind of the result, such as `cv2.CV_32F`; that of the plane if not given.
    """
    return np.asarray(cv2.addWeighted(plane, 1, plane, 0, offset, dtype=kind))


def blur_widely(plane: Plane, sigma: float) -> Plane:
    """Return a plane blurred by a Gaussian of many pixels: a small copy is blurred and enlarged.

    Args:
        plane: uint8 (H, W).
        sigma: Standard deviation in pixels.
    """
    height, width = plane.shape
    # A Gaussian of three pixels has no detail that a linear enlargement would lose.
    factor = max(1.0, min(sigma / 3, 16.0))
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.3, sigma / factor), borderType=cv2.BORDER_REPLICATE)
    return as_bytes(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
