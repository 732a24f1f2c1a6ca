"""Calls for many items, in this process and by real workers of Dask."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.patience import eventually

from framechain.batch.cluster import connect
from framechain.batch.messages import tell
from framechain.batch.runners import LocalRunner, Runner
from framechain.errors import FramechainError

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def workers() -> Iterator[Runner]:
    with connect(workers=2) as runner:
        yield runner


@pytest.fixture(params=["here", pytest.param("workers", marks=pytest.mark.slow)])
def runner(request: pytest.FixtureRequest) -> Runner:
    return LocalRunner() if request.param == "here" else request.getfixturevalue("workers")


def divide(number: int) -> int:
    return 6 // number


def report(number: int) -> int:
    tell("numbers", {"number": number})
    return os.getpid()


def die_once(path: str) -> str:
    """Kill the worker, but not the next one."""
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path


def die_at_forty(number: int) -> int:
    if number == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_map_several_items_gives_each_answer_or_error(runner: Runner) -> None:
    answers = dict(runner.map(divide, [1, 0, 3]))
    assert (answers[1], answers[3]) == (6, 2)
    assert isinstance(answers[0], ZeroDivisionError)


def test_map_small_items_gives_each_answer_once(runner: Runner) -> None:
    found = list(runner.map(divide, range(1, 300), is_small=lambda number: True))
    assert sorted(found) == [(number, 6 // number) for number in range(1, 300)]


def test_map_told_to_stop_begins_no_further_item(runner: Runner) -> None:
    seen: list[int] = []
    for number, _ in runner.map(divide, range(1, 100), must_stop=lambda: bool(seen)):
        seen.append(number)
    assert 1 <= len(seen) <= runner.places


@pytest.mark.slow
def test_map_told_to_break_off_does_not_wait(runner: Runner) -> None:
    list(runner.map(divide, [1]))  # It is up.
    begun = time.monotonic()
    assert list(runner.map(time.sleep, [2.0], must_break_off=lambda: time.monotonic() > begun + 0.1)) == []
    assert time.monotonic() < begun + 1.9


@pytest.mark.slow
def test_hear_messages_of_calls_arrive(runner: Runner) -> None:
    heard: list[int] = []
    with runner.hear("numbers", lambda message: heard.append(message["number"])):
        places = {place for _, place in runner.map(report, range(5))}
        eventually(lambda: len(heard) == 5, "the messages")
    assert sorted(heard) == list(range(5))
    assert (os.getpid() in places) == isinstance(runner, LocalRunner)


def test_local_map_leaves_the_main_thread_to_signals() -> None:
    assert list(LocalRunner().map(lambda _: threading.current_thread() is threading.main_thread(), [1])) == [(1, False)]


@pytest.mark.slow
def test_dask_map_worker_that_dies_is_replaced(workers: Runner, tmp_path: Path) -> None:
    path = str(tmp_path / "died")
    assert list(workers.map(die_once, [path])) == [(path, path)]


@pytest.mark.slow
def test_dask_map_item_that_kills_workers_fails_alone(workers: Runner) -> None:
    # The first ones are sent one by one, until it is known how small they are; the fortieth is sent with others.
    answers = dict(workers.map(die_at_forty, range(64), is_small=lambda number: True))
    assert isinstance(answers.pop(40), FramechainError)
    assert answers == {number: number for number in range(64) if number != 40}
