"""Which frames of a video are processed."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.memory_source import MemorySource

from framechain import FrameInfo, StreamInfo
from framechain.basics.timecode import format_time, parse_time
from framechain.errors import ArgumentError
from framechain.run.frame_range import FrameRange


def make_info(pts: int, index: int = 0, time_base: Fraction = Fraction(1, 1000)) -> FrameInfo:
    return FrameInfo(index, pts, 0, StreamInfo("clip", "video", 8, 8, time_base))


@pytest.mark.parametrize(
    ("start", "end", "processed"), [(0, 0, [0, 1, 2, 3]), (2, 0, [2, 3]), (0, 1, [0, 1]), (1, 2, [1, 2]), (3, 3, [3])]
)
def test_frame_range_bounds_are_inclusive_and_0_is_no_end(start: int, end: int, processed: list[int]) -> None:
    chosen = FrameRange(start, end)
    assert [index for index in range(4) if not chosen.excludes(make_info(40 * index, index))] == processed
    assert [index for index in range(4) if not chosen.excludes_index(index)] == processed


@pytest.mark.parametrize(("end", "cut", "length"), [(0, False, None), (0, True, None), (5, False, None), (5, True, 6)])
def test_frame_range_length_is_limited_only_by_a_cut_at_an_end(end: int, cut: bool, length: int | None) -> None:
    assert FrameRange(1, end, cut).length == length


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (0, -1), (1.5, 0), (None, 0), (True, 0)])
def test_frame_range_bound_that_is_no_count_is_refused(start: Any, end: Any) -> None:
    with pytest.raises(ArgumentError, match="_video_frame must be a whole number of at least 0"):
        FrameRange(start, end)


def test_frame_range_start_after_the_end_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"start_video_frame \(9\) lies after end_video_frame \(8\): swap them"):
        FrameRange(9, 8)


@pytest.mark.parametrize(
    ("start", "end", "processed"),
    [
        (None, None, [0, 40, 80, 120]),
        (0.0, None, [0, 40, 80, 120]),
        (0.08, None, [80, 120]),
        (0.0801, None, [80, 120]),  # Within half a millisecond of a frame.
        (0.081, None, [120]),
        (None, 0.08, [0, 40]),
        (0.04, 0.12, [40, 80]),
        (0.05, 0.06, []),
        (7.0, None, []),
    ],
)
def test_frame_range_in_seconds_goes_by_the_time_and_leaves_its_end_out(
    start: float | None, end: float | None, processed: list[int]
) -> None:
    chosen = FrameRange(start_time=start, end_time=end)
    assert [pts for pts in (0, 40, 80, 120) if not chosen.excludes(make_info(pts))] == processed


@pytest.mark.parametrize("index", [0, 1, 59, 60, 75, 1799])
def test_frame_range_in_seconds_has_the_frame_whose_rounded_time_is_given(index: int) -> None:
    time_base = Fraction(1001, 30000)
    clock = format_time(float(index * time_base))
    chosen = FrameRange(start_time=parse_time("start", clock))
    assert not chosen.excludes(make_info(index, time_base=time_base))
    assert index == 0 or chosen.excludes(make_info(index - 1, time_base=time_base))


def test_frame_range_in_frames_and_in_seconds_is_refused() -> None:
    for arguments in [{"start": 3, "end_time": 2.0}, {"end": 3, "start_time": 0.0}, {"start": 1, "start_time": 1.0}]:
        with pytest.raises(ArgumentError, match="both in frames and in seconds: give start and end, or start_video_fr"):
            FrameRange(**arguments)  # type: ignore[arg-type]


def test_frame_range_end_that_is_not_after_the_start_in_seconds_is_refused() -> None:
    for start, end in [(3, 2), (3, 3), (None, 0)]:
        with pytest.raises(ArgumentError, match=r"end \(0:0\d\) must lie after start \(0:0\d\)"):
            FrameRange(start_time=start, end_time=end)


def test_frame_range_bound_of_any_size_and_of_numpy_is_a_frame() -> None:
    assert FrameRange(0, 10**30, cut=True).length == sys.maxsize
    assert FrameRange(0, np.uint8(255), cut=True).length == 256  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (FrameRange(), 40),
        (FrameRange(0, 9, cut=True), 10),
        (FrameRange(0, 9), 40),
        (FrameRange(0, 98, cut=True), 40),
        (FrameRange(end_time=1.0, cut=True), 25),
        (FrameRange(end_time=1.0), 40),
        (FrameRange(end_time=9.0, cut=True), 40),
        (FrameRange(5, 9, cut=True, alone=True), 5),
        (FrameRange(5, 0, cut=True, alone=True), 35),
        (FrameRange(start_time=0.4, end_time=1.0, cut=True, alone=True), 15),
        (FrameRange(start_time=0.4, end_time=9.0, cut=True, alone=True), 30),
    ],
)
def test_frame_range_count_is_that_of_the_output(chosen: FrameRange, count: int) -> None:
    assert chosen.count(StreamInfo("clip", "video", 8, 8, rate=Fraction(25), frame_count=40)) == count
    assert chosen.count(StreamInfo("clip", "video", 8, 8)) is None


def test_frame_range_start_in_seconds_beyond_the_source_is_refused() -> None:
    FrameRange(start_time=9.9).check(MemorySource(StreamInfo("clip", "video", 8, 8, duration=10.0)))
    FrameRange(start_time=99).check(make_source(None))  # Its duration is not known.
    with pytest.raises(ArgumentError, match=r"start \(0:10\) lies beyond clip, which lasts 0:10$"):
        FrameRange(start_time=10).check(MemorySource(StreamInfo("clip", "video", 8, 8, duration=10.0)))


def make_source(count: int | None) -> MemorySource:
    return MemorySource(StreamInfo("clip", "video", 8, 8, frame_count=count))


def test_frame_range_start_beyond_the_source_is_refused() -> None:
    FrameRange(9).check(make_source(10))
    with pytest.raises(ArgumentError, match=r"start_video_frame \(10\) lies beyond clip, which has 10 frames \(0 to 9"):
        FrameRange(10).check(make_source(10))


def test_frame_range_source_is_counted_only_for_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_source(None)
    FrameRange(10).check(source)  # Its count is not known.
    monkeypatch.setattr(source, "count_frames", lambda: pytest.fail("counting may take a while"))
    FrameRange(0, 5).check(source)
