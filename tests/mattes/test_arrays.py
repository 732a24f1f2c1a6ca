"""Small operations on uint8 arrays."""

from __future__ import annotations

import numpy as np
import pytest

from framechain.mattes.arrays import dilate, limit_size, resize_bytes, round_to_odd, threshold_at


@pytest.mark.parametrize(("side", "odd"), [(0.2, 1), (1, 1), (2.1, 3), (3.9, 3), (4.1, 5), (9, 9)])
def test_round_to_odd_gives_the_nearest_odd_number(side: float, odd: int) -> None:
    assert round_to_odd(side) == odd


@pytest.mark.parametrize(("size", "limited"), [((1280, 720), (640, 360)), ((90, 60), (90, 60)), ((1, 4000), (1, 640))])
def test_limit_size_keeps_proportions_and_small_images(size: tuple[int, int], limited: tuple[int, int]) -> None:
    assert limit_size(np.zeros((size[1], size[0]), np.uint8), 640) == limited


def test_threshold_at_includes_the_threshold() -> None:
    assert threshold_at(np.array([[15, 16, 17]], np.uint8), 16).tolist() == [[0, 255, 255]]


def test_dilate_grows_by_the_radius_on_all_sides() -> None:
    mask = np.zeros((9, 9), np.uint8)
    mask[4, 4] = 255
    assert np.count_nonzero(dilate(mask, 2)) == 25
    assert dilate(mask, 0) is mask


def test_resize_bytes_nearest_makes_no_new_values() -> None:
    image = np.array([[0, 255]], np.uint8)
    assert set(resize_bytes(image, 8, 2, nearest=True).ravel().tolist()) == {0, 255}
    assert len(set(resize_bytes(image, 8, 2).ravel().tolist())) > 2
