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
