"""A writer in a thread of its own."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from support.patience import PATIENCE, eventually

from framechain.sinks.outlet import Outlet


@pytest.mark.slow
def test_outlet_slow_writer_is_waited_for() -> None:
    seen: list[Any] = []

    def slow(item: Any) -> None:
        time.sleep(0.02)
        seen.append(item)

    outlet = Outlet(slow, name="slow", depth=2, patience=PATIENCE)
    assert all(outlet.put(number) for number in range(30))  # type: ignore[arg-type]
    assert outlet.finish()
    assert seen == list(range(30))
    assert outlet.dropped == 0


def test_outlet_writer_that_hangs_drops_frames_and_is_left_alone() -> None:
    free, taken = threading.Event(), threading.Event()
    seen: list[int] = []

    def hang(item: Any) -> None:
        taken.set()
        free.wait(PATIENCE)
        seen.append(item)

    outlet = Outlet(hang, name="hanging", depth=2, patience=0.2)
    assert outlet.put(0)  # type: ignore[arg-type]
    assert taken.wait(PATIENCE)
    began = time.monotonic()
    assert [outlet.put(number) for number in range(1, 50)] == [True, True] + 47 * [False]  # type: ignore[arg-type]
    # Only the first frame without room is waited for.
    assert 0.2 <= time.monotonic() - began < 2
    assert outlet.dropped == 47
    assert not outlet.finish(0.05)
    free.set()
    assert outlet.finish()
    assert seen == [0, 1, 2]


def test_outlet_error_of_the_writer_is_kept_and_nothing_more_is_written() -> None:
    seen: list[Any] = []

    def fail(item: Any) -> None:
        seen.append(item)
        raise OSError("no")

    outlet = Outlet(fail, name="failing")
    outlet.put(1)  # type: ignore[arg-type]
    eventually(lambda: outlet.error is not None, "the error")
    assert not outlet.put(2)  # type: ignore[arg-type]
    assert outlet.finish()
    assert str(outlet.error) == "no"
    assert seen == [1]


@pytest.mark.parametrize("waiting", [0, 1, 5])
def test_outlet_finish_writes_what_waits(waiting: int) -> None:
    free = threading.Event()
    seen: list[int] = []

    def write(item: Any) -> None:
        free.wait(PATIENCE)
        seen.append(item)

    outlet = Outlet(write, name="list")
    for number in range(waiting):
        assert outlet.put(number)  # type: ignore[arg-type]
    threading.Timer(0.05, free.set).start()
    assert outlet.finish()
    assert seen == list(range(waiting))
    assert not outlet.put(9)  # type: ignore[arg-type]
