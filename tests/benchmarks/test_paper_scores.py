"""The scores that papers print: known values of simple mattes, and the formulas written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from paper_scores import (
    PaperScore,
    compute_dtssd,
    compute_gradient_error,
    compute_mad,
    compute_mse,
)
from scores import ImageScore, VideoScore


def plane(value: float, height: int = 20, width: int = 30) -> Any:
    return np.full((height, width), value, np.float32)


def ramp(left: float, right: float) -> Any:
    """A matte whose left half has one value and whose right half has another."""
    alpha = plane(left, 40, 60)
    alpha[:, 30:] = right
    return alpha


def test_mad_and_mse_constant_difference_have_known_values() -> None:
    assert compute_mad(plane(0.2), plane(0.4)) == pytest.approx(200)
    assert compute_mse(plane(0.2), plane(0.4)) == pytest.approx(40)


def test_dtssd_counts_the_difference_of_the_changes() -> None:
    assert compute_dtssd(plane(1), plane(0), plane(1), plane(0)) == 0
    assert compute_dtssd(plane(0.5), plane(0.2), plane(0.9), plane(0.9)) == pytest.approx(30)
    half = plane(0)
    half[:10] = 1
    assert compute_dtssd(half, plane(0), plane(0), plane(0)) == pytest.approx(100 * np.sqrt(0.5))


def test_gradient_error_equal_or_stretched_matte_is_zero() -> None:
    assert compute_gradient_error(ramp(0, 1), ramp(0, 1)) == 0
    assert compute_gradient_error(ramp(0.25, 0.75), ramp(0, 1)) == pytest.approx(0, abs=1e-9)
    assert compute_gradient_error(plane(0.3), plane(0.9)) == 0


def test_gradient_error_lost_step_is_the_sum_written_out() -> None:
    """The formula of the filters, pixel by pixel: radius 4, squares that add up to 1."""
    kernel = np.array(
        [[-j * np.exp(-(i * i + j * j) / (2 * 1.4**2)) for j in range(-4, 5)] for i in range(-4, 5)], np.float64
    )
    kernel /= np.sqrt(np.square(kernel).sum())
    padded = np.pad(ramp(0, 1).astype(np.float64), 4, mode="edge")
    expected = 0.0
    for row in range(40):
        for column in range(60):
            window = padded[row : row + 9, column : column + 9]
            # There is no slope downwards, so the other filter answers 0.
            expected += float((window * kernel).sum()) ** 2
    assert compute_gradient_error(plane(0, 40, 60), ramp(0, 1)) == pytest.approx(expected / 1000, rel=1e-5)
    assert expected > 100


def test_gradient_error_is_the_same_for_the_turned_matte() -> None:
    lost = compute_gradient_error(plane(0, 40, 60), ramp(0, 1))
    assert compute_gradient_error(plane(0, 60, 40), ramp(0, 1).T) == pytest.approx(lost, rel=1e-5)


def test_paper_score_large_image_is_scored_at_512_pixels() -> None:
    truth = np.zeros((1152, 2048), np.uint8)
    truth[:, 1024:] = 255
    small = truth[::4, ::4]
    large_score, small_score = PaperScore(), PaperScore()
    large_score.add(np.zeros_like(truth), truth)
    small_score.add(np.zeros_like(small), small)
    assert large_score.means == pytest.approx(small_score.means)
    assert small_score.means[:2] == pytest.approx((500, 500))


def test_scores_hold_those_of_papers() -> None:
    dark, bright = np.zeros((20, 30), np.uint8), np.full((20, 30), 51, np.uint8)
    images, video = ImageScore(), VideoScore()
    for alpha in (dark, bright, bright):
        images.add(alpha, dark)
        video.add(alpha, dark)
    assert images.paper.means == pytest.approx((400 / 3, 80 / 3, 0), abs=1e-4)
    assert video.images.paper.means == pytest.approx((400 / 3, 80 / 3, 0, 10), abs=1e-4)
