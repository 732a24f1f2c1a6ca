"""When the camera moves, and on which path."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from framechain.framing.composition import Limits, Subject
from framechain.framing.operator import Operator

LIMITS = Limits(1920, 1080, 16 / 9, 0.22, 1, 3)
STILL = Subject((900, 500), 120)


def film(
    people: Callable[[float], list[Subject]], seconds: float, *, rate: int = 25, speed: float = 1
) -> NDArray[np.float64]:
    """Return x, y and height of the shot in each frame; the operator looks at every third one."""
    operator, shots = Operator(), []
    for index in range(round(seconds * rate)):
        there = people(index / rate)
        if index % 3 == 0:
            operator.aim(there, LIMITS, index / rate)
        shots.append(operator.move(there, LIMITS, index / rate, speed))
    return np.array(shots)


def test_operator_rests_while_somebody_moves_a_little() -> None:
    path = film(lambda time: [Subject((900 + 25 * np.sin(5 * time), 500 + 15 * np.cos(7 * time)), 120)], 4)
    assert np.ptp(path, axis=0).max() == 0


def test_operator_follows_a_step_without_overshoot() -> None:
    path = film(lambda time: [STILL if time < 1 else Subject((1300, 520), 120)], 5)[:, 0]
    assert path[0] == 900
    assert path[-1] == pytest.approx(1300, abs=1)
    assert (np.diff(path) >= 0).all()
    # Nine tenths of the way in about a second and a half, and no jump at the start.
    assert 1.0 < np.argmax(path > 1260) / 25 - 1 < 2.0
    assert np.abs(np.diff(path, 2)).max() < 6


def test_operator_hurries_before_somebody_leaves_the_shot() -> None:
    near, far = (
        film(lambda time, to=to: [STILL if time < 1 else Subject((to, 500), 120)], 3)[:, 0] for to in (1060, 1500)
    )
    share = [(path[35] - 900) / (path[-1] - 900) for path in (near, far)]
    assert share[1] > share[0] + 0.1


def test_operator_is_as_fast_at_any_rate_and_faster_when_told() -> None:
    def walk(time: float) -> list[Subject]:
        return [STILL if time < 0.9 else Subject((1200, 500), 120)]

    slow, usual, many = film(walk, 3), film(walk, 3, speed=2), film(walk, 3, rate=75)
    assert slow[40, 0] < usual[40, 0]
    assert abs(many[::3][60, 0] - film(walk, 3)[60, 0]) < 12


def test_operator_without_anybody_holds_and_then_slowly_becomes_wide() -> None:
    path = film(lambda time: [STILL] if time < 1 else [], 14)[:, 2]
    assert np.ptp(path[:60]) == 0
    assert 1.2 * path[0] < path[140] < 0.9 * 1080
    assert path[-1] > 0.97 * 1080
    assert (np.diff(path) >= -1e-9).all()


def test_operator_becomes_tighter_only_when_it_lasts() -> None:
    def glance(time: float) -> list[Subject]:
        return [Subject((900, 500), 170 if not 1 < time < 1.6 else 90)]

    assert np.ptp(film(glance, 4)[:, 2]) == 0
    assert film(lambda time: [Subject((900, 500), 170 if time < 1 else 90)], 6)[-1, 2] < 0.65 * 170 / 0.22


def test_operator_never_leaves_the_frame() -> None:
    random = np.random.default_rng(3)
    places = random.uniform((0, 0, 20), (1920, 1080, 400), (12, 3))

    def jump(time: float) -> list[Subject]:
        x, y, size = places[int(time) % 12]
        return [Subject((x, y), size)] if int(time) % 4 else []

    path = film(jump, 12)
    half = path[:, 2:] * (16 / 18, 0.5)
    assert (path[:, :2] - half >= -1e-6).all()
    assert (path[:, :2] + half <= (1920 + 1e-6, 1080 + 1e-6)).all()
    assert np.abs(np.diff(path, axis=0)).max() < 120
