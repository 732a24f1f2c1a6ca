"""The times of frames that a program writes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framechain import ArgumentError, FrameInfo, StreamInfo
from framechain.loops.timing import Timing


def frames(count: int, *, time_base: Fraction, step: int, start: int = 0, duration: int = 0) -> list[FrameInfo]:
    stream = StreamInfo("memory", "video", 64, 48, time_base=time_base, rate=Fraction(30))
    return [FrameInfo(index, start + index * step, duration, stream) for index in range(count)]


def seconds(timing: Timing, infos: list[FrameInfo]) -> list[Fraction]:
    return [timing.take(info, None)[0] * timing.time_base for info in infos]


def test_timing_frames_begin_at_0_with_their_own_ticks() -> None:
    timing = Timing()
    assert seconds(timing, frames(3, time_base=Fraction(1, 12800), step=512, start=9000)) == [
        0,
        Fraction(1, 25),
        Fraction(2, 25),
    ]
    assert (timing.time_base, timing.rate) == (Fraction(1, 12800), 30)


def test_timing_coarse_ticks_are_split_so_that_another_streams_times_fit() -> None:
    timing = Timing()
    assert seconds(timing, frames(2, time_base=Fraction(1, 25), step=1, duration=1)) == [0, Fraction(1, 25)]
    second = seconds(timing, frames(3, time_base=Fraction(1, 30), step=1, duration=1))
    assert [float(time) for time in second] == pytest.approx([0.08, 0.08 + 1 / 30, 0.08 + 2 / 30], abs=1e-4)


def test_timing_frame_without_a_duration_ends_after_the_usual_one() -> None:
    timing = Timing()
    assert timing.take(frames(1, time_base=Fraction(1, 1000), step=1)[0], None) == (0, 0)
    assert seconds(timing, frames(1, time_base=Fraction(1, 1000), step=1, start=70)) == [
        pytest.approx(1 / 30, abs=1e-4)
    ]


def test_timing_durations_are_kept_in_ticks_of_the_output() -> None:
    timing = Timing()
    assert [timing.take(info, None) for info in frames(2, time_base=Fraction(1, 25), step=2, duration=2)] == [
        (0, 800),
        (800, 800),
    ]


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(1, 2), Fraction(25)])
def test_timing_rate_overrides_the_frames_times_exactly(rate: Fraction) -> None:
    timing = Timing(rate=rate)
    infos = frames(4, time_base=Fraction(1, 1000), step=7)
    assert seconds(timing, infos) == [index / rate for index in range(4)]


def test_timing_array_after_frames_and_frames_that_go_back_are_errors() -> None:
    timing = Timing()
    first, second = frames(2, time_base=Fraction(1, 25), step=1)
    timing.take(second, None)
    with pytest.raises(ArgumentError, match=r"frame 1 has no time of its own, and the first had one: give time= with"):
        timing.take(None, None)
    with pytest.raises(ArgumentError, match=r"frame 1 is at -0\.04 s, and the frame before it at 0 s: times must grow"):
        timing.take(first, None)
