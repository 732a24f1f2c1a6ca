"""OpenCV's subtractors: pixels with several states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest
import scenes
from scenes import Shot, evaluate
from support.matte_cases import (
    SMALL,
    make_backdrop,
    make_empty,
)

from framechain.mattes import (
    KNN,
    MOG2,
    RunningAverage,
)


def add_flickering_screen(shots: Iterable[Shot], seed: int) -> Iterator[Shot]:
    """A screen on the wall that switches between two images."""
    rng = np.random.default_rng(seed)
    for shot in shots:
        frame = shot.frame.copy()
        screen = frame[30:80, 190:310].astype(int)
        screen = screen - 60 if rng.random() < 0.5 else screen + np.array([40, 0, 0])
        frame[30:80, 190:310] = np.clip(screen, 0, 255)
        yield Shot(frame, shot.truth, shot.alpha)


@pytest.mark.slow
def test_subtractor_pixels_with_two_states_are_background() -> None:
    view = make_backdrop("middle view")
    empty = list(add_flickering_screen(make_empty("middle view", 60), 5))
    walking = list(add_flickering_screen(scenes.make_shots(view, 16, where=lambda moment: 0.2 + 0.1 * moment), 6))
    for kind in (MOG2, KNN):
        assert evaluate(kind(warm_up=60), empty, walking).f_measure > 0.97
    assert evaluate(RunningAverage(60), empty, walking).f_measure < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("kind", [MOG2, KNN])
def test_subtractor_two_states_that_change_slowly_are_learnt(kind: Any) -> None:
    view = scenes.make_view(SMALL)
    rng = np.random.default_rng(2)
    learning, frozen = kind(warm_up=60, history=100), kind(warm_up=60, learning_rate=0)
    answers = []
    for index, shot in enumerate(scenes.make_empty_shots(view, 660)):
        darker = np.interp(index, [60, 600], [0, 30])
        shot.frame[15:40, 95:155] = np.clip(
            shot.frame[15:40, 95:155] - darker + (-60 if rng.random() < 0.5 else [40, 0, 0]), 0, 255
        )
        found = [(matte(shot.frame) > 127).mean() for matte in (learning, frozen)]
        if index % 20 == 0:
            answers.append(found)
    # Pixels that noise once made foreground are not learnt any more: with MOG2 up to half of such a screen.
    learnt_too, not_learnt = np.mean(answers[-8:], axis=0)
    assert learnt_too < (0.75 if kind is MOG2 else 0.2) * not_learnt
    assert not_learnt > 0.08
