"""Small images of crops, from BGR and from YUV."""

from __future__ import annotations

from typing import Any

import numpy as np

from framechain import StreamInfo
from framechain.mattes.selfie.views import BgrView, Crop, YuvView
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_bgr, convert_to_yuv

WIDTH, HEIGHT = 640, 360
VIDEO = StreamInfo("clip", "video", WIDTH, HEIGHT)
BT709 = ColourSpace(1, False, 1, 1)


def test_views_of_yuv_and_bgr_give_the_same_crop(frames: list[Any]) -> None:
    image = convert_to_yuv(frames[0], BT709)
    planes, bgr = YuvView(image, BT709), BgrView(convert_to_bgr(image, BT709))
    for box in (Crop(0, 0, WIDTH, HEIGHT), Crop(100, 50, 401, 333)):
        assert np.abs(planes.crop_rgb(box, 96, 96).astype(int) - bgr.crop_rgb(box, 96, 96)).mean() < 2
