"""The matte of a stream: whom the crop follows, which model is used, and what a scene cut does."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from framechain.mattes.selfie import motion
from framechain.mattes.selfie.people import PersonFilter
from framechain.mattes.selfie.stream import StreamMatte
from framechain.models.views import BgrView

WIDTH, HEIGHT = 640, 360


class RedIsPeople:
    """A model for tests: whatever is red is a person. Keeps how often it was asked."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.asked = 0

    def __call__(self, rgb: Any) -> Any:
        self.asked += 1
        assert rgb.shape[1::-1] == self.size
        return np.clip((rgb[..., 0].astype(np.float32) - rgb[..., 1]) / 150, 0, 1)


def stream_matte() -> tuple[StreamMatte, Any, Any]:
    finder, cutter = RedIsPeople((256, 144)), RedIsPeople((256, 256))
    return StreamMatte(finder, cutter, PersonFilter()), finder, cutter  # type: ignore[arg-type]


def scene(*boxes: tuple[int, int, int, int], behind: int = 90) -> Any:
    """A textured room with people: left, top, right, bottom each."""
    rng = np.random.default_rng(3)
    frame = np.repeat(rng.integers(behind - 20, behind + 20, (HEIGHT, WIDTH, 1), np.uint8), 3, axis=2)
    for left, top, right, bottom in boxes:
        frame[top:bottom, max(0, left) : max(0, right)] = (20, 20, 200)
    return frame


def found(matte: Any, frame: Any) -> Any:
    alpha = cv2.resize(matte(BgrView(frame)), (WIDTH, HEIGHT))
    return alpha > 127


def agreement(mask: Any, frame: Any) -> float:
    there = frame[..., 2].astype(int) - frame[..., 1] > 100
    return float((mask & there).sum() / max(1, (mask | there).sum()))


def test_stream_matte_walking_person_is_followed_by_the_crop() -> None:
    matte, finder, cutter = stream_matte()
    for step in range(40):
        frame = scene((40 + 10 * step, 120, 140 + 10 * step, 360))
        assert agreement(found(matte, frame), frame) > 0.93
        assert matte.crop is not None
        assert matte.crop.width < 330
    assert cutter.asked == 40
    assert finder.asked < 20


def test_stream_matte_still_scene_runs_frame_model_every_sixth_frame() -> None:
    matte, finder, cutter = stream_matte()
    for _ in range(30):
        found(matte, scene((200, 100, 300, 360)))
    assert cutter.asked == 10  # Between two looks its answer is moved along.
    assert finder.asked <= 6


@pytest.mark.parametrize("side", ["left", "right"])
def test_stream_matte_second_person_enters_is_found_within_three_frames(side: str) -> None:
    matte, *_ = stream_matte()
    first, second = (270, 120, 370, 360), ((10, 140, 90, 360) if side == "left" else (550, 140, 630, 360))
    for _ in range(9):
        found(matte, scene(first))
    good = [agreement(found(matte, scene(first, second)), scene(first, second)) for _ in range(20)]
    assert min(good[3:]) > 0.93


def test_stream_matte_two_people_part_both_stay_found() -> None:
    matte, *_ = stream_matte()
    for step in range(50):
        frame = scene((280 - 5 * step, 120, 320 - 5 * step, 360), (330 + 5 * step, 120, 370 + 5 * step, 360))
        assert agreement(found(matte, frame), frame) > 0.88, step


def test_stream_matte_person_returns_is_found_at_once() -> None:
    matte, *_ = stream_matte()
    for _ in range(5):
        found(matte, scene((400, 100, 500, 360)))
    for _ in range(10):
        assert found(matte, scene()).mean() < 0.001
    assert matte.crop is None
    frame = scene((60, 100, 160, 360))
    assert agreement(found(matte, frame), frame) > 0.93


def test_stream_matte_scene_cut_starts_over() -> None:
    matte, *_ = stream_matte()
    for _ in range(8):
        found(matte, scene((30, 100, 160, 360)))
    after = scene((460, 60, 600, 360), behind=200)
    mask = found(matte, after)
    assert agreement(mask, after) > 0.93
    assert not mask[:, :200].any()


def test_stream_matte_new_frame_size_starts_over() -> None:
    matte, *_ = stream_matte()
    found(matte, scene((30, 100, 160, 360)))
    small = cv2.resize(scene((400, 100, 560, 360)), (320, 180))
    assert matte(BgrView(small)).shape[1] <= 320
    assert matte.crop is not None
    assert matte.crop.right <= 320


@pytest.fixture
def looks_at_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion, "_MOST", 0)


def group(left: int, right: int) -> Any:
    """Two people, one at each end of a group."""
    return scene((left, 60, left + 90, 360), (right - 90, 60, right, 360))


def count_windows(start: int, end: int) -> float:
    """In how many windows each crop is looked at, after a group moved its ends inwards.

    The group is `start`, later `end` pixels away from both sides of the frame. It moves by two pixels per frame: after
    a jump the crop would be too large for it for some frames.
    """
    matte, _, crop_model = stream_matte()
    for inset in [*[start] * 10, *range(start, end, 2), *[end] * 10]:
        found(matte, group(inset, WIDTH - inset))
    before = crop_model.asked
    frame = group(end, WIDTH - end)
    for _ in range(6):
        assert agreement(found(matte, frame), frame) > 0.9
    return (crop_model.asked - before) / 6


@pytest.mark.usefixtures("looks_at_every_frame")
def test_stream_matte_wide_group_is_seen_in_two_windows() -> None:
    assert count_windows(20, 20) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("looks_at_every_frame")
def test_stream_matte_crop_ratio_of_145_keeps_the_windows_that_it_had_before() -> None:
    assert count_windows(120, 120) == 1
    assert count_windows(20, 120) == 2


@pytest.mark.usefixtures("looks_at_every_frame")
def test_stream_matte_crop_ratio_below_135_returns_to_one_window() -> None:
    assert count_windows(20, 160) == 1


def test_stream_matte_still_person_is_looked_at_in_every_third_frame() -> None:
    matte, _, cutter = stream_matte()
    frame = cv2.GaussianBlur(scene((250, 100, 390, 360)), (0, 0), 2)
    for _ in range(30):
        assert agreement(found(matte, frame), frame) > 0.9
    assert 10 <= cutter.asked <= 13
    for step in range(1, 13):
        moved = cv2.GaussianBlur(scene((250 + 12 * step, 100, 390 + 12 * step, 360)), (0, 0), 2)
        assert agreement(found(matte, moved), moved) > 0.9
    assert cutter.asked >= 22
