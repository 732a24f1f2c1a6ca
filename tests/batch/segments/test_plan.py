"""Where a film is cut."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.films import COUNT, FILMS, describe_output, digest_frames
from support.media import flats, write_clip

from framechain import Encoding, Engine, StreamInfo
from framechain.batch.segments.plan import CannotSplitError, Plan, make_plan
from framechain.batch.segments.process import process_in_segments
from framechain.errors import FramechainWarning
from framechain.media.frame_table import FrameTable
from framechain.run.frame_range import FrameRange
from framechain.sources.video import VideoSource

STREAM = StreamInfo("film.mp4", "video", 64, 48, time_base=Fraction(1, 1000), rate=Fraction(25))


def make_table(count: int, gop: int) -> FrameTable:
    times = tuple(range(0, 40 * count, 40))
    return FrameTable(times, times[::gop])


def plan_film(count: int, gop: int, segments: int, history: int = 0, **frame_range: Any) -> Plan:
    return make_plan(STREAM, make_table(count, gop), FrameRange(**frame_range), history, segments)


def test_plan_cuts_at_the_key_frames_nearest_to_an_even_division() -> None:
    plan = plan_film(1000, 48, 4)
    assert [segment.first for segment in plan.segments] == [0, 240, 480, 768]
    assert [segment.key for segment in plan.segments] == [None, 192 * 40, 432 * 40, 720 * 40]


def test_plan_without_key_frames_cuts_all_the_same_and_decodes_from_the_beginning() -> None:
    plan = plan_film(100, 1000, 4)
    assert [segment.first for segment in plan.segments] == [0, 25, 50, 75]
    assert {segment.key for segment in plan.segments} == {None}


def test_plan_warm_up_begins_in_the_range_of_the_objects() -> None:
    plan = plan_film(100, 10, 4, history=30, start=15, end=60)
    assert [(segment.first, segment.warm_up) for segment in plan.segments] == [(0, 0), (20, 15), (50, 20), (70, 70)]


@given(
    count=st.integers(1, 120),
    gop=st.integers(1, 130),
    segments=st.integers(1, 12),
    history=st.integers(0, 50),
    start=st.integers(0, 20),
    length=st.integers(1, 60),
    cut=st.booleans(),
    alone=st.booleans(),
)
def test_plan_writes_each_frame_of_the_range_once_and_in_order(
    count: int, gop: int, segments: int, history: int, start: int, length: int, cut: bool, alone: bool
) -> None:
    start = min(start, count - 1)
    plan = plan_film(count, gop, segments, history, start=start, end=start + length, cut=cut or alone, alone=alone)
    first, last = start if alone else 0, min(start + length, count - 1) if cut or alone else count - 1
    assert (plan.segments[0].first, plan.segments[-1].last) == (first, last)
    assert all(one.last + 1 == after.first for one, after in pairwise(plan.segments))
    assert all(segment.first <= segment.last for segment in plan.segments)
    assert len(plan.segments) <= segments
    for segment in plan.segments:
        assert segment.known <= segment.first <= segment.last < segment.known + len(segment.times)
        assert segment.first - history <= segment.warm_up <= segment.first
        assert segment.key is None or segment.key <= 40 * segment.needed
        assert segment.is_final == (segment.last == count - 1)
        assert segment.find(40 * segment.first) == segment.first


def test_plan_of_a_film_that_is_cut_short_is_refused() -> None:
    stream = StreamInfo("film.mp4", "video", 64, 48, time_base=Fraction(1, 1000), rate=Fraction(25), duration=10.0)
    with pytest.raises(CannotSplitError, match=r"film.mp4 ends after 4.0 of 10.0 s"):
        make_plan(stream, make_table(100, 10), FrameRange(), 0, 4)


@pytest.mark.parametrize("name", ["b-frames", "hevc", "vp9", "variable-rate", "edit-list", "late", "transport-stream"])
def test_table_of_a_film_has_the_times_of_its_decoded_frames(name: str, tmp_path: Path) -> None:
    with VideoSource(FILMS[name](tmp_path)) as source:
        table = source.list_frames()
        assert table is not None
        assert list(table.times) == [frame.info.pts for frame in source]
        assert set(table.keys) < set(table.times)


def test_film_whose_packets_have_no_times_is_made_as_a_whole(tmp_path: Path) -> None:
    """AVI stores none for H.264."""
    options = {"preset": "veryfast", "x264-params": "keyint=10:bframes=2"}
    film = write_clip(tmp_path / "film.avi", flats(COUNT), options=options)
    joined, whole = tmp_path / "joined.mp4", tmp_path / "whole.mp4"
    with pytest.warns(FramechainWarning, match="its packets do not say when frames are shown"):
        process_in_segments(film, [], joined, segments=4, encoding=Encoding(crf=0))
    Engine(video_path=film, output_path=whole, encoding=Encoding(crf=0)).run()
    assert digest_frames(joined) == digest_frames(whole)


SHARED = [
    "androidx_fragmented_bogus_duration.mp4",
    "androidx_vp9_odd_161x121.webm",
    "decord_unordered.mov",
    "moviepy_1x1_pixel.mp4",
    pytest.param("exoplayer_h263_352x288.3gp", marks=pytest.mark.slow),
    pytest.param("made_person_vfr_audio.mp4", marks=pytest.mark.slow),
    pytest.param("moviepy_vp9_alpha_200x200.webm", marks=pytest.mark.slow),
    pytest.param("phpffmpeg_portrait_rot90.MOV", marks=pytest.mark.slow),
    pytest.param("streamio_weird_aspect.mpg", marks=pytest.mark.slow),
    pytest.param("torchcodec_h265_10bits.mp4", marks=pytest.mark.slow),
    pytest.param("androidx_rot270_2997_audio.mp4", marks=pytest.mark.slow),
    pytest.param("androidx_hevc10_editlist_rot90_vfr_audio.mp4", marks=pytest.mark.slow),
    pytest.param("torchcodec_nasa_13013.mp4", marks=pytest.mark.slow),
]


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED)
def test_odd_film_in_segments_is_that_of_a_whole_run(name: str, shared: Path, tmp_path: Path) -> None:
    film, joined, whole = shared / "odd" / name, tmp_path / "joined.mp4", tmp_path / "whole.mp4"
    process_in_segments(film, [], joined, segments=3, encoding=Encoding(crf=0))
    Engine(video_path=film, output_path=whole, encoding=Encoding(crf=0)).run()
    assert describe_output(joined) == describe_output(whole)
    assert digest_frames(joined) == digest_frames(whole)
