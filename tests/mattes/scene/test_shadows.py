"""Cast shadows."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import SHADOW, Shot
from support.matte_cases import (
    for_scene_mattes,
    make_backdrop,
    teach,
)

from framechain.mattes import (
    ReferenceFrame,
)


@pytest.mark.slow
@for_scene_mattes
def test_scene_matte_cast_shadow_is_background(name: str, sequences: dict[str, list[Shot]]) -> None:
    matte = teach(name)
    in_shadow = [
        (matte(shot.frame)[shot.truth == SHADOW] > 127).mean()
        for shot in sequences["darker"]
        if (shot.truth == SHADOW).any()
    ]
    assert np.mean(in_shadow) < 0.02


def test_reference_frame_shadow_threshold_1_shadow_is_foreground(
    empty: tuple[Shot, ...], sequences: dict[str, list[Shot]]
) -> None:
    matte = ReferenceFrame(empty[0].frame, shadow_threshold=1)
    shot = sequences["darker"][12]
    assert (matte(shot.frame)[shot.truth == SHADOW] > 127).mean() > 0.5


@pytest.mark.slow
@for_scene_mattes
def test_scene_matte_grey_shirt_on_white_wall_is_foreground(name: str) -> None:
    wall = make_backdrop("wall")
    matte = teach(name, "wall")
    rng = np.random.default_rng(3)
    image = wall * 255
    image[100:, 240:420] *= 0.62
    frame = np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)
    alpha = matte(frame)
    assert (alpha[110:350, 250:410] > 127).mean() > 0.95
    assert (alpha[:, :220] > 127).mean() < 0.01
