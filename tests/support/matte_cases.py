"""Helpers for the tests of the mattes: the mattes, taught ones, cached sequences, and plain images."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import scenes
from scenes import Shot

from framechain.mattes import KNN, MOG2, ChromaKey, ContourFill, OtsuThreshold, ReferenceFrame, RunningAverage

WARM_UP = 30
SMALL = 160, 90
MIDDLE = 320, 180

SCENE_MATTES: dict[str, Callable[[], Any]] = {
    "ReferenceFrame": ReferenceFrame,
    "RunningAverage": lambda: RunningAverage(WARM_UP),
    "MOG2": lambda: MOG2(warm_up=WARM_UP),
    "KNN": lambda: KNN(warm_up=WARM_UP),
}
LEARNING_MATTES = [name for name in SCENE_MATTES if name != "ReferenceFrame"]
ALL: dict[str, Callable[[], Any]] = {
    **SCENE_MATTES,
    "OtsuThreshold": OtsuThreshold,
    "ContourFill": ContourFill,
    "ChromaKey": ChromaKey,
}
BACKDROPS: dict[str, Callable[[], Any]] = {
    "view": scenes.make_view,
    "small view": lambda: scenes.make_view(SMALL),
    "middle view": lambda: scenes.make_view(MIDDLE),
    "wall": scenes.make_wall,
    "grey wall": lambda: scenes.make_wall(bgr=(190, 192, 196)),
}

for_scene_mattes = pytest.mark.parametrize("name", SCENE_MATTES)
for_learning_mattes = pytest.mark.parametrize("name", LEARNING_MATTES)
for_all_mattes = pytest.mark.parametrize("name", ALL)


def stand_in_middle(_: float) -> float:
    return 0.5


def be_absent(_: float) -> None:
    return None


@functools.cache
def make_backdrop(name: str) -> Any:
    return BACKDROPS[name]()


@functools.cache
def make_empty(backdrop: str, count: int = WARM_UP, noise: float = 3.0, seed: int = 0) -> tuple[Shot, ...]:
    """Shots of the empty scene; made once, because noise takes longer than most mattes."""
    return tuple(scenes.make_empty_shots(make_backdrop(backdrop), count, noise=noise, seed=seed))


@functools.cache
def _teach_once(name: str, backdrop: str, noise: float) -> Any:
    return teach_with(name, make_empty(backdrop, noise=noise))


def teach(name: str, backdrop: str = "view", noise: float = 3.0) -> Any:
    """A matte that has seen the empty scene. OpenCV's subtractors cannot be copied: they are taught each time."""
    if name in ("ReferenceFrame", "RunningAverage"):
        return copy.deepcopy(_teach_once(name, backdrop, noise))
    return teach_with(name, make_empty(backdrop, noise=noise))


def teach_with(name: str, shots: Iterable[Shot]) -> Any:
    """A matte that has seen these shots of the empty scene."""
    matte = SCENE_MATTES[name]()
    for shot in shots:
        matte(shot.frame)
    return matte


def make_matte(name: str, warm_up: int) -> Any:
    """A matte with its usual arguments, and this warm-up if it has one."""
    matte = ALL[name]()
    if name in LEARNING_MATTES:
        matte.warm_up = warm_up
    return matte


def make_plain(level: int = 200, size: tuple[int, int] = SMALL) -> Any:
    return np.full((size[1], size[0], 3), level, np.uint8)


def make_plain_shots(level: int) -> list[Shot]:
    return [Shot(make_plain(level), make_plain(), make_plain())] * WARM_UP


def draw_box(frame: Any, colour: Any = (40, 60, 120), box: tuple[int, int, int, int] = (60, 30, 110, 90)) -> Any:
    frame = frame.copy()
    left, top, right, bottom = box
    frame[top:bottom, left:right] = colour
    return frame
