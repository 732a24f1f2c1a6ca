"""Alpha shaping and compositing, on uint8 pixels with integer arithmetic."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .stream import Image


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


def composite(frame: Image, background: Image, alpha: NDArray[np.uint8]) -> Image:
    """Lay a frame over a background: a F + (1 - a) B (Porter and Duff 1984, "over").

    Only where alpha is neither 0 nor 255, commonly some per cent of the picture, is there anything to
    compute; the rest is copied.

    Args:
        frame: uint8 (H, W, 3); written to.
        background: uint8 (H, W, 3).
        alpha: uint8 (H, W), C-contiguous, 255 = frame.

    Returns:
        The frame's array with the result.

    Example:
        >>> frame, back = np.full((1, 3, 3), 200, np.uint8), np.zeros((1, 3, 3), np.uint8)
        >>> composite(frame, back, np.array([[0, 51, 255]], np.uint8))[0, :, 0].tolist()
        [0, 40, 200]
    """
    lay_over(frame, background, cv2.bitwise_not(alpha).astype(np.uint8, copy=False))
    return frame


def lay_over(base: NDArray[np.uint8], layer: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> None:
    """Lay pixels over others in place: B <- a L + (1 - a) B, on a picture or on one plane of it.

    Args:
        base: uint8 (H, W) or (H, W, 3); written to. Rows may be padded in memory.
        layer: uint8 of the same shape.
        alpha: uint8 (H, W), C-contiguous, 255 = layer.
    """
    # Flat indices are found ten times faster than pairs of them.
    edge = np.flatnonzero(cv2.inRange(alpha, 1, 254).view(np.bool_))
    if edge.size:
        a = alpha.reshape(-1)[edge].astype(np.uint16)
        rows, columns = np.divmod(edge, alpha.shape[1])
        if base.ndim == 3:
            a = a[:, None]
        mixed = layer[rows, columns] * a + base[rows, columns] * (255 - a)
        # Division by 255, rounded, in 16 bits (Blinn 1995, "Three wrongs make a right").
        mixed += 128
        mixed += mixed >> 8
        base[rows, columns] = mixed >> 8
    cv2.copyTo(layer, cv2.inRange(alpha, 255, 255), base)
