"""Text on an image: it is visible, stays within its box, and fits every size."""

from __future__ import annotations

import numpy as np
import pytest

from framechain.pixels.text import draw_caption, draw_lines


def grey(width: int, height: int, value: int = 120) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def find_box(image: np.ndarray, before: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what changed."""
    rows, columns = np.nonzero((image != before).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize("value", [0, 120, 255])
def test_draw_caption_is_white_on_a_darker_box_on_any_image(value: int) -> None:
    image = grey(640, 480, value)
    draw_caption(image, "learning the background")
    text = image.min(axis=2) > 200 if value < 255 else image.min(axis=2)[400:] > 200
    assert text.any()
    left, top, right, bottom = find_box(image, grey(640, 480, value))
    assert top > 400
    box = image[top:bottom, left:right]
    assert np.median(box) == value // 3


def test_draw_caption_long_line_is_made_to_fit() -> None:
    image = grey(320, 240)
    draw_caption(image, "a line that is far too long for an image that is as small as this one is " * 2)
    left, _, right, _ = find_box(image, grey(320, 240))
    assert (image[:, left:right].max(axis=2) > 150).any()
    assert left >= 4
    assert right <= 320


def test_draw_caption_above_leaves_room_for_another_line() -> None:
    lower, upper = grey(640, 480), grey(640, 480)
    draw_caption(lower, "one")
    draw_caption(upper, "two", above=True)
    assert find_box(upper, grey(640, 480))[3] <= find_box(lower, grey(640, 480))[1]


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (40, 2), (9, 9)])
def test_draw_caption_tiny_image_raises_nothing(size: tuple[int, int]) -> None:
    draw_caption(grey(*size), "text")
    draw_caption(grey(*size), "text", above=True)
    draw_lines(grey(*size), [("a", "text")])


def test_draw_lines_two_columns_are_drawn_on_a_darkened_image() -> None:
    lines = [("a", "next background"), ("Space", "pause"), ("q", "quit")]
    image = grey(640, 480)
    draw_lines(image, lines)
    text = image.max(axis=2) > 60
    assert np.median(image) == 30
    assert text[:, :320].any()
    rows = np.flatnonzero(text.any(axis=1))
    # Each line is a block of rows of its own.
    assert len(np.flatnonzero(np.diff(rows) > 1)) == len(lines) - 1
    assert 0 < np.flatnonzero(text.any(axis=0)).max() < 639


def test_draw_lines_without_lines_only_darkens() -> None:
    image = grey(64, 48)
    draw_lines(image, [])
    assert (image == 30).all()
