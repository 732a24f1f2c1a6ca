"""The difference to the empty scene: accuracy, noise, and what is tolerated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import scenes
from scenes import Shot, evaluate
from support.matte_cases import (
    SCENE_MATTES,
    WARM_UP,
    be_absent,
    draw_box,
    for_scene_mattes,
    make_empty,
    make_plain,
    make_plain_shots,
    teach,
    teach_with,
)

from framechain.mattes import ReferenceFrame


@for_scene_mattes
def test_scene_matte_person_is_cut_out(name: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    assert evaluate(SCENE_MATTES[name](), empty, sequences["clean"]).f_measure >= 0.98  # The issue asks for 0.90.


@pytest.mark.slow
@for_scene_mattes
@pytest.mark.parametrize("kind", ["darker", pytest.param("brighter", marks=pytest.mark.slow)])
def test_scene_matte_drift_and_shadow_do_not_matter(
    name: str, kind: str, empty: list[Shot], sequences: dict[str, list[Shot]]
) -> None:
    score = evaluate(SCENE_MATTES[name](), empty, sequences[kind])
    assert score.f_measure >= 0.97  # The issue asks for 0.80.


@pytest.mark.parametrize("kind", ["darker", pytest.param("brighter", marks=pytest.mark.slow)])
def test_hard_sequences_plain_difference_fails(kind: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    """A plain difference to the first frame, which all this is to beat, fails on them."""
    reference = empty[0].frame

    def difference(frame: Any) -> Any:
        return (cv2.absdiff(frame, reference).max(axis=2) > 16).astype(np.uint8) * 255

    assert evaluate(difference, [], sequences[kind]).f_measure < 0.75


@pytest.mark.slow
@for_scene_mattes
@pytest.mark.parametrize("noise", [1, 8])
def test_scene_matte_noise_is_background(name: str, noise: float) -> None:
    matte = teach(name, "view", noise)
    found = [(matte(shot.frame) > 127).mean() for shot in make_empty("view", 6, noise, seed=8)]
    assert max(found) < 0.001


@pytest.mark.parametrize("name", ["ReferenceFrame", "KNN"])
def test_scene_matte_noise_above_the_threshold_is_background(name: str) -> None:
    matte = teach(name, "middle view", 25)
    found = [(matte(shot.frame) > 127).mean() for shot in make_empty("middle view", 6, 25, seed=8)]
    assert max(found) < 0.001


@for_scene_mattes
def test_scene_matte_brighter_and_darker_are_foreground(name: str) -> None:
    matte = teach_with(name, make_plain_shots(130))
    frame = draw_box(draw_box(make_plain(130), (230, 235, 240), (20, 20, 60, 80)), (20, 25, 30), (100, 20, 140, 80))
    alpha = matte(frame)
    assert alpha[50, 40] == 255
    assert alpha[50, 120] == 255
    assert alpha[50, 80] == 0


@pytest.mark.slow
@for_scene_mattes
def test_scene_matte_camera_shakes_by_a_pixel_edges_are_background(name: str, view: Any, empty: list[Shot]) -> None:
    matte = teach(name)
    found = []
    for dx, dy in ((0.3, 0), (0, -0.3), (-0.25, 0.25)):
        moved = cv2.warpAffine(view, np.array([[1, 0, dx], [0, 1, dy]]), scenes.SIZE, borderMode=cv2.BORDER_REPLICATE)
        shot = next(scenes.make_shots(np.asarray(moved), 1, where=be_absent, seed=4))
        found.append((matte(shot.frame) > 127).mean())
    assert max(found) < 0.005


@pytest.mark.slow
@pytest.mark.shared
def test_scene_matte_real_camera_people_come_and_go(shared: Path) -> None:
    capture = cv2.VideoCapture(str(shared / "clips" / "intel_one_by_one_768x432_10fps.mp4"))
    mattes = {name: make() for name, make in SCENE_MATTES.items()}
    found: dict[str, dict[int, float]] = {name: {} for name in mattes}
    for index in range(1390):
        frame = capture.read()[1]
        # Nobody comes before the warm-up is over; after it, a tenth of the frames will do.
        if index <= WARM_UP or index % 10 == 0:
            for name, matte in mattes.items():
                found[name][index] = (matte(frame) > 127).mean()
    capture.release()
    empty = [470, 480, 490, 720, 730, 890, 900, 910, 1220]
    occupied = [*range(250, 430, 10), *range(540, 680, 10), *range(960, 1160, 10), *range(1260, 1330, 10)]
    for shares in found.values():
        assert max(shares[index] for index in empty) < 0.004
        assert min(shares[index] for index in occupied) > 0.06
        assert max(shares[index] for index in occupied) < 0.2


def compare_with_wall(draw: Callable[[Any], None], *, sigma: float = 0) -> Any:
    """The mask of a dark person and whatever `draw` adds, in front of a bright wall."""
    wall = make_plain(200, (640, 360))
    frame = draw_box(wall, (40, 40, 40), (200, 100, 400, 360))
    draw(frame)
    matte = ReferenceFrame(wall, shadow_threshold=1)
    matte(wall)
    return matte.compare(cv2.GaussianBlur(frame, (0, 0), sigma) if sigma else frame)[0]


def test_difference_matte_blurred_outline_is_trimmed_to_the_middle_of_the_edge() -> None:
    row = compare_with_wall(lambda frame: None, sigma=1.5)[250]
    # At 200 the edge is half person, half wall; a pixel with a tenth of the person differs by the threshold.
    assert 198 <= np.flatnonzero(row)[0] <= 200
    assert 399 <= np.flatnonzero(row)[-1] <= 401


def test_difference_matte_speck_left_by_the_trimming_is_removed() -> None:
    def draw(frame: Any) -> None:
        frame[200:204, 180:200] = 180  # A faint bridge from the person
        frame[196:208, 168:180] = 180  # to a faint patch.

    mask = compare_with_wall(draw)
    assert not mask[190:215, :195].any()
    assert mask[110:350, 205:395].all()


def test_difference_matte_thread_at_the_outline_is_removed() -> None:
    def draw(frame: Any) -> None:
        frame[200:202, 120:200] = 40

    mask = compare_with_wall(draw)
    assert not mask[:, :195].any()
    assert mask[110:350, 205:395].all()
