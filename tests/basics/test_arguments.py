"""Argument checks: what each accepts, what each refuses, and the sentence of the error."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pytest

from framechain.backgrounds import Gallery, Video
from framechain.basics.arguments import (
    check_bgr,
    check_choice,
    check_count,
    check_number,
    check_path,
    check_region,
    check_seconds,
    check_time_limit,
)
from framechain.errors import ArgumentError, ArgumentTypeError
from framechain.mattes import OnnxMatte

NO_NUMBERS = [True, np.True_, math.nan, np.float32("nan"), "1", None, [1], 1j, np.complex64(1)]


@pytest.mark.parametrize("value", [0.5, np.float16(0.5), np.float32(0.5), np.float64(0.5)])
def test_check_number_numpy_float_becomes_float(value: Any) -> None:
    checked = check_number("x", value, 0, 1)
    assert checked == 0.5
    assert type(checked) is float


@pytest.mark.parametrize("value", [0, 1, np.int8(0), np.uint64(1)])
def test_check_number_bounds_are_allowed(value: Any) -> None:
    assert check_number("x", value, 0, 1) == value


@pytest.mark.parametrize("value", [*NO_NUMBERS, -0.001, 1.001, math.inf, -math.inf, 10**400])
def test_check_number_other_value_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^x must be a number from 0 to 1, got "):
        check_number("x", value, 0, 1)


def test_check_number_unit_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"^choke must be a number of pixels from -100 to 100, got 101$"):
        check_number("choke", 101, -100, 100, unit="pixels")


def test_check_number_without_upper_bound_names_the_lower_one() -> None:
    assert check_number("x", 1e9, 0.5, math.inf) == 1e9
    with pytest.raises(ArgumentError, match=r"^x must be a number of at least 0\.5, got 0$"):
        check_number("x", 0, 0.5, math.inf)


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3)])
def test_check_count_numpy_integer_becomes_int(value: Any) -> None:
    checked = check_count("x", value, 1, odd=True)
    assert checked == 3
    assert type(checked) is int


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, -1, 2.0, np.float32(3)])
def test_check_count_other_value_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^x must be a whole number of at least 1, got "):
        check_count("x", value, 1)


@pytest.mark.parametrize("value", [2, np.int64(4), -1])
def test_check_count_even_number_is_refused_if_odd_is_asked_for(value: Any) -> None:
    with pytest.raises(ArgumentError, match=rf"^x must be an odd number of at least 1, got .*{value}"):
        check_count("x", value, 1, odd=True)


@pytest.mark.parametrize("check", [check_seconds, check_time_limit])
@pytest.mark.parametrize("value", [1, 0.25, np.float32(0.25), np.int8(1), math.inf])
def test_check_seconds_positive_number_becomes_float(check: Any, value: Any) -> None:
    checked = check("x", value)
    assert checked == value
    assert type(checked) is float


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, -1, -math.inf, 10**400])
def test_check_seconds_other_value_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^x must be a number of seconds above 0, got "):
        check_seconds("x", value)
    if value is not None:
        with pytest.raises(ArgumentError, match=r"^x must be a number of seconds above 0, or None, got "):
            check_time_limit("x", value)


def test_check_time_limit_none_means_no_limit() -> None:
    assert check_time_limit("x", None) is None


@pytest.mark.parametrize("value", ["stretched", "", None, 1, ["cover"]])
def test_check_choice_other_value_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^fit must be one of cover, contain, got "):
        check_choice("fit", value, ("cover", "contain"))


@pytest.mark.parametrize(
    "value", [(1, 2, 3), [0.6, 2.4, np.float32(3.1)], np.array([1, 2, 3], np.uint8), (n for n in (1, 2, 3))]
)
def test_check_bgr_three_numbers_are_rounded(value: Any) -> None:
    checked = check_bgr("color", value)
    assert checked == (1, 2, 3)
    assert all(type(number) is int for number in checked)


@pytest.mark.parametrize(
    "value", [(1, 2), (1, 2, 3, 4), (1, 2, 256), (-1, 2, 3), (1, 2, math.nan), (1, 2, True), "abc", b"abc", 5, None]
)  # fmt: skip
def test_check_bgr_other_value_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^color must be \(blue, green, red\) with numbers from 0 to 255, got "):
        check_bgr("color", value)


def test_check_region_numpy_integers_become_ints() -> None:
    region = check_region("roi", np.array([0, 1, 2, 3]))
    assert region == (0, 1, 2, 3)
    assert all(type(number) is int for number in region)


@pytest.mark.parametrize(
    "value", [(0, 0, 1), (1, 0, 1, 2), (0, 2, 1, 2), (-1, 0, 1, 1), (0, 0, 1.5, 2), (False, 0, 1, 1), "0011", None]
)
def test_check_region_other_value_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^roi must be \(left, top, right, bottom\) in pixels with left < right"):
        check_region("roi", value)


@pytest.mark.parametrize("value", ["clips/me.mp4", PurePosixPath("clips/me.mp4")])
def test_check_path_text_and_paths_become_text(value: Any) -> None:
    assert check_path("x", value) == "clips/me.mp4"


class BytesPath:
    """What an `os.DirEntry` of a folder named in bytes is."""

    def __fspath__(self) -> bytes:
        return b"clips"


@pytest.mark.parametrize("value", [b"clips", None, 5, ["clips"], BytesPath()])
@pytest.mark.parametrize("make", [Video, Gallery, OnnxMatte])
def test_check_path_other_value_is_refused_by_all_that_take_paths(make: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=r"^(path|folder|model_path) must be a path, got \w+$"):
        make(value)
