"""Arrays as pictures of a page."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compositing.checkerboard import lay_over_checkerboard
from ..images.codec import encode_image
from ..pixels.image import Image, fit, to_bgr_image
from .elements import Element, escape

LONGEST_SIDE = 1600
"""Larger pictures are made smaller: a notebook keeps all that it shows."""

# Above it, a photograph is kept as a JPEG, in a tenth of the bytes.
_LARGEST_PNG = 256_000


def make_picture(pixels: NDArray[Any], caption: str, *, longest: int = LONGEST_SIDE) -> Element:
    """Return an image as a picture that is part of the page.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3) BGR or (H, W, 4) BGRA; uint8, uint16, bool, or floats in [0, 1]. What is
            transparent is laid over a checkerboard.
        caption: What it is; the size is added.
        longest: How many pixels wide and high it may be; what is larger is made smaller.

    Raises:
        ArgumentTypeError: If it is no such array.
        ArgumentError: If its floats lie outside of [0, 1].

    Example:
        >>> element = make_picture(np.zeros((48, 64), np.uint8), "nothing")
        >>> element.html[:32], element.caption, element.width
        ('<img src="data:image/png;base64,', 'nothing, 64x48', 64)
    """
    image = _lay_over_checkerboard(pixels)
    height, width = image.shape[:2]
    caption = f"{caption}, {width}x{height}" if caption else f"{width}x{height}"
    if max(width, height) > longest:
        scale = longest / max(width, height)
        image = fit(image, max(1, round(width * scale)), max(1, round(height * scale)), "stretch")
        caption += f" (shown as {image.shape[1]}x{image.shape[0]})"
    return Element(make_image_tag(encode_picture(image), caption, *image.shape[1::-1]), caption, *image.shape[1::-1])


def encode_picture(image: Image) -> str:
    """Return an image, uint8 (H, W, 3) BGR, as a URL that holds it: without loss unless it is large."""
    content = encode_image(image, "picture.png")
    if len(content) > _LARGEST_PNG:
        return make_data_url(encode_image(image, "picture.jpg"), "image/jpeg")
    return make_data_url(content, "image/png")


def make_image_tag(url: str, caption: str, width: int, height: int) -> str:
    """Return the tag of an image; its size keeps the place free until it is there."""
    return f'<img src="{escape(url)}" alt="{escape(caption)}" width="{width}" height="{height}">'


def make_data_url(content: bytes, mime_type: str) -> str:
    """Return a URL that holds a content."""
    return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"


def _lay_over_checkerboard(pixels: NDArray[Any]) -> Image:
    if isinstance(pixels, np.ndarray) and pixels.ndim == 3 and pixels.shape[2] == 4 and pixels.size:
        alpha = np.ascontiguousarray(to_bgr_image(pixels[..., 3])[..., 0])
        return lay_over_checkerboard(to_bgr_image(pixels[..., :3]), alpha)
    return to_bgr_image(pixels)
