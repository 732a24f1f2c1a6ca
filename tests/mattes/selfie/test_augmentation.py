"""Test-time augmentation: the horizontal flip and the mean of overlapping tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framechain.mattes.selfie.augmentation import Mosaic, run_model, split_in_strips, split_in_tiles
from framechain.mattes.selfie.edges import GuidedFilter
from framechain.models.views import BgrView, Crop


class LeftHalf:
    """A model that takes the left half of any image for a person."""

    def __call__(self, rgb: Any) -> Any:
        answer = np.zeros(rgb.shape[:2], np.float32)
        answer[:, : rgb.shape[1] // 2] = 1
        return answer


def make_constant(level: float) -> GuidedFilter:
    return GuidedFilter(np.zeros((4, 4), np.float32), np.full((4, 4), level, np.float32))


@pytest.mark.parametrize(("flip", "expected"), [(False, [255, 0]), (True, [127, 127])])
def test_run_model_flip_is_the_mean_of_both_answers(flip: bool, expected: list[int]) -> None:
    model: Any = LeftHalf()
    assert run_model(model, np.zeros((8, 8, 3), np.uint8), flip=flip)[4, [1, 6]].tolist() == expected


def test_mosaic_overlapping_tiles_fade_and_weights_count() -> None:
    mosaic = Mosaic(BgrView(np.zeros((20, 100, 3), np.uint8)))
    whole = Crop(0, 0, 100, 20)
    left, right = Crop(0, 0, 70, 20), Crop(30, 0, 100, 20)
    mosaic.add([(left, make_constant(200)), (right, make_constant(100))], whole)
    row = mosaic.compute_mean()[10].astype(int)
    assert row[[0, 29, 70, 99]].tolist() == [200, 200, 100, 100]
    assert (np.diff(row) <= 0).all()
    assert 140 <= row[50] <= 160
    mosaic.add([(whole, make_constant(0))], whole, weight=0.25)
    assert mosaic.compute_mean()[10, 0] == 160


def test_split_in_strips_covers_the_longer_side() -> None:
    assert split_in_strips(Crop(0, 0, 40, 100)) == [Crop(0, 0, 40, 70), Crop(0, 30, 40, 100)]
    assert split_in_strips(Crop(0, 0, 100, 40)) == [Crop(0, 0, 70, 40), Crop(30, 0, 100, 40)]


def test_split_in_tiles_gives_rows_of_overlapping_tiles() -> None:
    tiles = split_in_tiles(Crop(10, 20, 110, 120), 2, 0.75)
    assert tiles == [Crop(10, 20, 85, 95), Crop(34, 20, 110, 95), Crop(10, 44, 85, 120), Crop(34, 44, 110, 120)]
