"""Tiles that cover a frame."""

from __future__ import annotations

import pytest

from framechain.faces.tiles import make_tiles


@pytest.mark.parametrize("size", [(1280, 720), (720, 1281), (480, 270), (33, 17), (2, 3), (1, 1)])
@pytest.mark.parametrize("side", [1, 0.5, 1 / 3])
def test_make_tiles_show_each_small_part_whole(size: tuple[int, int], side: float) -> None:
    width, height = size
    tiles = make_tiles(width, height, side)
    assert all(tile.left % 2 == 0 and tile.top % 2 == 0 for tile in tiles)
    assert all(tile.right <= width and tile.bottom <= height and tile.width > 0 for tile in tiles)
    part = int(0.15 * side * min(size))  # A face of this size is whole in one of them, wherever it is.
    for left in range(0, width - part, max(1, width // 37)):
        for top in range(0, height - part, max(1, height // 23)):
            assert any(
                tile.left <= left and tile.top <= top and left + part <= tile.right and top + part <= tile.bottom
                for tile in tiles
            )
