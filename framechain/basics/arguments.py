"""Checks of arguments: each error names the argument, what it may be and what was given.

NumPy's numbers are accepted as Python's are; bool and nan are refused.
"""

from __future__ import annotations

import dataclasses
import enum
import math
import os
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import ArgumentError, ArgumentTypeError

NONE_ADVICE = "; cv2.imread and the like give None for a file that they cannot read"
"""Where None often comes from, as the end of a message."""

# OpenCV's integers have 32 bits.
_INT_LIMIT = 2**31


class NotGiven(enum.Enum):
    """The default of an argument for which None is a mistake."""

    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return self.name


def is_number(value: object) -> bool:
    """Return whether a value is a real number that fits into a float: no bool and not nan."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= sys.float_info.max
    return isinstance(value, float | np.integer | np.floating) and bool(value == value)


def is_whole_number(value: object) -> bool:
    """Return whether a value is an integer and no bool."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def to_python(value: Any) -> Any:
    """Return a number of NumPy's as Python's, and anything else as it is: np.uint8(255) + 1 would be 0.

    Example:
        >>> to_python(np.uint8(255)) + 1, to_python("cover")
        (256, 'cover')
    """
    return value.item() if isinstance(value, np.generic) else value


def convert_numbers(instance: Any) -> None:
    """Convert NumPy's numbers in the fields of a frozen dataclass to Python's."""
    for field in dataclasses.fields(instance):
        value = getattr(instance, field.name)
        if isinstance(value, np.generic):
            object.__setattr__(instance, field.name, value.item())


def check_number(name: str, value: Any, low: float, high: float, *, unit: str = "") -> float:
    """Check a number from `low` to `high`.

    Args:
        name: The argument's name.
        value: Its value.
        low: The smallest number allowed.
        high: The largest number allowed; may be infinite.
        unit: What the number counts, such as "pixels".

    Returns:
        The value as a float.

    Raises:
        ArgumentError: If it is no such number.

    Example:
        >>> check_number("light_wrap", np.float32(0.5), 0, 1)
        0.5
    """
    if not is_number(value) or not low <= value <= high:
        what = f"a number of {unit}" if unit else "a number"
        bounds = f"of at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise ArgumentError(f"{name} must be {what} {bounds}, got {value!r}")
    return float(value)


def check_count(name: str, value: Any, low: int, *, odd: bool = False) -> int:
    """Check a whole number of at least `low`, odd if asked for.

    Returns:
        The value as an int.

    Raises:
        ArgumentError: If it is no such number.
    """
    if not is_whole_number(value) or value < low or (odd and value % 2 == 0):
        raise ArgumentError(f"{name} must be {'an odd' if odd else 'a whole'} number of at least {low}, got {value!r}")
    return int(value)


def check_seconds(name: str, value: Any) -> float:
    """Check a number of seconds above 0; it may be infinite.

    Returns:
        The value as a float.

    Raises:
        ArgumentError: If it is no such number.
    """
    if not is_number(value) or value <= 0:
        raise ArgumentError(f"{name} must be a number of seconds above 0, got {value!r}")
    return float(value)


def check_time_limit(name: str, value: Any) -> float | None:
    """Check a number of seconds above 0, or None for no limit.

    Returns:
        The value as a float; None if it is None.

    Raises:
        ArgumentError: If it is neither.
    """
    if value is not None and (not is_number(value) or value <= 0):
        raise ArgumentError(f"{name} must be a number of seconds above 0, or None, got {value!r}")
    return None if value is None else float(value)


def check_rate(name: str, value: Any) -> Fraction:
    """Check a number of frames per second.

    Args:
        name: The argument's name.
        value: A number or a fraction.

    Returns:
        The rate; 29.97 as 2997/100.

    Raises:
        ArgumentError: If it is no number above 0 and up to 1000.

    Example:
        >>> check_rate("fps", 23.976), check_rate("fps", Fraction(30000, 1001))
        (Fraction(2997, 125), Fraction(30000, 1001))
    """
    if not (isinstance(value, Fraction) or is_number(value)) or not 0.001 <= value <= 1000:
        raise ArgumentError(f"{name} must be a number of frames per second from 0.001 to 1000, got {value!r}")
    return Fraction(value if isinstance(value, Fraction) else float(value)).limit_denominator(1001)


def check_path(name: str, value: Any) -> str:
    """Check that a value is a path: text, or an object such as `pathlib.Path`.

    Returns:
        The path as text.

    Raises:
        ArgumentTypeError: If it is neither.

    Example:
        >>> check_path("path", "clips/clip.mp4")
        'clips/clip.mp4'
    """
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else value
    if not isinstance(text, str):
        raise ArgumentTypeError(f"{name} must be a path, got {type(value).__name__}")
    return text


def check_frame_array(name: str, value: Any) -> None:
    """Check that a value is an array with the axes of an image.

    Raises:
        ArgumentTypeError: If it is not.
    """
    if not isinstance(value, np.ndarray) or value.ndim not in (2, 3):
        shape = f"an array {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        raise ArgumentTypeError(f"{name} must be an array (height, width, 3), got {shape}")


def check_choice(name: str, value: Any, choices: Sequence[str]) -> str:
    """Check that a value is one of some words.

    Returns:
        The value.

    Raises:
        ArgumentError: If it is none of them.
    """
    if not isinstance(value, str) or value not in choices:
        raise ArgumentError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
    return value


def check_bgr(name: str, value: Any) -> tuple[int, int, int]:
    """Check a colour: blue, green and red.

    Returns:
        Three whole numbers from 0 to 255; fractions are rounded.

    Raises:
        ArgumentError: If it is not three numbers from 0 to 255.

    Example:
        >>> check_bgr("bg_color", np.array([0, 127.6, 255]))
        (0, 128, 255)
    """
    values = _make_list(value)
    if len(values) != 3 or not all(is_number(number) and 0 <= number <= 255 for number in values):
        raise ArgumentError(f"{name} must be (blue, green, red) with numbers from 0 to 255, got {value!r}")
    blue, green, red = (round(float(number)) for number in values)
    return blue, green, red


def check_position(name: str, value: Any) -> tuple[int, int]:
    """Check a place in pixels: x and y.

    Returns:
        Two whole numbers; fractions are cut off.

    Raises:
        ArgumentError: If it is not two numbers.

    Example:
        >>> check_position("position", np.array([7, 70]))
        (7, 70)
    """
    values = _make_list(value)
    if len(values) != 2 or not all(is_number(number) and abs(number) < _INT_LIMIT for number in values):
        raise ArgumentError(f"{name} must be (x, y) in pixels, got {value!r}")
    x, y = (int(number) for number in values)
    return x, y


def check_size(name: str, value: Any) -> tuple[int, int]:
    """Check a size in pixels: width and height.

    Returns:
        Two whole numbers.

    Raises:
        ArgumentError: If it is not two whole numbers of at least 1.
    """
    values = _make_list(value)
    if len(values) != 2 or not all(is_whole_number(side) and side >= 1 for side in values):
        raise ArgumentError(f"{name} must be a (width, height) in pixels, got {value!r}")
    width, height = (int(side) for side in values)
    return width, height


def check_region(name: str, value: Any) -> tuple[int, int, int, int]:
    """Check a rectangle in pixels: left, top, right, bottom.

    Returns:
        Four whole numbers.

    Raises:
        ArgumentError: If it is not four whole numbers of at least 0 with left < right and top < bottom.
    """
    values = _make_list(value)
    are_counts = all(is_whole_number(number) and number >= 0 for number in values)
    if len(values) != 4 or not are_counts or values[0] >= values[2] or values[1] >= values[3]:
        raise ArgumentError(
            f"{name} must be (left, top, right, bottom) in pixels with left < right and top < bottom, got {value!r}"
        )
    left, top, right, bottom = (int(number) for number in values)
    return left, top, right, bottom


def _make_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else []
