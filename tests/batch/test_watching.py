"""Folders that are watched: copies that grow, renames, folders that vanish, and the end by Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.media import flats, see, write_clip
from support.patience import PATIENCE, eventually

from framechain.batch.inputs import find_jobs
from framechain.batch.watching import Arrivals, Changes

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("watchfiles")


@pytest.fixture
def clip_bytes(tmp_path: Path) -> bytes:
    write_clip(str(tmp_path / "made.mp4"), flats(5))
    return (tmp_path / "made.mp4").read_bytes()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def look(arrivals: Arrivals) -> list[str]:
    return [job.input for job in arrivals.look()]


def test_arrivals_file_that_grows_is_taken_once_it_stands_still(inbox: Path, clip_bytes: bytes) -> None:
    clock = Clock()
    arrivals = Arrivals(lambda: find_jobs("inbox/", "out"), clock)
    target = inbox / "a.mp4"
    half = len(clip_bytes) // 2
    target.write_bytes(clip_bytes[:half])
    assert look(arrivals) == []
    clock.now = 3  # It stands still, but does not open: the copy has paused.
    assert look(arrivals) == []
    with target.open("ab") as file:
        file.write(clip_bytes[half:])
    assert look(arrivals) == []
    clock.now = 4.5
    assert look(arrivals) == []
    assert arrivals.is_waiting
    clock.now = 5.1
    assert look(arrivals) == ["inbox/a.mp4"]
    assert look(arrivals) == []
    assert not arrivals.is_waiting


def test_arrivals_file_that_was_renamed_is_taken_at_once(inbox: Path, clip_bytes: bytes) -> None:
    arrivals = Arrivals(lambda: find_jobs("inbox/", "out"), Clock())
    (inbox / ".a.mp4.copying").write_bytes(clip_bytes)
    assert look(arrivals) == []
    time.sleep(0.05)
    (inbox / ".a.mp4.copying").rename(inbox / "a.mp4")
    assert look(arrivals) == ["inbox/a.mp4"]


def test_arrivals_file_that_never_opens_is_taken_in_the_end(inbox: Path) -> None:
    clock = Clock()
    arrivals = Arrivals(lambda: find_jobs("inbox/", "out"), clock)
    (inbox / "bad.mp4").write_bytes(b"This is no video.")
    for clock.now in (0, 10, 29):
        assert look(arrivals) == []
    clock.now = 31
    assert look(arrivals) == ["inbox/bad.mp4"]


def test_arrivals_file_that_changes_is_taken_again(inbox: Path, clip_bytes: bytes) -> None:
    clock = Clock()
    arrivals = Arrivals(lambda: find_jobs("inbox/", "out"), clock)
    (inbox / "a.mp4").write_bytes(clip_bytes)
    look(arrivals)
    clock.now = 3
    assert look(arrivals) == ["inbox/a.mp4"]
    (inbox / "a.mp4").write_bytes(clip_bytes)
    look(arrivals)
    clock.now = 6
    assert look(arrivals) == ["inbox/a.mp4"]


def test_arrivals_inputs_that_collide_are_told_and_waited_for(inbox: Path, clip_bytes: bytes) -> None:
    arrivals = Arrivals(lambda: find_jobs("inbox/", "out"))
    (inbox / "a.mp4").touch()
    (inbox / "a.avi").touch()
    assert look(arrivals) == []
    assert "would both write" in str(arrivals.problem)


def test_changes_folder_that_vanishes_and_comes_back_is_watched_again(inbox: Path) -> None:
    changes = Changes([str(inbox)])
    changes.wait(lambda: False, short=False)  # It is there now.
    inbox.rmdir()
    begun = time.monotonic()
    changes.wait(lambda: False, short=False)
    inbox.mkdir()
    changes.wait(lambda: False, short=False)
    threading.Timer(0.3, (inbox / "a.txt").touch).start()
    changes.wait(lambda: False, short=False)
    assert (inbox / "a.txt").exists()
    assert time.monotonic() - begun < 8


def test_changes_told_to_stop_returns_at_once(inbox: Path) -> None:
    begun = time.monotonic()
    Changes([str(inbox)]).wait(lambda: True, short=False)
    assert time.monotonic() - begun < 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_watch_program_takes_what_arrives_until_ctrl_c(inbox: Path, clip_bytes: bytes) -> None:
    command = [sys.executable, str(ROOT / "main.py"), "inbox/", "--output", "out", "--watch", "--background", "#00ff00"]
    (inbox / "first.mp4").write_bytes(clip_bytes)
    with Path("log").open("wb") as log:
        program = subprocess.Popen([*command, "--matte", "chroma"], stdout=log, stderr=log, start_new_session=True)
    try:
        eventually(lambda: Path("out/first.mp4").exists(), "the first file")
        with (inbox / "slow.mp4").open("wb") as file:
            for start in range(0, len(clip_bytes), len(clip_bytes) // 4 + 1):
                file.write(clip_bytes[start : start + len(clip_bytes) // 4 + 1])
                file.flush()
                time.sleep(0.3)
                assert not Path("out/slow.mp4").exists()
        (inbox / ".renamed").write_bytes(clip_bytes)
        (inbox / ".renamed").rename(inbox / "renamed.mp4")
        eventually(lambda: Path("out/slow.mp4").exists() and Path("out/renamed.mp4").exists(), "the others")
        shutil.rmtree(inbox)
        time.sleep(0.5)
        inbox.mkdir()
        (inbox / "late.mp4").write_bytes(clip_bytes)
        eventually(lambda: Path("out/late.mp4").exists(), "the file after the folder came back")
        os.kill(program.pid, signal.SIGINT)
        assert program.wait(PATIENCE) == 130
    finally:
        program.kill()
        program.wait(PATIENCE)
    for name in ("first", "slow", "renamed", "late"):
        assert see(Path(f"out/{name}.mp4")).count == 5
    assert "4 done" in Path("log").read_text()
