"""Frame: conversion on demand, alpha, painting; StreamInfo and FrameInfo."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.media import frame_in_yuv, photo

from framechain.frame import Frame, FrameInfo, StreamInfo, make_image_info
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv
from framechain.pixels.planes import get_planes

BT709 = ColourSpace(1, False, 1, 1)


def in_yuv(width: int = 64, height: int = 48) -> Frame:
    return frame_in_yuv(convert_to_yuv(photo(width, height), BT709), BT709)


def in_bgr(width: int = 64, height: int = 48) -> Frame:
    image = photo(width, height)
    return Frame(make_image_info("image", image), bgr=image)


def copy_planes(frame: Frame) -> list[Any]:
    return [plane.copy() for plane in frame.planes]


def test_info_time_is_seconds() -> None:
    stream = StreamInfo("clip", "video", 64, 48, Fraction(1, 25))
    assert FrameInfo(3, 10, 1, stream).time == 0.4
    assert not stream.live
    assert StreamInfo("camera 0", "camera", 64, 48).live


def test_stream_info_plain_numbers_become_fractions() -> None:
    stream = StreamInfo("clip", "video", 64, 48, 0.001, 25, sample_aspect_ratio=1)  # type: ignore[arg-type]
    assert (stream.time_base, stream.rate, stream.sample_aspect_ratio) == (Fraction(1, 1000), Fraction(25), Fraction(1))
    assert isinstance(stream.rate, Fraction)
    assert StreamInfo("clip", "video", 64, 48).rate is None
    exact = Fraction(10_000_019, 3_000_017)
    assert StreamInfo("clip", "video", 64, 48, rate=exact).rate is exact


def test_make_image_info_is_the_only_frame_of_its_stream() -> None:
    info = make_image_info("wall.png", np.zeros((48, 64, 3), np.uint8))
    assert (info.index, info.pts, info.time) == (0, 0, 0)
    assert info.stream == StreamInfo("wall.png", "image", 64, 48, frame_count=1)


def test_frame_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="a Frame needs pixels: give bgr or yuv"):
        Frame(make_image_info("x", photo()))


@pytest.mark.parametrize("frame", [in_bgr(66, 48), in_yuv(66, 48)])
def test_size_is_width_and_height_in_both_layouts(frame: Frame) -> None:
    assert frame.size == (66, 48)
    assert "66x48" in repr(frame)


def test_bgr_converts_for_good_and_read_bgr_does_not() -> None:
    frame = in_yuv()
    before = copy_planes(frame)
    read = frame.read_bgr()
    assert frame.is_yuv
    for plane, expected in zip(frame.planes, before, strict=True):
        np.testing.assert_array_equal(plane, expected)
    np.testing.assert_array_equal(frame.bgr, read)
    assert not frame.is_yuv
    frame.bgr[:] = 7
    assert (frame.read_bgr() == 7).all()


def test_yuv_of_a_bgr_frame_leaves_the_frame_in_bgr() -> None:
    frame = in_bgr()
    converted = convert_to_yuv(frame.bgr, ColourSpace())
    for found, expected in zip(get_planes(frame.yuv), get_planes(converted), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert not frame.is_yuv


def test_yuv_untouched_is_the_decoders_own_frame() -> None:
    frame = in_yuv()
    assert frame.yuv is frame.yuv
    assert frame.planes[0].shape == (48, 64)


def test_planes_of_bgr_are_the_image() -> None:
    frame = in_bgr()
    (plane,) = frame.planes
    assert plane is frame.bgr


@pytest.mark.parametrize("make", [in_bgr, in_yuv])
@pytest.mark.parametrize("size", [(64, 48), (33, 17)])
def test_make_blank_has_place_layout_and_size_but_pixels_of_its_own(make: Any, size: tuple[int, int]) -> None:
    frame = make(*size)
    before = copy_planes(frame)
    blank = frame.make_blank()
    assert (blank.info, blank.is_yuv, blank.size) == (frame.info, frame.is_yuv, frame.size)
    for plane in blank.planes:
        plane[...] = 9
    assert all((plane == 9).all() for plane in blank.planes)
    for plane, expected in zip(frame.planes, before, strict=True):
        np.testing.assert_array_equal(plane, expected)


def test_with_bgr_of_four_channels_makes_it_transparent() -> None:
    frame = in_bgr()
    alpha = np.arange(48 * 64).reshape(48, 64).astype(np.uint8)
    cut = frame.with_bgr(np.dstack([frame.bgr, alpha]))
    assert cut.info is frame.info
    np.testing.assert_array_equal(cut.alpha, alpha)
    np.testing.assert_array_equal(cut.bgr, frame.bgr)
    np.testing.assert_array_equal(cut.to_array(), np.dstack([frame.bgr, alpha]))
    assert frame.to_array() is frame.bgr


@pytest.mark.parametrize("change", ["bgr", "bgra", "yuv", "blank"])
def test_alphas_stay_when_later_objects_replace_the_pixels(change: str) -> None:
    frame = in_yuv()
    frame.alpha, frame.matte_alpha = np.full((48, 64), 77, np.uint8), np.full((48, 64), 78, np.uint8)
    later = {
        "bgr": lambda: frame.with_bgr(photo(64, 48)),
        "bgra": lambda: frame.with_bgr(np.zeros((48, 64, 4), np.uint8)),
        "yuv": lambda: frame.with_yuv(in_yuv().yuv),
        "blank": frame.make_blank,
    }[change]()
    assert later.matte_alpha is frame.matte_alpha
    if change == "bgra":
        np.testing.assert_array_equal(later.alpha, np.zeros((48, 64), np.uint8))
    else:
        assert later.alpha is frame.alpha


@pytest.mark.parametrize("name", ["alpha", "matte_alpha"])
def test_alphas_follow_the_size(name: str) -> None:
    frame = in_bgr()
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    setattr(frame, name, alpha)
    half = getattr(frame.with_bgr(photo(32, 24)), name)
    assert half is not None
    assert half.shape == (24, 32)
    assert (half[:, :15].max(), half[:, 17:].min()) == (0, 255)


def test_preview_shows_a_checkerboard_where_it_is_transparent() -> None:
    frame = in_bgr()
    assert frame.preview() is frame.bgr
    frame.alpha = np.zeros((48, 64), np.uint8)
    frame.alpha[:, 32:] = 255
    shown = frame.preview()
    np.testing.assert_array_equal(shown[:, 32:], frame.bgr[:, 32:])
    assert shown[:16, :16].tolist() == np.full((16, 16, 3), 102).tolist()
    assert shown[:16, 16:32].tolist() == np.full((16, 16, 3), 153).tolist()


def test_paint_yuv_frame_stays_yuv_and_the_decoders_frame_untouched() -> None:
    frame = in_yuv()
    decoded = frame.yuv
    before, outside = copy_planes(frame), np.ones((48, 64), bool)
    outside[10:20, 12:30] = False

    def draw(part: Any, left: int, top: int) -> None:
        part[10 - top : 20 - top, 12 - left : 30 - left] = (255, 255, 255)

    frame.paint((12, 10, 30, 20), draw)
    assert frame.is_yuv
    for plane, expected in zip(get_planes(decoded), before, strict=True):
        np.testing.assert_array_equal(plane, expected)
    assert (frame.planes[0][10:20, 12:30] == 235).all()
    np.testing.assert_array_equal(frame.planes[0][outside], before[0][outside])
    painted = frame.yuv
    frame.paint((0, 0, 4, 4), draw)
    assert frame.yuv is painted  # A frame of one's own is not copied again.


def test_paint_bgr_frame_gets_the_whole_image() -> None:
    frame, seen = in_bgr(), []
    frame.paint((12, 10, 30, 20), lambda part, left, top: seen.append((part is frame.bgr, left, top)))
    assert seen == [(True, 0, 0)]


@pytest.mark.parametrize("box", [(70, 0, 90, 10), (0, 60, 10, 90), (-9, -9, 0, 0)])
def test_paint_outside_of_the_frame_paints_nothing(box: tuple[int, int, int, int]) -> None:
    frame = in_yuv()
    frame.paint(box, lambda part, left, top: pytest.fail("there is nothing to paint on"))
