"""BGR images: conversion, fitting, shrinking, the check of what callers pass."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain.errors import ArgumentError, ArgumentTypeError
from framechain.pixels.image import check_image, fit, shrink, to_bgr_image


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((2, 3), 77, np.uint8), [77, 77, 77]),
        (np.full((2, 3, 1), 77, np.uint8), [77, 77, 77]),
        (np.full((2, 3, 3), (1, 2, 3), np.uint8), [1, 2, 3]),
        (np.full((2, 3, 4), (1, 2, 3, 255), np.uint8), [1, 2, 3]),
        (np.full((2, 3, 4), (1, 2, 3, 0), np.uint8), [255, 255, 255]),
        (np.full((2, 3, 4), (100, 0, 255, 51), np.uint8), [224, 204, 255]),
        (np.full((2, 3), 65535, np.uint16), [255, 255, 255]),
        (np.full((2, 3), 128 * 257 + 128, np.uint16), [128, 128, 128]),
        (np.full((2, 3), 128 * 257 + 129, np.uint16), [129, 129, 129]),
        (np.full((2, 3), 0.5, np.float32), [128, 128, 128]),
        (np.full((2, 3), np.nan, np.float32), [0, 0, 0]),
        (np.full((2, 3), True), [255, 255, 255]),
    ],
)
def test_to_bgr_image_every_kind_becomes_bgr_bytes(pixels: Any, expected: list[int]) -> None:
    image = to_bgr_image(pixels)
    assert (image.shape, image.dtype) == ((2, 3, 3), np.uint8)
    assert image.flags.c_contiguous
    assert (image == expected).all()


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        ([[1]], "an image must be a non-empty numpy array, got list"),
        (np.zeros((0, 3), np.uint8), "an image must be a non-empty numpy array"),
        (np.zeros((2, 2, 2), np.uint8), r"with 1, 3 or 4 channels, got shape \(2, 2, 2\)"),
        (np.zeros(4, np.uint8), r"got shape \(4,\)"),
        (np.zeros((3, 20, 30), np.uint8), r"got shape \(3, 20, 30\): give image\.transpose\(1, 2, 0\)"),
        (np.zeros((2, 2), np.int32), "must be uint8, uint16 or floats in 0..1, got int32"),
    ],
)
def test_to_bgr_image_no_image_is_refused(pixels: Any, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        to_bgr_image(pixels)


@pytest.mark.parametrize("how", ["cover", "contain", "stretch"])
def test_fit_same_size_is_returned_itself(how: str) -> None:
    image = photo(40, 30)
    assert fit(image, 40, 30, how) is image


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (64, 48)])
@pytest.mark.parametrize("how", ["cover", "contain", "stretch"])
@pytest.mark.parametrize("old", [(1, 1), (500, 2), (2, 500), (64, 49)])
def test_fit_any_size_has_the_size_asked_for(old: tuple[int, int], how: str, size: tuple[int, int]) -> None:
    fitted = fit(photo(*old), *size, how)
    assert (fitted.shape, fitted.dtype) == ((size[1], size[0], 3), np.uint8)


def test_fit_cover_crops_to_the_middle() -> None:
    stripes = np.repeat(np.array([10, 100, 200], np.uint8), 20)[None, :, None].repeat(20, 0).repeat(3, 2)
    assert (fit(stripes, 20, 20, "cover") == 100).all()
    assert (fit(stripes.transpose(1, 0, 2), 20, 20, "cover") == 100).all()


def test_fit_contain_fills_with_black() -> None:
    white = np.full((20, 60, 3), 255, np.uint8)
    fitted = fit(white, 60, 60, "contain")
    assert (fitted[20:40] == 255).all()
    assert not fitted[:20].any()
    assert not fitted[40:].any()


def test_fit_unknown_way_is_refused() -> None:
    with pytest.raises(ArgumentError, match="fit must be one of cover, contain, stretch, got 'crop'"):
        fit(photo(), 20, 20, "crop")


@pytest.mark.parametrize("size", [(40, 30), (39, 30), (20, 15), (7, 3), (1, 1), (80, 60)])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_shrink_any_size_keeps_the_mean(size: tuple[int, int], channels: tuple[int, ...]) -> None:
    image = cv2.GaussianBlur(photo(80, 60), (0, 0), 3)
    plane = image if channels else np.ascontiguousarray(image[..., 1])
    small = shrink(plane, *size)
    assert (small.shape, small.dtype) == ((size[1], size[0], *channels), np.uint8)
    assert small.mean() == pytest.approx(plane.mean(), abs=4)


def test_shrink_fine_stripes_do_not_alias() -> None:
    stripes = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert np.abs(shrink(stripes, 9, 9).astype(int) - 128).max() <= 1


def test_check_image_good_image_is_returned_itself() -> None:
    image = photo()
    assert check_image(image) is image


def test_check_image_read_only_image_is_copied() -> None:
    image = photo()
    image.flags.writeable = False
    checked = check_image(image[:, ::-1])
    assert checked.flags.writeable
    assert checked.flags.c_contiguous
    np.testing.assert_array_equal(checked, image[:, ::-1])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.full((2, 2, 3), 128.0), "128 to 128"),
        (np.array([[0, 200.5]], np.float32), "0 to 200.5"),
        (np.full((2, 2), 1.5, np.float16), r"1\.5 to 1\.5"),
        (np.array([[-3.0, 0.5]]), "-3 to 0.5"),
    ],
)
def test_to_bgr_image_floats_outside_0_and_1_are_refused(values: Any, found: str) -> None:
    message = rf"an image of floats must lie between 0 and 1, got {found}: if 255 is white, give image\.clip"
    with pytest.raises(ArgumentError, match=message):
        to_bgr_image(values)


@pytest.mark.parametrize(("value", "grey"), [(np.float64(7), 255), (np.float16(-1), 0)])
def test_to_bgr_image_floats_of_a_file_are_clipped(value: Any, grey: int) -> None:
    assert (to_bgr_image(np.full((2, 3), value), clips=True) == grey).all()


def test_to_bgr_image_floats_just_outside_are_clipped() -> None:
    assert to_bgr_image(np.array([[-0.2, 1.2, np.nan]]))[0, :, 0].tolist() == [0, 255, 0]
