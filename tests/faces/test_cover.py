"""Hiding faces: nothing of them is left, and nothing else changes."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from framechain import Frame, FrameInfo, StreamInfo
from framechain.errors import ArgumentError
from framechain.faces.cover import WAYS, FaceCover
from framechain.faces.face import Face
from framechain.pixels.colour import ColourSpace

FACE = Face(172, 70, 104, 104, 0.9, ((201, 104), (247, 106), (222, 131), (221, 149), (177, 110), (270, 117)))
# As one sees them in samples/portrait.jpg.
HEAD = {"hair line": (222, 62), "chin": (222, 176), "right ear": (173, 118), "left ear": (272, 122)}
RED = np.zeros((9, 9, 4), np.uint8)
RED[..., 2:] = 255


def make_cover(how: str, **options: Any) -> FaceCover:
    return FaceCover(how, color=(10, 200, 30), picture=RED, **options)


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Any:
    return cv2.imread(str(samples / "portrait.jpg"))


def take_detail(image: Any) -> Any:
    """Return the brightness without what is broad: that is where eyes, nose and mouth are."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    detail = grey - cv2.GaussianBlur(grey, (0, 0), 10)
    x, y, side = int(FACE.x), int(FACE.y), int(FACE.width)
    return detail[y : y + side, x : x + side]


@pytest.mark.parametrize("how", WAYS)
def test_hide_leaves_nothing_of_the_face_even_sharpened(how: str, portrait: Any) -> None:
    """As much as a plain colour leaves, whose outline alone gives up to 0.21; ten cells across a face give 0.7."""
    before, found = take_detail(portrait), []
    for across, down in ((0, 0), (-6, 5), (-3, -5), (3, 5), (6, -5)):  # Where the cells' borders are is chance.
        face = replace(FACE, x=FACE.x + across, y=FACE.y + down)
        hidden = make_cover(how).hide_in_image(portrait.copy(), [face])
        for image in (hidden, cv2.addWeighted(hidden, 8, cv2.GaussianBlur(hidden, (0, 0), 6), -7, 0)):
            after = take_detail(image)
            found.append(abs(np.corrcoef(before.ravel(), after.ravel())[0, 1]) if after.std() > 1e-3 else 0.0)
    assert np.median(found) < 0.25
    assert max(found) < 0.4


@pytest.mark.parametrize("how", WAYS)
def test_hide_covers_the_head_and_leaves_the_rest(how: str, portrait: Any) -> None:
    hidden = make_cover(how).hide_in_image(portrait.copy(), [FACE])
    noise = np.random.default_rng(0).integers(0, 256, portrait.shape, np.uint8)
    noisy = make_cover(how).hide_in_image(noise.copy(), [FACE])
    for x, y in HEAD.values():
        part = slice(y - 1, y + 2), slice(x - 1, x + 2)
        assert np.abs(noisy[part].astype(int) - noise[part]).mean() > 20
    changed = cv2.boundingRect(np.any(hidden != portrait, axis=2).astype(np.uint8))
    assert changed[0] > 120
    assert changed[1] > 5
    assert changed[0] + changed[2] < 330
    assert changed[1] + changed[3] < 230


@pytest.mark.parametrize("scale", [0.2, 1, 4])
def test_hide_blur_grows_with_the_face(scale: float) -> None:
    side = 104 * scale
    size = round(6 * side)
    stripes = np.zeros((size, size, 3), np.uint8)
    stripes[:, (np.arange(size) // max(1, side / 10)) % 2 == 0] = 255  # Ten stripes on a face of any size.
    hidden = FaceCover().hide_in_image(stripes, [Face(2.5 * side, 2.5 * side, side, side, 1)])
    middle = slice(round(2.6 * side), round(3.4 * side))
    assert np.ptp(hidden[middle, middle]) < 75


def test_hide_edge_is_soft_outside_of_the_ellipse() -> None:
    white = np.full((400, 400, 3), 255, np.uint8)
    row = FaceCover("solid", feather=0.5).hide_in_image(white, [Face(150, 150, 100, 100, 1)])[193, 200:, 0]
    assert (row[:62] == 0).all()
    assert (row[96:] == 255).all()
    assert (np.diff(row.astype(int)) >= 0).all()
    assert np.diff(row.astype(int)).max() < 20


def test_hide_tilted_face_turns_the_ellipse() -> None:
    white = np.full((400, 400, 3), 255, np.uint8)
    upright = FaceCover("solid").hide_in_image(white.copy(), [Face(150, 150, 100, 100, 1, ((180, 180), (220, 180)))])
    turned = FaceCover("solid").hide_in_image(white.copy(), [Face(150, 150, 100, 100, 1, ((220, 180), (220, 220)))])
    np.testing.assert_array_less(np.abs(np.rot90(upright, -1).astype(int) - turned).mean(), 2)


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("size", [(512, 512), (301, 231)])
@pytest.mark.parametrize("full_range", [False, True])
def test_hide_in_planes_looks_as_in_bgr(how: str, size: tuple[int, int], full_range: bool, portrait: Any) -> None:
    image = np.ascontiguousarray(portrait[: size[1], : size[0]])
    colour = ColourSpace(1, full_range, 1, 1)
    info = FrameInfo(0, 0, 1, StreamInfo("clip", "video", *size, colour=colour))
    source = Frame(info, bgr=image)
    planes = Frame(info, yuv=source.yuv, own=True)
    source = Frame(info, bgr=planes.read_bgr().copy())
    before = planes.read_bgr().copy()
    faces = [FACE, Face(-30, -20, 60, 60, 1), Face(size[0] - 31, size[1] - 9, 40, 40, 1), Face(9999, 0, 9, 9, 1)]
    one, other = make_cover(how).hide(source, faces), make_cover(how).hide(planes, faces)
    assert other.is_yuv
    assert np.abs(one.bgr.astype(int) - other.read_bgr()).mean() < 2
    assert not np.array_equal(before, other.read_bgr())


def test_hide_frame_of_the_decoder_stays_as_it_is(portrait: Any) -> None:
    info = FrameInfo(0, 0, 1, StreamInfo("clip", "video", 512, 512))
    yuv = Frame(info, bgr=portrait).yuv
    before = [np.array(plane) for plane in Frame(info, yuv=yuv).planes]
    FaceCover().hide(Frame(info, yuv=yuv), [FACE])
    for plane, kept in zip(Frame(info, yuv=yuv).planes, before, strict=True):
        np.testing.assert_array_equal(plane, kept)


def test_hide_full_view_is_gone(portrait: Any) -> None:
    info = FrameInfo(0, 0, 1, StreamInfo("clip", "video", 512, 512))
    frame = Frame(info, yuv=Frame(info, bgr=portrait).yuv)
    frame.full_view = lambda: portrait
    assert FaceCover().hide(frame, [FACE]).full_view is None


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (33, 17)])
@pytest.mark.parametrize("how", WAYS)
def test_hide_in_tiny_image_works(how: str, size: tuple[int, int]) -> None:
    image = np.full((*size, 3), 90, np.uint8)
    assert make_cover(how).hide_in_image(image, [Face(0, 0, 4, 4, 1), Face(-1, -1, 0, 0.01, 1)]).shape == (*size, 3)


def test_face_cover_wrong_arguments_are_errors() -> None:
    with pytest.raises(ArgumentError, match="how must be one of blur, pixelate, solid, picture"):
        FaceCover("smear")
    with pytest.raises(ArgumentError, match="'picture' needs a picture"):
        FaceCover("picture")
    with pytest.raises(ArgumentError, match=r"size must be a number from 0\.8 to 3"):
        FaceCover(size=0.1)


def test_face_cover_pickled_does_the_same(portrait: Any) -> None:
    cover = make_cover("picture")
    copy = pickle.loads(pickle.dumps(cover))
    one, other = cover.hide_in_image(portrait.copy(), [FACE]), copy.hide_in_image(portrait.copy(), [FACE])
    np.testing.assert_array_equal(one, other)
