"""Gamma and LowLight against their formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effect_cases import COLOURS, lay_out, make_frame

from framechain.effects import Gamma, LowLight
from framechain.errors import ArgumentError

GREYS = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2).repeat(2, 0)


@given(gamma=st.floats(0.2, 4))
def test_gamma_of_greys_is_the_power_law(gamma: float) -> None:
    x = np.arange(256) / 255
    expected = 255 * np.minimum(x ** (1 / gamma), 4.5 * x)
    for layout in ("BGR", "full range"):
        found = Gamma(gamma).process_frame(lay_out(GREYS, layout)).read_bgr()
        assert abs(found[0] - expected[:, None]).max() <= 1


def test_gamma_in_limited_range_keeps_black_and_white_and_what_is_beyond() -> None:
    frame = lay_out(GREYS, "BT.709")
    y = frame.own_planes()[0]
    y[:] = np.arange(256)
    found = Gamma(2).process_frame(frame).planes[0][0].astype(int)
    x = (np.arange(256) - 16) / 219
    inside = x.clip(0, 1)
    expected = 16 + 219 * (np.minimum(inside**0.5, 4.5 * inside) + x - inside)
    assert abs(found - expected).max() <= 0.5 + 1e-9
    assert found[[0, 16, 235, 255]].tolist() == [0, 16, 235, 255]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("gamma", [0.5, 1.8])
def test_gamma_multiplies_chroma_as_luma(gamma: float, colour: str) -> None:
    image = np.full((8, 8, 3), (90, 110, 130), np.uint8)
    before, after = lay_out(image, colour), Gamma(gamma).process_frame(lay_out(image, colour))
    black = 0 if colour == "full range" else 16
    (y, u, v), (new_y, new_u, new_v) = (
        [int(plane[0, 0]) - base for plane, base in zip(frame.planes, (black, 128, 128), strict=True)]
        for frame in (before, after)
    )
    assert new_u == pytest.approx(u * new_y / y, abs=0.6)
    assert new_v == pytest.approx(v * new_y / y, abs=0.6)


def test_gamma_refuses_zero() -> None:
    with pytest.raises(ArgumentError, match=r"gamma must be a number from 0\.1 to 5, got 0"):
        Gamma(0)


@pytest.mark.parametrize("layout", ["BGR", "BT.709", "full range"])
def test_low_light_lightens_dark_frames_and_darkens_no_pixel(layout: str) -> None:
    dark = (make_frame("BGR", (101, 67)).bgr * 0.25).astype(np.uint8)
    before, after = lay_out(dark, layout), LowLight().process_frame(lay_out(dark, layout))
    if layout == "BGR":
        assert after.bgr.mean() > 1.4 * before.bgr.mean()
        return
    assert (after.planes[0] >= before.planes[0]).all()
    assert after.read_bgr().mean() > 1.4 * before.read_bgr().mean()


def test_low_light_without_structure_is_the_automatic_gamma() -> None:
    """In a plain frame the tiles have nothing to equalise but the limit's own redistribution."""
    dark = np.full((64, 64, 3), 40, np.uint8)
    x = 40 / 255
    expected = 255 * min(x ** (np.log(0.4) / np.log(x)), 4.5 * x)
    assert expected == pytest.approx(102)
    assert LowLight(1)(dark)[32, 32, 0] == pytest.approx(expected, abs=6)


def test_low_light_follows_a_slow_change_of_light_without_steps() -> None:
    dark = make_frame("BGR", (101, 67)).bgr * 0.25
    random = np.random.default_rng(0).random(dark.shape)
    means = []
    for percent in np.arange(100, 110, 0.5):
        frame = np.floor(dark * percent / 100 + random).astype(np.uint8)
        means.append(LowLight(1).process_frame(lay_out(frame, "BT.709")).planes[0].mean())
    steps = np.diff(means)
    assert abs(steps - steps.mean()).max() < 0.5


def test_low_light_leaves_bright_frames_nearly_alone() -> None:
    bright = make_frame("BGR", (101, 67)).bgr // 2 + 120
    found = LowLight().process_frame(lay_out(bright, "BGR")).bgr.astype(int)
    assert abs(found - bright).mean() < 8


def test_low_light_of_grey_stays_grey() -> None:
    found = LowLight(1).process_frame(lay_out(GREYS // 4, "BT.709"))
    assert (found.planes[1] == 128).all()
    assert (found.planes[2] == 128).all()


def test_low_light_strength_is_a_mean_of_both() -> None:
    grey = GREYS.repeat(40, 0) // 3
    whole, half = (LowLight(strength)(grey.copy()).astype(float).mean() for strength in (1.0, 0.5))
    assert grey.mean() < half < whole
