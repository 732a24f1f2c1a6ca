"""Arrays as pictures of a page: decoded again, the pixels are those of the array."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo
from support.pages import Page, read_picture, read_url

from framechain import ArgumentError, ArgumentTypeError, Frame
from framechain.frame import make_image_info
from framechain.markup.elements import Element
from framechain.markup.pictures import LONGEST_SIDE, make_picture


def decode(element: Element) -> Any:
    (image,) = Page(element.html).find("img")
    pixels = read_picture(image["src"])
    assert (element.width, element.height) == (int(image["width"]), int(image["height"])) == pixels.shape[1::-1]
    assert image["alt"] == element.caption
    return pixels


def test_picture_of_bgr_keeps_every_pixel() -> None:
    image = photo()
    element = make_picture(image, "a photo")
    assert (decode(element) == image).all()
    assert element.caption == "a photo, 160x120"


@pytest.mark.parametrize(
    "grey",
    [
        np.array([[0, 51, 255]], np.uint8),
        np.array([[0, 0.2, 1]]),
        np.array([[[0], [0.2], [1]]], np.float32),
        np.array([[0, 13107, 65535]], np.uint16),
    ],
)
def test_picture_of_a_matte_is_grey(grey: Any) -> None:
    assert decode(make_picture(grey, ""))[0].tolist() == [[0] * 3, [51] * 3, [255] * 3]


def test_picture_of_a_mask_is_black_and_white() -> None:
    assert decode(make_picture(np.array([[False, True]]), ""))[0].tolist() == [[0] * 3, [255] * 3]


def test_picture_of_bgra_lies_over_the_checkerboard_of_a_frame() -> None:
    image, alpha = photo(), np.tile(np.arange(160, dtype=np.uint8), (120, 1))
    frame = Frame(make_image_info("frame", image), bgr=image)
    frame.alpha = alpha
    expected = frame.preview()
    assert (decode(make_picture(np.dstack([image, alpha]), "")) == expected).all()
    assert (expected[:16, :1] == 102).all()
    assert not (expected == image).all()


def test_picture_that_is_large_becomes_a_smaller_jpeg() -> None:
    image = photo(2000, 1000)
    element = make_picture(image, "large")
    assert (element.width, element.height) == (LONGEST_SIDE, 800)
    assert element.caption == "large, 2000x1000 (shown as 1600x800)"
    mime_type, content = read_url(Page(element.html).find("img")[0]["src"])
    assert mime_type == "image/jpeg"
    assert len(content) < 500_000
    expected = cv2.resize(image, (1600, 800), interpolation=cv2.INTER_AREA)
    assert np.abs(decode(element).astype(int) - expected).mean() < 2


def test_picture_that_is_large_and_flat_keeps_every_pixel() -> None:
    image = np.zeros((1500, 1600, 3), np.uint8)
    image[300:, 200:] = (250, 120, 3)
    assert (decode(make_picture(image, "")) == image).all()


@pytest.mark.parametrize(
    ("pixels", "error"),
    [
        (np.zeros((2, 2), np.int64), ArgumentTypeError),
        (np.full((2, 2), 200.0), ArgumentError),
        (np.zeros((2, 2, 5), np.uint8), ArgumentTypeError),
        (np.zeros((0, 2, 4), np.uint8), ArgumentTypeError),
    ],
)
def test_picture_of_no_image_is_an_error(pixels: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="image"):
        make_picture(pixels, "")
