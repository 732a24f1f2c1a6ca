"""How long lost cameras and streams are left alone before they are tried again."""

from __future__ import annotations

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 8.0


def compute_back_off(attempt: int) -> float:
    """Return the seconds to wait before an attempt.

    Args:
        attempt: Its number since the loss, from 1.

    Example:
        >>> [compute_back_off(attempt) for attempt in range(1, 7)]
        [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    """
    # Somebody who wants 10,000 attempts must not meet the largest float.
    return min(FIRST_SECONDS * 2.0 ** min(attempt - 1, 30), LONGEST_SECONDS)
