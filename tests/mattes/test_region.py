"""A region of the frame as a matte."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from support.matte_cases import make_plain
from support.media import see

from framechain import BackgroundReplacement, Engine
from framechain.backgrounds import Color
from framechain.errors import ArgumentError
from framechain.mattes import MediaPipeMatte, Region


def test_region_is_foreground_inside() -> None:
    inside = Region((40, 30, 80, 90))(make_plain())
    assert inside.dtype == np.uint8
    assert (inside[30:90, 40:80] == 255).all()
    assert inside.sum() == 60 * 40 * 255


def test_region_answer_may_be_written_to() -> None:
    region = Region((0, 0, 9, 9))
    region(make_plain())[:] = 7
    assert region(make_plain())[50, 50] == 0


def test_region_wrong_one_is_refused() -> None:
    with pytest.raises(ArgumentError, match="region must be"):
        Region("left")  # type: ignore[arg-type]


def test_region_copy_and_pickle_work() -> None:
    region = Region([(0, 0), (90, 0), (0, 90)])
    for twin in (copy.deepcopy(region), pickle.loads(pickle.dumps(region))):
        np.testing.assert_array_equal(twin(make_plain()), region(make_plain()))


def test_region_inverted_and_joined_keeps_all_that_is_outside(clip: Path, tmp_path: Path) -> None:
    original = see(clip, 6).bgr(0)
    height, width = original.shape[:2]
    matte = MediaPipeMatte() | ~Region((0, 0, width // 2, height))
    assert matte.works_on_yuv
    Engine(
        video_path=clip,
        custom_objects=[BackgroundReplacement(matte, Color((0, 255, 0)))],
        end_video_frame=5,
        break_on_end=True,
        output_path=tmp_path / "out.mp4",
    ).run()
    result = see(tmp_path / "out.mp4").bgr(0).astype(int)
    assert np.abs(result - original)[:, width // 2 + 8 :].mean() < 2
    green = (result[..., 1] > 180) & (result[..., 0] < 90) & (result[..., 2] < 90)
    assert 0.2 < green[:, : width // 2].mean() < 0.95
