"""A diagnosis in a terminal and as JSON."""

from __future__ import annotations

import io
import json
import re

import pytest

from framechain.doctor.benchmark import BenchmarkFacts, Measurement
from framechain.doctor.check import Outcome
from framechain.doctor.diagnosis import Diagnosis
from framechain.doctor.report import format_outcome, format_summary, make_json, wants_colours
from framechain.doctor.verdict import Verdict

LONG = "it says much that is of use to those who read all of it to the very end, which is here"
OUTCOME = Outcome(
    "virtual camera",
    None,
    (Verdict("ok", "found"), Verdict("problem", LONG, f"--virtual-camera, then {LONG}"), Verdict("note", "odd")),
)
SPEED = Outcome("speed", BenchmarkFacts((Measurement(1280, 720, "fast", 50.0),)), (Verdict("ok", "fast"),))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_fit_the_terminal_and_say_all(width: int) -> None:
    text = format_outcome(OUTCOME, width=width)
    assert max(map(len, text.splitlines())) < width
    assert " ".join(text.split()) == (
        f"ok virtual camera found problem {LONG} -> --virtual-camera, then {LONG} note odd"
    )


def test_lines_of_a_narrow_terminal_are_still_readable() -> None:
    assert format_outcome(OUTCOME, width=10) == format_outcome(OUTCOME, width=60)


def test_lines_begin_with_state_and_area() -> None:
    lines = format_outcome(OUTCOME).splitlines()
    assert lines[0] == "ok       virtual camera  found"
    assert lines[1].startswith("problem                  it says much")
    assert next(line for line in lines if "->" in line).startswith(" " * 25 + "-> --virtual-camera")


def test_colours_change_nothing_but_colours() -> None:
    plain, coloured = format_outcome(OUTCOME), format_outcome(OUTCOME, colours=True)
    assert coloured.count("\x1b[0m") == 3
    assert "\x1b[31mproblem\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.platform", "linux")
    assert wants_colours(Terminal())
    assert not wants_colours(io.StringIO())
    assert not wants_colours(None)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colours(Terminal())
    monkeypatch.setenv("NO_COLOR", "")  # As https://no-color.org says: present and not empty.
    assert wants_colours(Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colours(Terminal())


def test_summary_counts_and_recommends() -> None:
    assert format_summary(Diagnosis((OUTCOME,))) == "1 problem and 1 note"
    assert format_summary(Diagnosis((SPEED,))) == "no problems and no notes; 720p fast holds 30 frames/s"


def test_json_has_verdicts_facts_and_the_recommendation() -> None:
    found = json.loads(make_json(Diagnosis((OUTCOME, SPEED))))
    assert (found["schema"], found["problems"], found["notes"]) == (1, 1, 1)
    assert found["recommendation"] == "720p fast holds 30 frames/s"
    assert found["checks"][0]["facts"] is None
    assert found["checks"][0]["verdicts"][0] == {"state": "ok", "text": "found", "advice": ""}
    assert found["checks"][1]["facts"]["measurements"] == [
        {"width": 1280, "height": 720, "quality": "fast", "frames_per_second": 50.0}
    ]
    assert json.loads(make_json(Diagnosis((OUTCOME,))))["recommendation"] is None
