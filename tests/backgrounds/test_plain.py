"""Color and Picture: colours, images of any kind, fitting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain.backgrounds import Color, Picture
from framechain.errors import ArgumentError, ArgumentTypeError, MediaError, MissingInputError

FRAME = np.zeros((90, 160, 3), np.uint8)


@pytest.mark.parametrize("bgr", [(1, 2, 3), [1, 2, 3], np.array([1, 2, 3]), (1.2, 1.9, 3)])
def test_color_fills_the_frame(bgr: Any) -> None:
    background = Color(bgr)
    for size in ((90, 160), (5, 3)):
        result = background(np.zeros((*size, 3), np.uint8))
        assert result.shape == (*size, 3)
        assert (result == (1, 2, 3)).all()


@pytest.mark.parametrize(
    "bgr", [(1, 2), (1, 2, 3, 4), (0, 0, 256), (-1, 0, 0), (0, float("nan"), 0), "red", 7, (1, "2", 3)]
)
def test_color_wrong_value_is_refused(bgr: Any) -> None:
    with pytest.raises(ArgumentError, match=r"bg_color must be \(blue, green, red\) with numbers from 0 to 255"):
        Color(bgr)


def make_disc(width: int, height: int) -> Any:
    """Draw a white disc in the middle of a grey image."""
    image = np.full((height, width, 3), 90, np.uint8)
    return cv2.circle(image, (width // 2, height // 2), min(width, height) // 3, (255, 255, 255), cv2.FILLED)


def measure_disc(image: Any) -> tuple[int, int]:
    """Measure width and height of the white disc."""
    rows, columns = np.nonzero(image[..., 0] > 170)
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


SHAPES = [(600, 200), (200, 600), (1600, 1600), (1601, 403), (40, 30), (160, 90)]


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("frame", [(160, 90), (90, 160), (101, 57)])
def test_picture_covers_the_frame_without_being_stretched(size: tuple[int, int], frame: tuple[int, int]) -> None:
    result = Picture(make_disc(*size))(np.zeros((frame[1], frame[0], 3), np.uint8))
    assert result.shape == (frame[1], frame[0], 3)
    assert result.min() > 40  # No border is left bare; enlarging may overshoot at the disc.
    scale = max(frame[0] / size[0], frame[1] / size[1])
    diameter = scale * (2 * (min(size) // 3) + 1)
    for seen, room in zip(measure_disc(result), frame, strict=True):
        assert seen == pytest.approx(min(diameter, room), abs=2 + scale)


def test_picture_fit_stretches_or_contains() -> None:
    wide, tall = measure_disc(Picture(make_disc(400, 100), fit="stretch")(FRAME))
    assert wide / tall == pytest.approx((160 / 400) / (90 / 100), abs=0.08)
    inside = Picture(make_disc(400, 100), fit="contain")(FRAME)
    wide, tall = measure_disc(inside)
    assert wide == pytest.approx(tall, abs=2)
    assert not inside[:24].any()
    assert not inside[-24:].any()
    assert inside[26:64].all()
    with pytest.raises(ArgumentError, match="fit must be one of cover, contain, stretch, got 'crop'"):
        Picture(FRAME, fit="crop")


def test_picture_of_the_frames_size_is_not_changed() -> None:
    image = photo(160, 90)
    np.testing.assert_array_equal(Picture(image)(FRAME), image)


def grey_alpha() -> Any:
    image = np.full((90, 160, 4), 40, np.uint8)
    image[:, 80:, 3], image[:, :80, 3] = 255, 0
    return image


KINDS: dict[str, tuple[Any, list[int], list[int]]] = {
    "grey": (np.full((90, 160), 77, np.uint8), [77] * 3, [77] * 3),
    "grey with an axis": (np.full((90, 160, 1), 77, np.uint8), [77] * 3, [77] * 3),
    "colour": (np.full((90, 160, 3), (9, 99, 199), np.uint8), [9, 99, 199], [9, 99, 199]),
    "alpha": (grey_alpha(), [255] * 3, [40] * 3),
    "16 bit grey": (np.full((90, 160), 77 * 257, np.uint16), [77] * 3, [77] * 3),
    "16 bit": (np.full((90, 160, 3), (9 * 257, 99 * 257, 65535), np.uint16), [9, 99, 255], [9, 99, 255]),
    "16 bit alpha": (grey_alpha().astype(np.uint16) * 257, [255] * 3, [40] * 3),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stored", [False, True])
def test_picture_of_every_kind_becomes_bgr(kind: str, stored: bool, tmp_path: Path) -> None:
    pixels, left, right = KINDS[kind]
    path = tmp_path / "wall.png"
    assert cv2.imwrite(str(path), pixels)
    result = Picture(path if stored else pixels)(FRAME)
    assert result.dtype == np.uint8
    assert result[45, 20].tolist() == left
    assert result[45, 140].tolist() == right


def test_picture_that_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.jpg").write_text("not an image")
    with pytest.raises(MissingInputError, match=r"background image not found: .*nowhere\.jpg"):
        Picture(tmp_path / "nowhere.jpg")
    with pytest.raises(MediaError, match=r"cannot read .*note\.jpg: it is not an image in a known format"):
        Picture(tmp_path / "note.jpg")
    with pytest.raises(MediaError, match="it is a folder"):
        Picture(tmp_path)
    with pytest.raises(ArgumentTypeError, match="bg_image must be a path or a numpy array, got int"):
        Picture(7)  # type: ignore[arg-type]
    with pytest.raises(ArgumentTypeError, match=r"1, 3 or 4 channels, got shape \(4, 4, 2\)"):
        Picture(np.zeros((4, 4, 2), np.uint8))
