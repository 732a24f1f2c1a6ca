"""Ghosts of people who were there during the warm-up."""

from __future__ import annotations

import pytest
import scenes
from support.matte_cases import (
    SCENE_MATTES,
    WARM_UP,
    for_learning_mattes,
    make_backdrop,
)


@pytest.mark.slow
@for_learning_mattes
def test_learning_matte_person_there_in_warm_up_leaves_no_ghost(name: str) -> None:
    view = make_backdrop("middle view")
    present = list(scenes.make_shots(view, 12, where=lambda _: 0.35))
    matte = SCENE_MATTES[name]()
    for index in range(WARM_UP):
        matte(present[index % 12].frame)
    gone = list(scenes.make_empty_shots(view, 8))
    found = [(matte(gone[index % 8].frame) > 127).mean() for index in range(140)]
    assert found[2] > 0.1
    assert found[-1] < 0.002
