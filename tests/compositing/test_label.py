"""Labels: the same text on planes as `cv2.putText` draws on BGR."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain.compositing.label import TextStyle, draw_label
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_bgr, convert_to_yuv
from framechain.pixels.planes import get_planes

STYLE = TextStyle((7, 70), cv2.FONT_HERSHEY_SIMPLEX, 3, (100, 255, 0), 3, cv2.LINE_AA)
SPACES = [ColourSpace(), ColourSpace(matrix=1), ColourSpace(matrix=6, full_range=True)]


def room(width: int, height: int) -> Any:
    """A smooth image without fine colours, which chroma planes could not hold."""
    rows, columns = np.indices((height, width))
    return np.dstack([columns * 120 // width + 60, rows * 90 // height + 80, rows * 0 + 110]).astype(np.uint8)


def draw_both(text: str, style: TextStyle, size: tuple[int, int], space: ColourSpace) -> list[list[Any]]:
    """Return the planes before, with the label on them, and of the image with the text on BGR."""
    before, drawn = convert_to_yuv(room(*size), space), convert_to_yuv(room(*size), space)
    draw_label(get_planes(drawn), text, style, space)
    image = convert_to_bgr(before, space)
    cv2.putText(image, text, *style[:3], style.colour, style.thickness, style.line_type)
    return [list(map(np.array, get_planes(frame))) for frame in (before, drawn, convert_to_yuv(image, space))]


def assert_drawn(before: list[Any], drawn: list[Any], expected: list[Any]) -> None:
    for old, plane, wanted in zip(before, drawn, expected, strict=True):
        inked = np.abs(wanted.astype(int) - old) > 1  # To BGR and back changes some numbers by one.
        difference = np.abs(plane.astype(int) - wanted)
        assert difference.max() <= 3
        beside = cv2.dilate(inked.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
        np.testing.assert_array_equal(plane[beside], old[beside])


@pytest.mark.parametrize("size", [(320, 120), (321, 121), (1280, 720)])
@pytest.mark.parametrize("space", SPACES)
def test_draw_label_looks_as_put_text_on_bgr(size: tuple[int, int], space: ColourSpace) -> None:
    before, drawn, expected = draw_both("205", STYLE, size, space)
    assert (np.abs(expected[0].astype(int) - before[0]) > 20).sum() > 500
    assert_drawn(before, drawn, expected)


@pytest.mark.parametrize("position", [(-60, 70), (250, 70), (300, 10), (7, 140), (4001, 5), (5, -900), (-4001, 60)])
def test_draw_label_beside_the_frame_is_cut_off(position: tuple[int, int]) -> None:
    assert_drawn(*draw_both("30", STYLE._replace(position=position), (320, 120), SPACES[1]))


def test_draw_label_again_with_another_text_or_style_is_drawn_anew() -> None:
    images = [
        draw_both(text, style, (320, 120), SPACES[1])[1]
        for text, style in (("30", STYLE), ("31", STYLE), ("30", STYLE._replace(colour=(0, 0, 255))), ("30", STYLE))
    ]
    assert (images[0][0] != images[1][0]).any()
    assert (images[0][2] != images[2][2]).any()
    for one, other in zip(images[0], images[3], strict=True):
        np.testing.assert_array_equal(one, other)
