"""Transparent: what colour the transparent pixels have."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain.backgrounds import Transparent

WIDTH, HEIGHT = 320, 240


def make_scene(blur: float) -> tuple[Any, Any]:
    """A dark red person before a bright green wall, mixed where alpha is partial."""
    disc = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(disc, (160, 120), 60, (255,), cv2.FILLED)
    alpha = cv2.GaussianBlur(disc, (0, 0), blur)
    share = alpha[..., None] / 255
    return np.rint(share * (20, 30, 120) + (1 - share) * (60, 250, 60)).astype(np.uint8), alpha


@pytest.mark.parametrize(("blur", "green"), [(1.5, 40), (4, 56), (8, 85)])
def test_transparent_edge_has_the_foregrounds_colour(blur: float, green: int) -> None:
    frame, alpha = make_scene(blur)
    colours = Transparent()(frame, alpha).astype(int)
    ring = (alpha > 0) & (alpha < 64)
    # Green is the wall's: at most a trace of it is left just outside the person.
    assert colours[ring][:, 1].max() <= green
    assert colours[ring][:, 2].min() >= 75


def test_transparent_far_away_is_black() -> None:
    frame, alpha = make_scene(2)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    far = np.hypot(rows - 120, columns - 160) > 60 + 60
    assert far.any()
    assert not Transparent()(frame, alpha)[far].any()


def test_transparent_inside_is_the_foreground() -> None:
    frame, alpha = make_scene(2)
    inside = cv2.erode(alpha, np.ones((25, 25), np.uint8)) == 255
    assert np.abs(Transparent()(frame, alpha)[inside].astype(int) - (20, 30, 120)).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 2), (101, 37)])
def test_transparent_any_size(size: tuple[int, int]) -> None:
    frame = np.full((size[1], size[0], 3), 99, np.uint8)
    assert not Transparent()(frame).any()
    opaque = Transparent()(frame, np.full(frame.shape[:2], 255, np.uint8))
    assert np.abs(opaque.astype(int) - 99).max() <= 1
