"""Crop, Resize and Rotate: where the pixels go, alphas with them, and the size of what is written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.effect_cases import COLOURS, LAYOUTS, crop_photo, lay_out, make_frame
from support.media import see

from framechain import Engine, Frame, FrameInfo, StreamInfo
from framechain.effects import Crop, Resize, Rotate
from framechain.errors import ArgumentError
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv


@given(data=st.data())
def test_crop_in_pixels_is_a_slice(data: Any) -> None:
    left, top = data.draw(st.integers(0, 62)), data.draw(st.integers(0, 46))
    right, bottom = data.draw(st.integers(left + 2, 70)), data.draw(st.integers(top + 2, 60))
    layout = data.draw(st.sampled_from(LAYOUTS))
    whole = make_frame(layout).read_bgr()
    found = Crop(left, top, right, bottom).process_frame(make_frame(layout)).read_bgr()
    expected = whole[top:bottom, left:right]
    assert found.shape == expected.shape
    # From an odd column on, the pixels are converted, which rounds their chroma anew.
    if layout == "BGR" or left % 2 == top % 2 == 0:
        np.testing.assert_array_equal(found, expected)


def test_crop_in_shares_is_even() -> None:
    assert Crop(0.1, 0.2, 0.9, 0.81).locate(101, 67) == (10, 14, 90, 54)
    assert Crop().locate(101, 67) == (0, 0, 101, 67)
    assert Crop(0.5).locate(1920, 1080) == (960, 0, 1920, 1080)


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ((0.5, 0.0, 0.5, 1.0), "left must be less than right, got 0.5 and 0.5"),
        ((0, 9, 10, 3), "top must be less than bottom"),
        ((0, 0, 1, 5), "right=1 would be one pixel"),
        ((-1, 0), "left must be a whole number of pixels, or a share"),
        ((1.5, 0), "left must be a whole number of pixels, or a share"),
        ((True, 0), "left must be"),
    ],
)
def test_crop_of_no_rectangle_is_refused(sides: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Crop(*sides)


def test_crop_outside_of_the_frame_says_so() -> None:
    with pytest.raises(ArgumentError, match=r"leaves no pixel of a frame of 64x48"):
        Crop(100, 0)(crop_photo((64, 48)))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "thing", [Crop(10, 6, 50, 40), Crop(11, 7, 50, 40), Resize(30), Resize(40, 40), Resize(40, 40, fit="cover"),
              Rotate(90), Rotate(180), Rotate(270), Rotate(-20), Rotate(100, fill=False)],
    ids=["crop", "odd crop", "resize", "contain", "cover", "90", "180", "270", "tilt", "100"],
)  # fmt: skip
def test_geometry_moves_the_alphas_with_the_pixels(thing: Any, layout: str) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[16:34, 20:46] = 255
    frame = lay_out(np.dstack([mask] * 3), layout)
    frame.alpha, frame.matte_alpha = mask.copy(), mask.copy()
    result = thing.process_frame(frame)
    assert result.alpha.shape == result.matte_alpha.shape == result.size[::-1]
    error = abs(result.read_bgr()[..., 1].astype(int) - result.matte_alpha)
    assert np.mean(error > 60) < 0.03
    np.testing.assert_array_equal(result.alpha, result.matte_alpha)
    assert not result.matte_alpha.flags.writeable


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("size", [(64, 48), (33, 21)])
def test_rotate_by_quarters_is_exact(layout: str, quarters: int, size: Any) -> None:
    whole = make_frame(layout, size).read_bgr()
    found = Rotate(90 * quarters).process_frame(make_frame(layout, size)).read_bgr()
    np.testing.assert_array_equal(found, np.rot90(whole, -quarters))


@given(angle=st.floats(-360, 360))
def test_rotate_by_any_angle_goes_clockwise_and_leaves_no_empty_corner(angle: float) -> None:
    image = np.full((60, 80, 3), 100, np.uint8)
    found = Rotate(angle)(image.copy())
    assert (found == 100).all()
    turned = Rotate(angle, fill=False)
    spot = np.zeros((61, 61, 3), np.uint8)
    spot[28:33, 44:49] = 255  # To the right of the middle by 16.
    y, x = (values.mean() - 30 for values in np.nonzero(turned(spot)[..., 0] > 100))
    radians = np.radians(angle)
    assert (x, y) == pytest.approx((16 * np.cos(radians), 16 * np.sin(radians)), abs=0.6)


def test_rotate_of_pixels_that_are_not_square_keeps_the_picture_s_shape() -> None:
    stream = StreamInfo("dv", "video", 72, 58, sample_aspect_ratio=Fraction(16, 11), colour=ColourSpace(6))
    frame = Frame(FrameInfo(0, 0, 0, stream), yuv=convert_to_yuv(crop_photo((72, 58)), ColourSpace(6)))
    width, height = Rotate(90).process_frame(frame).size
    assert width * (16 / 11) / height == pytest.approx(58 / (72 * 16 / 11), rel=0.05)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("size", "fit"), [((32, 24), "contain"), ((50, 30), "stretch"), ((128, 96), "stretch")])
def test_resize_looks_as_the_same_frame(layout: str, size: Any, fit: str) -> None:
    import cv2

    frame = lay_out(np.full((48, 64, 3), (60, 90, 200), np.uint8), layout)
    frame.own_planes()[0][10:30, 20:40] //= 2
    whole = frame.read_bgr()
    found = Resize(*size, fit=fit).process_frame(frame).read_bgr()
    expected = cv2.resize(whole, size, interpolation=cv2.INTER_AREA if size[0] < 64 else cv2.INTER_CUBIC)
    assert found.shape == expected.shape
    assert abs(found.astype(int) - expected).mean() < 1.5


@pytest.mark.parametrize("layout", LAYOUTS)
def test_resize_fits(layout: str) -> None:
    frame = np.full((48, 64, 3), 200, np.uint8)
    frame[:, :8] = 0
    contained = Resize(64, 96).process_frame(lay_out(frame, layout)).read_bgr()
    assert contained[:23].max() <= 1
    assert contained[-23:].max() <= 1
    assert contained[40:56, 20:].min() > 195
    covered = Resize(48, 48, fit="cover").process_frame(lay_out(frame, layout)).read_bgr()
    assert covered.shape == (48, 48, 3)
    assert covered.min() > 195


@pytest.mark.parametrize(
    ("given", "expected"), [((320, None), (320, 180)), ((None, 360), (640, 360)), ((99, None), (99, 56))]
)
def test_resize_by_one_side_keeps_the_proportions(given: Any, expected: tuple[int, int]) -> None:
    assert Resize(*given)(np.zeros((1080, 1920, 3), np.uint8)).shape[1::-1] == expected


def test_resize_to_more_pixels_than_memory_may_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = np.zeros((40, 60, 3), np.uint8)
    with pytest.raises(ArgumentError, match="frames of 1000000x1000000 were asked for, and more than"):
        Resize(1_000_000, 1_000_000)(frame)
    monkeypatch.setenv("FRAMECHAIN_MAX_PIXELS", "10000")
    assert Resize(100, 100)(frame).shape == (100, 100, 3)
    with pytest.raises(ArgumentError, match="more than 10000 pixels are refused: choose a smaller size, or set"):
        Resize(100, 101)(frame)


@pytest.mark.parametrize("thing", [Crop(0, 0, 200, 100), Resize(width=320), Rotate(90)], ids=["crop", "resize", "90"])
def test_geometry_keeps_the_colours_where_the_matrix_is_guessed_from_the_size(thing: Any) -> None:
    unspecified = ColourSpace()
    size = (200, 1280) if isinstance(thing, Rotate) else (1280, 720)
    image = np.full((size[1], size[0], 3), (30, 60, 220), np.uint8)
    stream = StreamInfo("hd", "video", *size, colour=unspecified)
    frame = Frame(FrameInfo(0, 0, 0, stream), yuv=convert_to_yuv(image, unspecified))
    result = thing.process_frame(frame)
    written = Frame(result.info, yuv=result.yuv)
    assert abs(written.read_bgr().astype(int) - (30, 60, 220)).max() <= 3


@pytest.mark.parametrize("colour", COLOURS)
def test_geometry_leaves_the_decoders_planes_alone(colour: str) -> None:
    frame = make_frame(colour)
    image, before = frame.yuv, [plane.copy() for plane in frame.planes]
    Rotate(30).process_frame(frame)
    for plane, kept in zip(Frame(frame.info, yuv=image).planes, before, strict=True):
        np.testing.assert_array_equal(plane, kept)


def test_engine_writes_what_geometry_gives(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    chain = [Crop(0.25, 0.0, 0.75, 1.0), Rotate(90), Resize(height=160)]
    Engine(video_path=str(clip), output_path=str(target), custom_objects=chain, end_video_frame=5, cut=True).run()
    seen = see(target)
    y = seen.planes[0][0]
    assert y.shape == (160, 180)
