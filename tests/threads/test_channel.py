"""The bounded queue between two threads."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from support.patience import PATIENCE, eventually

from framechain.threads.channel import Channel


def put_in_thread(channel: Channel[int], *items: int) -> tuple[threading.Thread, list[bool]]:
    """Start a thread that puts items; the answers of `put` are added to the list."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.extend(channel.put(item) for item in items), daemon=True)
    thread.start()
    return thread, answers


def test_channel_items_are_taken_in_order_and_none_is_lost() -> None:
    channel: Channel[int] = Channel(2)

    def put_all() -> None:
        for number in range(1000):
            assert channel.put(number)
        channel.finish()

    thread = threading.Thread(target=put_all)
    thread.start()
    taken = []
    while (item := channel.take()) is not None:
        taken.append(item)
    thread.join()
    assert (taken, channel.dropped) == (list(range(1000)), 0)


def test_channel_full_put_waits_for_room() -> None:
    channel: Channel[int] = Channel(2)
    thread, answers = put_in_thread(channel, 1, 2, 3)
    eventually(lambda: len(answers) == 2, "two items")
    time.sleep(0.05)
    assert (answers, thread.is_alive()) == ([True, True], True)
    assert channel.take() == 1
    thread.join(PATIENCE)
    assert answers == [True, True, True]


def test_channel_newest_keeps_the_last_item_only() -> None:
    channel: Channel[int] = Channel(newest=True)
    assert [channel.put(number) for number in range(5)] == [True] * 5
    assert (channel.take(), channel.take(wait=False), channel.dropped) == (4, None, 4)


@pytest.mark.slow
def test_channel_patience_put_gives_up_and_waits_only_once() -> None:
    channel: Channel[int] = Channel(1, patience=0.3)
    assert channel.put(0)
    began = time.monotonic()
    assert not channel.put(1)
    assert time.monotonic() - began >= 0.3
    began = time.monotonic()
    assert [channel.put(number) for number in range(100)] == [False] * 100
    assert time.monotonic() - began < 0.3
    assert channel.dropped == 101
    assert channel.take() == 0
    assert channel.put(7)  # The taker has moved: there is patience again.
    began = time.monotonic()
    assert not channel.put(8)
    assert time.monotonic() - began >= 0.3


def test_channel_patience_room_in_time_drops_nothing() -> None:
    channel: Channel[int] = Channel(1, patience=PATIENCE)
    thread, answers = put_in_thread(channel, 1, 2)
    eventually(lambda: len(answers) == 1, "one item")
    assert [channel.take(), channel.take()] == [1, 2]
    thread.join()
    assert (answers, channel.dropped) == ([True, True], 0)


@pytest.mark.parametrize("end", ["cancel", "finish"])
def test_channel_ended_waiting_put_returns_false(end: str) -> None:
    channel: Channel[int] = Channel(1)
    thread, answers = put_in_thread(channel, 1, 2)
    eventually(lambda: len(answers) == 1, "one item")
    getattr(channel, end)()
    thread.join(PATIENCE)
    assert answers == [True, False]
    assert not channel.put(3)
    assert channel.has_ended
    assert channel.dropped == 0
    assert channel.take() == (1 if end == "finish" else None)
    assert channel.take() is None


def test_channel_error_is_raised_after_the_last_item() -> None:
    channel: Channel[int] = Channel()
    channel.put(1)
    channel.finish(ValueError("the disk is gone"))
    assert channel.take() == 1
    with pytest.raises(ValueError, match="the disk is gone"):
        channel.take()


def test_channel_finished_with_error_put_returns_false() -> None:
    channel: Channel[int] = Channel()
    channel.finish(ValueError("the disk is gone"))
    assert not channel.put(1)


def test_channel_stop_ends_the_wait_and_outranks_items_and_errors() -> None:
    channel: Channel[int] = Channel()
    asked: list[float] = []

    def stop_later() -> bool:
        asked.append(time.monotonic())
        return len(asked) > 2

    assert channel.take(stop_later) is None
    assert len(asked) == 3
    channel.put(1)
    assert channel.take(lambda: True) is None
    assert channel.take(lambda: False) == 1
    channel.finish(ValueError("lost"))
    assert channel.take(lambda: True) is None


def test_channel_take_without_wait_returns_at_once() -> None:
    channel: Channel[Any] = Channel(newest=True)
    assert channel.take(wait=False) is None
    channel.put("a")
    assert channel.take(wait=False) == "a"
    assert not channel.has_ended
