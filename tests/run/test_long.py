"""Long runs: what a process holds stays what it was, and clocks that have run for hours or days are still right."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.audio import beeps, hear
from support.media import flat, flats, level, see, write_clip
from support.patience import PATIENCE

from framechain import Engine, Frame, FrameInfo, StreamInfo
from framechain.sinks.files.video_file import VideoFile

CLOCK = Fraction(1, 90000)
STRESS = Path(__file__).resolve().parents[2] / "benchmarks" / "stress.py"
TURNS = [1 << 31, 1 << 32, 1 << 33]


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from Linux' /proc")
def test_long_run_memory_files_and_threads_stay_flat() -> None:
    command = [sys.executable, str(STRESS), "--quick", "--video", "60", "--live", "4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "video: 1500 frames" in done.stdout
    assert done.stdout.count("\n    flat") == 2


LEAK = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import stress
kept = []
stress.make_objects = lambda quick: [lambda frame: kept.append(b"x" * 400_000) or frame]
with tempfile.TemporaryDirectory() as folder:
    sys.exit(stress.measure_run("leaking", lambda: stress.run_video(10, True, Path(folder))))
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from Linux' /proc")
def test_stress_script_reports_growth() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAK, str(STRESS.parent)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "NOT FLAT: grown by" in done.stdout


# Past 2^31, 2^32 and 2^33 ticks of the clock that MPEG and many cameras count with: 6.6, 13.3 and 26.5 hours.


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("turn", TURNS, ids=["2^31", "2^32", "2^33"])
def test_ticks_around_a_power_of_two_stay_exact(turn: int, suffix: str, tmp_path: Path) -> None:
    # Steps of an mp4 have 31 bits: longer ones are made of several.
    way = list(range(0, turn - 9000, (1 << 31) - 90000))
    ticks = [*way, turn - 6000, turn - 3000, turn - 1, turn, turn + 1, turn + 3000, turn + 6000]
    source = write_clip(tmp_path / f"clip{suffix}", flats(len(ticks)), time_base=CLOCK, ticks=ticks)
    assert see(source).ticks == ticks
    seen: list[float] = []

    def note(frame: object, info: FrameInfo) -> object:
        seen.append(info.time)
        return frame

    target = tmp_path / f"out{suffix}"
    Engine(video_path=source, output_path=target, custom_objects=[note], progress=False).run()
    after = see(target)
    assert (after.time_base, after.ticks) == (CLOCK, ticks)
    assert seen == [float(tick * CLOCK) for tick in ticks]
    assert after.greys() == pytest.approx([level(index) for index in range(len(ticks))], abs=3)


@pytest.mark.parametrize("turn", TURNS, ids=["2^31", "2^32", "2^33"])
def test_late_time_stamps_audio_stays_in_sync(turn: int, tmp_path: Path) -> None:
    """As a piece cut out of a day's recording: both begin far from 0 and pass the power of two together."""
    short = write_clip(tmp_path / "short.mkv", flats(50), time_base=Fraction(1, 1000), ticks=range(0, 2000, 40),
                       audio=beeps(2.0))  # fmt: skip
    source = shifted(short, tmp_path / "late.mkv", turn * CLOCK - 1)
    target = tmp_path / "out.mkv"
    Engine(video_path=source, output_path=target, progress=False).run()
    assert see(source).times[0] == pytest.approx(turn * CLOCK - 1, abs=0.001)
    after = see(target)
    assert after.times == [Fraction(40 * index, 1000) for index in range(50)]
    heard = hear(target)
    assert heard.packets == hear(short).packets
    assert heard.start == pytest.approx(hear(short).start, abs=0.002)


def shifted(source: str, path: Path, seconds: Fraction) -> str:
    """A copy whose times all lie later."""
    from framechain.pixels.pyav import av

    with av.open(source) as original, av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as copy:
        targets = {stream.index: copy.add_stream_from_template(stream) for stream in original.streams}
        for packet in original.demux():
            if packet.size and packet.pts is not None and packet.dts is not None:
                shift = round(seconds / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = targets[packet.stream_index]  # type: ignore[assignment]
                copy.mux(packet)
    return str(path)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(1, (1 << 31) - 90_001), min_size=1, max_size=12))
def test_ticks_with_any_steps_stay_exact(steps: list[int], tmp_path: Path) -> None:
    ticks = [sum(steps[:count]) for count in range(len(steps) + 1)]
    source = write_clip(tmp_path / "clip.mp4", flats(len(ticks)), time_base=CLOCK, ticks=ticks)
    assert see(source).ticks == ticks
    Engine(video_path=source, progress=False).run()
    assert see(tmp_path / "clip_out.mp4").ticks == ticks


@pytest.mark.parametrize("fragmented", [False, True], ids=["file", "recording"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("bits", [31, 32, 33, 40], ids=["36-minutes", "72-minutes", "2-hours", "12-days"])
def test_camera_time_stamps_after_days_stay_exact(bits: int, suffix: str, fragmented: bool, tmp_path: Path) -> None:
    stream = StreamInfo("camera", "camera", 64, 48, Fraction(1, 1_000_000), Fraction(25))
    turn = 1 << bits
    way = [number * ((1 << 31) - 1000) for number in range(turn // (1 << 31))] if bits <= 33 else [0]
    if bits > 33 and suffix == ".mp4":
        pytest.skip("an mp4 has 31 bits for a step, and to record that many takes days")
    times = [*way, *(turn + step for step in range(-80_000, 120_000, 40_000))]
    path = tmp_path / f"out{suffix}"
    file = VideoFile(str(path), stream, fragmented=fragmented)
    for index, pts in enumerate(times):
        file.write(Frame(FrameInfo(index, pts, 40_000, stream), bgr=flat(level(index))))
    file.finish(cut_audio=False)
    found = [float(time) for time in see(path).times]
    assert found == pytest.approx([pts / 1e6 for pts in times], abs=0.0006)
