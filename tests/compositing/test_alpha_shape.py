"""The alpha of each plane from a matte's confidence, at the frame's size and smaller."""

from __future__ import annotations

import itertools
import math
from typing import Any

import cv2
import numpy as np
import pytest

from framechain.compositing.alpha import feather_edge
from framechain.compositing.alpha_shape import AlphaShape
from framechain.errors import ArgumentError

WIDTH, HEIGHT = 320, 180


def make_disc(width: int = WIDTH, height: int = HEIGHT, blur: float = 4) -> Any:
    disc = np.zeros((height, width), np.uint8)
    cv2.circle(disc, (width // 2, height // 2), height // 3, (255,), cv2.FILLED)
    return cv2.GaussianBlur(disc, (0, 0), blur)


@pytest.mark.parametrize("subsampled", [False, True])
@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (161, 91), (33, 17), (1, 1)])
@pytest.mark.parametrize("shape", [AlphaShape(), AlphaShape(0.5), AlphaShape(0.5, 0), AlphaShape(0.4, 0.3, 1.5, 3)])
def test_apply_every_plane_has_an_alpha_of_its_size(shape: AlphaShape, size: tuple[int, int], subsampled: bool) -> None:
    for confidence in (make_disc(*size), make_disc(64, 36), make_disc(200, 120)):
        alphas = shape.apply(confidence, *size, subsampled=subsampled)
        half = (size[1] + 1) // 2, (size[0] + 1) // 2
        assert [alpha.shape for alpha in alphas] == [size[::-1], half, half][: 3 if subsampled else 1]
        assert all(alpha.dtype == np.uint8 for alpha in alphas)


def test_apply_without_threshold_keeps_the_values() -> None:
    confidence = make_disc()
    (alpha,) = AlphaShape().apply(confidence, WIDTH, HEIGHT, subsampled=False)
    np.testing.assert_array_equal(alpha, confidence)


def test_apply_with_threshold_follows_the_smoothstep() -> None:
    confidence = np.arange(256, dtype=np.uint8)[None].repeat(2, 0)
    (alpha,) = AlphaShape(0.4, 0.2).apply(confidence, 256, 2, subsampled=False)
    t = np.clip((np.arange(256) / 255 - 0.2) / 0.4, 0, 1)
    assert np.abs(alpha[0] - 255 * (3 * t**2 - 2 * t**3)).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("softness", [0.0, 0.2])
@pytest.mark.parametrize("size", [(64, 36), (WIDTH // 2, HEIGHT // 2), (200, 120), (WIDTH, HEIGHT)])
def test_apply_yuv_has_the_alpha_of_bgr(size: tuple[int, int], softness: float) -> None:
    shape, confidence = AlphaShape(0.5, softness, 1, 2), make_disc(*size)
    (bgr,) = shape.apply(confidence, WIDTH, HEIGHT, subsampled=False)
    y, u, v = shape.apply(confidence, WIDTH, HEIGHT, subsampled=True)
    np.testing.assert_array_equal(y, bgr)
    np.testing.assert_array_equal(u, v)
    averaged = cv2.resize(y, u.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(averaged.astype(int) - u).max() <= 24


def test_apply_hard_cut_of_a_small_matte_has_no_grey() -> None:
    alpha = AlphaShape(0.5, 0).apply(make_disc(64, 36), WIDTH, HEIGHT, subsampled=True)[0]
    assert set(np.unique(alpha).tolist()) == {0, 255}


def test_apply_small_matte_is_choked_by_pixels_of_the_frame() -> None:
    areas = []
    for width in (WIDTH // 2, WIDTH):
        confidence = make_disc(width, width * 9 // 16, blur=2)
        plain, choked = (
            AlphaShape(0.5, choke=pixels).apply(confidence, WIDTH, HEIGHT, subsampled=False)[0] for pixels in (0, 6)
        )
        radius = [math.sqrt((alpha > 127).sum() / math.pi) for alpha in (plain, choked)]
        areas.append(radius[0] - radius[1])
    assert areas == pytest.approx([6, 6], abs=1)


def test_apply_choke_and_feather_move_and_soften_the_edge() -> None:
    confidence = make_disc()
    areas = [
        int((AlphaShape(choke=pixels).apply(confidence, WIDTH, HEIGHT, subsampled=False)[0] > 127).sum())
        for pixels in (-4, 0, 4)
    ]
    assert all(wider > narrower + 1000 for wider, narrower in itertools.pairwise(areas))
    soft = [
        int(((alpha > 0) & (alpha < 255)).sum())
        for (alpha,) in (
            AlphaShape(feather=pixels).apply(confidence, WIDTH, HEIGHT, subsampled=False) for pixels in (-2, 0, 6)
        )
    ]
    assert soft == sorted(soft)
    assert len(set(soft)) == 3


@pytest.mark.parametrize("width", [WIDTH, WIDTH // 2])
def test_apply_feather_of_a_hard_edge_goes_inwards(width: int) -> None:
    half = np.zeros((width * 9 // 16, width), np.uint8)
    half[:, : width // 2] = 255
    (alpha,) = AlphaShape(0.5, feather=8).apply(half, WIDTH, HEIGHT, subsampled=False)
    row, edge = alpha[HEIGHT // 2].astype(int), WIDTH // 2
    assert not row[edge + 2 :].any()
    assert row[edge - 8] == pytest.approx(128, abs=16)
    assert (np.diff(row) <= 0).all()
    assert np.abs(np.diff(row)).max() <= 30
    assert (row[: edge - 20] == 255).all()


def test_apply_feather_of_a_wide_edge_goes_both_ways() -> None:
    ramp = np.repeat(np.clip(np.arange(WIDTH) - 32, 0, 255)[None], HEIGHT, axis=0).astype(np.uint8)
    (plain,), (blurred,) = (
        AlphaShape(0.5, 0.05, feather=pixels).apply(ramp, WIDTH, HEIGHT, subsampled=False) for pixels in (0, 10)
    )
    outside = plain == 0
    assert blurred[outside].any()
    np.testing.assert_array_equal(blurred, feather_edge(plain, 10))


def test_apply_negative_choke_ends_where_the_matte_is_sure() -> None:
    disc = make_disc(blur=4)
    for pixels in (-3, -30):
        (alpha,) = AlphaShape(0.5, choke=pixels).apply(disc, WIDTH, HEIGHT, subsampled=False)
        (plain,) = AlphaShape(0.5).apply(disc, WIDTH, HEIGHT, subsampled=False)
        assert (alpha >= plain).all()
        assert (alpha > 127).sum() > (plain > 127).sum() + 800
        assert not alpha[disc == 0].any()


def test_alpha_shape_threshold_and_softness_can_change() -> None:
    shape, half_sure = AlphaShape(), np.full((2, 2), 128, np.uint8)
    shape.threshold = 0.9
    assert not shape.apply(half_sure, 2, 2, subsampled=False)[0].any()
    shape.threshold, shape.softness = 0.1, 0
    assert (shape.apply(half_sure, 2, 2, subsampled=False)[0] == 255).all()
    shape.threshold = None
    assert (shape.apply(half_sure, 2, 2, subsampled=False)[0] == 128).all()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("threshold", 1.5, "from 0 to 1"),
        ("softness", -0.1, "from 0 to 1"),
        ("choke", 101, "of pixels from -100 to 100"),
        ("feather", math.nan, "of pixels from -100 to 100"),
    ],
)
def test_alpha_shape_wrong_number_is_refused(name: str, value: float, expected: str) -> None:
    with pytest.raises(ArgumentError, match=f"{name} must be a number {expected}, got"):
        AlphaShape(**{name: value})
