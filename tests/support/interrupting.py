"""Runs that a signal ends."""

from __future__ import annotations

import pytest

from framechain import Engine, Interrupted, RunResult


def run_until_interrupted(engine: Engine) -> RunResult:
    """Run an engine that must be stopped by SIGINT; return what was done."""
    with pytest.raises(Interrupted) as caught:
        engine.run()
    return caught.value.result
