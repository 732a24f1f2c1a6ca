"""WhiteBalance against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effect_cases import COLOURS, crop_photo, lay_out

from framechain import Frame
from framechain.effects import WhiteBalance

LUMA = np.array([0.114, 0.587, 0.299])  # BT.601, the guess for a small image.


def light_up(image: np.ndarray, light: tuple[float, float, float]) -> np.ndarray:
    return (image * np.array(light)).clip(0, 255).round().astype(np.uint8)


@given(light=st.tuples(*[st.integers(90, 150)] * 3))
def test_white_balance_makes_a_grey_wall_grey_in_any_light(light: tuple[int, int, int]) -> None:
    wall = np.full((6, 8, 3), light, np.uint8)
    found = WhiteBalance(1)(wall.copy())
    assert np.ptp(found[0, 0].astype(int)) <= 1


def test_white_balance_of_bgr_is_the_formula() -> None:
    image = light_up(crop_photo((60, 40)), (0.7, 0.9, 1.0))
    pixels = image.reshape(-1, 3).astype(float)
    pixels = pixels[(pixels.min(1) >= 8) & (pixels.max(1) <= 250)]
    weights = (pixels.min(1) / pixels.max(1)) ** 2
    light = (((pixels**6) * weights[:, None]).sum(0) / weights.sum()) ** (1 / 6)
    gains = (light.mean() / light).clip(0.5, 2) ** 0.5
    gains /= LUMA @ gains
    assert abs(WhiteBalance(0.5)(image.copy()) - (image * gains).clip(0, 255)).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("colour", COLOURS)
def test_white_balance_in_yuv_is_the_formula(colour: str) -> None:
    wall = np.full((8, 8, 3), (150, 120, 100), np.uint8)
    found = WhiteBalance(1).process_frame(lay_out(wall, colour)).read_bgr()
    assert np.ptp(found.astype(int), axis=2).max() <= 2


@pytest.mark.parametrize("colour", COLOURS)
def test_white_balance_in_yuv_is_that_in_bgr_for_saturated_colours(colour: str) -> None:
    image = np.full((40, 150, 3), (170, 120, 90), np.uint8)
    for column, bgr in ((100, (40, 30, 150)), (110, (20, 140, 30))):
        image[10:30, column : column + 10] = bgr
    frame = lay_out(image, colour)
    found = WhiteBalance(1).process_frame(frame).read_bgr().astype(int)
    expected = WhiteBalance(1).process_frame(Frame(frame.info, bgr=image)).bgr
    for column in (50, 105, 115):
        assert abs(found[20, column] - expected[20, column]).max() <= 3


def test_white_balance_warmth_adds_red_and_takes_blue() -> None:
    grey = np.full((4, 4, 3), 120, np.uint8)
    blue, _, red = WhiteBalance(0, 0.5)(grey.copy())[0, 0].astype(int)
    assert blue < 115
    assert red > 125


def test_white_balance_follows_the_light_slowly_and_forgets_it_at_a_new_stream() -> None:
    thing = WhiteBalance(1)
    red, blue = (np.full((8, 8, 3), bgr, np.uint8) for bgr in ((100, 120, 140), (140, 120, 100)))
    for index in range(3):
        thing.process_frame(lay_out(red, "BGR", index=index))
    first = thing.process_frame(lay_out(blue, "BGR", index=3)).bgr[0, 0].astype(int)
    assert first[0] - first[2] > 40  # Nearly the gains for red: blue is even bluer.
    for index in range(60):
        last = thing.process_frame(lay_out(blue, "BGR", index=4 + index)).bgr[0, 0].astype(int)
    assert np.ptp(last) <= 1
    thing.open(lay_out(red, "BGR").info.stream)
    again = thing.process_frame(lay_out(red, "BGR")).bgr[0, 0].astype(int)
    assert np.ptp(again) <= 1


def test_white_balance_of_black_and_of_clipped_frames_changes_nothing() -> None:
    for value in (0, 255):
        image = np.full((4, 4, 3), value, np.uint8)
        assert (WhiteBalance(1)(image.copy()) == value).all()
