"""Frames per second: counted right, drawn where asked."""

from __future__ import annotations

import copy
import itertools
import pickle
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import see

from framechain import Engine, FPSmetric
from framechain.errors import ArgumentError


def clock(moments: Iterable[float]) -> Callable[[], float]:
    ticks = iter(moments)
    return lambda: next(ticks)


def black(width: int = 320, height: int = 120) -> Any:
    return np.zeros((height, width, 3), np.uint8)


def test_fps_metric_first_call_has_no_rate_and_draws_nothing() -> None:
    assert FPSmetric()() == 0.0
    frame = black()
    assert FPSmetric()(frame) is frame
    assert not frame.any()


def test_fps_metric_rate_is_calls_over_time() -> None:
    metric = FPSmetric(clock=clock([10, 10.5, 11, 11.5]))
    assert [metric() for _ in range(4)] == pytest.approx([0, 2, 2, 2])


def test_fps_metric_uneven_calls_are_averaged() -> None:
    """Three frames in 1.25 s, not the mean of 10, 10 and 0.95 frames per second."""
    metric = FPSmetric(clock=clock([0, 0.1, 0.2, 1.25]))
    assert [metric() for _ in range(4)][-1] == pytest.approx(3 / 1.25)


def test_fps_metric_only_the_last_calls_count() -> None:
    slow, fast = [0, 1, 2, 3], [3.1, 3.2, 3.3, 3.4]
    metric = FPSmetric(range_average=3, clock=clock(slow + fast))
    rates = [metric() for _ in slow + fast]
    assert rates[3] == pytest.approx(1)
    assert rates[4] == pytest.approx(3 / 2.1)
    assert rates[6:] == pytest.approx([10, 10])


def test_fps_metric_range_of_one_is_the_last_interval() -> None:
    metric = FPSmetric(1, clock=clock([0, 1, 1.25]))
    assert [metric() for _ in range(3)] == pytest.approx([0, 1, 4])


def test_fps_metric_calls_in_the_same_tick_do_not_divide_by_zero() -> None:
    metric = FPSmetric(clock=clock([5, 5, 5, 5.5]))
    frame = black()
    assert metric() == 0.0
    assert metric(frame) is frame
    assert metric() == 0.0
    assert metric() == pytest.approx(6)


@pytest.mark.parametrize("range_average", [0, -1, 2.5, True])
def test_fps_metric_wrong_range_average_is_refused(range_average: int) -> None:
    expected = f"range_average must be a whole number of at least 1, got {range_average}"
    with pytest.raises(ArgumentError, match=expected):
        FPSmetric(range_average=range_average)


def test_fps_metric_number_has_its_colour_and_place() -> None:
    metric = FPSmetric(
        position=(50, 90), color=(10, 200, 250), fontScale=2, thickness=2, clock=itertools.count().__next__
    )
    frame = black()
    metric(frame)
    drawn = metric(frame)
    assert drawn is frame
    rows, columns = np.nonzero(drawn.any(axis=2))
    assert columns.min() in range(48, 60)
    assert rows.max() in range(85, 94)
    assert (drawn.reshape(-1, 3) == (10, 200, 250)).all(axis=1).any()


def test_fps_metric_drawn_number_is_the_rate() -> None:
    def image(step: float) -> Any:
        metric = FPSmetric(clock=itertools.count(0, step).__next__)
        metric(black())
        return metric(black())

    assert (image(1 / 30) == image(1 / 30.2)).all()
    assert (image(1 / 30) != image(1 / 47)).any()


@pytest.mark.parametrize("argument", [{"fontScale": 1}, {"thickness": 1}, {"fontFace": 3}])
def test_fps_metric_each_argument_changes_the_drawing(argument: dict[str, Any]) -> None:
    def image(**arguments: Any) -> Any:
        metric = FPSmetric(clock=itertools.count().__next__, **arguments)
        metric(black())
        return metric(black())

    assert (image() != image(**argument)).any()


def test_fps_metric_new_stream_is_measured_anew(clip: Path, tmp_path: Path) -> None:
    metric = FPSmetric()
    first: list[bool] = []

    def look(frame: Any, info: Any) -> Any:
        if info.index == 0:
            first.append(metric.rate == 0)
        return frame

    engine = Engine(
        video_path=clip,
        custom_objects=[metric, look],
        output_path=tmp_path / "out.mp4",
        end_video_frame=3,
        break_on_end=True,
        progress=False,
    )
    engine.run()
    assert metric.rate > 0
    engine.run()
    assert first == [True, True]


def test_fps_metric_clip_has_a_number_on_all_frames_but_the_first(clip: Path, tmp_path: Path) -> None:
    def black_out(frame: Any) -> Any:
        return np.zeros_like(frame)

    Engine(
        video_path=clip,
        custom_objects=[black_out, FPSmetric()],
        output_path=tmp_path / "out.mp4",
        end_video_frame=4,
        break_on_end=True,
        progress=False,
    ).run()
    seen = see(tmp_path / "out.mp4")
    assert [bool(seen.bgr(index).max() > 100) for index in range(5)] == [False, True, True, True, True]


def test_fps_metric_default_clock_is_monotonic() -> None:
    metric = FPSmetric()
    metric()
    began = time.perf_counter()
    while time.perf_counter() - began < 0.02:
        pass
    assert 0 < metric() < 1 / 0.02


def test_fps_metric_can_be_copied_and_pickled() -> None:
    metric = FPSmetric(5, (1, 2), fontScale=1)
    for twin in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        assert twin.position == (1, 2)
        assert twin() == 0.0
        assert twin() > 0
