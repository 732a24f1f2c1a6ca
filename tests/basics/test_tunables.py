"""Tunable: values and trackbar positions."""

from __future__ import annotations

import pytest

from framechain.basics.tunables import Tunable, read_tunables


def make(value: float, minimum: float, maximum: float, step: float = 0.01, name: str = "level") -> tuple[Tunable, list]:
    held = [value]
    return Tunable(name, lambda: held[0], lambda new: held.__setitem__(0, new), minimum, maximum, step), held


@pytest.mark.parametrize(
    ("value", "minimum", "maximum", "step", "position", "positions"),
    [
        (0.5, 0, 1, 0.01, 50, 100),
        (0.005, 0.005, 0.3, 0.005, 0, 59),
        (0.3, 0.005, 0.3, 0.005, 59, 59),
        (35, 1, 199, 2, 17, 99),
        (500, 1, 199, 2, 99, 99),
        (-5, 1, 199, 2, 0, 99),
        (1, 1, 1, 2, 0, 1),
    ],
)
def test_position_value_is_a_step_of_the_trackbar(
    value: float, minimum: float, maximum: float, step: float, position: int, positions: int
) -> None:
    tunable, _ = make(value, minimum, maximum, step)
    assert (tunable.position, tunable.positions) == (position, positions)


@pytest.mark.parametrize(
    ("step", "position", "expected", "kind"), [(0.1, 3, 1.3, float), (2, 3, 7, int), (0.01, 29, 1.29, float)]
)
def test_turn_position_becomes_a_value_without_rounding_errors(
    step: float, position: int, expected: float, kind: type
) -> None:
    tunable, held = make(1, 1, 199, step)
    tunable.turn(position)
    assert held == [expected]
    assert type(held[0]) is kind
    assert tunable.position == position


def test_str_is_the_value_in_short() -> None:
    assert str(make(0.25, 0, 1)[0]) == "0.25"
    assert str(make(35, 1, 199, 2)[0]) == "35"


def test_read_tunables_the_first_of_a_name_counts() -> None:
    tunables = [make(1, 0, 9, name="a")[0], make(2, 0, 9, name="b")[0], make(3, 0, 9, name="a")[0]]
    assert read_tunables(tunables) == {"a": 1, "b": 2}
    assert list(read_tunables(tunables)) == ["a", "b"]
