"""A region of the frame: a rectangle, a polygon or a mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError

RegionLike: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | NDArray[Any]
"""(left, top, right, bottom), a polygon (N, 2), or a mask (H, W); see `RegionMask`."""

_FORMS = (
    "(left, top, right, bottom) or a polygon of three or more (x, y), in pixels (whole numbers) or in shares of the "
    "frame (floats from 0 to 1), or a mask: an array (height, width) of bool, uint8 or floats from 0 to 1"
)


class RegionMask:
    """A region that is drawn as a mask, for any size of the frame.

    Example:
        >>> RegionMask((0.0, 0.0, 0.5, 1.0)).draw((8, 2)).tolist()
        [[255, 255, 255, 255, 0, 0, 0, 0], [255, 255, 255, 255, 0, 0, 0, 0]]
    """

    def __init__(self, region: RegionLike) -> None:
        """Check a region.

        Args:
            region: (left, top, right, bottom) or a polygon (N, 2) of x and y: whole numbers are pixels of the frame,
                floats are shares of its width and height, from 0 to 1. What reaches beyond the frame is cut off. Or a
                mask (H, W) of bool, uint8 or floats in [0, 1], which is scaled to the frame.

        Raises:
            ArgumentError: If it is none of these, or an empty rectangle.
        """
        self._mask: NDArray[np.uint8] | None = None
        self._points: NDArray[np.float64] = np.empty((0, 2))
        self._is_relative = False
        self._drawn: tuple[object, NDArray[np.uint8]] | None = None
        try:
            values = np.asarray(region)
        except ValueError:
            values = np.empty(0)
        if isinstance(region, np.ndarray) and values.ndim == 2 and (values.shape[1] != 2 or values.dtype == np.bool_):
            self._mask = _check_mask(values)
        else:
            self._points, self._is_relative = _check_points(region, values)

    def draw(self, frame_size: tuple[int, int], size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """Draw the region as a mask; the last one is kept.

        Args:
            frame_size: (width, height) of the frame.
            size: (width, height) of the mask; the frame's if not given. In a smaller mask partial values are the
                share of a pixel that the region covers.

        Returns:
            uint8 (height, width), 255 within the region; not to be written to.

        Raises:
            ArgumentError: If it lies outside the frame.
        """
        size = size or frame_size
        if self._drawn is None or self._drawn[0] != (frame_size, size):
            self._drawn = (frame_size, size), self._draw(frame_size, size)
        return self._drawn[1]

    def _draw(self, frame_size: tuple[int, int], size: tuple[int, int]) -> NDArray[np.uint8]:
        mask = self._mask
        if mask is None:
            mask = _fill_polygon(self._points * (frame_size if self._is_relative else 1), *frame_size)
            if not mask.any():
                raise ArgumentError(
                    f"the region {self._points.tolist()} contains no pixel of the frame, which is "
                    f"{frame_size[0]}x{frame_size[1]}"
                )
        if mask.shape == size[::-1]:
            return mask
        shrinks = mask.shape[1] >= size[0] and mask.shape[0] >= size[1]
        return np.asarray(
            cv2.resize(mask, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8
        )


def _check_mask(mask: NDArray[Any]) -> NDArray[np.uint8]:
    if mask.size and mask.dtype == np.bool_:
        return mask.astype(np.uint8) * 255
    if mask.size and mask.dtype == np.uint8:
        return np.array(mask, np.uint8)
    if mask.size and np.issubdtype(mask.dtype, np.floating) and mask.min() >= 0 and mask.max() <= 1:
        return np.asarray(mask * 255 + 0.5, np.uint8)
    raise ArgumentError(f"region must be {_FORMS}; got an array of {mask.dtype} of shape {mask.shape}")


def _check_points(region: object, values: NDArray[Any]) -> tuple[NDArray[np.float64], bool]:
    """Return the corners, float64 (N, 2), and whether they are shares of the frame."""
    is_box = values.shape == (4,)
    is_polygon = values.ndim == 2 and values.shape[1] == 2 and len(values) >= 3
    if not (is_box or is_polygon) or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise ArgumentError(f"region must be {_FORMS}; got {_shorten(region)}")
    is_relative = values.dtype.kind == "f"
    if is_relative and not (values.min() >= 0 and values.max() <= 1):
        raise ArgumentError(
            f"region has floats, which are shares of the frame from 0 to 1: write pixels as whole numbers; "
            f"got {_shorten(region)}"
        )
    points = values.astype(np.float64)
    if is_box:
        left, top, right, bottom = points
        if left >= right or top >= bottom:
            raise ArgumentError(
                f"region must be (left, top, right, bottom) with left < right and top < bottom; got {_shorten(region)}"
            )
        points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    if not is_relative and points.max() <= 1:
        raise ArgumentError(
            f"region has whole numbers, which are pixels, so it is a single one: write shares of the frame as floats, "
            f"such as 1.0; got {_shorten(region)}"
        )
    return points, is_relative


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _fill_polygon(points: NDArray[np.float64], width: int, height: int) -> NDArray[np.uint8]:
    """Fill a polygon by the even-odd rule: 255 where a pixel's centre is inside. OpenCV would add half a pixel."""
    inside = np.zeros((height, width), np.bool_)
    x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
    for (x1, y1), (x2, y2) in zip(points, np.roll(points, -1, axis=0), strict=True):
        rows = (y1 > y) != (y2 > y)
        if rows.any():
            crossing = x1 + (y[rows] - y1) * (x2 - x1) / (y2 - y1)
            inside[rows] ^= x < crossing[:, None]
    return inside.astype(np.uint8) * 255
