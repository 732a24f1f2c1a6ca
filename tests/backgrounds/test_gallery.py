"""Gallery: the order of a folder's images, stepping, images that cannot be read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from framechain import FramechainWarning
from framechain.backgrounds import Gallery
from framechain.errors import FramechainError, MediaError, MissingInputError

FRAME = np.zeros((90, 160, 3), np.uint8)


def make_folder(folder: Path, *names: str) -> Path:
    """Make a folder of flat images, the first of value 10, the second of 20 and so on."""
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names, 1):
        assert cv2.imwrite(str(folder / name), np.full((90, 160, 3), 10 * number, np.uint8))
    return folder


def read_shown(gallery: Gallery) -> int:
    return int(gallery(FRAME)[0, 0, 0])


@pytest.mark.slow
def test_gallery_order_is_natural_and_wraps(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "rooms", "room 10.png", "room 2.PNG", "Room 1.png", "beach.png")
    (folder / "notes.txt").write_text("not an image")
    (folder / "clip.mp4").write_bytes(b"not an image")
    (folder / "room 3.png.d").mkdir()
    gallery = Gallery(folder)
    assert [Path(path).name for path in gallery.paths] == ["beach.png", "Room 1.png", "room 2.PNG", "room 10.png"]
    seen = [read_shown(gallery)]
    for _ in range(4):
        assert gallery.step() is True
        seen.append(read_shown(gallery))
    assert seen == [40, 30, 20, 10, 40]
    assert gallery.step(False) is True
    assert read_shown(gallery) == 10


def test_gallery_more_images_than_are_kept_in_memory_stay_in_order(tmp_path: Path) -> None:
    gallery = Gallery(make_folder(tmp_path, *(f"{number}.png" for number in range(12))))
    forth = [read_shown(gallery) for _ in range(25) if gallery.step()]
    assert forth == [10 * (turn % 12 + 1) for turn in range(1, 26)]
    back = [read_shown(gallery) for _ in range(13) if gallery.step(False)]
    assert back == [10 * (turn % 12 + 1) for turn in range(24, 11, -1)]


def test_gallery_keys_a_and_d_step(tmp_path: Path) -> None:
    gallery = Gallery(make_folder(tmp_path, "1.png", "2.png", "3.png"))
    assert [(gallery.on_key(key), read_shown(gallery)) for key in "aadx"] == [
        (True, 20),
        (True, 30),
        (True, 20),
        (False, 20),
    ]


def test_gallery_single_image_cannot_be_stepped(tmp_path: Path) -> None:
    gallery = Gallery(make_folder(tmp_path, "only.png"))
    assert gallery.step() is False
    assert gallery.on_key("a") is False
    assert read_shown(gallery) == 10


@pytest.mark.parametrize("broken", ["1.png", "2.png", "3.png"])
@pytest.mark.parametrize("forward", [True, False])
def test_gallery_unreadable_image_is_skipped_with_a_warning(broken: str, forward: bool, tmp_path: Path) -> None:
    folder = make_folder(tmp_path, "1.png", "2.png", "3.png")
    (folder / broken).write_bytes(b"\x89PNG\r\n\x1a\n but not really")

    def browse() -> list[int]:
        gallery = Gallery(folder)
        return [read_shown(gallery)] + [read_shown(gallery) for _ in range(5) if gallery.step(forward)]

    with pytest.warns(FramechainWarning, match=rf"cannot read .*{broken}.*; skipped") as caught:
        seen = browse()
    assert len(caught) == 1
    left = [value for value in (10, 20, 30) if value != 10 * int(broken[0])]
    assert set(seen) == set(left)
    assert all(seen[turn] != seen[turn + 1] for turn in range(5))


def test_gallery_folder_without_images_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(MediaError, match=r"no image in the background folder .*empty: put jpg, png or webp"):
        Gallery(empty)
    (empty / "notes.txt").write_text("hello")
    with pytest.raises(MediaError, match="no image in the background folder"):
        Gallery(empty)
    (empty / "a.jpg").write_text("no image")
    with pytest.raises(MediaError, match=r"no image in the background folder .* can be read: cannot read"):
        Gallery(empty)
    with pytest.raises(MissingInputError, match=r"background folder not found: .*nowhere"):
        Gallery(tmp_path / "nowhere")
    with pytest.raises(
        FramechainError, match=r"bg_images_path must be a folder, .*notes.txt is a file: give it as bg_image"
    ):
        Gallery(empty / "notes.txt")
