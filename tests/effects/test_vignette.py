"""Vignette against its formula."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effect_cases import COLOURS, crop_photo, lay_out

from framechain.effects import Vignette


def compute_gain(width: int, height: int, strength: float) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(float)
    r = np.hypot(x - (width - 1) / 2, y - (height - 1) / 2)
    f = r[0, 0] / np.sqrt((1 - strength) ** -0.5 - 1)
    return np.asarray(np.cos(np.arctan(r / f)) ** 4)


@given(strength=st.floats(0.05, 0.95), size=st.tuples(st.integers(2, 70), st.integers(2, 70)))
def test_vignette_is_the_fourth_power_of_the_cosine(strength: float, size: tuple[int, int]) -> None:
    frame = lay_out(np.full((size[1], size[0], 3), 180, np.uint8), "BT.709")
    y = frame.planes[0].astype(float)
    found = Vignette(strength).process_frame(frame).planes[0]
    assert abs(found - (16 + (y - 16) * compute_gain(*size, strength))).max() <= 1


@pytest.mark.parametrize("colour", COLOURS)
def test_vignette_darkens_chroma_as_luma(colour: str) -> None:
    image = crop_photo((81, 61))
    frame = lay_out(image, colour)
    before = frame.read_bgr().astype(float)
    found = Vignette(0.8).process_frame(frame).read_bgr().astype(float)
    assert abs(found - before * compute_gain(81, 61, 0.8)[..., None]).mean() < 1.5


def test_vignette_of_a_plain_wall_has_no_rings() -> None:
    found = Vignette(0.3)(np.full((400, 600, 3), 60, np.uint8))[..., 1].astype(float)
    row = found[200, :300] - 60 * compute_gain(600, 400, 0.3)[200, :300]
    # Without dither the rounding error of a slow ramp keeps its sign for a whole ring.
    assert abs(np.corrcoef(row[:-1], row[1:])[0, 1]) < 0.35


def test_vignette_changed_while_running_is_seen_at_once() -> None:
    thing, grey = Vignette(0.2), np.full((30, 30, 3), 200, np.uint8)
    thing(grey.copy())
    thing.strength = 0.9
    np.testing.assert_array_equal(thing(grey.copy()), Vignette(0.9)(grey.copy()))
