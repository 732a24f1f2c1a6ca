"""Which frames of a video are processed."""

from __future__ import annotations

from typing import Any

import pytest
from support.memory_source import MemorySource

from framechain import StreamInfo
from framechain.errors import ArgumentError
from framechain.run.frame_range import FrameRange


@pytest.mark.parametrize(
    ("start", "end", "processed"), [(0, 0, [0, 1, 2, 3]), (2, 0, [2, 3]), (0, 1, [0, 1]), (1, 2, [1, 2]), (3, 3, [3])]
)
def test_frame_range_bounds_are_inclusive_and_0_is_no_end(start: int, end: int, processed: list[int]) -> None:
    chosen = FrameRange(start, end)
    assert [index for index in range(4) if not chosen.excludes(index)] == processed


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
