"""The single steps of alpha shaping, on uint8 with integer arithmetic."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import Plane

_NARROWEST = 1e-6


def make_edge_curve(threshold: float, softness: float) -> NDArray[np.uint8]:
    """Make the lookup table, uint8 (256,), that turns a matte's confidence into alpha.

    Smoothstep, 3t^2 - 2t^3 (Perlin 1985), from `threshold - softness` to `threshold + softness`. Confidence 0 always
    becomes 0 and confidence 1 always 255: a side of the edge that would leave [0, 1] is narrowed.

    Args:
        threshold: Confidence in [0, 1] that becomes half transparent: the middle of the edge.
        softness: Half the width of the edge, in confidence; 0 makes a hard cut that keeps the threshold itself.

    Example:
        >>> make_edge_curve(0.5, 0)[[127, 128]].tolist(), make_edge_curve(0.2, 0.8)[[0, 51, 255]].tolist()
        ([0, 255], [0, 128, 255])
    """
    confidence = np.arange(256) / 255
    if softness <= 0:
        curve = np.where(confidence >= threshold, 255, 0)
    else:
        below, above = find_edge_sides(threshold, softness)
        side = np.where(confidence < threshold, below, above)
        t = np.clip((confidence - (threshold - side)) / (2 * side), 0, 1)
        curve = 255 * t * t * (3 - 2 * t) + 0.5
    # The ends hold for thresholds of 0 and 1 too.
    curve[[0, 255]] = 0, 255
    return curve.astype(np.uint8)


def find_edge_sides(threshold: float, softness: float) -> tuple[float, float]:
    """Return the width of an edge below and above its threshold, in confidence; above 0, for a division.

    Example:
        >>> find_edge_sides(0.25, 0.5)
        (0.25, 0.5)
    """
    below, above = (softness if softness <= room + _NARROWEST else room for room in (threshold, 1 - threshold))
    return max(below, _NARROWEST), max(above, _NARROWEST)


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


def fade_in(confidence: Plane, pixels: float) -> Plane:
    """Make the largest alpha that hides what is surely background.

    Args:
        confidence: uint8 (H, W); 0 is surely background.
        pixels: How far from there full alpha begins, above 0.

    Returns:
        uint8 (H, W): 0 where the confidence is 0, smoothly rising to 255.

    Example:
        >>> fade_in(np.array([[0, 0, 9, 9, 9, 9]], np.uint8), 2).tolist()
        [[0, 0, 128, 255, 255, 255]]
    """
    distance = cv2.distanceTransform(confidence, cv2.DIST_L2, 5)
    return np.asarray(cv2.LUT(cv2.convertScaleAbs(distance, alpha=255 / pixels), make_edge_curve(0.5, 0.5)), np.uint8)
