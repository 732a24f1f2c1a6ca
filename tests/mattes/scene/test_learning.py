"""How the empty scene is learnt, and that people are not."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
import pytest
import scenes
from scenes import FOREGROUND, Shot, evaluate
from support.matte_cases import (
    SCENE_MATTES,
    WARM_UP,
    draw_box,
    for_learning_mattes,
    make_backdrop,
    make_empty,
    make_plain,
    make_plain_shots,
    stand_in_middle,
    teach,
    teach_with,
)

from framechain.mattes import (
    KNN,
    MOG2,
    RunningAverage,
)


@functools.cache
def make_standing(seconds: int) -> tuple[Any, list[Any]]:
    """A person stands still, at 10 frames per second: the person's pixels, and the frames."""
    view = make_backdrop("small view")
    shots = scenes.make_shots(view, 10 * seconds, where=stand_in_middle, drift=0.1, shadow=0.3)
    first = next(shots)
    return first.truth == FOREGROUND, [first.frame, *(shot.frame for shot in shots)]


@pytest.mark.slow
@for_learning_mattes
@pytest.mark.parametrize("seconds", [20, pytest.param(120, marks=pytest.mark.slow)])
def test_learning_matte_person_stands_still_is_not_absorbed(name: str, seconds: int) -> None:
    person, frames = make_standing(seconds)
    matte = teach(name, "small view")
    found = [matte(frame) > 127 for frame in frames]
    at_first = found[5]
    assert (at_first & person).sum() > 0.95 * person.sum()
    assert min((now & at_first).sum() for now in found[6::50]) >= 0.95 * at_first.sum()
    # When the person leaves, neither a part of the person nor a ghost is left.
    for shot in make_empty("small view", 5, seed=3):
        assert (matte(np.clip(shot.frame * 1.1, 0, 255).astype(np.uint8)) > 127).mean() < 0.005


@pytest.mark.slow
def test_opencv_mog2_alone_person_stands_still_is_absorbed() -> None:
    person, frames = make_standing(120)
    opencv = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
    for shot in make_empty("small view"):
        opencv.apply(shot.frame)
    found = [opencv.apply(frame) == 255 for frame in frames]
    assert (found[5] & person).sum() > 0.8 * person.sum()
    assert (found[-1] & person).sum() < 0.3 * person.sum()


@pytest.mark.slow
@for_learning_mattes
def test_learning_matte_slow_change_of_scene_is_learnt(name: str) -> None:
    matte = teach_with(name, make_plain_shots(120))
    frozen = teach_with(name, make_plain_shots(120))
    frozen.learning_rate = 0
    matte.learning_rate = 0.02
    for level in np.linspace(0, 60, 400):
        frame = draw_box(make_plain(120), (120, 120 + level, 120), (20, 20, 80, 70))
        moving, standing = matte(frame), frozen(frame)
    assert not moving.any()
    assert standing[45, 50] == 255


@pytest.mark.slow
def test_learning_matte_person_walks_through_warm_up_is_not_learnt() -> None:
    def where(moment: float) -> float | None:
        return moment / 0.2 if moment < 0.2 else None

    view = make_backdrop("middle view")
    passing, walking = list(scenes.make_shots(view, 100, where=where)), list(scenes.make_shots(view, 24))
    for kind in (RunningAverage, MOG2, KNN):
        assert evaluate(kind(warm_up=100), passing, walking).f_measure > 0.9


@for_learning_mattes
def test_learning_matte_warm_up_answers_nothing_and_counts_down(name: str, sequences: dict[str, list[Shot]]) -> None:
    matte = SCENE_MATTES[name]()
    statuses = []
    for index in range(WARM_UP):
        assert not matte(sequences["clean"][index % 24].frame).any()
        statuses.append(matte.status)
    assert statuses[:2] == ["Taking background, hold still: 29", "Taking background, hold still: 28"]
    assert statuses[-2:] == ["Taking background, hold still: 1", None]


@for_learning_mattes
def test_learning_matte_key_r_starts_over(name: str) -> None:
    matte = teach_with(name, make_plain_shots(90))
    frame = draw_box(make_plain(90))
    assert matte(frame).any()
    assert matte.on_key("r")
    assert not matte.on_key("x")
    assert not matte(frame).any()
    assert matte.status is not None


@for_learning_mattes
def test_learning_matte_exposure_settles_in_warm_up_scene_has_the_last_one(name: str) -> None:
    matte = SCENE_MATTES[name]()
    for index in range(WARM_UP):
        matte(make_plain(72 if index < 10 else 120))
    np.testing.assert_array_equal(matte.scene, make_plain(120))
    np.testing.assert_allclose(matte.exposure.gain, 1)
