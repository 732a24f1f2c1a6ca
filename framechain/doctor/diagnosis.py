"""The checks, in their order, and what they came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .benchmark import BenchmarkFacts, judge_benchmark, measure_all, recommend
from .cameras import gather_cameras, gather_virtual_camera, judge_cameras, judge_virtual_camera
from .check import Check, Outcome, run_check
from .libraries import gather_libraries, gather_microphones, judge_libraries, judge_microphones
from .machine import gather_cores, gather_folders, judge_cores, judge_folders
from .models import gather_models, gather_onnx, judge_models, judge_onnx
from .outputs import gather_codecs, gather_screen, judge_codecs, judge_screen
from .packages import gather_opencv, gather_packages, gather_python, judge_opencv, judge_packages, judge_python
from .privacy import Privacy

CHECKS: tuple[Check[Any], ...] = (
    Check("python", gather_python, judge_python),
    Check("packages", gather_packages, judge_packages),
    Check("opencv", gather_opencv, judge_opencv),
    Check("libraries", gather_libraries, judge_libraries),
    Check("matte", gather_models, judge_models),
    Check("onnx", gather_onnx, judge_onnx),
    Check("codecs", gather_codecs, judge_codecs),
    # Each camera has its own limit.
    Check("cameras", gather_cameras, judge_cameras, seconds=60.0),
    Check("microphones", gather_microphones, judge_microphones),
    Check("virtual camera", gather_virtual_camera, judge_virtual_camera),
    Check("screen", gather_screen, judge_screen),
    Check("cores", gather_cores, judge_cores),
    Check("folders", gather_folders, judge_folders),
)
"""All but the benchmark."""

BENCHMARK: Check[BenchmarkFacts] = Check("speed", measure_all, judge_benchmark, seconds=60.0)
"""Takes about five seconds."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the checks came to.

    Attributes:
        outcomes: One for each check, in their order.
    """

    outcomes: tuple[Outcome, ...]

    def count(self, state: str) -> int:
        """Return how many lines are "ok", "note" or "problem"."""
        return sum(verdict.state == state for outcome in self.outcomes for verdict in outcome.verdicts)

    @property
    def recommendation(self) -> str | None:
        """What this machine can hold live, as a sentence; None if that was not measured."""
        facts = next((one.facts for one in self.outcomes if one.area == BENCHMARK.area), None)
        return recommend(facts) if isinstance(facts, BenchmarkFacts) else None


def diagnose(
    checks: Sequence[Check[Any]],
    *,
    on_begin: Callable[[Check[Any]], object] = lambda check: None,
    on_outcome: Callable[[Outcome], object] = lambda outcome: None,
) -> Diagnosis:
    """Run checks; whatever happens in one, the others are run.

    Args:
        checks: What to check.
        on_begin: Called before each check.
        on_outcome: Called after each: if a native library ends the process, what was found before has been said.
    """
    privacy = Privacy()
    outcomes = []
    for check in checks:
        on_begin(check)
        outcomes.append(run_check(check, privacy))
        on_outcome(outcomes[-1])
    return Diagnosis(tuple(outcomes))
