"""PencilSketch, Cartoon and Hologram against their formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effect_cases import COLOURS, blur, copy_planes, crop_photo, lay_out, make_frame

from framechain.effects import Cartoon, Hologram, PencilSketch


@pytest.mark.parametrize("colour", COLOURS)
def test_pencil_sketch_is_colour_dodge_with_shading(colour: str) -> None:
    frame = make_frame(colour, (150, 110))  # So small that nothing is shrunk for the blur.
    y = frame.planes[0].astype(float)
    black, span = (0, 255) if colour == "full range" else (16, 219)
    found = PencilSketch(1, 0.4).process_frame(frame).planes[0]
    luma = (y - black + 12).clip(0, 255)
    around = blur(luma, 1.1, "edge")
    dodge = (luma / around).clip(0, 1) ** 1.5
    paper = 0.6 + 0.4 * ((around - 12) / span).clip(0, 1)
    error = abs(found - (black + span * dodge * paper))
    assert error.mean() < 1.5
    assert error.max() < 12  # In the blacks a level is a large share of a quotient.


def test_pencil_sketch_of_a_plain_wall_is_paper() -> None:
    for value in (0, 40, 128, 255):
        found = PencilSketch(shading=0)(np.full((40, 60, 3), value, np.uint8))
        assert (found >= 253).all()


@given(amount=st.floats(0, 1), colour=st.floats(0, 1))
def test_pencil_sketch_takes_out_colour_by_its_amount(amount: float, colour: float) -> None:
    image = np.full((8, 8, 3), (60, 90, 200), np.uint8)
    before = lay_out(image, "BT.709")
    u = float(before.planes[1][0, 0])
    found = PencilSketch(amount, 0, colour).process_frame(lay_out(image, "BT.709")).planes[1]
    assert found[0, 0] == pytest.approx(128 + (u - 128) * (1 - amount * (1 - colour)), abs=0.6)


@pytest.mark.parametrize("tones", [3, 8, 20])
def test_cartoon_of_a_ramp_has_so_many_tones(tones: int) -> None:
    ramp = np.repeat(np.linspace(0, 255, 510).astype(np.uint8)[None, :, None], 3, 2).repeat(40, 0)
    found = Cartoon(1, 0, tones)(ramp)[20, :, 0].astype(float)
    x = np.linspace(0, 255, 510)
    width = 255 / tones
    nearest = np.floor(x / width + 0.5) * width
    expected = nearest + width / 2 * np.tanh(4 * (x - nearest) / width)
    assert abs(found - expected)[10:-10].mean() < 2
    # Most of the ramp lies within the steps.
    steps = np.arange(tones + 1) * width
    distance = abs(found[:, None] - steps).min(1)
    assert (distance < 0.4 * width).mean() > 0.5


def test_cartoon_draws_a_dark_line_on_the_dark_side_of_an_edge() -> None:
    image = np.full((100, 100, 3), 90, np.uint8)
    image[:, 50:] = 170
    plain, drawn = (Cartoon(1, lines, 20)(image.copy())[50, :, 0].astype(int) for lines in (0.0, 1.0))
    assert drawn[48:50].mean() < plain[48:50].mean() - 20
    assert abs(drawn[:30] - plain[:30]).max() <= 1
    assert abs(drawn[70:] - plain[70:]).max() <= 1


def test_cartoon_does_not_flicker_with_noise() -> None:
    random = np.random.default_rng(3)
    clean = crop_photo((101, 67)).astype(float)
    first, second = ((clean + random.normal(0, 4, clean.shape)).clip(0, 255).astype(np.uint8) for _ in range(2))
    before = abs(first.astype(int) - second).mean()
    after = abs(Cartoon(lines=0)(first).astype(int) - Cartoon(lines=0)(second)).mean()
    assert after < before


@pytest.mark.parametrize("colour", COLOURS)
def test_hologram_is_blue_with_moving_dark_bands(colour: str) -> None:
    grey = np.full((180, 64, 3), 128, np.uint8)
    frames = [Hologram().process_frame(lay_out(grey, colour, index=index)) for index in range(4)]
    for frame in frames:
        blue, green, red = frame.read_bgr().astype(float).mean((0, 1))
        assert blue > green > red
    rows = [frame.planes[0][:, 20].astype(float) for frame in frames]
    assert rows[0].min() < 0.75 * rows[0].max()
    assert abs(rows[0] - rows[1]).max() > 10  # The bands move, and their depth changes.


def test_hologram_depends_on_the_index_alone() -> None:
    planes = [copy_planes(Hologram().process_frame(make_frame("BT.709", index=7))) for _ in range(2)]
    for plane, other in zip(*planes, strict=True):
        np.testing.assert_array_equal(plane, other)


def test_hologram_ghosts_are_copies_at_both_sides() -> None:
    image = np.zeros((8, 300, 3), np.uint8)
    image[:, 150] = 255
    found = Hologram()(image)[0].astype(int).sum(1)
    shown = np.flatnonzero(found > found.min() + 20)
    assert shown.tolist() == [147, 150, 153]
