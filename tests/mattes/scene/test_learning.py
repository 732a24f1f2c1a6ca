"""How the scene is learnt, and what is not to be learnt; the reference."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import scenes
from scenes import FOREGROUND, Shot, evaluate
from support.matte_cases import (
    SCENE_MATTES,
    SMALL,
    WARM_UP,
    every_learner,
    learnt,
    plain,
    there,
    with_box,
)

from framechain.errors import ArgumentError, ArgumentTypeError, MediaError, MissingInputError
from framechain.mattes import KNN, MOG2, ReferenceFrame, RunningAverage
from framechain.mattes.wall import extend_wall

# Learning


def restless(shots: Iterable[Shot], seed: int) -> Iterator[Shot]:
    """A screen on the wall that switches between two pictures."""
    rng = np.random.default_rng(seed)
    for shot in shots:
        frame = shot.frame.copy()
        screen = frame[60:160, 380:620].astype(int)
        screen = screen - 60 if rng.random() < 0.5 else screen + np.array([40, 0, 0])
        frame[60:160, 380:620] = np.clip(screen, 0, 255)
        yield Shot(frame, shot.truth, shot.alpha)


def test_a_pixel_may_have_two_states(view: Any) -> None:
    empty = list(restless(scenes.empty(view, 60), 5))
    walking = list(restless(scenes.shots(view, 16, where=lambda moment: 0.2 + 0.1 * moment), 6))
    for kind in (MOG2, KNN):
        assert evaluate(kind(warm_up=60), empty, walking).f_measure > 0.97
    assert evaluate(RunningAverage(60), empty, walking).f_measure < 0.9


@pytest.mark.parametrize("kind", [MOG2, KNN])
def test_both_states_may_change_slowly(kind: Any) -> None:
    view = scenes.view(SMALL)
    rng = np.random.default_rng(2)
    learning, frozen = kind(warm_up=60, history=100), kind(warm_up=60, learning_rate=0)
    answers = []
    for index, shot in enumerate(scenes.empty(view, 660)):
        darker = np.interp(index, [60, 600], [0, 30])
        shot.frame[15:40, 95:155] = np.clip(
            shot.frame[15:40, 95:155] - darker + (-60 if rng.random() < 0.5 else [40, 0, 0]), 0, 255
        )
        found = [(matte(shot.frame) > 127).mean() for matte in (learning, frozen)]
        if index % 20 == 0:
            answers.append(found)
    # What noise has once made foreground is not learnt any more: of MOG2 up to half of such a screen.
    learnt_too, not_learnt = np.mean(answers[-8:], axis=0)
    assert learnt_too < (0.75 if kind is MOG2 else 0.2) * not_learnt
    assert not_learnt > 0.08


@pytest.fixture(scope="module")
def standing() -> tuple[Any, list[Any]]:
    """She stands still for 120 s at 10 frames a second: where she is, and the frames."""
    shots = scenes.shots(scenes.view(SMALL), 1200, where=there, drift=0.1, shadow=0.3)
    first = next(shots)
    return first.truth == FOREGROUND, [first.frame, *(shot.frame for shot in shots)]


@every_learner
def test_who_stands_still_for_two_minutes_is_not_absorbed(name: str, standing: tuple[Any, list[Any]]) -> None:
    her, frames = standing
    view = scenes.view(SMALL)
    matte = learnt(name, scenes.empty(view, WARM_UP))
    found = [matte(frame) > 127 for frame in frames]
    at_first = found[5]
    assert (at_first & her).sum() > 0.95 * her.sum()
    assert min((now & at_first).sum() for now in found[6::50]) >= 0.95 * at_first.sum()
    # When she leaves, in the light of then, nothing of her is left: neither she nor a hole in the scene.
    for shot in scenes.empty(view, 5, seed=3):
        assert (matte(np.clip(shot.frame * 1.1, 0, 255).astype(np.uint8)) > 127).mean() < 0.005


def test_opencv_alone_would_absorb_her(standing: tuple[Any, list[Any]]) -> None:
    her, frames = standing
    opencv = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
    for shot in scenes.empty(scenes.view(SMALL), WARM_UP):
        opencv.apply(shot.frame)
    found = [opencv.apply(frame) == 255 for frame in frames]
    assert (found[5] & her).sum() > 0.8 * her.sum()
    assert (found[-1] & her).sum() < 0.3 * her.sum()


@every_learner
def test_slow_changes_of_the_scene_are_learnt(name: str) -> None:
    matte = learnt(name, [Shot(plain(120), plain(), plain())] * WARM_UP)
    frozen = copy.deepcopy(matte) if name == "RunningAverage" else SCENE_MATTES[name]()
    if name != "RunningAverage":
        for _ in range(WARM_UP):
            frozen(plain(120))
    frozen.learning_rate = 0
    matte.learning_rate = 0.02
    for level in np.linspace(0, 60, 600):
        frame = with_box(plain(120), (120, 120 + level, 120), (20, 20, 80, 70))
        moving, standing = matte(frame), frozen(frame)
    assert not moving.any()
    assert standing[45, 50] == 255


@every_learner
def test_who_was_there_while_it_warmed_up_leaves_no_hole(name: str, view: Any) -> None:
    there_at_first = list(scenes.shots(view, 12, where=lambda _: 0.35))
    matte = SCENE_MATTES[name]()
    for index in range(WARM_UP):
        matte(there_at_first[index % 12].frame)
    gone = list(scenes.empty(view, 8))
    found = [(matte(gone[index % 8].frame) > 127).mean() for index in range(140)]
    assert found[2] > 0.1
    assert found[-1] < 0.002


def test_somebody_may_walk_through_while_it_warms_up(view: Any, sequences: dict[str, list[Shot]]) -> None:
    def where(moment: float) -> float | None:
        return moment / 0.2 if moment < 0.2 else None

    passing = list(scenes.shots(view, 100, where=where))
    for kind in (RunningAverage, MOG2, KNN):
        assert evaluate(kind(warm_up=100), passing, sequences["clean"]).f_measure > 0.9


@every_learner
def test_nothing_is_shown_while_it_warms_up(name: str, sequences: dict[str, list[Shot]]) -> None:
    matte = SCENE_MATTES[name]()
    told = []
    for index in range(WARM_UP):
        assert not matte(sequences["clean"][index % 24].frame).any()
        told.append(matte.status)
    assert told[:2] == ["Taking background, hold still: 29", "Taking background, hold still: 28"]
    assert told[-2:] == ["Taking background, hold still: 1", None]


def test_the_average_is_finer_than_a_grey_level(view: Any) -> None:
    matte = RunningAverage(60, median=1)
    for shot in scenes.empty(view, 60, noise=8):
        matte(shot.frame)
    inside = (view > 0.15) & (view < 0.85)
    error = np.abs(matte.scene / 255 - view)[inside].mean() * 255
    assert error < 1.2  # 8 / sqrt(60) * 0.8 = 0.8, and 0.25 for rounding.


def test_only_a_region_of_wall_need_be_clear() -> None:
    wall = scenes.wall()
    walking = list(scenes.shots(wall, 16, where=lambda moment: 0.55 - 0.25 * moment))
    standing = list(scenes.shots(wall, WARM_UP, where=lambda _: 0.55))
    assert evaluate(RunningAverage(WARM_UP, roi=(0, 0, 120, 360)), standing, walking).f_measure > 0.98
    assert evaluate(RunningAverage(WARM_UP), standing, walking).f_measure < 0.9


def test_a_wall_is_followed_though_its_light_falls_off() -> None:
    wall = np.linspace(220, 120, 320, dtype=np.float32)[None, :, None].repeat(180, 0).repeat(3, 2)
    picture = wall.copy()
    picture[60:, 120:200] = (30, 60, 190)
    assert np.abs(extend_wall(picture, (0, 0, 60, 180)) - wall).max() < 12


def test_a_region_outside_the_frame_is_refused() -> None:
    matte = RunningAverage(1, roi=(0, 0, 300, 40))
    with pytest.raises(ArgumentError, match=r"roi \(0, 0, 300, 40\) reaches beyond the frame, which is 160x90"):
        matte(plain())


@every_learner
def test_r_starts_over(name: str) -> None:
    matte = learnt(name, [Shot(plain(90), plain(), plain())] * WARM_UP)
    frame = with_box(plain(90))
    assert matte(frame).any()
    assert matte.on_key("r")
    assert not matte.on_key("x")
    assert not matte(frame).any()
    assert matte.status is not None


# The reference


def test_the_reference_may_be_a_file_or_an_array(tmp_path: Path) -> None:
    room = plain(90, (320, 180))
    path = tmp_path / "room.png"
    cv2.imwrite(str(path), room)
    for reference in (path, str(path), room, np.float32(room) / 255, room[..., 0]):
        alpha = ReferenceFrame(reference)(with_box(plain(90)))
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == 0


def test_without_a_reference_the_first_frame_is_it() -> None:
    matte = ReferenceFrame()
    assert not matte(plain(90)).any()
    assert matte(with_box(plain(90)))[60, 80] == 255
    assert matte.status is None


def test_r_takes_the_scene_anew() -> None:
    matte = ReferenceFrame(plain(90))
    moved = with_box(plain(90))
    assert matte(moved).any()
    assert matte.on_key("R")
    assert not matte.on_key("a")
    assert not matte(moved).any()
    assert not matte(moved).any()
    assert matte(plain(90))[60, 80] == 255


def test_a_new_stream_has_the_given_reference_again() -> None:
    matte = ReferenceFrame(plain(90))
    matte.on_key("r")
    matte(with_box(plain(90)))
    matte.open(None)
    assert matte(with_box(plain(90)))[60, 80] == 255


def test_a_reference_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"reference image not found: nowhere\.png"):
        ReferenceFrame("nowhere.png")
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(MediaError, match="no picture"):
        ReferenceFrame(tmp_path / "notes.png")
    with pytest.raises(ArgumentTypeError, match="reference must be a path or a numpy array, got int"):
        ReferenceFrame(7)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="the reference image is 400x300, but the frames have other proportions"):
        ReferenceFrame(plain(90, (400, 300)))(plain())
