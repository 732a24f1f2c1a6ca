"""The result of a run."""

from __future__ import annotations

import dataclasses

import pytest

from framechain import RunResult


def test_run_result_rate_is_processed_frames_over_seconds() -> None:
    assert RunResult(frames_read=9, frames_processed=6, frames_written=5, seconds=3.0).frames_per_second == 2.0


def test_run_result_without_time_has_no_rate() -> None:
    assert RunResult(frames_processed=6).frames_per_second == 0.0


@pytest.mark.parametrize(("stopped", "early"), [(None, False), ("q", True), ("SIGINT", True)])
def test_run_result_stopped_early_is_true_for_every_reason(stopped: str | None, early: bool) -> None:
    assert RunResult(stopped=stopped).stopped_early is early


def test_run_result_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunResult().seconds = 1.0  # type: ignore[misc]
