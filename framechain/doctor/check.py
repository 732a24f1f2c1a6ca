"""A check: gathers facts, with a time limit, and judges them. One that fails becomes a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import LateError, reason
from ..threads.worker import Worker
from .privacy import Privacy
from .verdict import Verdict

_USUAL_SECONDS = 20.0

Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Check(Generic[Facts]):
    """What is checked.

    Attributes:
        area: What it is about, in one or two words.
        gather: Returns facts, a dataclass; called in a thread of its own.
        judge: Returns what the facts mean; it looks at nothing else.
        seconds: The time limit of `gather`: also for a machine that is busy or reads from a slow disk.
    """

    area: str
    gather: Callable[[], Facts]
    judge: Callable[[Facts], Iterable[Verdict]]
    seconds: float = _USUAL_SECONDS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check.

    Attributes:
        area: What it is about.
        facts: A dataclass without anything private; None if they could not be gathered.
        verdicts: What they mean; at least one.
    """

    area: str
    facts: Any
    verdicts: tuple[Verdict, ...]


def run_check(check: Check[Any], privacy: Privacy) -> Outcome:
    """Run a check; whatever happens in it, there is an outcome.

    Args:
        check: The check.
        privacy: Hides what is private in its facts.
    """
    facts = None
    try:
        facts = privacy.hide_private(call_with_limit(check.area, check.gather, check.seconds))
        verdicts = tuple(check.judge(facts))
    except LateError:
        text = f"gave no answer within {check.seconds:g} s"
        verdicts = (Verdict("problem", text, "a driver or a library hangs: restart the machine, and try again"),)
    except ImportError as error:  # Of OpenCV, as a rule, which has a line of its own.
        why = " ".join(privacy.hide_private(reason(error)).split())
        verdicts = (Verdict("note", f"could not be checked: {why}", "install what is missing first"),)
    except (Exception, SystemExit) as error:  # Whatever a library raises when it is imported.
        why = " ".join(privacy.hide_private(f"{type(error).__name__}: {reason(error)}").split())
        verdicts = (Verdict("problem", f"could not be checked ({why})", "please report this"),)
    return Outcome(check.area, facts, verdicts)


def call_with_limit(what: str, function: Callable[[], Facts], seconds: float) -> Facts:
    """Call a function in a thread of its own.

    Args:
        what: The subject of the error's sentence.
        function: The function.
        seconds: How long it may take; one that takes longer is left alone.

    Raises:
        LateError: If it takes longer.
        BaseException: What the function raises.
    """
    worker = Worker("framechain-doctor", limit_name="the doctor's time limit")
    try:
        return worker.call(what, function, seconds)
    finally:
        worker.end()
