"""An image as a stream of one frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain.errors import ArgumentTypeError, MissingInputError
from framechain.sources.image import ImageSource


def test_image_source_gives_the_image_once(tmp_path: Path) -> None:
    path = str(tmp_path / "me.png")
    cv2.imwrite(path, photo(31, 20))
    source = ImageSource(path)
    assert source.path == source.info.name == path
    assert (source.info.kind, source.info.width, source.info.height, source.info.frame_count) == ("image", 31, 20, 1)
    (frame,) = source
    np.testing.assert_array_equal(frame.read_bgr(), photo(31, 20))
    assert list(source) == []
    assert source.shortfall() is None


def test_image_source_of_an_array_has_no_path() -> None:
    source = ImageSource(photo(31, 20), name="mine")
    assert source.path is None
    assert source.info.name == "mine"
    assert next(iter(source)).size == (31, 20)


def test_image_source_colour_profile_is_kept(tmp_path: Path) -> None:
    from PIL import Image, ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(photo(31, 20)).save(tmp_path / "me.png", icc_profile=profile)
    assert ImageSource(str(tmp_path / "me.png")).icc_profile == profile
    assert ImageSource(photo(31, 20)).icc_profile is None


def test_image_source_truncated_jpeg_is_a_shortfall(tmp_path: Path) -> None:
    path = tmp_path / "me.jpg"
    data = cv2.imencode(".jpg", photo(320, 240))[1].tobytes()
    path.write_bytes(data[: len(data) // 2])
    source = ImageSource(str(path))
    assert next(iter(source)).size == (320, 240)
    assert "me.jpg is damaged or cut short (its end is missing)" in (source.shortfall() or "")


def test_image_source_wrong_input_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"image not found: .*missing\.png"):
        ImageSource(str(tmp_path / "missing.png"))
    with pytest.raises(ArgumentTypeError, match="an image must be"):
        ImageSource(np.zeros((4, 4, 7), np.uint8))
