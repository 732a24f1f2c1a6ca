"""Where a face's picture went."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framechain.faces.face import Face
from framechain.faces.follow import follow, take_patch
from framechain.models.views import BgrView

FACE = Face(100, 60, 50, 50, 1.0)


def make_view(across: int, down: int) -> BgrView:
    scene = np.random.default_rng(2).integers(0, 256, (30, 50, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    return BgrView(np.roll(scene, (down, across), (0, 1)).astype(np.uint8))


@pytest.mark.parametrize("moved", [(0, 0), (18, -9), (-20, 22)])
def test_follow_finds_how_far_the_picture_moved(moved: tuple[int, int]) -> None:
    patch = take_patch(make_view(0, 0), FACE)
    assert patch is not None
    assert follow(make_view(*moved), FACE, patch) == pytest.approx(moved, abs=3)


@pytest.mark.parametrize("other", ["noise", "grey"])
def test_follow_another_picture_is_not_found(other: str) -> None:
    patch = take_patch(make_view(0, 0), FACE)
    assert patch is not None
    image: Any = np.random.default_rng(9).integers(0, 256, (240, 400, 3), np.uint8)
    assert follow(BgrView(image if other == "noise" else np.full_like(image, 90)), FACE, patch) is None


def test_take_patch_outside_of_the_frame_is_none() -> None:
    assert take_patch(make_view(0, 0), Face(500, 60, 50, 50, 1.0)) is None
    assert take_patch(make_view(0, 0), Face(-25, 60, 50, 50, 1.0)) is not None
