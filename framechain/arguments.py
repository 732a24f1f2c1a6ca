"""Checks of the mattes' numbers: each error names the argument, what it may be and what it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .errors import ArgumentError


def number(name: str, value: Any, low: float, high: float) -> float:
    """A number from `low` to `high`.

    Raises:
        ArgumentError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not low <= value <= high:
        raise ArgumentError(f"{name} must be a number from {low:g} to {high:g}, got {value!r}")
    return float(value)


def whole(name: str, value: Any, low: int, *, odd: bool = False) -> int:
    """A whole number of at least `low`.

    Raises:
        ArgumentError: If it is none, or is even where it must be odd.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low or (odd and value % 2 == 0):
        raise ArgumentError(f"{name} must be {'an odd' if odd else 'a whole'} number of at least {low}, got {value!r}")
    return int(value)


def color(name: str, value: Any) -> tuple[int, int, int]:
    """Blue, green and red.

    Raises:
        ArgumentError: If it is not three numbers from 0 to 255.
    """
    values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else []
    if len(values) != 3 or not all(isinstance(v, int | float | np.number) and 0 <= v <= 255 for v in values):
        raise ArgumentError(f"{name} must be (blue, green, red) with numbers from 0 to 255, got {value!r}")
    blue, green, red = (round(float(v)) for v in values)
    return blue, green, red


def region(name: str, value: Any) -> tuple[int, int, int, int]:
    """A rectangle of pixels: left, top, right, bottom.

    Raises:
        ArgumentError: If it is not four whole numbers with left < right and top < bottom.
    """
    values = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else []
    whole_numbers = all(isinstance(v, int | np.integer) and not isinstance(v, bool) and v >= 0 for v in values)
    if len(values) != 4 or not whole_numbers or values[0] >= values[2] or values[1] >= values[3]:
        raise ArgumentError(
            f"{name} must be (left, top, right, bottom) in pixels with left < right and top < bottom, got {value!r}"
        )
    left, top, right, bottom = (int(v) for v in values)
    return left, top, right, bottom
