"""Recordings of a live stream: started and stopped at will, with the true times, playable whatever happens."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cameras import HEIGHT, WIDTH, camera, number_of, numbered, steadily
from support.media import bgr_of, see
from support.memory_source import MemorySource
from support.patience import PATIENCE, eventually
from support.transport import free_port

from framechain import Engine, Frame, FrameInfo, LiveOptions, StreamInfo
from framechain.errors import ArgumentError, OutputError
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv
from framechain.sinks.files import recording
from framechain.sinks.files.recorder import Recorder
from framechain.sinks.outlet import Outlet

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.usefixtures("patient_recordings")
STREAM = StreamInfo("camera", "camera", WIDTH, HEIGHT, colour=ColourSpace(6, False, 6, 6))


def frame(number: int, milliseconds: int | None = None) -> Frame:
    when = 40 * number if milliseconds is None else milliseconds
    return Frame(FrameInfo(number, when, 0, STREAM), bgr=numbered(number))


def make_recorder(path: Path, **more: Any) -> Recorder:
    recorder = Recorder(path, starts=False, **more)
    recorder.open(MemorySource(STREAM))
    return recorder


def numbers_in(path: Path | str) -> list[int]:
    seen = see(path)
    return [number_of(bgr_of(planes, seen.tags)) for planes in seen.planes]


# Start and stop


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".webm"])
def test_recorder_times_count_from_the_first_frame(suffix: str, tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path / f"me{suffix}")
    times = [5000, 5033, 5070, 5500, 5501, 6200, 6233, 6300]
    recorder.start()
    for number, moment in enumerate(times):
        recorder.write(frame(number, moment))
    assert recorder.stop() == str(tmp_path / f"me{suffix}")
    seen = see(tmp_path / f"me{suffix}")
    # Times count from the first frame, not from when the camera was opened.
    assert [float(one) for one in seen.times] == pytest.approx([(one - 5000) / 1000 for one in times], abs=0.0011)
    assert numbers_in(tmp_path / f"me{suffix}") == list(range(8))
    assert recorder.problems == []


def test_recorder_toggle_makes_a_file_each_time(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path / "me.mp4")
    lines = []
    for number in range(40):
        if number % 10 == 5:
            lines.append(recorder.toggle())
            assert recorder.is_recording == (number % 20 == 5)
        recorder.write(frame(number))
    assert recorder.stop() is None
    assert lines == [
        "recording to me.mp4", "recorded me.mp4", "recording to me_2.mp4", "recorded me_2.mp4"
    ]  # fmt: skip
    assert recorder.paths == [str(tmp_path / "me.mp4"), str(tmp_path / "me_2.mp4")]
    assert numbers_in(recorder.paths[0]) == list(range(5, 15))
    assert numbers_in(recorder.paths[1]) == list(range(25, 35))
    assert recorder.frames == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["me.mp4", "me_2.mp4"]


def test_recorder_second_recording_replaces_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "me_2.mp4").write_text("holidays")
    recorder = make_recorder(tmp_path / "me.mp4")
    for _ in range(2):
        recorder.start()
        recorder.write(frame(0))
    recorder.stop()
    assert [os.path.basename(path) for path in recorder.paths] == ["me.mp4", "me_3.mp4"]
    assert (tmp_path / "me_2.mp4").read_text() == "holidays"


def test_recorder_without_a_frame_leaves_nothing(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path / "me.mp4")
    recorder.start()
    assert recorder.toggle() == "nothing was recorded"
    assert list(tmp_path.iterdir()) == []


def test_recorder_target_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no video format"):
        make_recorder(tmp_path / "me.txt")
    recorder = make_recorder(tmp_path / "away" / "me.mp4")
    with pytest.raises(OutputError, match="does not exist, create it first"):
        recorder.start()
    assert not recorder.is_recording
    assert "does not exist" in recorder.toggle()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other limits")
def test_recorder_name_that_is_too_long_is_an_error_at_once(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path / f"{'x' * 300}.mp4")
    with pytest.raises(OutputError, match="File name too long"):
        recorder.start()
    assert list(tmp_path.iterdir()) == []


# Faults


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_recorder_removed_file_is_a_problem_and_no_error(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    recorder = make_recorder(folder / "me.mp4")
    recorder.start()
    for number in range(20):
        recorder.write(frame(number))
    if what == "folder":
        shutil.rmtree(folder)
    else:
        (folder / "me (unfinished).mp4").unlink()
    assert recorder.toggle() == "nothing was recorded"
    assert len(recorder.problems) == 1
    assert re.fullmatch(
        r"the recording is lost: cannot write \S+me\.mp4: .+ was removed while it was written", recorder.problems[0]
    )
    assert not recorder.is_recording


def test_recorder_frame_of_another_size_ends_it_and_keeps_what_came_before(tmp_path: Path) -> None:
    problems: list[str] = []
    recorder = make_recorder(tmp_path / "me.mp4", on_problem=problems.append)
    recorder.start()
    for number in range(20):
        recorder.write(frame(number))
    recorder.write(Frame(FrameInfo(20, 800, 0, STREAM), bgr=np.zeros((48, 64, 3), np.uint8)))

    def ended() -> bool:
        recorder.write(frame(21))
        return not recorder.is_recording

    eventually(ended, "its end")
    assert len(problems) == 1
    assert "stopped after 20 frames" in problems[0]
    assert "frame 20 is 64x48 and the first was 160x120" in problems[0]
    assert recorder.problems == problems
    assert numbers_in(recorder.paths[0]) == list(range(20))


FULL_DISK = """
    import json, resource, signal, sys, warnings
    import numpy as np
    import pyvirtualcam
    import pyvirtualcam.camera
    from framechain import Engine, FramechainWarning, Interrupted, LiveOptions

    sent = []

    class Loopback:
        def __init__(self, **more): pass
        def send(self, frame): sent.append(len(frame))
        def device(self): return "loopback"
        def native_fourcc(self): return None
        def close(self): pass

    pyvirtualcam.camera.BACKENDS.clear()
    pyvirtualcam.register_backend("loopback", Loopback)
    random = np.random.default_rng(0)

    def noise(frame, info):
        after_loss.extend([info.time] if warned else [])
        if len(after_loss) > 10 and (len(sent) > 35 or sys.argv[3] != "watched"):
            signal.raise_signal(signal.SIGINT)
        return random.integers(0, 255, frame.shape, np.uint8)

    after_loss, warned = [], []
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, *more, **others: warned.append(str(message))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    device = "auto" if sys.argv[3] == "watched" else None
    engine = Engine(webcam_id=sys.argv[1], live=LiveOptions(record=sys.argv[2], virtual_camera=device),
                    custom_objects=[noise], progress=False)
    try:
        try:
            result = engine.run()
        except Interrupted as stopped:
            result = stopped.result
        print(json.dumps([len(after_loss), len(sent), warned, list(result.warnings), result.output_path]))
    except Exception as error:
        print(json.dumps([len(after_loss), type(error).__name__, warned, str(error)]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="there is no limit of file sizes here")
@pytest.mark.parametrize("suffix", [".mp4", pytest.param(".mkv", marks=pytest.mark.slow)])
@pytest.mark.parametrize("watched", [pytest.param(True, marks=pytest.mark.slow), False])
def test_recorder_full_disk_ends_the_recording_and_not_the_run(watched: bool, suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("pyvirtualcam")
    script, target = tmp_path / "full.py", tmp_path / f"rec{suffix}"
    script.write_text(textwrap.dedent(FULL_DISK))
    with camera(steadily(40)) as device:
        done = subprocess.run(
            [sys.executable, str(script), device.url, str(target), "watched" if watched else "alone"],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    seen, _, warned = answer[:3]
    told = warned if watched else [*warned, answer[3]]
    assert len(told) == 1
    assert "stopped after" in told[0]
    assert "File too large" in told[0]
    assert f"what came before is in {target}" in told[0]
    if watched:
        assert seen > 5
        assert answer[1] > 30
        assert answer[3:] == [warned, str(target)]
    else:
        assert answer[1] == "OutputError"
    # It plays to its end, without an error on the way.
    assert see(target).count > 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full.py", target.name]


@pytest.mark.slow
def test_recorder_disk_that_hangs_drops_frames_and_delays_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Outlet.__init__.__kwdefaults__, "patience", 1.0)
    free = threading.Event()
    write = recording.VideoFile.write
    monkeypatch.setattr(recording.VideoFile, "write", lambda sink, frame: (free.wait(), write(sink, frame))[1])
    recorder = make_recorder(tmp_path / "me.mp4")
    recorder.start()
    began = time.monotonic()
    for number in range(100):
        recorder.write(frame(number))
    assert time.monotonic() - began < 30  # Were it waited for with each frame, it would be 91.
    free.set()
    recorder.stop()
    assert len(recorder.problems) == 1
    assert "91 frames are missing in" in recorder.problems[0]
    assert numbers_in(recorder.paths[0]) == list(range(9))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, -9, marks=pytest.mark.slow),
    ],
)
def test_recorder_signal_leaves_a_playable_file(number: signal.Signals, code: int, tmp_path: Path) -> None:
    target = tmp_path / "rec.mp4"
    with camera(steadily(30)) as device:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), device.url, "--matte", "knn", "--output", str(target)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        eventually(lambda: any(path.stat().st_size > 15_000 for path in tmp_path.iterdir()), "a recording that grows")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, err
    if number != signal.SIGKILL:
        assert f"wrote {target}" in out
        assert [path.name for path in tmp_path.iterdir()] == ["rec.mp4"]
    else:
        # It has no final name yet, but what was written until then can be found and played.
        target = tmp_path / "rec (unfinished).mp4"
    assert see(target).count > 10


def test_engine_second_recording_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"a run makes one recording, got a\.mp4 and b\.mp4"):
        Engine(webcam_id=0, output_path="a.mp4", live=LiveOptions(record="b.mp4"))
    with pytest.raises(ArgumentError, match="record takes a file"):
        Engine(webcam_id=0, live=LiveOptions(record="udp://127.0.0.1:5000"))
    with pytest.raises(ArgumentError, match="are for cameras"):
        Engine(video_path="clip.mp4", live=LiveOptions(record="b.mp4"))


def test_recorder_yuv_frame_keeps_its_own_time_for_other_sinks(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path / "me.mp4")
    recorder.start()
    frames = []
    for number in range(3):
        video_frame = convert_to_yuv(numbered(number), STREAM.colour)
        video_frame.pts = 777 + number
        frames.append(Frame(FrameInfo(number, 5000 + 40 * number, 40, STREAM), yuv=video_frame))
        recorder.write(frames[-1])
    recorder.stop()
    assert [one.yuv.pts for one in frames] == [777, 778, 779]
    assert [float(time) for time in see(tmp_path / "me.mp4").times] == pytest.approx([0, 0.04, 0.08], abs=0.0011)


def test_recorder_recording_that_two_threads_finish_counts_once(tmp_path: Path) -> None:
    """The viewer's thread stops a recording while the writer's thread ends it because of an error."""
    recorder = make_recorder(tmp_path / "me.mp4")
    recorder.start()
    recorder.write(frame(0))
    current = recorder._current
    assert current is not None
    with ThreadPoolExecutor(2) as threads:
        kept = list(threads.map(recorder._finish, [current, current]))
    assert sorted(kept, key=str) == [str(tmp_path / "me.mp4"), None]
    assert recorder.paths == [str(tmp_path / "me.mp4")]
    assert (recorder.frames, recorder.problems) == (1, [])


# After a run that was killed


@pytest.mark.slow
def test_recorder_recording_of_a_killed_run_is_recovered_by_the_next_one_with_a_warning(tmp_path: Path) -> None:
    target, unfinished = tmp_path / "rec.mp4", tmp_path / "rec (unfinished).mp4"
    recovered = tmp_path / "rec (recovered 1).mp4"

    def record(number: signal.Signals, begun: Path) -> str:
        """Record until some frames are on the disk, end by a signal, and return what was printed on stderr."""
        with camera(steadily(30)) as device:
            address = f"udp://127.0.0.1:{free_port()}"
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), device.url, "--matte", "knn", "--record", str(target),
                 "--stream-to", address],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            eventually(begun.exists, "its begin")
            eventually(lambda: unfinished.exists() and unfinished.stat().st_size > 15_000, "a recording that grows")
            process.send_signal(number)
            return process.communicate(timeout=PATIENCE)[1]

    record(signal.SIGKILL, unfinished)
    errors = record(signal.SIGINT, recovered)
    assert see(recovered).count > 10
    assert see(target).count > 10
    assert errors.splitlines() == [
        f"main.py: warning: an earlier recording to {target} was cut off: what there is of it is in {recovered}"
    ]


def test_recorder_earlier_recording_is_a_remark_and_no_problem(tmp_path: Path) -> None:
    (tmp_path / "me (unfinished).mp4").write_text("frames")
    told: list[str] = []
    recorder = make_recorder(tmp_path / "me.mp4", on_problem=told.append)
    recorder.start()
    recorder.write(frame(0))
    recorder.stop()
    sentence = (
        f"an earlier recording to {tmp_path / 'me.mp4'} was cut off: what there is of it is in "
        f"{tmp_path / 'me (recovered 1).mp4'}"
    )
    assert told == recorder.remarks == [sentence]
    assert recorder.problems == []
    assert recorder.problem == sentence


def test_recorder_file_that_cannot_get_its_name_is_kept_and_named(tmp_path: Path) -> None:
    recorder = make_recorder(tmp_path / "me.mp4")
    recorder.start()
    for number in range(5):
        recorder.write(frame(number))
    (tmp_path / "me.mp4").mkdir()
    assert recorder.toggle() == "nothing was recorded"
    kept = tmp_path / "me (unfinished).mp4"
    assert numbers_in(kept) == list(range(5))
    assert len(recorder.problems) == 1
    assert recorder.problems[0].startswith("the recording has another name than it should: cannot write ")
    assert recorder.problems[0].endswith(f"; what was written is in {kept}")
