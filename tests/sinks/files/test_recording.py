"""What of a recording can be played before it is finished."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from support.media import flat, level, see
from support.patience import PATIENCE, eventually

from framechain import Encoding, Frame, FrameInfo, StreamInfo
from framechain.errors import OutputError
from framechain.pixels.pyav import av
from framechain.sinks.files.codecs import choose_container
from framechain.sinks.files.recording import PlayablePart, Recording
from framechain.sinks.files.video_file import VideoFile

STREAM = StreamInfo("camera", "camera", 64, 48)
FRAMES = 100


@pytest.fixture(params=[".mp4", ".mov", ".mkv", ".webm"])
def unfinished(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A recording of four seconds that nobody has closed."""
    path = tmp_path / f"rec{request.param}"
    file = VideoFile(str(path), STREAM, fragmented=True)
    rng = np.random.default_rng(0)
    for number in range(FRAMES):
        image = flat(level(number))
        image[:, 32:] = rng.integers(0, 255, (48, 32, 3))  # What no encoder makes small.
        file.write(Frame(FrameInfo(number, 40 * number, 40, STREAM), bgr=image))
    data = path.read_bytes()
    file.close()
    path.write_bytes(data)
    return path


def test_playable_part_restore_undoes_what_closing_wrote(unfinished: Path) -> None:
    """Closing on a full disk overwrites the first boxes and leaves half an index."""
    data = unfinished.read_bytes()
    part = PlayablePart(str(unfinished), choose_container(str(unfinished)))
    half_index = np.random.default_rng(0).bytes(3000)
    unfinished.write_bytes(
        bytes(200) + data[200:] + half_index if unfinished.suffix in (".mp4", ".mov") else data + half_index
    )
    assert part.restore()
    assert data.startswith(unfinished.read_bytes())
    seen = see(unfinished)
    assert FRAMES // 2 < seen.count <= FRAMES
    assert seen.greys() == pytest.approx([level(number) for number in range(seen.count)], abs=3)


def test_playable_part_file_without_frames_has_nothing_to_play(tmp_path: Path) -> None:
    for suffix in (".mp4", ".mkv"):
        path = tmp_path / f"rec{suffix}"
        path.write_bytes(b"")
        assert not PlayablePart(str(path), choose_container(str(path))).restore()


def test_recording_failure_is_the_problem_even_if_frames_were_dropped_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, free = threading.Event(), threading.Event()
    write = VideoFile.write

    def write_late(file: VideoFile, frame: Frame) -> None:
        begun.set()
        free.wait(PATIENCE)
        write(file, frame)

    monkeypatch.setattr(VideoFile, "write", write_late)
    recording = Recording(str(tmp_path / "rec.mp4"), STREAM, alpha=False)
    for number in range(20):
        assert number != 1 or begun.wait(PATIENCE)
        recording.write(Frame(FrameInfo(number, 40 * number, 40, STREAM), bgr=flat(level(number))))
    free.set()
    eventually(lambda: recording.frames >= 8, "the frames that waited")
    recording.write(Frame(FrameInfo(20, 800, 40, STREAM), bgr=flat(9, 32, 32)))
    assert recording.finish()
    assert recording.problem is not None
    assert "stopped after 9 frames: " in recording.problem
    assert see(tmp_path / "rec.mp4").count == recording.frames == 9


def test_recording_first_of_two_failures_is_the_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: VideoFile, **named: object) -> None:
        raise OutputError("the second failure")

    monkeypatch.setattr(VideoFile, "finish", fail)
    recording = Recording(str(tmp_path / "rec.mp4"), STREAM, alpha=False)
    recording.write(Frame(FrameInfo(0, 0, 40, STREAM), bgr=flat(9)))
    recording.write(Frame(FrameInfo(1, 40, 40, STREAM), bgr=flat(9, 32, 32)))
    recording.finish()
    assert recording.problem is not None
    assert "frame 1 is 32x32 and the first was 64x48" in recording.problem
    assert "the second failure" not in recording.problem


def test_recording_settings_that_were_not_used_are_the_problem(tmp_path: Path) -> None:
    recording = Recording(str(tmp_path / "rec.mkv"), STREAM, encoding=Encoding("ffv1", crf=5), alpha=False)
    recording.write(Frame(FrameInfo(0, 0, 40, STREAM), bgr=flat(9)))
    assert recording.finish()
    assert recording.problem == "the encoder ffv1 has no crf: 5 was not used"
    assert see(tmp_path / "rec.mkv").count == 1


def record(path: Path, times: list[float], encoding: Encoding | None = None) -> None:
    """Record frames at some times, in seconds."""
    recording = Recording(str(path), STREAM, encoding=encoding, alpha=False)
    for number, time in enumerate(times):
        info = FrameInfo(number, round(1000 * time), 0, STREAM)
        assert recording.write(Frame(info, bgr=flat(90)))
    assert recording.finish()
    assert recording.problem is None


def key_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    return [float(packet.pts * packet.time_base) for packet in packets if packet.is_keyframe and packet.pts is not None]


@pytest.mark.usefixtures("patient_recordings")
@pytest.mark.parametrize(
    ("name", "codec"),
    [("rec.mp4", None), ("rec.mkv", "libx265"), ("rec.webm", None), ("rec.mp4", "mpeg4"), ("rec.mkv", "libx264")],
)
@pytest.mark.parametrize("rate", [2, 25])
def test_recording_has_a_key_frame_every_two_seconds_at_most(
    rate: int, name: str, codec: str | None, tmp_path: Path
) -> None:
    """The camera gives other rates than 30, which is taken where nobody knows it, and not evenly."""
    rng = np.random.default_rng(1)
    times = [(number + rng.uniform(-0.4, 0.4)) / rate for number in range(1, 10 * rate)]
    path = tmp_path / name
    record(path, times, Encoding(codec, preset="medium") if codec == "libx264" else Encoding(codec))
    keys = key_times(path)
    assert keys[0] == 0
    assert np.diff([*keys, times[-1] - times[0]]).max() <= 2.001
    # Not each frame is one: that would cost many times the bytes.
    assert len(keys) <= 9


@pytest.mark.usefixtures("patient_recordings")
def test_recording_after_a_pause_goes_on_with_a_key_frame(tmp_path: Path) -> None:
    record(tmp_path / "rec.mp4", [0, 0.1, 0.2, 5.0, 5.1, 5.2])
    assert key_times(tmp_path / "rec.mp4") == pytest.approx([0, 5], abs=0.002)
