"""Tiles: parts of a frame that overlap, in which small faces are large enough for the network."""

from __future__ import annotations

import math

from ..models.views import Crop

# Neighbours share this part of a side: a face that one of them cuts is whole in the other.
_OVERLAP = 0.17


def make_tiles(width: int, height: int, side: float) -> list[Crop]:
    """Return squares that cover a frame.

    Args:
        width: The frame's width in pixels.
        height: Its height.
        side: The squares' side, as a share of the frame's shorter side; above 0, at most 1.

    Returns:
        The squares, row by row; their left and top are even.

    Example:
        >>> [tuple(tile) for tile in make_tiles(1280, 720, 1)]
        [(0, 0, 720, 720), (560, 0, 1280, 720)]
    """
    pixels = max(2, min(min(width, height), round(side * min(width, height))))
    return [
        Crop(left, top, min(left + pixels, width), min(top + pixels, height))
        for top in _spread(height, pixels)
        for left in _spread(width, pixels)
    ]


def _spread(length: int, side: int) -> list[int]:
    """Return where squares start that cover a length."""
    room = length - side
    count = 1 + math.ceil(room / (side * (1 - _OVERLAP)))
    return [round(number * room / max(1, count - 1)) // 2 * 2 for number in range(count)]
