"""How many earlier frames what is joined of several parts depends on; None stands for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def find_longest(memories: Iterable[int | None]) -> int | None:
    """Return the memory of parts that look at the same frames.

    Example:
        >>> find_longest([2, 5]), find_longest([]), find_longest([2, None])
        (5, 0, None)
    """
    return _join(memories, lambda known: max(known, default=0))


def add_up(memories: Iterable[int | None]) -> int | None:
    """Return the memory of parts of which each looks at the results of the one before.

    Example:
        >>> add_up([2, 5]), add_up([]), add_up([2, None])
        (7, 0, None)
    """
    return _join(memories, sum)


def _join(memories: Iterable[int | None], join: Callable[[list[int]], int]) -> int | None:
    given = list(memories)
    known = [memory for memory in given if memory is not None]
    return join(known) if len(known) == len(given) else None
