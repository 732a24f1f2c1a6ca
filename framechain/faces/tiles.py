"""Tiles: parts of a frame that overlap, in which small faces are large enough for the network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

Region = Sequence[float]
"""left, top, right and bottom in pixels; it may reach beyond the frame."""

# Neighbours share this part of a side: a face that one of them cuts is whole in the other.
_OVERLAP = 0.17
# They reach beyond the frame by this part of a side, for the faces that its border cuts.
_BEYOND = 0.1
# The whole frame needs its pixels more.
_BEYOND_WHOLE = 0.05


def make_whole(width: int, height: int) -> Region:
    """Return the region that is the whole frame, and a little more."""
    beyond = _BEYOND_WHOLE * max(width, height)
    return -beyond, -beyond, width + beyond, height + beyond


def list_regions(width: int, height: int, sides: Iterable[float]) -> list[Region]:
    """Return the region of the whole frame and the tiles of some sides, as shares of the frame's shorter side."""
    return [make_whole(width, height), *(tile for side in sides for tile in make_tiles(width, height, side))]


def make_tiles(width: int, height: int, side: float) -> list[Region]:
    """Return squares that cover a frame, and a little more.

    Args:
        width: The frame's width in pixels.
        height: Its height.
        side: The squares' side, as a share of the frame's shorter side.

    Returns:
        The squares, row by row.

    Example:
        >>> [[round(number) for number in tile] for tile in make_tiles(1280, 720, 1.11)]
        [[-80, -40, 719, 760], [561, -40, 1360, 760]]
    """
    pixels = max(2.0, side * min(width, height))
    return [
        (left, top, left + pixels, top + pixels) for top in _spread(height, pixels) for left in _spread(width, pixels)
    ]


def _spread(length: int, side: float) -> list[float]:
    """Return where squares start that cover a length."""
    if side >= length:
        return [(length - side) / 2]
    beyond = _BEYOND * side
    room = length + 2 * beyond - side
    count = 1 + math.ceil(room / (side * (1 - _OVERLAP)))
    return [number * room / (count - 1) - beyond for number in range(count)]
