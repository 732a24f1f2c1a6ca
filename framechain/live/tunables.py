"""The values of what can be tuned."""

from __future__ import annotations

from collections.abc import Sequence

from ..contracts import Tunable


def read_tunables(tunables: Sequence[Tunable]) -> dict[str, float]:
    """The values of now.

    Args:
        tunables: Any number of them; of two of one name the first counts.

    Returns:
        Each value by its name, in order.
    """
    values: dict[str, float] = {}
    for tunable in tunables:
        values.setdefault(tunable.name, tunable.get())
    return values
