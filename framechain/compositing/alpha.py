"""The single steps of alpha shaping, on uint8 with integer arithmetic."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import Plane


def make_edge_curve(threshold: float, softness: float) -> NDArray[np.uint8]:
    """Make the lookup table, uint8 (256,), that turns a matte's confidence into alpha.

    Smoothstep, 3t^2 - 2t^3 (Perlin 1985), from `threshold - softness` to `threshold + softness`.

    Args:
        threshold: Confidence in [0, 1] that becomes half transparent: the middle of the edge.
        softness: Half the width of the edge, in confidence; 0 makes a hard cut that keeps the threshold itself.

    Example:
        >>> make_edge_curve(0.5, 0)[[127, 128]].tolist()
        [0, 255]
    """
    confidence = np.arange(256) / 255
    if softness <= 0:
        # A threshold of 0 must not make foreground of what is surely background.
        return np.where((confidence >= threshold) & (confidence > 0), 255, 0).astype(np.uint8)
    t = np.clip((confidence - (threshold - softness)) / (2 * softness), 0, 1)
    return (255 * t * t * (3 - 2 * t) + 0.5).astype(np.uint8)


def to_alpha(alpha: NDArray[Any], height: int, width: int) -> NDArray[np.uint8]:
    """Convert a matte's result to bytes: uint8 (H, W), C-contiguous.

    Args:
        alpha: (H, W) or (H, W, 1): bool, uint8 in 0..255, or floats in [0, 1].
        height: The frame's H.
        width: The frame's W.

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


def resize_alpha(alpha: Plane, width: int, height: int) -> Plane:
    """Resize alpha, uint8 (h, w), to a width and a height in pixels with linear interpolation."""
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def upsample_alpha(alpha: Plane, width: int, height: int) -> Plane:
    """Resize alpha to about twice its size as `resize_alpha` does, but only within the foreground's bounding box."""
    if width % 2 or height % 2:
        return resize_alpha(alpha, width, height)
    left, top, across, down = cv2.boundingRect(alpha)
    # Interpolation spreads by a pixel.
    left, right = max(left - 1, 0), min(left + across + 1, width // 2)
    top, bottom = max(top - 1, 0), min(top + down + 1, height // 2)
    result = np.zeros((height, width), np.uint8)
    part = result[2 * top : 2 * bottom, 2 * left : 2 * right]
    cv2.resize(alpha[top:bottom, left:right], part.shape[::-1], dst=part, interpolation=cv2.INTER_LINEAR)
    return result


def choke_edge(alpha: Plane, pixels: float) -> Plane:
    """Move the edge of an alpha, uint8 (H, W), inwards by erosion, or outwards by dilation if `pixels` is negative.

    A fraction of a pixel is a mix of two whole steps.
    """
    for step in (1.0,) * int(abs(pixels)) + (abs(pixels) % 1,):
        if step:
            cross = cv2.getStructuringElement(cv2.MORPH_CROSS if step < 1 else cv2.MORPH_ELLIPSE, (3, 3))
            moved = cv2.erode(alpha, cross) if pixels > 0 else cv2.dilate(alpha, cross)
            alpha = np.asarray(cv2.addWeighted(moved, step, alpha, 1 - step, 0), dtype=np.uint8)
    return alpha


def feather_edge(alpha: Plane, pixels: float) -> Plane:
    """Blur the edge of an alpha by `pixels` on either side; if negative, make it so many times steeper."""
    if pixels > 0:
        return np.asarray(cv2.GaussianBlur(alpha, (0, 0), pixels / 2, borderType=cv2.BORDER_REPLICATE), np.uint8)
    if pixels < 0:
        levels = np.clip((np.arange(256) - 127.5) * (1 - pixels) + 128, 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(alpha, levels), np.uint8)
    return alpha
