"""How tests wait: for what is to happen, however slow the machine is, and for ever for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

# Far more than anything takes that is waited for, on a machine that is busy with other things as well. It only ends
# what hangs, in less than pytest's own limit.
PATIENCE = 100.0


def eventually(look: Callable[[], Found | None], what: str, pause: float = 0.01) -> Found:
    """Look again and again until there is something to see.

    Args:
        look: Whose first answer that is true ends the waiting.
        what: What is waited for, for the error.
        pause: Seconds between two looks.

    Returns:
        That answer.
    """
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(pause)
    return found


def best_of(attempt: Callable[[], float], limit: float, tries: int = 3) -> float:
    """Measure again while the time is above a limit: a busy machine delays some attempts, a fault delays all.

    Args:
        attempt: Returns seconds.
        limit: Seconds that are short enough.
        tries: How many attempts are made at most.

    Returns:
        The shortest time.
    """
    best = float("inf")
    for _ in range(tries):
        best = min(best, attempt())
        if best <= limit:
            break
    return best
