"""Packets that come in segments: when each is given out, and what happens when they come too late or too many."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from framechain.media.pacing import PacedPackets

_STEP = 0.02
_SEGMENT = 10


@dataclass
class _Packet:
    number: int
    dts: int | None
    is_keyframe: bool
    size: int = 100
    time_base: Fraction = Fraction(1, 1000)
    stream: Any = field(default_factory=lambda: SimpleNamespace(type="video"))


def _packets(numbers: Iterable[int], offset: float = 0.0) -> list[_Packet]:
    return [_Packet(n, round((n * _STEP + offset) * 1000), n % _SEGMENT == 0) for n in numbers]


def _pace(packets: Iterable[Any], **more: Any) -> PacedPackets:
    values: dict[str, Any] = {"is_stopped": lambda: False, "close": lambda: None, "segment_seconds": _SEGMENT * _STEP}
    return PacedPackets(packets, **values | more)


def _watch(paced: PacedPackets) -> tuple[list[int], list[float]]:
    numbers, times = [], []
    for packet in paced:
        numbers.append(packet.number)
        times.append(time.monotonic())
    return numbers, times


@pytest.mark.slow
def test_paced_packets_of_a_burst_come_when_they_are_due() -> None:
    numbers, times = _watch(_pace(_packets(range(30))))
    assert numbers == list(range(30))
    # A busy machine may delay some; none may come early.
    assert all(moment - times[0] >= number * _STEP - 0.005 for number, moment in zip(numbers, times, strict=True))


@pytest.mark.slow
def test_paced_packets_late_ones_move_all_that_follow() -> None:
    def receive() -> Iterator[_Packet]:
        yield from _packets(range(10))
        time.sleep(0.5)
        yield from _packets(range(10, 30))

    numbers, times = _watch(_pace(receive()))
    assert numbers == list(range(30))
    assert times[29] - times[10] >= 19 * _STEP - 0.005


def test_paced_packets_of_too_many_segments_go_on_with_the_last_two() -> None:
    arrived = threading.Event()

    def receive() -> Iterator[_Packet]:
        yield from _packets(range(100))
        arrived.set()

    paced = _pace(receive())
    arrived.wait(10)
    numbers, _ = _watch(paced)
    assert numbers == list(range(80, 100))


@pytest.mark.parametrize("offset", [1000.0, -1000.0])
def test_paced_packets_new_timeline_is_followed(offset: float) -> None:
    started = threading.Event()

    def receive() -> Iterator[_Packet]:
        yield from _packets(range(5))
        started.wait(10)
        yield from _packets(range(5, 20), offset)

    paced = _pace(receive())
    numbers, times = [], []
    for packet in paced:
        numbers.append(packet.number)
        times.append(time.monotonic())
        if packet.number == 4:
            started.set()
    assert numbers == list(range(20))
    assert times[19] - times[5] >= 14 * _STEP - 0.005


def test_paced_packets_without_times_are_given_out_at_once() -> None:
    packets = [_Packet(number, None, True) for number in range(1000)]
    assert _watch(_pace(packets))[0] == list(range(1000))


def test_paced_packets_error_is_raised_after_the_last_one() -> None:
    def receive() -> Iterator[_Packet]:
        yield from _packets(range(3))
        raise ValueError("the network is gone")

    paced, seen = _pace(receive()), []
    with pytest.raises(ValueError, match="the network is gone"):
        seen.extend(packet.number for packet in paced)
    assert not seen or seen == [0, 1, 2]


def test_paced_packets_stop_ends_a_wait_and_the_thread() -> None:
    stopped, closed = threading.Event(), threading.Event()
    packets = (_Packet(number, number * 1_000_000, True) for number in itertools.count())
    paced = _pace(packets, is_stopped=stopped.is_set, close=closed.set)
    # The second one is due in a quarter of an hour; a step ahead by more than some seconds is a new timeline.
    packets = iter(paced)  # type: ignore[assignment]
    next(packets)
    stopped.set()
    assert next(packets, None) is None
    paced.close()
    assert closed.wait(10)


def test_paced_packets_full_memory_makes_the_thread_wait() -> None:
    made: list[int] = []

    def receive() -> Iterator[_Packet]:
        for number in range(100):
            made.append(number)
            yield _Packet(number, number, True, size=32 << 20)

    paced = _pace(receive())
    packets = iter(paced)
    first = next(packets)
    assert len(made) <= 7
    assert [first.number, *(packet.number for packet in packets)] == list(range(100))


def test_paced_packets_input_stays_open_while_packets_wait() -> None:
    closed: list[bool] = []
    paced = _pace(_packets(range(10)), close=lambda: closed.append(True))
    for packet in paced:
        # Its decoder belongs to the input.
        assert not closed, packet.number
    paced.close()
    paced.close()
    assert closed == [True]


@pytest.mark.slow
def test_paced_packets_without_segments_are_all_given_out() -> None:
    arrived = threading.Event()

    def receive() -> Iterator[_Packet]:
        yield from _packets(range(50))
        arrived.set()

    paced = _pace(receive(), segment_seconds=math.inf)
    arrived.wait(10)
    assert _watch(paced)[0] == list(range(50))
