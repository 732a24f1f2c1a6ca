"""How many cores this process may keep busy: libraries take all of them, and several processes then fight."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

_sharing: list[int] = []
_guard = threading.Lock()


def count_cores() -> int:
    """Return how many cores the work of this process may keep busy: all, unless `share_cores` says otherwise."""
    cores = os.cpu_count() or 1
    return max(1, cores // max(_sharing, default=1))


def get_thread_limit() -> int:
    """Return how many threads a decoder or an encoder may have; 0 leaves it to the library."""
    return count_cores() if max(_sharing, default=1) > 1 else 0


@contextlib.contextmanager
def share_cores(number: int) -> Iterator[None]:
    """Make a context in which the cores are shared with the same work elsewhere on this machine.

    Args:
        number: Among how many the cores are shared, this one included.

    Example:
        >>> with share_cores(2):
        ...     count_cores() == max(1, (os.cpu_count() or 1) // 2)
        True
    """
    with _guard:
        _sharing.append(number)
    try:
        yield
    finally:
        with _guard:
            _sharing.remove(number)
