"""How a run ends after an error or a signal, in any thread: without a trace, or with a shorter output that plays."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.audio import beeps, hear
from support.media import Array, flats, looped, photos, see, write_clip
from support.patience import PATIENCE, eventually

from framechain import Encoding, Engine, FramechainError, FrameInfo, RunResult, StreamInfo
from framechain.pixels.pyav import av


def ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]


@pytest.mark.parametrize("stage", ["object", "writer", "open-hook", "close-hook"])
@pytest.mark.parametrize("name", ["clip.mp4", pytest.param("clip.mkv", marks=pytest.mark.slow)])
def test_run_error_is_chained_and_leaves_no_thread_and_no_file(name: str, stage: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / name, photos(60), audio=beeps(2.4))

    class Object:
        def open(self, stream: StreamInfo) -> None:
            if stage == "open-hook":
                raise KeyError("open")

        def close(self) -> None:
            if stage == "close-hook":
                raise KeyError("close")

        def __call__(self, frame: Array, info: FrameInfo) -> Array:
            if info.index == 25 and stage == "object":
                raise KeyError("call")
            return frame[:100].copy() if info.index == 25 and stage == "writer" else frame

    began = time.monotonic()
    with pytest.raises(FramechainError) as caught:
        Engine(video_path=source, custom_objects=[Object()]).run()
    assert time.monotonic() - began < PATIENCE
    assert not ours()
    assert os.listdir(tmp_path) == [name]
    if stage != "writer":
        assert isinstance(caught.value.__cause__, KeyError)
        assert "Object" in str(caught.value)
    if stage == "object":
        assert "frame 25" in str(caught.value)


def test_engine_runs_again_after_an_error(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(10))
    broken = [True]

    def sometimes(frame: Array) -> Array:
        if broken[0]:
            raise ValueError("not yet")
        return frame

    engine = Engine(video_path=source, custom_objects=[sometimes])
    with pytest.raises(FramechainError):
        engine.run()
    broken[0] = False
    assert engine.run().frames_written == 10


def test_run_outside_the_main_thread_works(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(10))
    results: list[RunResult] = []
    thread = threading.Thread(target=lambda: results.append(Engine(video_path=source).run()))
    thread.start()
    thread.join(PATIENCE)
    assert [result.frames_written for result in results] == [10]


def test_two_runs_side_by_side_are_independent(tmp_path: Path) -> None:
    sources = [write_clip(tmp_path / f"{number}.mp4", flats(40)) for number in range(2)]
    threads = [threading.Thread(target=Engine(video_path=source, encoding=Encoding(crf=5)).run) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    for number in range(2):
        assert see(tmp_path / f"{number}_out.mp4").greys() == pytest.approx(see(sources[number]).greys(), abs=3)


# Signals

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals between processes")


def wait_for_part(folder: Path, process: subprocess.Popen[str], size: int = 100_000) -> None:
    """Wait until the output, under its temporary name, holds something."""

    def grows() -> bool:
        assert process.poll() is None, f"no output began to grow: {process.communicate()}"
        with contextlib.suppress(FileNotFoundError):  # The file that shows the usual mode is gone at once.
            return any(path.stat().st_size > size for path in folder.glob(".*framechain-*"))
        return False

    eventually(grows, "an output that grows")


@posix
@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="SIGINT", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
    ],
)
def test_main_interrupted_leaves_a_complete_shorter_clip(
    number: signal.Signals, code: int, clip: Path, repository: Path, tmp_path: Path
) -> None:
    source = looped(clip, tmp_path / "long.mp4", 20)
    command = [sys.executable, str(repository / "main.py"), source, "--background", "#00ff00", "--quality", "fast"]
    with subprocess.Popen(
        command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        wait_for_part(tmp_path, process)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, err
    assert number.name in out
    assert "Traceback" not in err
    assert sorted(os.listdir(tmp_path)) == ["long.mp4", "long_out.mp4"]
    with av.open(str(tmp_path / "long_out.mp4")) as container:
        video = container.streams.video[0]
        count = sum(1 for _ in container.decode(video))
        end = float(video.duration * video.time_base)
    assert 20 < count < 20 * 150
    assert f"{count} frames" in out
    heard = hear(tmp_path / "long_out.mp4")
    assert abs(float(heard.packet_end) - end) <= 1024 / 48000 + 0.002
    assert heard.packets == hear(source).packets[: len(heard.packets)]


def test_run_restores_signal_handlers(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    during: list[Any] = []

    def look(frame: Array) -> Array:
        during.append(signal.getsignal(signal.SIGINT))
        return cv2.flip(frame, 0)

    Engine(video_path=write_clip(tmp_path / "clip.mp4", photos(3)), custom_objects=[look]).run()
    assert before[0] not in during
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
