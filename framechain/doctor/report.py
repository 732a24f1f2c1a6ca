"""A diagnosis as lines for a terminal, and as JSON for a bug report."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import textwrap
from typing import Any, TextIO

from .._version import __version__
from .check import Outcome
from .diagnosis import Diagnosis
from .verdict import Verdict

SCHEMA = 1
"""The version of the JSON; it grows when a name in it goes or changes its meaning."""

_COLOURS = {"ok": "32", "note": "33", "problem": "31"}
_STATE_WIDTH, _AREA_WIDTH = 9, 16
_INDENT = " " * (_STATE_WIDTH + _AREA_WIDTH)
_LEAST_WIDTH, _MOST_WIDTH = 60, 120


def format_outcome(outcome: Outcome, *, width: int = 80, colours: bool = False) -> str:
    """Return the lines of a check.

    Args:
        outcome: What came of it.
        width: The width of the terminal.
        colours: Whether the states are coloured.
    """
    lines: list[str] = []
    area = outcome.area
    for verdict in outcome.verdicts:
        lines += _format_verdict(verdict, area, min(max(width, _LEAST_WIDTH), _MOST_WIDTH) - 1, colours)
        area = ""
    return "\n".join(lines)


def _format_verdict(verdict: Verdict, area: str, width: int, colours: bool) -> list[str]:
    head = f"{verdict.state:<{_STATE_WIDTH}}{area:<{_AREA_WIDTH}}"
    # Words such as --output and libgl1-mesa stay whole.
    lines = textwrap.wrap(
        verdict.text,
        width,
        initial_indent=head,
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    ) or [head]
    if colours:
        code = _COLOURS[verdict.state]
        lines[0] = f"\x1b[{code}m{verdict.state}\x1b[0m{lines[0][len(verdict.state) :]}"
    return lines + textwrap.wrap(
        verdict.advice,
        width,
        initial_indent=f"{_INDENT}-> ",
        subsequent_indent=f"{_INDENT}   ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def format_summary(diagnosis: Diagnosis) -> str:
    """Return the last line: how many problems there are, and what the machine can hold."""
    counts = (diagnosis.count("problem"), "problem"), (diagnosis.count("note"), "note")
    words = " and ".join(f"{count or 'no'} {word}{'' if count == 1 else 's'}" for count, word in counts)
    holds = f"; {diagnosis.recommendation}" if diagnosis.recommendation else ""
    return f"{words}{holds}"


def make_json(diagnosis: Diagnosis) -> str:
    """Return all that was found, as JSON.

    Args:
        diagnosis: What the checks came to.
    """
    checks = [
        {
            "area": outcome.area,
            "verdicts": [dataclasses.asdict(verdict) for verdict in outcome.verdicts],
            "facts": None if outcome.facts is None else dataclasses.asdict(outcome.facts),
        }
        for outcome in diagnosis.outcomes
    ]
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "framechain": __version__,
        "problems": diagnosis.count("problem"),
        "notes": diagnosis.count("note"),
        "recommendation": diagnosis.recommendation,
        "checks": checks,
    }
    return json.dumps(found, indent=1)


def wants_colours(stream: TextIO | None) -> bool:
    """Return whether colours are of use: not in a file or a pipe, nor with NO_COLOR (https://no-color.org).

    Args:
        stream: Where the lines go.
    """
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # The old console of Windows prints the codes as they are.
    return stream.isatty() and (sys.platform != "win32" or bool(os.environ.get("WT_SESSION")))
