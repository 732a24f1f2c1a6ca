"""The average of many frames."""

from __future__ import annotations

import numpy as np
import pytest
import scenes
from scenes import evaluate
from support.matte_cases import (
    WARM_UP,
    make_backdrop,
    make_plain,
)

from framechain.errors import ArgumentError
from framechain.mattes import (
    RunningAverage,
)


def test_running_average_scene_has_next_to_no_noise() -> None:
    view = make_backdrop("middle view")
    matte = RunningAverage(60, median=1)
    for shot in scenes.make_empty_shots(view, 60, noise=8):
        matte(shot.frame)
    inside = (view > 0.15) & (view < 0.85)
    error = np.abs(matte.scene / 255 - view)[inside].mean() * 255
    assert error < 1.2  # 8 / sqrt(60) * 0.8 = 0.8, and 0.25 for rounding.


@pytest.mark.slow
def test_running_average_roi_person_in_warm_up_is_foreground() -> None:
    wall = scenes.make_wall()
    walking = list(scenes.make_shots(wall, 16, where=lambda moment: 0.55 - 0.25 * moment))
    standing = list(scenes.make_shots(wall, WARM_UP, where=lambda _: 0.55))
    assert evaluate(RunningAverage(WARM_UP, roi=(0, 0, 120, 360)), standing, walking).f_measure > 0.98
    assert evaluate(RunningAverage(WARM_UP), standing, walking).f_measure < 0.9


def test_running_average_roi_outside_frame_is_refused() -> None:
    matte = RunningAverage(1, roi=(0, 0, 300, 40))
    with pytest.raises(ArgumentError, match=r"roi \(0, 0, 300, 40\) reaches beyond the frame, which is 160x90"):
        matte(make_plain())
