"""Waits between attempts."""

from __future__ import annotations

from framechain.basics.back_off import LONGEST_SECONDS, compute_back_off


def test_back_off_after_any_number_of_attempts_is_the_longest_wait() -> None:
    assert {compute_back_off(attempt) for attempt in (5, 100, 1025, 10**9)} == {LONGEST_SECONDS}
