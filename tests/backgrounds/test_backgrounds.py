"""What goes behind: blur that keeps the person out, colours, pictures of any kind, folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain import FramechainWarning
from framechain.backgrounds import Blur, Color, Gallery, Picture
from framechain.errors import ArgumentError, ArgumentTypeError, FramechainError, MediaError, MissingInputError

FRAME = np.zeros((90, 160, 3), np.uint8)


def nobody(frame: Any) -> Any:
    return np.zeros(frame.shape[:2], np.uint8)


# Blur


@pytest.mark.parametrize("kernel", [3, 9, 35, 45, 151])
@pytest.mark.parametrize("name", ["portrait.jpg", "background.jpg"])
def test_where_nobody_is_it_is_opencvs_gaussian_blur(kernel: int, name: str, samples: Path) -> None:
    picture = cv2.imread(str(samples / name))
    expected = cv2.GaussianBlur(picture, (kernel, kernel), 0.0).astype(float)
    difference = np.abs(Blur(kernel)(picture, nobody(picture)) - expected)
    assert difference.mean() < 1.3
    assert np.percentile(difference, 99.9) < 9
    assert difference.max() < 16


def test_a_kernel_of_one_does_nothing() -> None:
    picture = photo()
    np.testing.assert_array_equal(Blur(1)(picture, nobody(picture)), picture)


def test_width_and_height_are_blurred_apart() -> None:
    stripe = np.zeros((120, 120, 3), np.uint8)
    stripe[:, 60] = stripe[60] = 255
    wide = Blur((35, 1))(stripe, nobody(stripe)).astype(int)
    assert wide[60, 20, 0] == 255
    assert 0 < wide[20, 60, 0] < 60
    np.testing.assert_array_equal(Blur((1, 35))(stripe, nobody(stripe)), wide.transpose(1, 0, 2))


@pytest.mark.parametrize("kernel", [15, 35, 45, 75, 151])
@pytest.mark.parametrize("left", range(100, 108))
def test_a_bright_person_does_not_smear_into_a_dark_background(kernel: int, left: int) -> None:
    frame = np.full((180, 320, 3), 20, np.uint8)
    alpha = nobody(frame)
    frame[60:, left:200], alpha[60:, left:200] = 250, 255
    behind = alpha == 0
    assert cv2.GaussianBlur(frame, (kernel, kernel), 0)[behind].max() > 100  # What the person would do to it.
    blurred = Blur(kernel)(frame, alpha)
    assert blurred[behind].max() <= 30
    # What a soft edge lets through is the background as well.
    assert blurred[100, left + 1].max() <= 40


def test_a_person_everywhere_leaves_a_picture() -> None:
    picture = photo()
    blurred = Blur(15)(picture, np.full(picture.shape[:2], 255, np.uint8))
    assert np.abs(blurred - cv2.GaussianBlur(picture, (15, 15), 0).astype(float)).mean() < 2


@pytest.mark.parametrize("kernel", [(35, 35), [35, 35], 35, np.int64(35), np.array([35, 35])])
def test_kernels_that_are_understood(kernel: Any) -> None:
    assert Blur(kernel).kernel == (35, 35)


@pytest.mark.parametrize(
    "kernel",
    [(34, 35), (35, 34), (-35, -35), 0, (0, 1), (35,), (35, 35, 35), (3.0, 3.0), (True, True), "35", None, 3.5],
)
def test_kernels_that_are_refused(kernel: Any) -> None:
    with pytest.raises(
        ArgumentError, match=r"must be two odd numbers of at least 1, such as \(35, 35\), got"
    ) as caught:
        Blur(kernel)
    assert isinstance(caught.value, ValueError)


# Colour


@pytest.mark.parametrize("bgr", [(1, 2, 3), [1, 2, 3], np.array([1, 2, 3]), (1.2, 1.9, 3)])
def test_a_colour_fills_the_frame(bgr: Any) -> None:
    behind = Color(bgr)
    for size in ((90, 160), (5, 3)):
        result = behind(np.zeros((*size, 3), np.uint8))
        assert result.shape == (*size, 3)
        assert (result == (1, 2, 3)).all()


@pytest.mark.parametrize(
    "bgr", [(1, 2), (1, 2, 3, 4), (0, 0, 256), (-1, 0, 0), (0, float("nan"), 0), "red", 7, (1, "2", 3)]
)
def test_colours_that_are_refused(bgr: Any) -> None:
    with pytest.raises(ArgumentError, match=r"bg_color must be \(blue, green, red\) with numbers from 0 to 255"):
        Color(bgr)


# Pictures


def disc(width: int, height: int) -> Any:
    """A white disc in the middle of a grey picture."""
    picture = np.full((height, width, 3), 90, np.uint8)
    return cv2.circle(picture, (width // 2, height // 2), min(width, height) // 3, (255, 255, 255), cv2.FILLED)


def extent(picture: Any) -> tuple[int, int]:
    """Width and height of the white disc."""
    rows, columns = np.nonzero(picture[..., 0] > 170)
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


SHAPES = [(600, 200), (200, 600), (1600, 1600), (1601, 403), (40, 30), (160, 90)]


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("frame", [(160, 90), (90, 160), (101, 57)])
def test_a_picture_covers_the_frame_without_being_stretched(size: tuple[int, int], frame: tuple[int, int]) -> None:
    result = Picture(disc(*size))(np.zeros((frame[1], frame[0], 3), np.uint8))
    assert result.shape == (frame[1], frame[0], 3)
    assert result.min() > 40  # No bare rim; enlarging may overshoot at the disc.
    scale = max(frame[0] / size[0], frame[1] / size[1])
    diameter = scale * (2 * (min(size) // 3) + 1)
    for seen, room in zip(extent(result), frame, strict=True):
        assert seen == pytest.approx(min(diameter, room), abs=2 + scale)


def test_a_picture_is_stretched_or_fitted_inside_by_option() -> None:
    wide, tall = extent(Picture(disc(400, 100), fit="stretch")(FRAME))
    assert wide / tall == pytest.approx((160 / 400) / (90 / 100), abs=0.08)
    inside = Picture(disc(400, 100), fit="contain")(FRAME)
    wide, tall = extent(inside)
    assert wide == pytest.approx(tall, abs=2)
    assert not inside[:24].any()
    assert not inside[-24:].any()
    assert inside[26:64].all()
    with pytest.raises(ArgumentError, match="fit must be one of cover, contain, stretch, got 'crop'"):
        Picture(FRAME, fit="crop")


def test_a_picture_of_the_frames_size_is_taken_as_it_is() -> None:
    picture = photo(160, 90)
    np.testing.assert_array_equal(Picture(picture)(FRAME), picture)


def grey_alpha() -> Any:
    picture = np.full((90, 160, 4), 40, np.uint8)
    picture[:, 80:, 3], picture[:, :80, 3] = 255, 0
    return picture


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
def test_pictures_of_every_kind(kind: str, stored: bool, tmp_path: Path) -> None:
    pixels, left, right = KINDS[kind]
    path = tmp_path / "wall.png"
    assert cv2.imwrite(str(path), pixels)
    result = Picture(path if stored else pixels)(FRAME)
    assert result.dtype == np.uint8
    assert result[45, 20].tolist() == left
    assert result[45, 140].tolist() == right


def test_pictures_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "note.jpg").write_text("not a picture")
    with pytest.raises(MissingInputError, match=r"background picture not found: .*nowhere\.jpg"):
        Picture(tmp_path / "nowhere.jpg")
    with pytest.raises(MediaError, match=r"cannot read .*note\.jpg: it is no picture"):
        Picture(tmp_path / "note.jpg")
    with pytest.raises(MediaError, match="it is a folder"):
        Picture(tmp_path)
    with pytest.raises(ArgumentTypeError, match="bg_image must be a path or a numpy array, got int"):
        Picture(7)  # type: ignore[arg-type]
    with pytest.raises(ArgumentTypeError, match=r"1, 3 or 4 channels, got shape \(4, 4, 2\)"):
        Picture(np.zeros((4, 4, 2), np.uint8))


# Folders


def folder_of(folder: Path, *names: str) -> Path:
    """A folder of flat pictures, the first of value 10, the second of 20 and so on."""
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names, 1):
        assert cv2.imwrite(str(folder / name), np.full((90, 160, 3), 10 * number, np.uint8))
    return folder


def shown(gallery: Gallery) -> int:
    return int(gallery(FRAME)[0, 0, 0])


def test_a_folder_is_shown_in_the_natural_order_and_wraps(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "rooms", "room 10.png", "room 2.PNG", "Room 1.png", "beach.png")
    (folder / "notes.txt").write_text("not a picture")
    (folder / "clip.mp4").write_bytes(b"not a picture")
    (folder / "room 3.png.d").mkdir()
    gallery = Gallery(folder)
    assert [Path(path).name for path in gallery.paths] == ["beach.png", "Room 1.png", "room 2.PNG", "room 10.png"]
    seen = [shown(gallery)]
    for _ in range(4):
        assert gallery.step() is True
        seen.append(shown(gallery))
    assert seen == [40, 30, 20, 10, 40]
    assert gallery.step(False) is True
    assert shown(gallery) == 10


def test_more_pictures_than_are_kept_come_back_right(tmp_path: Path) -> None:
    gallery = Gallery(folder_of(tmp_path, *(f"{number}.png" for number in range(12))))
    forth = [shown(gallery) for _ in range(25) if gallery.step()]
    assert forth == [10 * (turn % 12 + 1) for turn in range(1, 26)]
    back = [shown(gallery) for _ in range(13) if gallery.step(False)]
    assert back == [10 * (turn % 12 + 1) for turn in range(24, 11, -1)]


def test_the_keys_a_and_d_step(tmp_path: Path) -> None:
    gallery = Gallery(folder_of(tmp_path, "1.png", "2.png", "3.png"))
    assert [(gallery.on_key(key), shown(gallery)) for key in "aadx"] == [
        (True, 20),
        (True, 30),
        (True, 20),
        (False, 20),
    ]


def test_a_single_picture_cannot_be_stepped(tmp_path: Path) -> None:
    gallery = Gallery(folder_of(tmp_path, "only.png"))
    assert gallery.step() is False
    assert gallery.on_key("a") is False
    assert shown(gallery) == 10


@pytest.mark.parametrize("broken", ["1.png", "2.png", "3.png"])
@pytest.mark.parametrize("forward", [True, False])
def test_an_unreadable_picture_is_skipped_and_told(broken: str, forward: bool, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "1.png", "2.png", "3.png")
    (folder / broken).write_bytes(b"\x89PNG\r\n\x1a\n but not really")

    def browse() -> list[int]:
        gallery = Gallery(folder)
        return [shown(gallery)] + [shown(gallery) for _ in range(5) if gallery.step(forward)]

    with pytest.warns(FramechainWarning, match=rf"cannot read .*{broken}.*; skipped") as told:
        seen = browse()
    assert len(told) == 1
    left = [value for value in (10, 20, 30) if value != 10 * int(broken[0])]
    assert set(seen) == set(left)
    assert all(seen[turn] != seen[turn + 1] for turn in range(5))


def test_folders_with_nothing_to_show(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(MediaError, match=r"no picture in the background folder .*empty: put jpg, png or webp"):
        Gallery(empty)
    (empty / "notes.txt").write_text("hello")
    with pytest.raises(MediaError, match="no picture in the background folder"):
        Gallery(empty)
    (empty / "a.jpg").write_text("no picture")
    with pytest.raises(MediaError, match=r"no picture in the background folder .* can be read: cannot read"):
        Gallery(empty)
    with pytest.raises(MissingInputError, match=r"background folder not found: .*nowhere"):
        Gallery(tmp_path / "nowhere")
    with pytest.raises(
        FramechainError, match=r"bg_images_path must be a folder, .*notes.txt is a file: give it as bg_image"
    ):
        Gallery(empty / "notes.txt")
