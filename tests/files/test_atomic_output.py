"""Outputs with unusual names, in folders that change while they are written, and inputs that are removed."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from support.audio import beeps, hear
from support.media import flat, flats, see, write_clip
from support.memory_source import MemorySource

from framechain import Engine, Frame, FramechainError, FramechainWarning, FrameInfo, StreamInfo
from framechain.files.atomic_output import AtomicOutput
from framechain.files.locks import _mine
from framechain.live.outputs import LiveOutputs
from framechain.options import LiveTargets
from framechain.sinks.files import recording
from framechain.sinks.files.recorder import Recorder

posix = pytest.mark.skipif(os.name == "nt", reason="Windows removes nothing that is open, and has other rights")
CAMERA = StreamInfo("camera", "camera", 64, 48)


class Count:
    def __init__(self) -> None:
        self.frames = 0

    def __call__(self, frame: Any) -> Any:
        self.frames += 1
        return frame


# Names


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x" * 300 + ".mp4", "name too long"),
        ("a\0b.mp4", "no file can have such a name"),
        ("\ud800.mp4", "such a name"),
    ],
    ids=["too-long", "null", "half-a-pair"],
)
def test_atomic_output_impossible_name_is_refused_before_any_work(name: str, why: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(3))
    count = Count()
    with pytest.raises(FramechainError, match=rf"(?is)cannot write .*{why}"):
        Engine(video_path=clip, output_path=f"{tmp_path}/{name}", custom_objects=[count], progress=False).run()
    assert count.frames == 0
    assert os.listdir(tmp_path) == ["clip.mp4"]


def test_atomic_output_name_too_long_with_extension_is_refused_before_any_work(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".mp4")
    os.rename(write_clip(tmp_path / "clip.mp4", flats(3)), path)
    count = Count()
    with pytest.raises(FramechainError, match=r"(?i)cannot write .*_out\.mp4: .*name too long"):
        Engine(video_path=path, custom_objects=[count], progress=False).run()
    assert count.frames == 0
    assert os.listdir(tmp_path) == [path.name]


def test_atomic_output_input_on_a_store_is_refused() -> None:
    with pytest.raises(FramechainError, match=r"cannot write s3://media/clip\.mp4: it is the input"):
        AtomicOutput("s3://media/clip.mp4", inputs=("/tmp/copy", "s3://media/clip.mp4"))


# Places


@posix
def test_engine_removed_current_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(3))
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(FramechainError, match=r"cannot write out\.mp4: the current folder was removed"):
        Engine(video_path=clip, output_path="out.mp4").run()
    with pytest.raises(FramechainError, match=r"video not found: clip\.mp4 \(looked in a folder that was removed\)"):
        Engine(video_path="clip.mp4").run()
    assert Engine(video_path=clip, progress=False).run().frames_written == 3


class Elsewhere:
    """Changes the current folder at the first frame."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        if info.index == 0:
            os.chdir(self.folder)
        return frame


def test_engine_object_changes_current_folder_output_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "away").mkdir()
    write_clip("clip.mp4", flats(20), audio=beeps(0.8))
    write_clip("behind.mp4", [flat(200)] * 3)
    from framechain.backgrounds import Video

    behind = Video("behind.mp4")  # Of three frames: it begins anew again and again.
    lay = Elsewhere(tmp_path / "away"), lambda frame, info: behind(frame, info=info)
    result = Engine(video_path="clip.mp4", output_path="out.mp4", custom_objects=lay, progress=False).run()
    behind.close()
    assert result.warnings == ()
    assert see(tmp_path / "out.mp4").greys() == pytest.approx([200] * 20, abs=3)
    assert hear(tmp_path / "out.mp4").packets == hear(tmp_path / "clip.mp4").packets
    assert os.listdir(tmp_path / "away") == []


@posix
def test_atomic_output_link_that_appears_is_refused_after_folder_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "away").mkdir()
    write_clip("clip.mp4", flats(3))
    away = Elsewhere(tmp_path / "away")

    def link(frame: Any, info: FrameInfo) -> Any:
        if info.index == 1:
            (tmp_path / "out.mp4").symlink_to(tmp_path / "treasure")
        return frame

    with pytest.raises(FramechainError, match=r"cannot write out\.mp4: it has become a symbolic link to .*treasure, "):
        Engine(video_path="clip.mp4", output_path="out.mp4", custom_objects=[away, link], progress=False).run()
    assert (tmp_path / "out.mp4").is_symlink()
    assert not (tmp_path / "treasure").exists()


@posix
def test_engine_input_removed_after_opening_loses_audio_only(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(20), audio=beeps(0.8))

    class Remove(Count):
        def open(self, stream: StreamInfo) -> None:
            os.unlink(clip)

    with pytest.warns(FramechainWarning, match=r"the audio could not be kept .*clip\.mp4"):
        result = Engine(video_path=clip, output_path=tmp_path / "out.mp4", custom_objects=[Remove()]).run()
    assert see(tmp_path / "out.mp4").count == result.frames_written == 20
    assert len(result.warnings) == 1


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_atomic_output_replaced_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    target.touch()
    target.chmod(mode)
    Engine(video_path=write_clip(tmp_path / "clip.mp4", flats(3)), output_path=target, progress=False).run()
    assert see(target).count == 3
    assert target.stat().st_mode & 0o777 == mode


# Recordings


def record(folder: Path, vanish: Any, *, watched: bool, frames: int = 30) -> None:
    outputs = LiveOutputs(LiveTargets(record=str(folder / "rec.mp4")), watched=watched)
    outputs.open(MemorySource(CAMERA))
    with outputs:
        for number in range(frames):
            if number == frames - 5:
                vanish()
            outputs.write(Frame(FrameInfo(number, 40 * number, 40, CAMERA), bgr=flat(8 * number)))
    assert outputs.recorder.frames == 0


@posix
@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("what", ["folder", "renamed folder", "file"])
def test_recording_folder_or_file_removed_is_an_error(what: str, watched: bool, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    def vanish() -> None:
        if what == "renamed folder":
            folder.rename(tmp_path / "other")
        for path in folder.iterdir() if folder.exists() else ():
            path.unlink()
        if what == "folder":
            folder.rmdir()

    gone = "its temporary file" if what == "file" else f"the folder {folder}"
    reported = rf"the recording is lost: cannot write {folder}/rec\.mp4: {gone} was removed while it was written"
    # Where nobody watches, the recording is what the run is for: its loss is an error, and told once.
    tells: Any = pytest.warns(FramechainWarning, match=reported)
    if not watched:
        tells = pytest.raises(FramechainError, match=reported)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with tells:
            record(folder, vanish, watched=watched)
    assert caught == []
    assert not list(tmp_path.rglob("rec.mp4"))
    assert not _mine
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]


def test_recorder_without_a_thread_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: Any, **named: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(recording, "Outlet", refused)
    recorder = Recorder(tmp_path / "rec.mp4", starts=False)
    recorder.open(MemorySource(CAMERA))
    with pytest.raises(RuntimeError):
        recorder.start()
    assert os.listdir(tmp_path) == []
    assert not _mine


def test_live_outputs_recording_fails_at_its_end_others_are_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[str] = []

    class Other:
        problem = None

        def finish(self) -> None:
            finished.append("other")

    outputs = LiveOutputs(LiveTargets(record=str(tmp_path / "rec.mp4")), watched=False)
    outputs.recorder.open(MemorySource(CAMERA))
    outputs._camera = outputs._broadcast = Other()  # type: ignore[assignment]

    def interrupted(sink: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recording.VideoFile, "finish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        outputs.finish()
    assert finished == ["other", "other"]
    assert os.listdir(tmp_path) == []


# The disk


def test_atomic_output_is_on_the_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after a rename without fsync leaves an empty file under the final name."""
    steps: list[tuple[str, int]] = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(handle: int) -> None:
        fsync(handle)
        steps.append(("fsync", os.fstat(handle).st_ino))

    def record_replace(source: Any, target: Any) -> None:
        steps.append(("replace", os.stat(source).st_ino))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    with AtomicOutput(tmp_path / "out.mp4") as output:
        output.write(b"complete")
        assert steps == []
        output.commit()
    number = (tmp_path / "out.mp4").stat().st_ino
    assert steps == [("fsync", number), ("replace", number)]
