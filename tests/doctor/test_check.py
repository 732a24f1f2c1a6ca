"""A check that fails is a line, never a traceback, and one that hangs is left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from framechain.doctor.check import Check, run_check
from framechain.doctor.privacy import Privacy
from framechain.doctor.verdict import Verdict


@dataclass(frozen=True)
class Facts:
    text: str = "fine"


def judge(facts: Facts) -> Iterable[Verdict]:
    yield Verdict("ok", facts.text)


def fail(error: BaseException) -> Callable[..., Facts]:
    def gather(*given: object) -> Facts:
        raise error

    return gather


def test_check_that_works_has_facts_and_verdicts() -> None:
    outcome = run_check(Check("thing", Facts, judge), Privacy())
    assert (outcome.area, outcome.facts, outcome.verdicts) == ("thing", Facts(), (Verdict("ok", "fine"),))


@pytest.mark.parametrize(
    ("error", "state", "text"),
    [
        (ValueError("of two\n lines"), "problem", "could not be checked (ValueError: of two lines)"),
        (SystemExit("a library ends the program"), "problem", "(SystemExit: a library ends the program)"),
        (ImportError("libGL.so.1: missing"), "note", "could not be checked: libGL.so.1: missing"),
        (OSError(13, "Permission denied", "/x/y"), "problem", "(PermissionError: Permission denied)"),
    ],
)
def test_check_that_raises_is_a_line(error: BaseException, state: str, text: str) -> None:
    for check in (Check("thing", fail(error), judge), Check("thing", Facts, fail(error))):
        (verdict,) = run_check(check, Privacy()).verdicts
        assert verdict.state == state
        assert text in verdict.text
        assert verdict.advice


def test_check_that_hangs_is_left_after_its_limit() -> None:
    released = threading.Event()

    def hang() -> Facts:
        released.wait()
        return Facts()

    try:
        (verdict,) = run_check(Check("thing", hang, judge, seconds=0.05), Privacy()).verdicts
    finally:
        released.set()
    assert (verdict.state, verdict.text) == ("problem", "gave no answer within 0.05 s")


def test_check_hides_what_is_private_in_facts_and_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "jane-doe")
    privacy = Privacy()
    told = Check("thing", lambda: Facts("a camera of jane-doe at /home/x/y.txt"), judge)
    failed = Check("thing", fail(ValueError("no /home/jane-doe/a b/c.txt of jane-doe")), judge)
    for check in (told, failed):
        outcome = run_check(check, privacy)
        assert "jane-doe" not in f"{outcome}"
        assert "/home" not in f"{outcome}"
