"""Which threads go first."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from framechain.threads.priority import lower_priority


def get_niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a priority for each thread")
def test_lower_priority_is_for_the_thread_and_those_that_it_starts() -> None:
    before, noted = get_niceness(), []

    def work() -> None:
        lower_priority()
        child = threading.Thread(target=lambda: noted.append(get_niceness()))
        child.start()
        child.join()
        noted.append(get_niceness())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(noted) == 2
    assert min(noted) > before
    assert get_niceness() == before
