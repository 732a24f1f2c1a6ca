"""Runs over a part of a video, given in seconds or in frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps, hear
from support.media import flats, level, see, write_clip

from framechain import Engine, Progress
from framechain.errors import ArgumentError, OutputError

UNEVEN = [0, 1, 2, 3, 4, 9, 14, 19, 24, 25, 26, 27, 50, 51]


def find_processed(path: Path) -> list[int]:
    """The frames that the objects, which paint them white, have seen."""
    return [index for index, grey in enumerate(see(path).greys()) if grey > 240]


def paint_white(frame: Any) -> Any:
    return np.full_like(frame, 255)


@pytest.mark.parametrize(
    ("start", "end", "processed"),
    [
        (0.36, 1.0, range(6, 9)),
        ("0:01", None, range(9, 14)),
        ("1.00s", "0:02", range(9, 12)),
        (None, "0:00.36", range(5)),
        (0, 0.2, range(5)),
        (2, 99, range(12, 14)),
    ],
)
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_engine_range_in_seconds_goes_by_presentation_time(
    start: Any, end: Any, processed: range, suffix: str, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / f"clip.{suffix}", flats(14), ticks=UNEVEN)
    if processed[0] == 6:
        start = UNEVEN[6] / 25
    out = tmp_path / "out.mp4"
    result = Engine(video_path=clip, custom_objects=[paint_white], output_path=out, start=start, end=end).run()
    assert find_processed(out) == list(processed)
    assert (result.frames_written, see(out).times) == (14, [Fraction(tick, 25) for tick in UNEVEN])
    outside = [index for index in range(14) if index not in processed]
    greys = see(out).greys()
    assert [greys[index] for index in outside] == pytest.approx([level(index) for index in outside], abs=2)


def test_engine_range_in_seconds_with_break_on_end_ends_the_audio_too(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(50), audio=beeps(2.0))
    result = Engine(
        video_path=clip, output_path=tmp_path / "out.mp4", start="0:00.5", end="0:01.2", break_on_end=True
    ).run()
    assert (result.frames_read, result.frames_written, result.stopped, result.warnings) == (30, 30, None, ())
    seen, heard = see(tmp_path / "out.mp4"), hear(tmp_path / "out.mp4")
    assert (seen.count, float(seen.end)) == (30, 1.2)
    assert heard.end == pytest.approx(1.2, abs=0.03)
    assert heard.onsets() == pytest.approx([0.5, 1.0], abs=0.02)


@pytest.mark.parametrize("in_frames", [True, False])
def test_engine_cut_writes_the_range_alone_from_0_with_its_audio(in_frames: bool, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(50), audio=beeps(2.0))
    chosen: Any = {"start_video_frame": 20, "end_video_frame": 34} if in_frames else {"start": 0.8, "end": "0:01.4"}
    told: list[Progress] = []
    indices: list[int] = []

    def note(frame: Any, info: Any) -> Any:
        indices.append(info.index)
        return frame

    result = Engine(
        video_path=clip, custom_objects=[note], output_path=tmp_path / "o.mp4", cut=True, on_progress=told.append,
        **chosen,
    ).run()  # fmt: skip
    assert (result.frames_written, result.stopped, result.warnings) == (15, None, ())
    assert indices == list(range(20, 35))  # As they are in the video.
    assert (told[-1].total, told[-1].frames) == (15, 15)
    seen, heard = see(tmp_path / "o.mp4"), hear(tmp_path / "o.mp4")
    assert seen.times == [Fraction(index, 25) for index in range(15)]
    assert seen.greys() == pytest.approx([level(index) for index in range(20, 35)], abs=2)
    assert heard.onsets() == pytest.approx([0.2], abs=0.03)
    assert heard.end == pytest.approx(0.6, abs=0.06)


def test_engine_cut_of_uneven_times_begins_with_the_first_frame_of_the_range(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(14), ticks=UNEVEN)
    result = Engine(video_path=clip, output_path=tmp_path / "o.mp4", start=0.2, cut=True).run()
    assert (result.frames_written, result.warnings) == (9, ())
    assert see(tmp_path / "o.mp4").times == [Fraction(tick - 9, 25) for tick in UNEVEN[5:]]


@pytest.mark.parametrize("bounds", [{"start": 0.2}, {"end": 0.2}])
def test_engine_range_with_objects_that_change_the_size_needs_cut(bounds: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(10))
    crop: Any = {"video_path": clip, "custom_objects": [lambda frame: frame[:20, :30].copy()], **bounds}
    message = r"frame 5 is \d+x\d+ and the first was .*, or write the range alone \(cut=True\): the frames outside it"
    with pytest.raises(OutputError, match=message):
        Engine(**crop, output_path=tmp_path / "o.mp4").run()
    assert Engine(**crop, output_path=tmp_path / "o.mp4", cut=True).run().frames_written == 5
    assert see(tmp_path / "o.mp4").bgr(0).shape == (20, 30, 3)


def test_engine_cut_without_a_range_writes_all(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(10), audio=beeps(0.4))
    assert Engine(video_path=clip, output_path=tmp_path / "o.mp4", cut=True).run().frames_written == 10
    assert see(tmp_path / "o.mp4").count == 10


def test_engine_range_in_frames_and_in_seconds_give_the_same_output(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(30), rate=Fraction(30000, 1001))
    frames, seconds = tmp_path / "frames.mp4", tmp_path / "seconds.mp4"
    Engine(
        video_path=clip, custom_objects=[paint_white], output_path=frames, start_video_frame=10, end_video_frame=19
    ).run()
    # Rounded to the millisecond, as people and players give it.
    Engine(video_path=clip, custom_objects=[paint_white], output_path=seconds, start="0:00.334", end="0:00.667").run()
    assert frames.read_bytes() == seconds.read_bytes()


def test_engine_start_beyond_the_video_is_refused_before_any_frame(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(10))
    with pytest.raises(ArgumentError, match=r"start \(0:05\) lies beyond .*clip.mp4, which lasts 0:00.4"):
        Engine(video_path=clip, custom_objects=[pytest.fail], start=5).run()


def test_engine_start_in_a_video_that_begins_after_its_audio_is_within_it(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(25), ticks=range(25, 50), audio=beeps(2.0))
    out = tmp_path / "out.mp4"
    Engine(video_path=clip, custom_objects=[paint_white], output_path=out, start=1.8).run()
    assert find_processed(out) == [20, 21, 22, 23, 24]


@pytest.mark.parametrize("bound", ["75", "soon", -1, "0:75", b"0:03"])
@pytest.mark.parametrize("name", ["start", "end"])
def test_engine_bound_that_is_not_understood_is_refused_with_what_is(name: str, bound: Any) -> None:
    with pytest.raises(ArgumentError, match=rf'{name} must be seconds, such as 2\.5, or text, such as "0:03"'):
        Engine(video_path="clip.mp4", **{name: bound})


def test_engine_range_in_frames_and_in_seconds_is_refused() -> None:
    with pytest.raises(ArgumentError, match="both in frames and in seconds"):
        Engine(video_path="clip.mp4", start=2.5, end_video_frame=99)


@pytest.mark.parametrize("end", [10**30, np.uint8(255)])
def test_engine_end_of_any_size_with_break_on_end_gives_every_frame(end: Any, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(5))
    result = Engine(video_path=clip, output_path=tmp_path / "out.mp4", end_video_frame=end, break_on_end=True).run()
    assert result.frames_written == see(tmp_path / "out.mp4").count == 5
