"""BGR images as arrays: bringing them to 8 bits and three channels, scaling them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arguments import check_choice
from ..errors import ArgumentTypeError

Image = NDArray[np.uint8]
"""uint8 (H, W, 3), BGR, C-contiguous."""

Plane = NDArray[np.uint8]
"""What compositing works on, with an alpha of its size: Y, U or V, uint8 (H, W); or a BGR image, uint8 (H, W, 3)."""


_ALPHA_BACKDROP = 255


def to_bgr_image(pixels: NDArray[Any]) -> Image:
    """Bring any decoded picture to what the objects see.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3) BGR or (H, W, 4) BGRA; uint8, uint16, or floats in [0, 1].

    Returns:
        uint8 (H, W, 3) BGR, C-contiguous; where it is see-through, over white.

    Raises:
        ArgumentTypeError: If it is no array of such a shape and kind.

    Example:
        >>> to_bgr_image(np.full((2, 2), 65535, np.uint16))[0, 0].tolist()
        [255, 255, 255]
    """
    if not isinstance(pixels, np.ndarray) or pixels.size == 0:
        raise ArgumentTypeError(f"a picture must be a non-empty numpy array, got {type(pixels).__name__}")
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
        raise ArgumentTypeError(f"a picture must be (height, width) with 1, 3 or 4 channels, got shape {pixels.shape}")
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    elif np.issubdtype(pixels.dtype, np.floating):
        pixels = (np.clip(np.nan_to_num(pixels), 0, 1) * 255 + 0.5).astype(np.uint8)
    elif pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * 255
    elif pixels.dtype != np.uint8:
        raise ArgumentTypeError(f"a picture must be uint8, uint16 or floats in 0..1, got {pixels.dtype}")
    if pixels.shape[2] == 1:
        return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.uint16)
        over = pixels[..., :3] * alpha + _ALPHA_BACKDROP * (255 - alpha)
        return ((over + 127) // 255).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def fit(picture: Image, width: int, height: int, how: str = "cover") -> Image:
    """Bring a picture to a size.

    Args:
        picture: uint8 (H, W, 3).
        width: Pixels across.
        height: Pixels down.
        how: "cover" scales until nothing is bare and crops the middle; "contain" scales until all is seen and
            fills the rest with black; "stretch" changes the proportions.

    Returns:
        uint8 (height, width, 3).

    Raises:
        ArgumentError: If `how` is none of these.

    Example:
        >>> fit(np.zeros((10, 40, 3), np.uint8), 20, 20).shape
        (20, 20, 3)
    """
    check_choice("fit", how, FITS)
    old_height, old_width = picture.shape[:2]
    if (old_width, old_height) == (width, height):
        return picture
    if how == "stretch":
        return _scaled(picture, width, height)
    scale = (max if how == "cover" else min)(width / old_width, height / old_height)
    if how == "contain":
        inner = _scaled(picture, max(1, round(old_width * scale)), max(1, round(old_height * scale)))
        result = np.zeros((height, width, 3), np.uint8)
        top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
        result[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
        return result
    # Crop first, then scale: a panorama behind a portrait would otherwise be blown up to be thrown away.
    crop_width, crop_height = min(old_width, round(width / scale)), min(old_height, round(height / scale))
    left, top = (old_width - crop_width) // 2, (old_height - crop_height) // 2
    return _scaled(picture[top : top + max(1, crop_height), left : left + max(1, crop_width)], width, height)


FITS = ("cover", "contain", "stretch")


def _scaled(picture: Image, width: int, height: int) -> Image:
    smaller = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=how).astype(np.uint8, copy=False)


def shrink(picture: Image, width: int, height: int) -> Image:
    """Make a picture much smaller, fast and without aliasing: halve while it can be halved, then resize.

    Halving by averages is vectorised in OpenCV and costs a fifth of one area resize of the same total factor.

    Args:
        picture: uint8 (H, W) or (H, W, 3).
        width: Pixels across of the result.
        height: Pixels down of the result.

    Returns:
        uint8 (height, width) or (height, width, 3).
    """
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height:
        half = picture.shape[1] // 2, picture.shape[0] // 2
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if picture.shape[:2] != (height, width):
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    return picture


def check_image(frame: Image) -> Image:
    """Hold callers other than an `Engine` to the contract, as OpenCV would work on some wrong arrays and be wrong."""
    if (
        isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim == 3
        and frame.shape[2] == 3 and frame.size
    ):  # fmt: skip
        return np.require(frame, requirements=["C", "W"])
    found = f"{frame.dtype} of shape {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
    raise ArgumentTypeError(f"a frame must be a uint8 array (height, width, 3), got {found}")
