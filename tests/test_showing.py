"""`framechain.show`: what a notebook shows of images, videos, runs, mattes and lists of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest
from support.media import photo, photos, write_clip
from support.pages import Page, read_picture, read_url

import framechain
from framechain import ArgumentError, ArgumentTypeError, Engine, FPSmetric, FramechainError, MissingInputError, show
from framechain.mattes import ChromaKey
from framechain.showing import MOST_IN_A_GRID

GREEN = (0, 255, 0)


def page_of(*arguments: Any, **options: Any) -> Page:
    return Page(show(*arguments, **options)._repr_html_())


def pictures(page: Page) -> list[Any]:
    return [read_picture(image["src"]) for image in page.find("img")]


def make_scene() -> Any:
    """A blue square before green: uint8 (48, 64, 3)."""
    scene = np.full((48, 64, 3), GREEN, np.uint8)
    scene[12:36, 20:44] = (200, 60, 30)
    return scene


class LeftHalf(framechain.Matte):
    def __init__(self) -> None:
        self.level, self.note, self.closed = 0.25, "<b>", 0

    @property
    def tunables(self) -> list[framechain.Tunable]:
        return [framechain.Tunable("level", lambda: self.level, lambda value: None, 0, 1)]

    def close(self) -> None:
        self.closed += 1

    def __call__(self, frame: Any) -> Any:
        alpha = np.zeros(frame.shape[:2], np.uint8)
        alpha[:, : frame.shape[1] // 2] = 255
        return alpha


def test_show_of_an_array_is_its_picture() -> None:
    view = show(photo())
    assert repr(view) == "<View of 160x120>"
    (picture,) = pictures(Page(view.html))
    assert (picture == photo()).all()


def test_show_of_a_path_is_the_file(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), photo())
    for given in (tmp_path / "a.png", str(tmp_path / "a.png")):
        assert (pictures(page_of(given))[0] == photo()).all()


def test_show_of_bytes_or_an_open_file_is_embedded(tmp_path: Path) -> None:
    path = Path(write_clip(tmp_path / "a.mp4", photos(3)))
    with open(path, "rb") as file:
        for given in (path.read_bytes(), file):
            (video,) = page_of(given, embed=False).find("video")
            assert read_url(video["src"])[1] == path.read_bytes()


def test_show_of_a_frame_is_its_picture_over_the_checkerboard() -> None:
    frame = next(iter(framechain.read([photo()])))
    frame.alpha = np.full((120, 160), 100, np.uint8)
    (picture,) = pictures(page_of(frame))
    assert (picture == frame.preview()).all()


def test_frame_shows_the_alpha_of_its_matte() -> None:
    frame = next(iter(framechain.read([make_scene()], objects=[framechain.FindMatte(ChromaKey())])))
    page = Page(frame._repr_html_())
    image, alpha = pictures(page)
    assert (image == make_scene()).all()
    assert (alpha[..., 0] == frame.matte_alpha).all()
    assert "frame 0 of " in page.text


def test_show_of_the_original_too_is_a_comparison() -> None:
    image = photo()
    page = page_of(255 - image, image)
    assert page.has("framechain-compare")
    before, after = pictures(page)
    assert (before == image).all()
    assert (after == 255 - image).all()
    assert page_of(255 - image, image, slider=False).has("framechain-compare") is False


def test_show_of_a_run_takes_the_original_that_is_given(tmp_path: Path) -> None:
    result = Engine(source=photo(), output_path=tmp_path / "a.png", custom_objects=[lambda frame: 255 - frame]).run()
    assert len(pictures(page_of(result))) == 1
    before, after = pictures(page_of(result, photo()))
    assert (before == photo()).all()
    assert (after == 255 - photo()).all()


@pytest.mark.parametrize("kind", [list, tuple, np.stack, iter])
def test_show_of_several_images_is_a_grid(kind: Any) -> None:
    images = photos(3)
    page = page_of(kind(images))
    assert page.has("framechain-grid")
    assert all((found == given).all() for found, given in zip(pictures(page), images, strict=True))


def test_show_of_a_long_list_shows_its_beginning() -> None:
    page = page_of(np.zeros((2, 2), np.uint8) for _ in iter(int, 1))
    assert len(page.find("img")) == MOST_IN_A_GRID
    assert f"These are the first {MOST_IN_A_GRID}." in page.text


def test_show_of_several_large_images_makes_them_smaller() -> None:
    assert [picture.shape for picture in pictures(page_of([photo(1200, 300), photo(480, 270)]))] == [
        (120, 480, 3),
        (270, 480, 3),
    ]


def test_matte_shows_its_settings() -> None:
    page = Page(LeftHalf()._repr_html_())
    rows = [line for line in page.text.split("\n") if line]
    assert rows == [
        "LeftHalf",
        "edge",
        "none, its values are alpha",
        "level",
        "0.25 (0 to 1)",
        "note",
        "'<b>'",
        "closed",
        "0",
    ]
    assert page.text == page_of(LeftHalf()).text
    assert "threshold 0.6, softness 0.3" in Page(framechain.mattes.KNN()._repr_html_()).text
    assert "learn the empty scene again" in Page((~framechain.mattes.KNN())._repr_html_()).text


def test_object_shows_its_settings() -> None:
    assert "FPSmetric" in Page(FPSmetric()._repr_html_()).text


def test_show_of_a_matte_and_an_image_is_the_image_its_alpha_and_the_cut_out() -> None:
    scene, matte = make_scene(), LeftHalf()
    page = page_of(matte, scene)
    image, alpha, cut_out = pictures(page)
    assert (image == scene).all()
    assert (alpha[:, :32] == 255).all()
    assert (alpha[:, 32:] == 0).all()
    assert (cut_out[:, :32] == scene[:, :32]).all()
    assert set(np.unique(cut_out[:, 32:])) == {102, 153}
    assert matte.closed == 1
    assert "level" in page.text


def test_show_of_a_matte_and_a_video_takes_its_first_frame(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", photos(3))
    page = page_of(LeftHalf(), tmp_path / "a.mp4")
    assert len(page.find("img")) == 3
    assert "a.mp4, 160x120" in page.text


def test_show_of_the_address_of_a_file_links_it() -> None:
    (video,) = page_of('https://example.org/a.mp4?x="1"').find("video")
    assert video["src"] == 'https://example.org/a.mp4?x="1"'
    assert page_of("http://example.org/a.png").find("img")[0]["src"] == "http://example.org/a.png"


@pytest.mark.parametrize(
    ("thing", "error", "message"),
    [
        (None, ArgumentTypeError, "cv2.imread and the like give None"),
        (3.5, ArgumentTypeError, r"show takes an array, a Frame, .*, got 3.5"),
        ({}, ArgumentTypeError, "show takes an array"),
        ([], ArgumentError, "the list is empty"),
        ([None], ArgumentTypeError, "cv2.imread"),
        ("", ArgumentError, "the path to show is empty"),
        ("missing.jpg", MissingInputError, "missing.jpg"),
        ("rtsp://10.0.0.7/live", ArgumentError, "is a stream: show a frame of it"),
        (PIL.Image.new("RGB", (8, 8)), ArgumentTypeError, r"np.asarray\(image.convert"),
        (FPSmetric(), ArgumentTypeError, r"got FPSmetric: to see what an object does, show Engine"),
    ],
)
def test_show_of_what_cannot_be_shown_is_an_error(thing: Any, error: type[FramechainError], message: str) -> None:
    with pytest.raises(error, match=message):
        show(thing)


def test_show_of_a_matte_with_a_camera_or_nothing_that_is_an_image_is_an_error() -> None:
    with pytest.raises(ArgumentTypeError, match="a source must be"):
        show(LeftHalf(), 3.5)
    with pytest.raises(ArgumentError, match="download it to embed it"):
        show("https://example.org/a.mp4", embed=True)
