"""How well the mattes that know the scene cut out, and what they forgive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import scenes
from scenes import FOREGROUND, SHADOW, Score, Shot, evaluate
from support.matte_cases import (
    SCENE_MATTES,
    WARM_UP,
    every_scene_matte,
    learnt,
    nobody,
    plain,
    with_box,
)

from framechain.mattes import ReferenceFrame

# How well the scene mattes cut out


@every_scene_matte
def test_she_is_cut_out(name: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    assert evaluate(SCENE_MATTES[name](), empty, sequences["clean"]).f_measure >= 0.98  # The issue asks for 0.90.


@every_scene_matte
@pytest.mark.parametrize("kind", ["darker", "brighter"])
def test_neither_drift_nor_shadow_matter(
    name: str, kind: str, empty: list[Shot], sequences: dict[str, list[Shot]]
) -> None:
    score = evaluate(SCENE_MATTES[name](), empty, sequences[kind])
    assert score.f_measure >= 0.97  # The issue asks for 0.80.


def test_the_hard_sequences_are_hard(empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    """A plain difference to the first frame, which all this is to beat, fails on them."""
    reference = empty[0].frame

    def difference(frame: Any) -> Any:
        return (cv2.absdiff(frame, reference).max(axis=2) > 16).astype(np.uint8) * 255

    assert all(evaluate(difference, [], sequences[kind]).f_measure < 0.75 for kind in ("darker", "brighter"))


@every_scene_matte
def test_a_cast_shadow_is_not_in_front(name: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    matte = learnt(name, empty)
    in_shadow = [
        (matte(shot.frame)[shot.truth == SHADOW] > 127).mean()
        for shot in sequences["darker"]
        if (shot.truth == SHADOW).any()
    ]
    assert np.mean(in_shadow) < 0.02


def test_shadows_are_in_front_if_none_are_looked_for(empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    matte = ReferenceFrame(empty[0].frame, shadow_threshold=1)
    shot = sequences["darker"][12]
    assert (matte(shot.frame)[shot.truth == SHADOW] > 127).mean() > 0.5


@every_scene_matte
def test_a_grey_shirt_before_a_white_wall_is_no_shadow(name: str) -> None:
    wall = scenes.wall()
    matte = learnt(name, scenes.empty(wall, WARM_UP))
    rng = np.random.default_rng(3)
    picture = wall * 255
    picture[100:, 240:420] *= 0.62
    frame = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
    alpha = matte(frame)
    assert (alpha[110:350, 250:410] > 127).mean() > 0.95
    assert (alpha[:, :220] > 127).mean() < 0.01


@every_scene_matte
def test_when_the_light_jumps_she_stays_cut_out(name: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    matte = learnt(name, empty)
    score = Score()
    for index, shot in enumerate(sequences["clean"]):
        factor = [1.3, 1.25, 1.2] if index >= 12 else [1, 1, 1]
        score.add(matte(np.clip(shot.frame * np.array(factor), 0, 255).astype(np.uint8)), shot)
    assert score.f_measure > 0.97


@every_scene_matte
def test_a_corner_that_gets_a_little_brighter_is_not_in_front(name: str) -> None:
    wall = scenes.wall(bgr=(190, 192, 196))
    matte = learnt(name, scenes.empty(wall, WARM_UP))
    y, x = np.mgrid[0:360, 0:640]
    glow = 1 + 0.11 * np.exp(-((x - 600) ** 2 + (y - 40) ** 2) / (2 * 110**2))
    for shot in scenes.shots((wall * glow[..., None]).astype(np.float32), 3, where=lambda _: 0.3):
        found = matte(shot.frame) > 127
        assert found[:, 400:].mean() < 0.002
        assert found[shot.truth == FOREGROUND].mean() > 0.97


@every_scene_matte
@pytest.mark.parametrize("noise", [1, 8])
def test_noise_of_any_strength_is_not_in_front(name: str, noise: float, view: Any) -> None:
    matte = learnt(name, scenes.empty(view, WARM_UP, noise=noise))
    found = [(matte(shot.frame) > 127).mean() for shot in scenes.empty(view, 6, noise=noise, seed=8)]
    assert max(found) < 0.001


@every_scene_matte
def test_what_is_brighter_and_what_is_darker_is_in_front(name: str) -> None:
    matte = learnt(name, [Shot(plain(130), plain(), plain())] * WARM_UP)
    frame = with_box(with_box(plain(130), (230, 235, 240), (20, 20, 60, 80)), (20, 25, 30), (100, 20, 140, 80))
    alpha = matte(frame)
    assert alpha[50, 40] == 255
    assert alpha[50, 120] == 255
    assert alpha[50, 80] == 0


@every_scene_matte
def test_a_camera_that_shakes_by_a_pixel_does_not_draw_every_edge(name: str, view: Any, empty: list[Shot]) -> None:
    matte = learnt(name, empty)
    found = []
    for dx, dy in ((0.3, 0), (0, -0.3), (-0.25, 0.25)):
        moved = cv2.warpAffine(view, np.array([[1, 0, dx], [0, 1, dy]]), scenes.SIZE, borderMode=cv2.BORDER_REPLICATE)
        shot = next(scenes.shots(np.asarray(moved), 1, where=nobody, seed=4))
        found.append((matte(shot.frame) > 127).mean())
    assert max(found) < 0.005


# A real camera


@pytest.mark.shared
def test_people_who_come_and_go_before_a_real_camera(shared: Path) -> None:
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
