"""Times as text."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from framechain.basics.timecode import format_time, parse_time
from framechain.errors import ArgumentError


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (3, 3.0),
        (2.5, 2.5),
        (np.float32(0.5), 0.5),
        (np.uint8(200), 200.0),
        ("0:03", 3.0),
        ("0:03.25", 3.25),
        ("12:34", 754.0),
        ("75:00", 4500.0),
        ("1:02:03.5", 3723.5),
        ("100:00:00", 360_000.0),
        ("2.5s", 2.5),
        (".5s", 0.5),
        ("75 s", 75.0),
        (" 0:03 ", 3.0),
    ],
)
def test_parse_time_number_or_text_gives_seconds(value: Any, seconds: float) -> None:
    parsed = parse_time("start", value)
    assert parsed == seconds
    assert type(parsed) is float


@pytest.mark.parametrize(
    "value",
    [
        *("", "75", "2.5", "0:3", "0:60", "1:60:00", "1:2:03", "-0:03", "0:03s", "1:00:00:00", "soon"),
        *("\u0663:03", "1e3s"),
        *(-1, -0.001, math.nan, math.inf, True, None, b"0:03", [3], 10**400, "9" * 400 + "s", "9" * 5000 + ":00"),
    ],
)  # fmt: skip
def test_parse_time_other_value_is_refused_and_told_what_is_understood(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r'start must be seconds, such as 2\.5, or text, such as "0:03"'):
        parse_time("start", value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (0.0004, "0:00"), (59.9996, "1:00"), (62.5, "1:02.5"), (3600, "1:00:00"), (10.01, "0:10.01")],
)
def test_format_time_writes_what_is_parsed_again(seconds: float, text: str) -> None:
    assert format_time(seconds) == text
    assert parse_time("start", text) == pytest.approx(seconds, abs=0.0005)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (-1, "got -1; it must not be negative"),
        ("-0:03", "got '-0:03'; it must not be negative"),
        ("2,5", "got '2,5'; write a decimal point, not a comma"),
        ("75", "got '75'; write \"75s\", or the number 75"),
        ("1:5", "got '1:5'; after a colon two digits stand, from 00 to 59"),
        ("1:60:00", "got '1:60:00'; after a colon two digits stand, from 00 to 59"),
        ("soon", "got 'soon'"),
        (float("inf"), "got inf"),
    ],
)
def test_parse_time_refusal_names_the_reason(value: Any, reason: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_time("start", value)
    assert str(caught.value).endswith(reason)
