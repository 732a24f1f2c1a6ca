"""Times of a video as a user writes them: seconds as a number, or text such as "0:03"."""

from __future__ import annotations

import re
from typing import Any

from ..errors import ArgumentError
from .arguments import is_number

Time = float | str
"""Seconds from the beginning, or text that `parse_time` understands."""

TOLERANCE = 0.0005
"""Seconds by which a frame's time may miss a bound: text gives times to the millisecond, frames lie between."""

_LIMIT = 1e12
_CLOCK = re.compile(r"(?:(?P<hours>\d{1,9}):(?=\d\d:))?(?P<minutes>\d{1,9}):(?P<seconds>[0-5]\d(?:\.\d+)?)", re.ASCII)
_SECONDS = re.compile(r"(?P<seconds>\d+(?:\.\d*)?|\.\d+) ?s", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_OTHER_CLOCK = re.compile(r"\d{1,9}:\d{1,9}(?::\d{1,9})?(?:\.\d{1,9})?", re.ASCII)


def parse_time(name: str, value: Any) -> float:
    """Return a time in seconds.

    Args:
        name: The argument's name.
        value: Seconds as a number of at least 0, or text: "0:03", "1:02.5", "1:00:00" or "2.5s".

    Returns:
        Seconds.

    Raises:
        ArgumentError: If it is none of these.

    Example:
        >>> [parse_time("start", value) for value in (2.5, "2.5s", "0:03", "1:02.5", "1:00:00")]
        [2.5, 2.5, 3.0, 62.5, 3600.0]
    """
    seconds: Any = _parse_text(value.strip()) if isinstance(value, str) else value
    if not is_number(seconds) or not 0 <= seconds < _LIMIT:
        raise ArgumentError(
            f'{name} must be seconds, such as 2.5, or text, such as "0:03" (m:ss), "1:02:03.5" (h:mm:ss.f) or "2.5s", '
            f"got {value!r}{_find_reason(value)}"
        )
    return float(seconds)


def _find_reason(value: Any) -> str:
    """Return why a time is not understood, as the end of a message; "" if there is no more to say."""
    if is_number(value):
        return "; it must not be negative" if value < 0 else ""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if text.startswith("-"):
        return "; it must not be negative"
    if "," in text:
        return "; write a decimal point, not a comma"
    if _NUMBER.fullmatch(text):
        return f'; write "{text}s", or the number {text}'
    return "; after a colon two digits stand, from 00 to 59" if _OTHER_CLOCK.fullmatch(text) else ""


def _parse_text(text: str) -> float | None:
    if match := _CLOCK.fullmatch(text):
        hours, minutes = int(match["hours"] or 0), int(match["minutes"])
        if match["hours"] is not None and minutes > 59:
            return None
        return 3600 * hours + 60 * minutes + float(match["seconds"])
    match = _SECONDS.fullmatch(text)
    return None if match is None else float(match["seconds"])


def format_time(seconds: float) -> str:
    """Return a time as text for a message.

    Example:
        >>> format_time(3), format_time(62.5), format_time(3723.25)
        ('0:03', '1:02.5', '1:02:03.25')
    """
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}" if hours else str(minutes)
    return f"{clock}:{rest // 1000:02d}" + f".{rest % 1000:03d}".rstrip("0").rstrip(".")
