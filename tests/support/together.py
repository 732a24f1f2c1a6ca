"""Calls that begin at the same moment, for tests of concurrency."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from support.patience import PATIENCE


def call_together(*calls: Callable[[], object]) -> list[Any]:
    """Call each in a thread of its own, all at once; return what they returned or raised."""
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def call(number: int) -> None:
        start.wait()
        try:
            results[number] = calls[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=call, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    return results
