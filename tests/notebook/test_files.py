"""Image and video files on a page: what is embedded is the file, and what is linked leads to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

import cv2
import numpy as np
import pytest
from support.media import photo, photos, psnr, see, write_clip
from support.pages import Page, read_picture, read_url

from framechain import ArgumentError, MediaError, MissingInputError
from framechain.markup.elements import Element
from framechain.notebook import allowance as allowances
from framechain.notebook.allowance import Allowance
from framechain.notebook.files import make_file_element


def make(path: Path, embed: bool | None = None) -> tuple[Element, str, dict[str, Any]]:
    """Return the element of a file, and its tag with its attributes."""
    element = make_file_element(str(path), Allowance(embed))
    page = Page(element.html)
    assert len(page.tags) == 1
    return element, *page.tags[0]


def write_image(path: Path, image: Any) -> Path:
    assert cv2.imwrite(str(path), image)
    return path


@pytest.mark.parametrize(("name", "mime_type"), [("a.jpg", "image/jpeg"), ("a.png", "image/png")])
def test_image_that_browsers_show_is_embedded_as_it_is(name: str, mime_type: str, tmp_path: Path) -> None:
    path = write_image(tmp_path / name, photo())
    element, tag, attributes = make(path)
    assert tag == "img"
    assert read_url(attributes["src"]) == (mime_type, path.read_bytes())
    assert (element.width, element.height, element.caption) == (160, 120, f"{path}, 160x120")


def test_image_with_alpha_keeps_it(tmp_path: Path) -> None:
    pixels = np.dstack([photo(), np.full((120, 160), 77, np.uint8)])
    _, _, attributes = make(write_image(tmp_path / "a.png", pixels))
    assert (read_picture(attributes["src"]) == pixels).all()


def test_image_that_browsers_do_not_show_is_decoded(tmp_path: Path) -> None:
    image = photo()
    _, _, attributes = make(write_image(tmp_path / "a.tiff", image), embed=False)
    assert (read_picture(attributes["src"]) == image).all()


def test_image_of_many_bytes_is_made_smaller_unless_all_of_it_is_asked_for(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (900, 1000, 3)).astype(np.uint8)
    path = write_image(tmp_path / "a.png", noise)
    mime_type, content = read_url(make(path)[2]["src"])
    assert mime_type == "image/jpeg"
    assert len(content) < path.stat().st_size
    assert read_url(make(path, embed=True)[2]["src"]) == ("image/png", path.read_bytes())


def test_video_is_embedded_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_clip(path, photos(5))
    element, tag, attributes = make(path)
    assert tag == "video"
    assert "controls" in attributes
    assert read_url(attributes["src"]) == ("video/mp4", path.read_bytes())
    assert (element.width, element.height, element.seconds, element.notes) == (160, 120, pytest.approx(0.2), ())


def test_animation_is_embedded_as_an_image(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.gif", photos(3), codec="gif", pix_fmt="rgb8")
    element, tag, attributes = make(tmp_path / "a.gif")
    assert tag == "img"
    assert read_url(attributes["src"]) == ("image/gif", (tmp_path / "a.gif").read_bytes())
    assert element.seconds is None


@pytest.mark.parametrize("kind", [".mp4", ".jpg"])
def test_file_with_a_strange_name_is_linked_relative_to_the_folder(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    path = folder / f'javascript:"1"#<b>ü{kind}'
    plain = tmp_path / f"a{kind}"
    if kind == ".mp4":
        write_clip(plain, photos(3))
    else:
        write_image(plain, photo())
    plain.rename(path)
    monkeypatch.chdir(tmp_path)
    _, _, attributes = make(path, embed=False)
    assert "javascript%3A%221%22%23%3Cb%3E" in attributes["src"]
    assert attributes["src"].isascii()
    assert Path(unquote(attributes["src"])) == path.relative_to(tmp_path)
    monkeypatch.chdir(folder)
    assert make(plain.rename(tmp_path / f"b{kind}") if plain.exists() else path, embed=False)[2]["src"].count("/") == 0


def test_video_above_the_limit_is_linked_with_its_first_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    write_clip(path, photos(3))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(allowances, "EMBED_LIMIT", path.stat().st_size - 1)
    element, _, attributes = make(path)
    assert attributes["src"] == "a.mp4"
    assert psnr(read_picture(attributes["poster"]), see(path).bgr()) > 40
    assert "embed=True" in element.notes[0]
    assert read_url(make(path, embed=True)[2]["src"])[1] == path.read_bytes()


def test_limit_counts_for_all_files_of_one_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    write_clip(path, photos(3))
    monkeypatch.setattr(allowances, "EMBED_LIMIT", int(path.stat().st_size * 1.5))
    allowance = Allowance()
    links = ["data:" not in Page(make_file_element(str(path), allowance).html).find("video")[0]["src"] for _ in "ab"]
    assert links == [False, True]


def test_video_that_browsers_do_not_play_gets_a_preview_and_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    write_clip(path, photos(5, 800, 600), codec="mpeg4")
    element, tag, attributes = make(path)
    assert (tag, element.width, element.height) == ("video", 640, 480)
    assert element.notes == ("This is a small preview of it: browsers do not play mpeg4 in avi.",)
    assert element.caption == f"{path}, 800x600, 0.2 s"
    (tmp_path / "seen.mp4").write_bytes(read_url(attributes["src"])[1])
    assert see(tmp_path / "seen.mp4").bgr().shape == (480, 640, 3)


def test_video_whose_preview_cannot_be_made_shows_its_first_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: str) -> None:
        raise MediaError("no encoder")

    monkeypatch.setattr("framechain.notebook.files.make_preview", fail)
    write_clip(tmp_path / "a.avi", photos(3), codec="mpeg4")
    element, tag, attributes = make(tmp_path / "a.avi")
    assert tag == "img"
    assert psnr(read_picture(attributes["src"]), see(tmp_path / "a.avi").bgr()) > 40
    assert element.notes == ("This is the first frame: browsers do not play mpeg4 in avi.",)


@pytest.mark.parametrize("name", ["a.jpg", "a.mp4", "a.txt"])
def test_file_that_is_missing_or_no_media_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=name):
        make(tmp_path / name)
    (tmp_path / name).write_text("no media at all")
    with pytest.raises(MediaError, match=name):
        make(tmp_path / name)


@pytest.mark.parametrize("embed", ["yes", 3, 0.5])
def test_allowance_of_another_kind_is_an_error(embed: Any) -> None:
    with pytest.raises(ArgumentError, match="embed must be True, False or None"):
        Allowance(embed)
