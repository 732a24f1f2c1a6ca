"""The exposure of the empty scene."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
import scenes
from scenes import FOREGROUND, Score, Shot
from support.matte_cases import (
    for_scene_mattes,
    make_backdrop,
    make_plain,
    stand_in_middle,
    teach,
)

from framechain.mattes import (
    ReferenceFrame,
)
from framechain.mattes.scene.exposure import Exposure


def test_exposure_person_covers_half_gain_is_found(view: Any) -> None:
    scene = (view * 255).astype(np.uint8)
    shot = next(scenes.make_shots(view, 1, where=stand_in_middle, scale=1.6))
    assert (shot.truth == FOREGROUND).mean() > 0.5
    factors = np.array([0.5, 0.53, 0.56])
    frame = np.clip(shot.frame * factors, 0, 255).astype(np.uint8)
    exposure = Exposure()
    exposure.fit(scene, frame, np.zeros(scene.shape[:2], np.uint8))
    expected = scene * factors
    assert np.abs(exposure.apply_to_scene(scene) - expected).mean() < 2
    back = exposure.normalise(frame, scene).astype(int)
    assert np.abs(back - scene)[shot.truth == 0].mean() < 5


def test_reference_frame_clipped_highlights_are_background() -> None:
    room = make_plain(100, (320, 180))
    room[:, 160:] = 230
    matte = ReferenceFrame(room)
    brighter = np.clip(room * 1.4, 0, 255).astype(np.uint8)
    assert brighter.max() == 255
    assert not matte(brighter).any()


@pytest.mark.slow
@for_scene_mattes
def test_scene_matte_light_jumps_person_stays_cut_out(name: str, sequences: dict[str, list[Shot]]) -> None:
    matte = teach(name)
    score = Score()
    for index, shot in enumerate(sequences["clean"]):
        factor = [1.3, 1.25, 1.2] if index >= 12 else [1, 1, 1]
        score.add(matte(np.clip(shot.frame * np.array(factor), 0, 255).astype(np.uint8)), shot)
    assert score.f_measure > 0.97


@functools.cache
def make_glowing_shots() -> list[Shot]:
    """A person left of the middle, and a light in the upper right corner."""
    y, x = np.mgrid[0:360, 0:640]
    glow = 1 + 0.11 * np.exp(-((x - 600) ** 2 + (y - 40) ** 2) / (2 * 110**2))
    wall = (make_backdrop("grey wall") * glow[..., None]).astype(np.float32)
    return list(scenes.make_shots(wall, 3, where=lambda _: 0.3))


@pytest.mark.slow
@for_scene_mattes
def test_scene_matte_brighter_corner_is_background(name: str) -> None:
    matte = teach(name, "grey wall")
    for shot in make_glowing_shots():
        found = matte(shot.frame) > 127
        assert found[:, 400:].mean() < 0.002
        assert found[shot.truth == FOREGROUND].mean() > 0.97
