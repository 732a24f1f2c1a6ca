"""Regions of the frame: rectangles, polygons and masks, in pixels or in shares of the frame."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from framechain.contracts.region import RegionMask
from framechain.errors import ArgumentError, FramechainError

SIZE = 16, 12
LEFT_TOP = np.zeros((12, 16), np.uint8)
LEFT_TOP[:6, :8] = 255


@pytest.mark.parametrize(
    "region",
    [
        (0, 0, 8, 6),
        [0, 0, 8, 6],
        np.array([0, 0, 8, 6]),
        (np.int64(0), np.uint8(0), 8, 6),
        (-5, -5, 8, 6),
        (0.0, 0.0, 0.5, 0.5),
        (0, 0, 0.5, 0.5),
        np.array([0, 0, 0.5, 0.5], np.float32),
        [(0, 0), (8, 0), (8, 6), (0, 6)],
        [(8, 6), (8, 0), (0, 0), (0, 6)],
        np.array([(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5)]),
        LEFT_TOP,
        LEFT_TOP > 0,
        (LEFT_TOP > 0).astype(np.float32),
        LEFT_TOP[::2, ::2],
        LEFT_TOP.repeat(3, 0).repeat(3, 1),
    ],
    ids=str,
)
def test_region_in_any_form_is_drawn_exactly(region: Any) -> None:
    mask = RegionMask(region).draw(SIZE)
    if isinstance(region, np.ndarray) and region.shape == (6, 8):  # Enlarged: the border is a ramp.
        mask = np.where(mask >= 128, 255, 0)
    assert mask.tolist() == LEFT_TOP.tolist()


def test_region_polygon_takes_the_pixels_whose_centre_is_inside() -> None:
    mask = RegionMask([(0, 0), (8, 0), (0, 8)]).draw((8, 8))
    # The centres on the line itself belong to neither side for certain.
    rows, columns = np.indices((8, 8))
    assert (mask[rows + columns < 7] == 255).all()
    assert (mask[rows + columns > 7] == 0).all()


@pytest.mark.parametrize(("share", "columns"), [(0.3, 2), (0.32, 3), (0.05, 0)])
def test_region_border_between_pixels_takes_those_whose_centre_is_inside(share: float, columns: int) -> None:
    if not columns:
        with pytest.raises(ArgumentError, match="contains no pixel"):
            RegionMask((0.0, 0.0, share, 1.0)).draw((8, 2))
    else:
        assert (RegionMask((0.0, 0.0, share, 1.0)).draw((8, 2)) > 0).sum(axis=1).tolist() == [columns] * 2


def test_region_smaller_mask_has_the_covered_share_of_each_pixel() -> None:
    mask = RegionMask((0, 0, 6, 12)).draw(SIZE, (4, 3))
    assert mask.tolist() == [[255, 128, 0, 0]] * 3


def test_region_mask_follows_the_size_of_the_frame() -> None:
    region = RegionMask((0.0, 0.0, 0.5, 1.0))
    assert [int((region.draw((width, 2)) > 0).sum()) for width in (4, 8, 4)] == [4, 8, 4]


def test_region_array_given_is_copied() -> None:
    given = LEFT_TOP.copy()
    region = RegionMask(given)
    given[:] = 0
    assert region.draw(SIZE).max() == 255


def test_region_copy_through_pickle_is_the_same() -> None:
    region = RegionMask((0, 0, 8, 6))
    region.draw(SIZE)
    assert pickle.loads(pickle.dumps(region)).draw(SIZE).tolist() == LEFT_TOP.tolist()


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ((1, 2, 3), r"region must be \(left, top, right, bottom\) or a polygon .* got \(1, 2, 3\)"),
        ((5, 0, 5, 6), "left < right and top < bottom; got"),
        ((0.0, 0.0, 640.0, 360.0), "shares of the frame from 0 to 1: write pixels as whole numbers"),
        ((0, 0, float("nan"), 1), "region must be"),
        ((0, 0, True, 1.5), "write pixels as whole numbers"),
        ((0, 0, 1, 1), "it is a single one: write shares of the frame as floats, such as 1.0; got"),
        ([(0, 0), (1, 0), (1, 1)], "write shares of the frame as floats"),
        ("left", "region must be .* got 'left'"),
        (None, "region must be"),
        ([(0, 0), (1, 1)], "region must be"),
        ([(0, 0), (1, 1), (2,)], "region must be"),
        (np.zeros((0, 5), np.uint8), r"got an array of uint8 of shape \(0, 5\)"),
        (np.full((4, 5), 2.0), "got an array of float64"),
        (np.zeros((4, 5), np.int32), "got an array of int32"),
        (np.zeros((4, 5, 3), np.uint8), "region must be"),
        (np.array([["a"] * 4] * 4), "region must be"),
    ],
)
def test_region_wrong_value_is_refused(region: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        RegionMask(region)


@pytest.mark.parametrize("region", [(20, 0, 30, 5), [(20, 0), (30, 0), (30, 9)], (0, 0, -1, 0)])
def test_region_outside_the_frame_is_refused(region: Any) -> None:
    with pytest.raises(FramechainError, match=r"contains no pixel of the frame, which is 16x12|left < right"):
        RegionMask(region).draw(SIZE)
