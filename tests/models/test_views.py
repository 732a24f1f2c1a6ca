"""Small images of crops, from BGR and from YUV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from framechain import StreamInfo, frame_at
from framechain.models.views import BgrView, Crop, ReducedView, YuvView
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_bgr, convert_to_yuv

WIDTH, HEIGHT = 640, 360
VIDEO = StreamInfo("clip", "video", WIDTH, HEIGHT)
BT709 = ColourSpace(1, False, 1, 1)


def test_views_of_yuv_and_bgr_give_the_same_crop(clip: Path) -> None:
    image = convert_to_yuv(frame_at(clip, 0).bgr, BT709)
    planes, bgr = YuvView(image, BT709), BgrView(convert_to_bgr(image, BT709))
    for box in (Crop(0, 0, WIDTH, HEIGHT), Crop(100, 50, 401, 333)):
        assert np.abs(planes.crop_rgb(box, 96, 96).astype(int) - bgr.crop_rgb(box, 96, 96)).mean() < 2


@pytest.mark.parametrize("factor", [1, 3])
def test_reduced_view_crop_shows_the_same_part(factor: int) -> None:
    rng = np.random.default_rng(4)
    image = np.kron(rng.integers(0, 256, (40, 61, 3), np.uint8), np.ones((factor, factor, 1), np.uint8))
    view = BgrView(np.ascontiguousarray(image))
    reduced = ReducedView(view, factor)
    assert (reduced.width, reduced.height) == (61, 40)
    crop, large = Crop(4, 2, 61, 40), Crop(4 * factor, 2 * factor, 61 * factor, 40 * factor)
    np.testing.assert_array_equal(reduced.crop_rgb(crop, 20, 10), view.crop_rgb(large, 20, 10))
    np.testing.assert_array_equal(reduced.crop_grey(crop, 20, 10), view.crop_grey(large, 20, 10))
    np.testing.assert_array_equal(reduced.make_thumbnail(), view.make_thumbnail())


def test_reduced_view_size_that_does_not_divide_covers_all() -> None:
    reduced = ReducedView(BgrView(np.zeros((41, 62, 3), np.uint8)), 3)
    assert (reduced.width, reduced.height) == (21, 14)
    assert reduced.crop_grey(Crop(20, 12, 21, 14), 2, 5).shape == (5, 2)
