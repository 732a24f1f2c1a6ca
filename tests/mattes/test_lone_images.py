"""Frames of a video that are handed over one by one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from support.media import photos

from framechain import Engine, FramechainWarning, MPSegmentation
from framechain.mattes import MediaPipeMatte
from framechain.mattes.lone_images import LoneImages
from framechain.mattes.selfie import matte as matte_module


@pytest.fixture(autouse=True)
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the model finds does not matter here, and it would take seconds."""
    monkeypatch.setattr(matte_module, "estimate_still", lambda view, *_: np.zeros((view.height, view.width), np.uint8))


def count_warnings(images: list[Any], call: Any) -> int:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for image in images:
            call(image)
    return sum("look like frames of a video" in str(warning.message) for warning in caught)


@pytest.mark.filterwarnings("ignore::framechain.FramechainWarning")
def test_lone_images_frames_through_custom_processing_are_one_warning() -> None:
    engine = Engine(custom_objects=[MPSegmentation()])
    assert count_warnings(photos(35), engine.custom_processing) == 1


def test_lone_images_warning_is_at_the_line_of_the_program() -> None:
    matte = MediaPipeMatte()
    with pytest.warns(FramechainWarning, match="15 images in a row") as caught:
        _ = [matte(image) for image in photos(17)]
    assert caught[0].filename == __file__


@pytest.mark.parametrize("how", ["one image again", "photos", "sizes"])
def test_lone_images_that_are_no_video_are_no_warning(how: str) -> None:
    generator = np.random.default_rng(1)
    images = LoneImages()

    def note(index: int) -> None:
        levels = np.full((18, 32), 90, np.uint8)
        if how == "photos":
            levels = generator.integers(0, 256, (18, 32), np.uint8)
        elif how == "sizes":
            levels[0, 0] = index
        images.note("matte", (640 + index * (how == "sizes"), 360), levels)

    assert count_warnings(list(range(40)), note) == 0


def test_lone_images_with_a_quality_of_their_own_are_no_warning() -> None:
    with MediaPipeMatte(quality="best") as matte:
        assert count_warnings(photos(17), matte) == 0
