"""How many earlier frames the result of each object depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from framechain import BackgroundReplacement, FindMatte, FrameObject, Matte, MPSegmentation
from framechain.adapters import adapt_object, get_memory
from framechain.backgrounds import Blur, Color, Transparent, Video
from framechain.mattes import (
    KNN,
    MOG2,
    ChromaKey,
    ContourFill,
    MediaPipeMatte,
    OtsuThreshold,
    ReferenceFrame,
    Region,
    RunningAverage,
    StrictMatte,
)
from framechain.objects.overlays import FPSmetric
from framechain.pixels.image import Image

GREEN = Color((0, 255, 0))
ROOM = np.zeros((90, 160, 3), np.uint8)


def find_history(thing: Callable[..., Any]) -> int | None:
    return get_memory(adapt_object(thing), "history")


class Darken(FrameObject):
    history = 0

    def __call__(self, frame: Image) -> Image:
        return frame // 2


class Brighten(Darken):
    def __call__(self, frame: Image) -> Image:
        return frame | 1


class Trail(FrameObject):
    """It remembers, and does not say so."""

    def __call__(self, frame: Image) -> Image:
        self.last = frame
        return frame


class Flicker(Trail):
    history = 1


class OwnColor(Color):
    def render(self, *arguments: Any) -> None:
        self.seen = arguments
        super().render(*arguments)


class OwnSelfie(MediaPipeMatte):
    def __call__(self, frame: Image) -> Any:
        return super().__call__(frame)


def plain(frame: Image) -> Image:
    return frame


def marked(frame: Image) -> Image:
    return frame


marked.history = 3  # type: ignore[attr-defined]


def strange(frame: Image) -> Image:
    return frame


strange.history = ["a", "list"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (plain, None),
        (marked, 3),
        (strange, None),
        (Darken(), 0),
        (Brighten(), 0),
        (Trail(), None),
        (Flicker(), 1),
        (FPSmetric(), 0),
        (MPSegmentation(quality="fast"), 0),
        (MPSegmentation(), MediaPipeMatte().memory),
        (MPSegmentation(foreground=marked), (MediaPipeMatte().memory or 0) + 3),
        (MPSegmentation(foreground=plain), None),
        (MPSegmentation(strict=True), None),
        (FindMatte(ContourFill()), 0),
        (BackgroundReplacement(ChromaKey(), Blur()), ChromaKey.memory),
        (BackgroundReplacement(ChromaKey(), Video("samples/clip.mp4")), ChromaKey.memory),
        (BackgroundReplacement(Region((0.0, 0.0, 0.5, 1.0)), Transparent()), 0),
        (BackgroundReplacement(Region((0.0, 0.0, 0.5, 1.0)), OwnColor((0, 255, 0))), None),
        (BackgroundReplacement(OwnSelfie(), GREEN), None),
        (BackgroundReplacement(plain, GREEN), None),
        (BackgroundReplacement(ContourFill(), plain), None),
        (FindMatte(Region((0.0, 0.0, 0.5, 1.0)) & ~ChromaKey()), ChromaKey.memory),
        (FindMatte(ContourFill() | plain), None),
        (FindMatte(ContourFill().map(np.flipud)), None),
        (FindMatte(StrictMatte(ContourFill())), None),
        (FindMatte(OtsuThreshold("dark")), 0),
        (FindMatte(OtsuThreshold()), 50),
        (FindMatte(ReferenceFrame()), None),
        (FindMatte(ReferenceFrame(ROOM)), 50),
        (FindMatte(RunningAverage()), None),
        (FindMatte(MOG2(history=100)), None),
        (FindMatte(KNN()), None),
    ],
)
def test_history_of_an_object_follows_from_its_parts(thing: Callable[..., Any], expected: int | None) -> None:
    assert find_history(thing) == expected


def test_history_set_on_one_object_counts_although_its_class_declares_none() -> None:
    trail = Trail()
    trail.history = 2
    assert find_history(trail) == 2


def test_history_of_a_found_matte_is_that_of_its_finder_alone() -> None:
    finder = FindMatte(ContourFill())
    assert find_history(BackgroundReplacement(finder.found, GREEN)) == 0


def test_memory_of_a_matte_without_a_declaration_is_all_frames() -> None:
    assert Matte().memory is None
