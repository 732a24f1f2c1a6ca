"""open_background: an image or a video, by the name and by whether a GIF moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.media import flats, write_clip

from framechain.backgrounds import Picture, Video
from framechain.backgrounds.open import open_background
from framechain.errors import ArgumentError, MissingInputError


def write_gif(path: Path, frames: int) -> Path:
    """Write a GIF of greys, 100 ms each."""
    images = [Image.fromarray(image[..., ::-1]) for image in flats(frames)]
    images[0].save(path, save_all=frames > 1, append_images=images[1:], duration=100, loop=0)
    return path


def test_open_background_of_what_moves_is_a_video(tmp_path: Path) -> None:
    for path in (write_gif(tmp_path / "moving.GIF", 4), write_clip(tmp_path / "clip.mp4", flats(1))):
        background = open_background(path, fit="contain")
        assert isinstance(background, Video)
        assert background.fit == "contain"
        background.close()


def test_open_background_of_a_gif_that_does_not_move_is_a_picture(tmp_path: Path) -> None:
    path = write_gif(tmp_path / "still.gif", 1)
    background = open_background(path, fit="stretch")
    assert isinstance(background, Picture)
    assert background.fit == "stretch"
    frame = np.zeros((90, 160, 3), np.uint8)
    np.testing.assert_array_equal(background(frame), Picture(path)(frame))


@pytest.mark.parametrize(
    ("name", "message"), [("wall.jpg", "background image not found"), ("sea.mp4", "background video not found")]
)
def test_open_background_that_is_missing_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=message):
        open_background(tmp_path / name)
    with pytest.raises(ArgumentError, match="fit must be"):
        open_background(tmp_path / name, fit="crop")
