"""Blur: the Gaussian of OpenCV, without the foreground; its kernels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain.backgrounds import Blur
from framechain.errors import ArgumentError


def make_empty_alpha(frame: Any) -> Any:
    return np.zeros(frame.shape[:2], np.uint8)


@pytest.mark.parametrize("kernel", [3, 9, 35, 45, 151])
@pytest.mark.parametrize("name", ["portrait.jpg", "background.jpg"])
def test_blur_without_foreground_is_opencvs_gaussian_blur(kernel: int, name: str, samples: Path) -> None:
    image = cv2.imread(str(samples / name))
    expected = cv2.GaussianBlur(image, (kernel, kernel), 0.0).astype(float)
    difference = np.abs(Blur(kernel)(image, make_empty_alpha(image)) - expected)
    assert difference.mean() < 1.3
    assert np.percentile(difference, 99.9) < 9
    assert difference.max() < 16


def test_blur_kernel_of_one_changes_nothing() -> None:
    image = photo()
    np.testing.assert_array_equal(Blur(1)(image, make_empty_alpha(image)), image)


def test_blur_width_and_height_are_independent() -> None:
    stripe = np.zeros((120, 120, 3), np.uint8)
    stripe[:, 60] = stripe[60] = 255
    wide = Blur((35, 1))(stripe, make_empty_alpha(stripe)).astype(int)
    assert wide[60, 20, 0] == 255
    assert 0 < wide[20, 60, 0] < 60
    np.testing.assert_array_equal(Blur((1, 35))(stripe, make_empty_alpha(stripe)), wide.transpose(1, 0, 2))


@pytest.mark.parametrize("kernel", [15, 35, 45, 75, 151])
@pytest.mark.parametrize("left", range(100, 108))
def test_blur_bright_person_does_not_smear_into_a_dark_background(kernel: int, left: int) -> None:
    frame = np.full((180, 320, 3), 20, np.uint8)
    alpha = make_empty_alpha(frame)
    frame[60:, left:200], alpha[60:, left:200] = 250, 255
    background = alpha == 0
    assert cv2.GaussianBlur(frame, (kernel, kernel), 0)[background].max() > 100  # What the person would do to it.
    blurred = Blur(kernel)(frame, alpha)
    assert blurred[background].max() <= 30
    # What a soft edge lets through is the background as well.
    assert blurred[100, left + 1].max() <= 40


def test_blur_foreground_everywhere_gives_a_plain_blur() -> None:
    image = photo()
    blurred = Blur(15)(image, np.full(image.shape[:2], 255, np.uint8))
    assert np.abs(blurred - cv2.GaussianBlur(image, (15, 15), 0).astype(float)).mean() < 2


@pytest.mark.parametrize("kernel", [(35, 35), [35, 35], 35, np.int64(35), np.array([35, 35])])
def test_blur_kernel_of_any_kind_is_accepted(kernel: Any) -> None:
    assert Blur(kernel).kernel == (35, 35)


@pytest.mark.parametrize(
    "kernel",
    [(34, 35), (35, 34), (-35, -35), 0, (0, 1), (35,), (35, 35, 35), (3.0, 3.0), (True, True), "35", None, 3.5],
)
def test_blur_wrong_kernel_is_refused(kernel: Any) -> None:
    with pytest.raises(
        ArgumentError, match=r"must be two odd numbers of at least 1, such as \(35, 35\), got"
    ) as caught:
        Blur(kernel)
    assert isinstance(caught.value, ValueError)
