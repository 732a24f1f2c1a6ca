"""What the tests of the classical mattes share: the mattes, scenes to learn, and plain pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from scenes import Shot

from framechain.mattes import KNN, MOG2, ChromaKey, ContourFill, OtsuThreshold, ReferenceFrame, RunningAverage

WARM_UP = 30
SMALL = 160, 90

SCENE_MATTES: dict[str, Callable[[], Any]] = {
    "ReferenceFrame": ReferenceFrame,
    "RunningAverage": lambda: RunningAverage(WARM_UP),
    "MOG2": lambda: MOG2(warm_up=WARM_UP),
    "KNN": lambda: KNN(warm_up=WARM_UP),
}
LEARNERS = [name for name in SCENE_MATTES if name != "ReferenceFrame"]
ALL: dict[str, Callable[[], Any]] = {
    **SCENE_MATTES,
    "OtsuThreshold": OtsuThreshold,
    "ContourFill": ContourFill,
    "ChromaKey": ChromaKey,
}

every_scene_matte = pytest.mark.parametrize("name", SCENE_MATTES)
every_learner = pytest.mark.parametrize("name", LEARNERS)
every_matte = pytest.mark.parametrize("name", ALL)


def there(_: float) -> float:
    return 0.5


def nobody(_: float) -> None:
    return None


def learnt(name: str, shots: Iterable[Shot]) -> Any:
    """A matte that has seen the empty scene."""
    matte = SCENE_MATTES[name]()
    for shot in shots:
        matte(shot.frame)
    return matte


def plain(level: int = 200, size: tuple[int, int] = SMALL) -> Any:
    return np.full((size[1], size[0], 3), level, np.uint8)


def with_box(frame: Any, colour: Any = (40, 60, 120), box: tuple[int, int, int, int] = (60, 30, 110, 90)) -> Any:
    frame = frame.copy()
    left, top, right, bottom = box
    frame[top:bottom, left:right] = colour
    return frame
