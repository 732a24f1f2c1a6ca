"""Laying a foreground over a background, plane by plane."""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from ..pixels.image import Plane

Rectangle = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


def composite_planes(base: Sequence[Plane], layers: Sequence[Plane], alphas: Sequence[Plane]) -> None:
    """Lay a foreground over a background in place: a F + (1 - a) B (Porter and Duff 1984, "over").

    Args:
        base: The background: a BGR image as the only plane, or Y, U and V; written to.
        layers: The foreground, of the same shapes.
        alphas: The alpha of each plane, 255 = foreground; those of Y, U and V are shaped from one another.

    Example:
        >>> import numpy as np
        >>> base, front = np.zeros((1, 3, 3), np.uint8), np.full((1, 3, 3), 200, np.uint8)
        >>> composite_planes([base], [front], [np.array([[0, 51, 255]], np.uint8)])
        >>> base[0, :, 0].tolist()
        [0, 40, 200]
    """
    for plane, layer, alpha, box in zip(base, layers, alphas, find_foreground_boxes(alphas), strict=True):
        composite_in_place(plane, layer, alpha, box)


def find_foreground_boxes(alphas: Sequence[Plane]) -> list[Rectangle]:
    """Find (left, top, width, height) of the foreground on each plane; alpha is 0 outside.

    The box on Y is derived from the one on U and V, where the search takes a quarter of the time.

    Example:
        >>> import numpy as np
        >>> alpha = np.zeros((4, 6), np.uint8)
        >>> alpha[1:3, 2:4] = 255
        >>> find_foreground_boxes([alpha.repeat(2, 0).repeat(2, 1), alpha, alpha])
        [(2, 0, 8, 8), (2, 1, 2, 2), (2, 1, 2, 2)]
    """
    left, top, across, down = last = _find_bounding_box(alphas[-1])
    if len(alphas) == 1:
        return [last]
    if not across:
        return [(0, 0, 0, 0)] * len(alphas)
    height, width = alphas[0].shape
    # Interpolation from one size to the other spreads by a pixel, with odd sizes by two.
    right, bottom = min(2 * (left + across) + 2, width), min(2 * (top + down) + 2, height)
    left, top = max(2 * left - 2, 0), max(2 * top - 2, 0)
    return [(left, top, right - left, bottom - top), last, last]


def composite_in_place(base: Plane, layer: Plane, alpha: Plane, box: Rectangle | None = None) -> None:
    """Lay one plane or image, uint8, over another of its shape in place.

    The result is less than 1 off the formula of `composite_planes`, and exact where alpha is 0 or 255.

    Args:
        base: Written to; rows may be padded in memory.
        layer: What is laid over it.
        alpha: uint8 (H, W), C-contiguous, 255 = layer.
        box: Outside of it alpha is 0; found if not given.
    """
    left, top, width, height = _find_bounding_box(alpha) if box is None else box
    part = slice(top, top + height), slice(left, left + width)
    base, layer, alpha = base[part], layer[part], alpha[part]
    if not alpha.size:
        return
    shares = cv2.merge([alpha] * 3) if base.ndim == 3 else alpha
    # Three vectorised passes without Python's lock are faster than mixing the pixels of the edge alone. They round
    # twice instead of once.
    rest = cv2.multiply(base, cv2.bitwise_not(shares), scale=1 / 255)
    cv2.add(cv2.multiply(layer, shares, scale=1 / 255), rest, dst=base)


def _find_bounding_box(alpha: Plane) -> Rectangle:
    left, top, width, height = cv2.boundingRect(alpha)
    return left, top, width, height
