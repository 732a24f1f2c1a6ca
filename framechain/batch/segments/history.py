"""How many earlier frames a chain needs, and why a film cannot be cut where it needs all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...adapters import adapt_object, get_memory
from .plan import CannotSplitError


def find_history(objects: Iterable[Callable[..., Any]], assumed: int | None = None) -> int:
    """Return how many earlier frames the results of a chain depend on: each object looks at those of the one before.

    Args:
        objects: The chain's objects.
        assumed: What counts for objects that declare nothing; None if they need all frames.

    Raises:
        CannotSplitError: If an object needs all frames.

    Example:
        >>> from framechain.objects.overlays import FPSmetric
        >>> find_history([FPSmetric(), lambda frame: frame], assumed=2)
        2
    """
    total = 0
    for thing in objects:
        adapted = adapt_object(thing)
        history = get_memory(adapted, "history")
        if history is None:
            history = assumed
        if history is None:
            raise CannotSplitError(
                f"{adapted.name} may need all earlier frames: it has no attribute history, such as 0 for each frame by "
                "itself (--assume-history N takes it for N)"
            )
        total += history
    return total
