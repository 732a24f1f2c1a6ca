"""Alpha shaping and compositing, on uint8 pixels with integer arithmetic."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .stream import Image

Rectangle = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


def edge_curve(threshold: float, softness: float) -> NDArray[np.uint8]:
    """The table that turns a matte's confidence into alpha.

    Smoothstep, 3t^2 - 2t^3 (Perlin 1985), from `threshold - softness` to `threshold + softness`.

    Args:
        threshold: Confidence in [0, 1] that becomes half see-through: the middle of the edge.
        softness: Half the width of the edge, in confidence; 0 makes a hard cut, with the threshold in front.

    Returns:
        uint8 (256,).

    Example:
        >>> edge_curve(0.5, 0)[[127, 128]].tolist()
        [0, 255]
    """
    confidence = np.arange(256) / 255
    if softness <= 0:
        # A threshold of 0 in a hard cut would put even what is surely background in front.
        return np.where((confidence >= threshold) & (confidence > 0), 255, 0).astype(np.uint8)
    t = np.clip((confidence - (threshold - softness)) / (2 * softness), 0, 1)
    return (255 * t * t * (3 - 2 * t) + 0.5).astype(np.uint8)


def as_alpha(alpha: NDArray[Any], height: int, width: int) -> NDArray[np.uint8]:
    """Bring a matte's answer to bytes.

    Args:
        alpha: (H, W) or (H, W, 1): bool, uint8 in 0..255, or floats in [0, 1].
        height: The frame's H.
        width: The frame's W.

    Returns:
        uint8 (H, W), C-contiguous.

    Raises:
        ValueError: If its shape or kind is another.
    """
    if not isinstance(alpha, np.ndarray):
        raise ValueError(f"returned {type(alpha).__name__} instead of an array (height, width)")
    if alpha.ndim == 3 and alpha.shape[2] == 1:
        alpha = alpha[..., 0]
    if alpha.shape != (height, width):
        raise ValueError(f"returned an array of shape {alpha.shape} for a frame of {height}x{width} (height x width)")
    if alpha.dtype == np.bool_:
        alpha = alpha.astype(np.uint8) * 255
    elif np.issubdtype(alpha.dtype, np.floating):
        alpha = (np.clip(np.nan_to_num(alpha), 0, 1) * 255 + 0.5).astype(np.uint8)
    if alpha.dtype != np.uint8:
        raise ValueError(f"returned an array of {alpha.dtype} instead of uint8 (0..255) or float32 (0..1)")
    return np.ascontiguousarray(alpha)


def scaled(alpha: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Alpha at another size.

    Args:
        alpha: uint8 (h, w).
        width: Pixels across of the result.
        height: Pixels down of the result.

    Returns:
        uint8 (height, width), interpolated linearly.
    """
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def doubled(alpha: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Alpha at twice the size, as `scaled` gives it; nothing is computed where nobody is.

    Args:
        alpha: uint8 (ceil height / 2, ceil width / 2).
        width: Pixels across of the result.
        height: Pixels down of the result.

    Returns:
        uint8 (height, width).
    """
    if width % 2 or height % 2:
        return scaled(alpha, width, height)
    left, top, across, down = cv2.boundingRect(alpha)
    # Interpolation spreads by a pixel.
    left, right = max(left - 1, 0), min(left + across + 1, width // 2)
    top, bottom = max(top - 1, 0), min(top + down + 1, height // 2)
    result = np.zeros((height, width), np.uint8)
    part = result[2 * top : 2 * bottom, 2 * left : 2 * right]
    cv2.resize(alpha[top:bottom, left:right], part.shape[::-1], dst=part, interpolation=cv2.INTER_LINEAR)
    return result


def composite(frame: Image, background: Image, alpha: NDArray[np.uint8]) -> Image:
    """Lay a frame over a background: a F + (1 - a) B (Porter and Duff 1984, "over").

    Args:
        frame: uint8 (H, W, 3).
        background: uint8 (H, W, 3).
        alpha: uint8 (H, W), C-contiguous, 255 = frame.

    Returns:
        uint8 (H, W, 3), an array of its own, off by less than 1 from the formula; exact where alpha is 0 or 255.

    Example:
        >>> frame, back = np.full((1, 3, 3), 200, np.uint8), np.zeros((1, 3, 3), np.uint8)
        >>> composite(frame, back, np.array([[0, 51, 255]], np.uint8))[0, :, 0].tolist()
        [0, 40, 200]
    """
    result: Image = background.copy()
    lay_over(result, frame, alpha)
    return result


def person_boxes(alpha_half: NDArray[np.uint8], width: int, height: int) -> tuple[Rectangle, Rectangle]:
    """Where somebody is, on Y and on U and V, found where it takes a quarter of the time.

    Args:
        alpha_half: uint8 (ceil height / 2, ceil width / 2): alpha of U and V.
        width: Pixels across of Y.
        height: Pixels down of Y.

    Returns:
        For Y and for U and V (left, top, width, height), outside of which nobody is.

    Example:
        >>> alpha = np.zeros((4, 6), np.uint8)
        >>> alpha[1:3, 2:4] = 255
        >>> person_boxes(alpha, 12, 8)
        ((2, 0, 8, 8), (2, 1, 2, 2))
    """
    left, top, across, down = half = cv2.boundingRect(alpha_half)
    if not across:
        return (0, 0, 0, 0), (0, 0, 0, 0)
    # Interpolation from one to the other spreads by a pixel, with odd sizes by two.
    right, bottom = min(2 * (left + across) + 2, width), min(2 * (top + down) + 2, height)
    left, top = max(2 * left - 2, 0), max(2 * top - 2, 0)
    return (left, top, right - left, bottom - top), (half[0], half[1], half[2], half[3])


def lay_over(
    base: NDArray[np.uint8], layer: NDArray[np.uint8], alpha: NDArray[np.uint8], box: Rectangle | None = None
) -> None:
    """Lay pixels over others in place: B <- a L + (1 - a) B, on a picture or on one plane of it.

    Args:
        base: uint8 (H, W) or (H, W, 3); written to. Rows may be padded in memory.
        layer: uint8 of the same shape.
        alpha: uint8 (H, W), C-contiguous, 255 = layer.
        box: (left, top, width, height) outside of which alpha is 0; looked for if not given.
    """
    left, top, width, height = cv2.boundingRect(alpha) if box is None else box
    part = slice(top, top + height), slice(left, left + width)
    base, layer, alpha = base[part], layer[part], alpha[part]
    if not alpha.size:
        return
    shares = cv2.merge([alpha] * 3) if base.ndim == 3 else alpha
    # Two roundings instead of one, each to the nearest: three passes of vector instructions that let other Python
    # threads run take less than picking the edge's pixels out and mixing these alone.
    rest = cv2.multiply(base, cv2.bitwise_not(shares), scale=1 / 255)
    cv2.add(cv2.multiply(layer, shares, scale=1 / 255), rest, dst=base)
