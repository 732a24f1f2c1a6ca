"""BGR images as arrays: converting, fitting and shrinking them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import NONE_ADVICE, check_choice
from ..errors import ArgumentError, ArgumentTypeError

Image = NDArray[np.uint8]
"""uint8 (H, W, 3), BGR, C-contiguous."""

Plane = NDArray[np.uint8]
"""The unit of compositing: Y, U or V, uint8 (H, W), or a BGR image, uint8 (H, W, 3)."""

FITS = ("cover", "contain", "stretch")
_ALPHA_BACKDROP = 255
# Sharpening and cubic scaling of floats go beyond 0 and 1 by less: that is clipped.
_OVERSHOOT = 0.5


def to_bgr_image(pixels: NDArray[Any], *, clips: bool = False) -> Image:
    """Convert a decoded image to 8-bit BGR.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3) BGR or (H, W, 4) BGRA; uint8, uint16, or floats in [0, 1].
        clips: Whether floats of any size are clipped, as the highlights of a file are.

    Returns:
        uint8 (H, W, 3) BGR, C-contiguous; transparent pixels are laid over white.

    Raises:
        ArgumentTypeError: If it is no array of such a shape and kind.
        ArgumentError: If its floats lie far outside of [0, 1].

    Example:
        >>> to_bgr_image(np.full((2, 2), 65535, np.uint16))[0, 0].tolist()
        [255, 255, 255]
    """
    if not isinstance(pixels, np.ndarray) or pixels.size == 0:
        advice = NONE_ADVICE if pixels is None else ""
        raise ArgumentTypeError(f"an image must be a non-empty numpy array, got {type(pixels).__name__}{advice}")
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
        is_planar = pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4)
        advice = ": give image.transpose(1, 2, 0)" if is_planar else ""
        raise ArgumentTypeError(
            f"an image must be (height, width) with 1, 3 or 4 channels, got shape {pixels.shape}{advice}"
        )
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    elif np.issubdtype(pixels.dtype, np.floating):
        pixels = np.nan_to_num(pixels)
        if not clips:
            _check_floats(pixels)
        pixels = (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)
    elif pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * 255
    elif pixels.dtype != np.uint8:
        raise ArgumentTypeError(f"an image must be uint8, uint16 or floats in 0..1, got {pixels.dtype}")
    if pixels.shape[2] == 1:
        return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.uint16)
        over = pixels[..., :3] * alpha + _ALPHA_BACKDROP * (255 - alpha)
        return ((over + 127) // 255).astype(np.uint8)
    return np.ascontiguousarray(pixels)


def _check_floats(pixels: NDArray[np.floating[Any]]) -> None:
    low, high = float(pixels.min()), float(pixels.max())
    if high >= 1 + _OVERSHOOT or low <= -_OVERSHOOT:
        raise ArgumentError(
            f"an image of floats must lie between 0 and 1, got {low:.4g} to {high:.4g}: if 255 is white, give "
            "image.clip(0, 255).astype(np.uint8)"
        )


def fit(image: Image, width: int, height: int, how: str = "cover") -> Image:
    """Fit an image, uint8 (H, W, 3), into a width and a height in pixels.

    Args:
        image: The image; returned itself if it has that size.
        width: The result's width.
        height: The result's height.
        how: "cover" fills the size and crops to the middle; "contain" keeps the whole image and fills the rest with
            black; "stretch" changes the proportions.

    Raises:
        ArgumentError: If `how` is none of these.

    Example:
        >>> fit(np.zeros((10, 40, 3), np.uint8), 20, 20).shape
        (20, 20, 3)
    """
    check_choice("fit", how, FITS)
    old_height, old_width = image.shape[:2]
    if (old_width, old_height) == (width, height):
        return image
    if how == "stretch":
        return _scale(image, width, height)
    scale = (max if how == "cover" else min)(width / old_width, height / old_height)
    if how == "contain":
        inner = _scale(image, max(1, round(old_width * scale)), max(1, round(old_height * scale)))
        result = np.zeros((height, width, 3), np.uint8)
        top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
        result[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
        return result
    # Crop before scaling: most of an enlarged panorama would be thrown away for a portrait frame.
    crop_width, crop_height = min(old_width, round(width / scale)), min(old_height, round(height / scale))
    left, top = (old_width - crop_width) // 2, (old_height - crop_height) // 2
    return _scale(image[top : top + max(1, crop_height), left : left + max(1, crop_width)], width, height)


def _scale(image: Image, width: int, height: int) -> Image:
    is_smaller = width * height < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
    return cv2.resize(image, (width, height), interpolation=how).astype(np.uint8, copy=False)


def shrink(plane: Plane, width: int, height: int) -> Plane:
    """Make a plane, uint8 (H, W) or (H, W, 3), much smaller without aliasing: halve it while possible, then resize.

    OpenCV vectorises halving by averages: it costs a fifth of one area resize of the same total factor.
    """
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height:
        half = plane.shape[1] // 2, plane.shape[0] // 2
        plane = cv2.resize(plane, half, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    if plane.shape[:2] != (height, width):
        plane = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    return plane


def check_image(frame: Image) -> Image:
    """Check an image that a program passes to an object: OpenCV would process some wrong arrays without an error.

    Returns:
        The image, C-contiguous and writable.

    Raises:
        ArgumentTypeError: If it is not uint8 (H, W, 3).
    """
    if (
        isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.ndim == 3
        and frame.shape[2] == 3 and frame.size
    ):  # fmt: skip
        return np.require(frame, requirements=["C", "W"])
    found = f"{frame.dtype} of shape {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
    raise ArgumentTypeError(f"a frame must be a uint8 array (height, width, 3), got {found}")
