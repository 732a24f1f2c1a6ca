"""Which components of a matte are people."""

from __future__ import annotations

import numpy as np
import pytest

from framechain.mattes.selfie.people import PersonFilter
from framechain.models.views import Crop


def test_person_filter_specks_and_pinholes_go_second_person_stays() -> None:
    mask = np.zeros((256, 256), np.uint8)
    mask[60:256, 20:120] = 250
    mask[100:256, 170:230] = 250
    mask[20:28, 200:208] = 250
    mask[150:154, 60:64] = 0
    clean, extent = PersonFilter()(mask, Crop(100, 0, 612, 512))
    assert clean[24, 204] == 0
    assert clean[152, 62] > 200
    assert clean[200, 200] == 250
    assert extent == pytest.approx((140, 120, 560, 512), abs=5)
    assert PersonFilter()(np.zeros((256, 256), np.uint8), Crop(0, 0, 10, 10))[1] is None


@pytest.mark.parametrize(("side", "stays"), [(16, True), (9, False)], ids=["6 %", "2 %"])
def test_person_filter_component_stays_from_4_percent_of_the_largest(side: int, stays: bool) -> None:
    mask = np.zeros((128, 128), np.uint8)
    mask[20:84, 10:74] = 250
    mask[100 : 100 + side, 100 : 100 + side] = 250
    clean, bounds = PersonFilter()(mask, Crop(0, 0, 128, 128))
    assert clean[104, 104] == (250 if stays else 0)
    assert clean[50, 40] == 250
    assert bounds == (10, 20, *((116, 116) if stays else (74, 84)))
