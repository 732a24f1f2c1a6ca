"""A checkerboard behind transparent pixels, as editors show them."""

from __future__ import annotations

import numpy as np

from ..pixels.image import Image, Plane
from .over import composite_in_place

_SQUARE = 16


def lay_over_checkerboard(image: Image, alpha: Plane) -> Image:
    """Lay an image over a grey checkerboard.

    Args:
        image: uint8 (H, W, 3) BGR.
        alpha: uint8 (H, W), 255 = image.

    Returns:
        uint8 (H, W, 3).

    Example:
        >>> lay_over_checkerboard(np.full((1, 18, 3), 200, np.uint8), np.zeros((1, 18), np.uint8))[0, 14:, 0].tolist()
        [102, 102, 153, 153]
    """
    rows, columns = np.indices(alpha.shape) // _SQUARE
    board = np.repeat(((rows + columns) % 2 * 51 + 102).astype(np.uint8)[..., None], 3, axis=2)
    composite_in_place(board, image, alpha)
    return board
