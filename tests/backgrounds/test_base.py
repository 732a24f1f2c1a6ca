"""What the backgrounds share: they write planes and are callables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.media import BT709, photo, yuv_of

from framechain import FrameInfo, StreamInfo
from framechain.backgrounds.base import PlaneBackground, split_image, write_planes


class Noted(PlaneBackground):
    """Copies the frame, and notes what it gets."""

    def render(self, out: Any, source: Any, alphas: Any, info: Any) -> None:
        self.alpha, self.info = alphas[0], info
        write_planes(source, out)


def test_plane_background_called_renders_a_new_image() -> None:
    background, frame = Noted(), photo(40, 30)
    result = background(frame)
    np.testing.assert_array_equal(result, frame)
    assert not np.shares_memory(result, frame)
    assert not background.alpha.any()
    assert background.alpha.shape == (30, 40)
    assert background.info.stream.kind == "image"


def test_plane_background_called_passes_alpha_and_info_on() -> None:
    background, alpha = Noted(), np.full((30, 40), 7, np.uint8)
    info = FrameInfo(4, 160, 40, StreamInfo("clip", "video", 40, 30))
    background(photo(40, 30), alpha, info)
    assert background.alpha is alpha
    assert background.info is info


def test_split_image_for_bgr_is_the_image_itself() -> None:
    image = photo(40, 30)
    (plane,) = split_image(image, (np.empty_like(image),), BT709)
    assert plane is image


def test_split_image_for_yuv_follows_the_matrix() -> None:
    image = photo(40, 30)
    out = [np.empty((30, 40), np.uint8), *(np.empty((15, 20), np.uint8) for _ in range(2))]
    planes = split_image(image, out, BT709)
    luma = yuv_of(image, BT709)[0]
    assert [plane.shape for plane in planes] == [plane.shape for plane in out]
    assert np.abs(planes[0].astype(float) - luma).max() <= 1


def test_write_planes_another_number_of_planes_is_an_error() -> None:
    plane = np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError, match=r"shorter|longer"):
        write_planes((plane,), (plane, plane))
