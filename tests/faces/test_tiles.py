"""Tiles that cover a frame."""

from __future__ import annotations

import pytest

from framechain.faces.tiles import make_tiles


@pytest.mark.parametrize("size", [(1280, 720), (720, 1281), (480, 270), (33, 17), (2, 3), (1, 1)])
@pytest.mark.parametrize("side", [1, 0.5, 1 / 3])
def test_make_tiles_show_each_small_part_whole(size: tuple[int, int], side: float) -> None:
    width, height = size
    tiles = make_tiles(width, height, side)
    part = 0.15 * side * min(size)  # A face of this size is whole in one of them, wherever it is.
    for x in range(0, width, max(1, width // 37)):
        for y in range(0, height, max(1, height // 23)):
            left, top = min(x, width - part), min(y, height - part)
            assert any(
                tile[0] <= left and tile[1] <= top and left + part <= tile[2] and top + part <= tile[3]
                for tile in tiles
            )
