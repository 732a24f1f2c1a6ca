"""The clock of live streams with audio: jitter, bursts, drift, stalls and jumps of the time stamps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framechain.media.live_audio.clock import StreamClock

_STEP = 1 / 25


def test_place_jitter_does_not_count() -> None:
    clock, late = StreamClock(), np.random.default_rng(3).exponential(0.05, 500)
    late[0] = 0
    placed = [clock.place(number * _STEP, 100 + number * _STEP + late[number]) for number in range(500)]
    assert placed == pytest.approx([100 + number * _STEP for number in range(500)], abs=0.005)


def test_place_burst_at_the_beginning_is_made_good() -> None:
    clock = StreamClock()
    # What was buffered while the stream was opened, a second, comes at once.
    for number in range(25):
        clock.place(number * _STEP, 101 + number * 0.001)
    assert clock.place(30 * _STEP, 100 + 30 * _STEP) == pytest.approx(100 + 30 * _STEP, abs=0.03)
    assert clock.place(60 * _STEP, 100 + 60 * _STEP) == pytest.approx(100 + 60 * _STEP, abs=0.001)


def test_observe_buffered_frames_are_placed_as_if_they_had_come_in_time() -> None:
    clock = StreamClock()
    for number in range(50):
        clock.observe(1000 + number * _STEP, 102 + number * 0.0001)
    placed = [clock.place(1000 + number * _STEP, 102 + number * 0.002) for number in range(50)]
    assert placed == pytest.approx([100.04 + number * _STEP for number in range(50)], abs=0.006)


@pytest.mark.parametrize("drift", [-2e-4, 2e-4])
def test_place_drift_is_followed_in_small_steps(drift: float) -> None:
    clock, before = StreamClock(), 0.0
    for number in range(25 * 600):
        moment = number * _STEP
        placed = clock.place(moment * (1 + drift), moment)
        assert abs(placed - moment) < 0.006
        assert number == 0 or abs(placed - before - _STEP) < 0.001
        before = placed


def test_place_stall_keeps_the_anchor() -> None:
    clock = StreamClock()
    clock.place(0, 100)
    anchor = clock.anchor
    # Four seconds of frames that arrive at once after a stall of the network, and the next ones in time.
    placed = [clock.place(number * _STEP, max(104, 100 + number * _STEP)) for number in range(1, 150)]
    assert clock.anchor is anchor
    assert placed == pytest.approx([100 + number * _STEP for number in range(1, 150)], abs=0.01)


@pytest.mark.parametrize("new", [0.0, 5000.0])
def test_place_jump_makes_a_new_anchor(new: float) -> None:
    clock = StreamClock()
    for number in range(50):
        clock.place(1000 + number * _STEP, 100 + number * _STEP)
    anchor = clock.anchor
    assert clock.place(new, 102) == 102
    assert clock.anchor is not anchor
    assert clock.place(new + _STEP, 102.5) == pytest.approx(102 + _STEP, abs=0.001)


def test_place_loss_of_as_many_frames_as_time_passed_is_no_jump() -> None:
    clock = StreamClock()
    clock.place(0, 100)
    anchor = clock.anchor
    assert clock.place(30, 130) == 130
    assert clock.anchor is anchor


def test_place_time_stamps_that_run_slow_do_not_fall_behind_for_ever() -> None:
    clock = StreamClock()
    behind = [number * _STEP - clock.place(number * _STEP / 2, number * _STEP) for number in range(25 * 120)]
    assert max(behind) < 12  # It would be 60 at the end


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 3)), min_size=1, max_size=60))
def test_place_whatever_comes_is_never_later_than_it_arrived(steps: list[tuple[float, float]]) -> None:
    clock, pts, moment = StreamClock(), 0.0, 100.0
    for step, passed in steps:
        pts, moment = pts + step, moment + passed
        assert clock.place(pts, moment) <= moment + 1e-9
