"""framechain.cut_out: the people of one image."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import flats, write_clip

import framechain
from framechain import (
    ArgumentError,
    ArgumentTypeError,
    BackgroundReplacement,
    MediaError,
    MissingInputError,
)
from framechain.backgrounds import Color, Transparent
from framechain.mattes import MediaPipeMatte


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Any:
    return cv2.imread(str(samples / "portrait.jpg"))


@pytest.mark.parametrize("quality", ["fast", "best"])
def test_cut_out_is_bgra_with_decontaminated_edges(quality: str, portrait: Any) -> None:
    found = framechain.cut_out(portrait, quality=quality)
    assert (found.dtype, found.shape) == (np.uint8, (*portrait.shape[:2], 4))
    assert found[60, 225, 3] == 255  # The hair.
    assert found[20, 20, 3] == 0
    expected = BackgroundReplacement(MediaPipeMatte(quality=quality), Transparent())(portrait)
    assert np.array_equal(found, expected)
    edge = (found[..., 3] > 20) & (found[..., 3] < 235)
    assert edge.any()
    # The wall is light: what is mixed with it becomes darker where it is taken out.
    assert found[edge][:, :3].mean() < portrait[edge].mean()


def test_cut_out_takes_paths_arrays_bytes_and_open_files(samples: Path, portrait: Any) -> None:
    path = samples / "portrait.jpg"
    expected = framechain.cut_out(portrait, quality="fast")
    before = sorted(os.listdir(samples))
    with path.open("rb") as file:
        for given in (path, str(path), path.read_bytes(), file, io.BytesIO(path.read_bytes())):
            assert np.array_equal(framechain.cut_out(given, quality="fast"), expected)
    assert sorted(os.listdir(samples)) == before


def test_cut_out_background_of_any_kind_is_composited(samples: Path, portrait: Any, tmp_path: Path) -> None:
    room = np.full((300, 300, 3), (10, 200, 30), np.uint8)
    cv2.imwrite(str(tmp_path / "room.png"), room)
    content = (tmp_path / "room.png").read_bytes()
    colour = (10, 200, 30)
    expected = BackgroundReplacement(MediaPipeMatte(quality="fast"), Color(colour))(portrait)
    backgrounds: list[Any] = [colour, list(colour), np.array(colour), room, tmp_path / "room.png", content]
    for background in [*backgrounds, io.BytesIO(content), Color(colour), lambda frame: np.full_like(frame, colour)]:
        found = framechain.cut_out(portrait, background, quality="fast")
        assert found.shape == portrait.shape
        assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("nobody.jpg",), MissingInputError, "nobody.jpg"),
        ((b"a letter",), MediaError, "cannot read the given bytes: it is not an image"),
        (([1, 2],), ArgumentTypeError, "an iterable of arrays is a video, and an image was asked for"),
        ((5,), ArgumentTypeError, "5 is a camera's number, and an image was asked for"),
        ((np.zeros((4, 4, 3), np.uint8), (1, 2)), ArgumentError, "must be .blue, green, red."),
        ((np.zeros((4, 4, 3), np.uint8), 5), ArgumentTypeError, "background must be .blue, green, red., a path, "),
        ((np.zeros((4, 4, 3), np.uint8), "nowhere.png"), MissingInputError, "nowhere.png"),
    ],
)
def test_cut_out_wrong_arguments_are_errors(arguments: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        framechain.cut_out(*arguments)


def test_cut_out_video_and_unknown_quality_are_errors(tmp_path: Path, portrait: Any) -> None:
    path = write_clip(tmp_path / "clip.mp4", flats(3))
    for given in (path, Path(path).read_bytes()):
        with pytest.raises(MediaError, match="it is a video, not an image: Engine"):
            framechain.cut_out(given)
    with pytest.raises(ArgumentError, match="quality must be 'fast', 'balanced', 'best'"):
        framechain.cut_out(portrait, quality="finest")


@pytest.mark.filterwarnings("ignore::framechain.FramechainWarning")
def test_cut_out_without_a_person_is_transparent() -> None:
    assert framechain.cut_out(np.full((90, 160, 3), 128, np.uint8))[..., 3].max() == 0


def test_cut_out_in_threads_gives_the_same(portrait: Any) -> None:
    expected = framechain.cut_out(portrait, quality="balanced")
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(lambda _: framechain.cut_out(portrait, quality="balanced"), range(3)):
            assert np.array_equal(found, expected)
