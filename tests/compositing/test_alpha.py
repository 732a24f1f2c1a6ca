"""The steps of alpha shaping: edge curve, conversion, resizing, choke and feather."""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import pytest

from framechain.compositing.alpha import (
    choke_edge,
    feather_edge,
    make_edge_curve,
    resize_alpha,
    to_alpha,
    upsample_alpha,
)

RANDOM = np.random.default_rng(11)


@pytest.fixture
def alpha() -> Any:
    """A disc with a soft edge."""
    disc = np.zeros((360, 640), np.uint8)
    cv2.circle(disc, (320, 200), 120, (255,), cv2.FILLED)
    return cv2.GaussianBlur(disc, (0, 0), 3)


def test_edge_curve_is_smooth_and_centred_on_the_threshold() -> None:
    for threshold in (0.3, 0.5, 0.7):
        curve = make_edge_curve(threshold, 0.2).astype(int)
        assert (np.diff(curve) >= 0).all()
        assert curve[round(255 * (threshold - 0.2)) - 1] == 0
        assert curve[round(255 * (threshold + 0.2)) + 1] == 255
        assert curve[round(255 * threshold)] == pytest.approx(128, abs=4)
        assert len(np.unique(curve)) > 60


def test_edge_curve_is_the_smoothstep() -> None:
    t = np.clip((np.arange(256) / 255 - 0.2) / 0.4, 0, 1)
    assert np.abs(make_edge_curve(0.4, 0.2) - 255 * (3 * t**2 - 2 * t**3)).max() <= 0.5 + 1e-9


def test_edge_curve_without_softness_is_a_hard_cut() -> None:
    curve = make_edge_curve(0.4, 0)
    assert set(curve.tolist()) == {0, 255}
    assert curve[101:103].tolist() == [0, 255]  # 0.4 * 255 = 102
    assert make_edge_curve(0, 0)[[0, 1]].tolist() == [0, 255]
    assert make_edge_curve(1, 0)[[254, 255]].tolist() == [0, 255]


@pytest.mark.parametrize("softness", [0, 0.1, 0.5, 1])
def test_edge_curve_higher_threshold_never_keeps_more(softness: float) -> None:
    curves = [make_edge_curve(threshold, softness).astype(int) for threshold in np.linspace(0, 1, 21)]
    assert all((lower >= higher).all() for lower, higher in itertools.pairwise(curves))
    assert (curves[0] > curves[-1]).any()


@pytest.mark.parametrize(
    "alpha",
    [
        np.array([[0, 128, 255]], np.uint8),
        np.array([[[0], [128], [255]]], np.uint8),
        np.array([[0, 128 / 255, 1]], np.float32),
        np.array([[-3, 128 / 255, 7]], np.float64),
        np.array([[np.nan, 128 / 255, 1]], np.float16),
    ],
)
def test_to_alpha_numbers_become_bytes(alpha: Any) -> None:
    result = to_alpha(alpha, 1, 3)
    assert result.dtype == np.uint8
    assert result.tolist() == [[0, 128, 255]]


def test_to_alpha_booleans_become_bytes() -> None:
    assert to_alpha(np.array([[False, True]]), 1, 2).tolist() == [[0, 255]]


def test_upsample_alpha_is_resize_alpha() -> None:
    for _ in range(200):
        height, width = RANDOM.integers(1, 60, 2)
        alpha = np.zeros((height, width), np.uint8)
        top, left = RANDOM.integers(0, height), RANDOM.integers(0, width)
        bottom, right = RANDOM.integers(top, height + 1), RANDOM.integers(left, width + 1)
        alpha[top:bottom, left:right] = RANDOM.integers(0, 256, (bottom - top, right - left))
        size = 2 * int(width) - int(RANDOM.integers(0, 2)), 2 * int(height) - int(RANDOM.integers(0, 2))
        np.testing.assert_array_equal(upsample_alpha(alpha, *size), resize_alpha(alpha, *size))


def test_choke_edge_moves_by_its_sign(alpha: Any) -> None:
    area = {pixels: int((choke_edge(alpha, pixels) > 127).sum()) for pixels in (-3, -0.5, 0, 0.5, 3)}
    assert list(area.values()) == sorted(area.values(), reverse=True)
    assert len(set(area.values())) == 5
    outline = 2 * np.pi * 120
    assert (area[0] - area[3]) / outline == pytest.approx(3, abs=0.6)


def test_feather_edge_softens_or_hardens_by_its_sign(alpha: Any) -> None:
    soft = [int(((f > 0) & (f < 255)).sum()) for f in (feather_edge(alpha, pixels) for pixels in (6, 0, -2))]
    assert soft[0] > soft[1] > soft[2]
    np.testing.assert_array_equal(feather_edge(alpha, 0), alpha)
    middle = (feather_edge(alpha, -2) > 127) != (alpha > 127)
    assert middle.mean() < 0.001
