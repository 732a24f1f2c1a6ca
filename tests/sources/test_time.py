"""The output has the time stamps and the time base of the source."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps, hear
from support.media import Array, flats, level, see, write_clip

from framechain import Encoding, Engine, FrameInfo

NTSC, TWICE_NTSC, FILM = Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)
# Time stamps of a phone: no two steps are equal.
UNEVEN = [0, 3003, 6100, 9009, 12900, 15015, 21021, 24100, 60000, 63003, 66006, 69500]


def run(path: str, *objects: Any, suffix: str = ".mp4") -> str:
    output = Path(path).with_name(f"result{suffix}")
    return Engine(video_path=path, custom_objects=objects, output_path=output).run().output_path or ""


@pytest.mark.parametrize("objects", [(), (lambda frame: 255 - frame,)], ids=["empty", "negative"])
@pytest.mark.parametrize(
    ("rate", "time_base", "step"),
    [
        (NTSC, Fraction(1, 30000), 1001),
        (TWICE_NTSC, Fraction(1, 60000), 1001),
        (FILM, Fraction(1, 24000), 1001),
        (Fraction(25), Fraction(1, 12800), 512),
        (Fraction(30), Fraction(1, 90000), 3000),
        (Fraction(120), Fraction(1, 15360), 128),
        (Fraction(240), Fraction(1, 48000), 200),
        (Fraction(15, 2), Fraction(1, 15000), 2000),
    ],
)
def test_video_constant_rate_is_kept_exactly(
    rate: Fraction, time_base: Fraction, step: int, objects: Any, tmp_path: Path
) -> None:
    ticks = [step * index for index in range(20)]
    source = write_clip(tmp_path / "clip.mp4", flats(20), rate=rate, time_base=time_base, ticks=ticks)
    after = see(run(source, *objects))
    assert (after.time_base, after.ticks) == (time_base, ticks)
    assert after.rate == see(source).rate == rate
    assert after.end == pytest.approx(20 / rate, abs=0.001)


@pytest.mark.parametrize("reordered", [{}, {"bf": "3", "b-adapt": "0"}], ids=["in-order", "b-frames"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_video_variable_rate_is_kept_tick_for_tick(suffix: str, reordered: dict[str, str], tmp_path: Path) -> None:
    source = write_clip(
        tmp_path / f"clip{suffix}",
        flats(12),
        options={"preset": "medium", "crf": "5", **reordered},
        time_base=Fraction(1, 90000),
        ticks=UNEVEN,
    )
    assert see(source).ticks == UNEVEN
    after = see(run(source, suffix=suffix))
    assert (after.time_base, after.ticks) == (Fraction(1, 90000), UNEVEN)
    assert after.end == pytest.approx(see(source).end, abs=0.001)
    assert after.greys() == pytest.approx([level(index) for index in range(12)], abs=3)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_video_matroska_milliseconds_are_kept(suffix: str, tmp_path: Path) -> None:
    ticks = [0, 33, 67, 100, 133, 167, 420, 433, 467, 500]
    source = write_clip(tmp_path / "clip.mkv", flats(10), time_base=Fraction(1, 1000), ticks=ticks, rate=30)
    assert (see(source).time_base, see(source).ticks) == (Fraction(1, 1000), ticks)
    after = see(run(source, suffix=suffix))
    assert after.times == [Fraction(tick, 1000) for tick in ticks]
    if suffix == ".mkv":
        assert after.time_base == Fraction(1, 1000)


def test_video_last_frame_keeps_its_duration(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(4), time_base=Fraction(1, 90000), ticks=[0, 9000, 12000, 30000])
    assert see(run(source)).end == pytest.approx(Fraction(33600, 90000), abs=0.001)


def test_video_objects_get_the_time_of_each_frame(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(12), time_base=Fraction(1, 90000), ticks=UNEVEN)
    reported: list[FrameInfo] = []

    def look(frame: Array, info: FrameInfo) -> Array:
        reported.append(info)
        return frame

    run(source, look)
    assert [info.index for info in reported] == list(range(12))
    assert [info.pts for info in reported] == UNEVEN
    assert [info.time for info in reported] == pytest.approx([tick / 90000 for tick in UNEVEN])
    assert {info.stream.time_base for info in reported} == {Fraction(1, 90000)}
    assert [info.duration for info in reported[:-1]] == np.diff(UNEVEN).tolist()


@pytest.mark.parametrize(("name", "first"), [("clip.ts", 35), ("clip.mkv", 3), ("clip.mpg", 0)])
def test_video_late_start_becomes_0(name: str, first: int, tmp_path: Path) -> None:
    codec = "mpeg2video" if name.endswith("mpg") else "libx264"
    source = write_clip(tmp_path / name, flats(15), codec=codec, ticks=range(first, first + 15))
    before = see(source)
    after = see(run(source))
    assert before.times[0] > Fraction(1, 10)
    assert after.times == [time - before.times[0] for time in before.times]


BEFORE_0 = [-2000, -1000, 0, 1500, 2000, 3000]


def test_video_negative_start_becomes_0(tmp_path: Path) -> None:
    source = write_clip(
        tmp_path / "clip.mkv", flats(6), codec="ffv1", time_base=Fraction(1, 25000), ticks=BEFORE_0,
        container_options={"avoid_negative_ts": "disabled"},
    )  # fmt: skip
    assert see(source).times[0] == Fraction(-2, 25)
    after = see(run(source))
    assert after.times == [Fraction(tick + 2000, 25000) for tick in BEFORE_0]
    assert after.greys() == pytest.approx([level(index) for index in range(6)], abs=2)


def test_video_frames_hidden_by_an_edit_list_stay_hidden(tmp_path: Path) -> None:
    source = write_clip(
        tmp_path / "clip.mp4", flats(6), time_base=Fraction(1, 25000), ticks=BEFORE_0,
        container_options={"avoid_negative_ts": "disabled"},
    )  # fmt: skip
    after = see(run(source))
    assert after.times == [Fraction(tick, 25000) for tick in BEFORE_0[2:]]
    assert after.greys() == pytest.approx([level(index) for index in range(2, 6)], abs=2)


def test_video_without_time_stamps_gets_them_from_the_rate(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.h264", flats(12), rate=25)
    after = see(run(source))
    assert after.times == [Fraction(index, 25) for index in range(12)]
    assert after.greys() == pytest.approx([level(index) for index in range(12)], abs=2)


@pytest.mark.parametrize(
    "changed",
    [{80: 40}, {120: 160, 160: 120}, {80: 40, 120: 40, 160: 40}, {40: 0, 80: 0}],
    ids=["twice-the-same", "swapped", "four-the-same", "at-the-start"],
)
def test_video_time_stamps_that_do_not_grow_are_corrected(changed: dict[int, int], tmp_path: Path) -> None:
    ticks = [40 * index for index in range(10)]
    source = write_clip(
        tmp_path / "clip.mkv", flats(10), codec="mjpeg", pix_fmt="yuvj420p", time_base=Fraction(1, 1000), ticks=ticks,
        retime=lambda tick: changed.get(tick, tick),
    )  # fmt: skip
    broken = see(source).ticks
    assert any(earlier >= later for earlier, later in itertools.pairwise(broken))
    after = see(run(source))
    assert after.greys() == pytest.approx([level(index) for index in range(10)], abs=4)
    assert all(earlier < later for earlier, later in itertools.pairwise(after.ticks))
    # The frames after the damage have their own times again.
    assert after.times[5:] == [Fraction(tick, 1000) for tick in ticks[5:]]


@pytest.mark.parametrize("step", [1, 60], ids=["a-thousand-a-second", "one-a-minute"])
def test_video_unusual_rates_are_kept(step: int, tmp_path: Path) -> None:
    ticks = [step * index for index in range(6)]
    base = Fraction(1, 1000) if step == 1 else Fraction(1)
    source = write_clip(
        tmp_path / "clip.mkv", flats(6), codec="ffv1", rate=1 / (step * base), time_base=base, ticks=ticks
    )
    after = see(run(source))
    assert after.times == [tick * base for tick in ticks]


def test_video_long_pause_is_kept_with_its_audio(tmp_path: Path) -> None:
    ticks = [0, 1, 2, 3, 100, 101, 102, 103]
    source = write_clip(tmp_path / "clip.mp4", flats(8), ticks=ticks, audio=beeps(4.2))
    output = run(source)
    assert see(output).times == [Fraction(tick, 25) for tick in ticks]
    assert hear(output).packet_times == hear(source).packet_times


def test_video_gif_delays_are_kept(tmp_path: Path) -> None:
    ticks = [0, 10, 60, 70, 90]
    source = write_clip(
        tmp_path / "a.gif", flats(5), codec="gif", pix_fmt="rgb8", time_base=Fraction(1, 100), ticks=ticks, rate=10
    )
    after = see(run(source))
    assert after.times == [Fraction(tick, 100) for tick in ticks]
    assert after.greys() == pytest.approx([level(index) for index in range(5)], abs=40)


def test_video_variable_rate_doubles_and_drops_no_frame(clip: Path, tmp_path: Path) -> None:
    calls: list[int] = []

    def count(frame: Array, info: FrameInfo) -> Array:
        calls.append(info.pts)
        return frame

    output = tmp_path / "out.mp4"
    Engine(video_path=clip, custom_objects=[count], output_path=output, end_video_frame=59, break_on_end=True).run()
    assert calls == see(output).ticks == [1001 * index for index in range(60)]


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("clips/androidx_phone_selfie_hevc_rot90.mp4", marks=pytest.mark.slow),
        "clips/retalking_1_vfr_700p_audio.mp4",
        pytest.param("odd/mediabunny_cursed_vfr.mp4", marks=pytest.mark.slow),
        "odd/androidx_vfr_slowmotion_720p.mp4",
    ],
)
def test_video_of_a_phone_keeps_its_time_stamps(name: str, shared: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    Engine(
        video_path=shared / name,
        output_path=output,
        encoding=Encoding(preset="ultrafast"),
        end_video_frame=24,
        break_on_end=True,
    ).run()
    before, after = see(shared / name, 25), see(output)
    first = before.times[0]
    assert after.times == [time - first for time in before.times] or after.times == before.times
