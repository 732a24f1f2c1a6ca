"""The level that a machine can hold, with a made camera and a made clock."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from framechain.live.pace import PaceController

Cost = Callable[[float, int], float]
"""Seconds that a frame takes, given the time and how many levels below the best one it is processed."""


@dataclass
class Machine:
    """A camera of which always the newest frame is processed, and a controller that follows.

    Attributes:
        rate: The camera's frames per second.
        steps: The time and the level of each change.
    """

    pace: PaceController
    rate: float = 30.0
    now: float = 0.0
    arrived: int = 0
    dropped: int = 0
    steps: list[tuple[float, int]] = field(default_factory=list)
    _seconds: float = 0.0

    def run(self, until: float, cost: Cost) -> Machine:
        while self.now < until:
            ready = math.floor(self.now * self.rate + 1e-6) + 1
            if ready == self.arrived:
                self.now = ready / self.rate
                ready += 1
            self.dropped += ready - self.arrived - 1
            self.arrived = ready
            if self.pace.add(self.now, seconds=self._seconds, arrived=ready, dropped=self.dropped):
                self.steps.append((self.now, self.pace.below))
            self._seconds = cost(self.now, self.pace.below)
            self.now += self._seconds
        return self

    def skip(self, seconds: float) -> None:
        """Let time pass in which the camera gives nothing."""
        self.now += seconds
        self.arrived = math.floor(self.now * self.rate)  # Frames that never came are no dropped ones.


def constantly(*milliseconds: float) -> Cost:
    """The cost at each level, from the best one downwards."""
    return lambda now, below: milliseconds[below] / 1000


def find_levels(machine: Machine) -> list[int]:
    return [below for _, below in machine.steps]


@pytest.mark.slow
def test_pace_stays_at_the_best_level_that_keeps_the_rate() -> None:
    machine = Machine(PaceController(2)).run(600, constantly(29, 20))
    assert (machine.pace.below, machine.steps, machine.dropped) == (0, [], 0)
    assert machine.pace.rate == pytest.approx(30, rel=0.05)


def test_pace_steps_down_at_once_when_frames_are_dropped() -> None:
    slow = 10.0
    machine = Machine(PaceController(2)).run(30, lambda now, below: 0.010 if now < slow or below else 0.060)
    (moment, below) = machine.steps[0]
    assert below == 1
    assert moment - slow < 0.25


def test_pace_steps_down_where_less_than_a_tenth_is_to_spare() -> None:
    machine = Machine(PaceController(2)).run(5, constantly(31, 20))
    assert machine.dropped == 0
    assert find_levels(machine) == [1]


@pytest.mark.parametrize(("costs", "expected"), [((60, 50, 40, 20), 3), ((60, 32, 25, 20), 2), ((29, 9, 9, 9), 0)])
def test_pace_goes_down_to_the_best_level_that_fits(costs: tuple[float, ...], expected: int) -> None:
    assert Machine(PaceController(4)).run(4, constantly(*costs)).pace.below == expected


def test_pace_steps_no_further_than_the_lowest_level() -> None:
    machine = Machine(PaceController(2)).run(60, constantly(90, 90))
    assert find_levels(machine) == [1]


@pytest.mark.parametrize("rate", [8.0, 15.0, 60.0])
def test_pace_follows_the_rate_that_the_camera_really_has(rate: float) -> None:
    spare = Machine(PaceController(2), rate).run(20, constantly(850 / rate, 500 / rate))
    late = Machine(PaceController(2), rate).run(20, constantly(950 / rate, 850 / rate))
    assert (spare.pace.below, late.pace.below) == (0, 1)


def test_pace_object_that_takes_seconds_is_noticed() -> None:
    assert Machine(PaceController(2)).run(30, constantly(3000, 3000)).pace.below == 1


def test_pace_goes_up_slowly_after_the_load_has_gone() -> None:
    gone = 20.0

    def cost(now: float, below: int) -> float:
        return (0.045 if now < gone else 0.015) / (1 + below)

    machine = Machine(PaceController(2)).run(120, cost)
    assert machine.pace.below == 0
    *_, (moment, below) = machine.steps
    assert below == 0
    assert moment > gone
    assert machine.steps[0][0] < 2.0


def test_pace_waits_before_a_step_up() -> None:
    machine = Machine(PaceController(2)).run(30, lambda now, below: 0.060 if now < 3 else 0.005)
    (down, _), (up, _) = machine.steps
    assert up - down > 4.9


@pytest.mark.parametrize(
    "high", [pytest.param(31.0, marks=pytest.mark.slow), 34.0, pytest.param(60.0, marks=pytest.mark.slow)]
)
def test_pace_never_oscillates_under_a_load_between_two_levels(high: float) -> None:
    """The lower level has time to spare, the better one never: it is tried less and less often."""
    machine = Machine(PaceController(2)).run(1800, constantly(high, 20))
    assert len(machine.steps) <= 2 * 12
    assert machine.dropped < 0.002 * machine.arrived
    moments = [moment for moment, below in machine.steps if below == 0]
    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(waits[:5]))
    # Tries are short.
    tried = [down - up for (up, below), (down, _) in itertools.pairwise(machine.steps) if below == 0]
    assert max(tried) < 1.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_pace_changes_seldom_where_the_load_varies_around_the_limit(seed: int) -> None:
    chance = random.Random(seed)

    def cost(now: float, below: int) -> float:
        return max(0.001, chance.gauss(0.027 if below == 0 else 0.020, 0.003))

    machine = Machine(PaceController(2)).run(1800, cost)
    assert len(machine.steps) <= 40
    assert machine.dropped < 0.02 * machine.arrived


@pytest.mark.parametrize("every", [4.0, 10.0])
def test_pace_single_late_frame_now_and_then_changes_nothing(every: float) -> None:
    """Such as a snapshot, which writes a large file between two frames."""

    def cost(now: float, below: int) -> float:
        return 0.120 if now % every < 1 / 30 and now > 1 else 0.010

    machine = Machine(PaceController(2)).run(120, cost)
    assert machine.dropped > 0
    assert machine.steps == []


def test_pace_start_does_not_count() -> None:
    machine = Machine(PaceController(2)).run(60, lambda now, below: 0.200 if now < 0.6 else 0.010)
    assert machine.dropped > 0
    assert machine.steps == []


def test_pace_bursts_from_a_network_change_nothing() -> None:
    """Frames that arrive together are dropped although each takes no time."""
    pace = PaceController(2)
    changes = [
        pace.add(5 * number / 30, seconds=0.008, arrived=5 * number + 5, dropped=4 * number) for number in range(600)
    ]
    assert not any(changes)


@pytest.mark.parametrize("gap", [1.5, 60.0])
def test_pace_level_is_kept_while_the_camera_is_lost(gap: float) -> None:
    machine = Machine(PaceController(2)).run(10, constantly(60, 30.5))
    assert find_levels(machine) == [1]
    for _ in range(5):
        machine.skip(gap)
        machine.run(machine.now + 3, constantly(60, 28))
    assert find_levels(machine) == [1]
    assert machine.pace.rate == pytest.approx(30, rel=0.05)


def test_pace_pause_of_the_viewer_changes_nothing() -> None:
    machine = Machine(PaceController(2)).run(100, lambda now, below: 10.0 if now % 20 < 1 / 30 else 0.010)
    assert machine.dropped > 1000
    assert machine.steps == []
