"""Killed runs: the output's name has a complete file at any moment, and what is left behind is removed."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.audio import beeps, hear
from support.children import Nursery, fork, nursery
from support.media import flats, photos, see, write_clip
from support.seeds import SEED, make_random

from framechain import Engine
from framechain.files.atomic_output import AtomicOutput
from framechain.files.locks import ScratchFolder

pytestmark = fork

KILLS = 30  # For each of two containers.
FRAMES = 25
LEFT_OVER = re.compile(r"\.out\.framechain-.{8}\.part\.(mp4|mkv)|\.out\.(mp4|mkv)\.framechain-lock")

# Several runs in a row, so that every phase is met: opening, frames, the second pass over an mp4, the renaming.
RUNS = """
import os, signal
def work(clip, target, runs, last_frame, kills_itself):
    left = int(last_frame)
    def count_down(frame):
        nonlocal left
        left -= 1
        if left == 0:
            if int(kills_itself):
                os.kill(os.getpid(), signal.SIGKILL)
            print("reached", flush=True)
        return frame
    for _ in range(int(runs)):
        Engine(video_path=clip, output_path=target, custom_objects=[count_down], progress=False).run()
"""


@pytest.fixture(scope="module")
def runs() -> Iterator[Nursery]:
    with nursery(RUNS) as started:
        yield started


def left_over(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.startswith("."))


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "before"), [(".mp4", None), (".mkv", b"what was there before")])
def test_kill_at_any_moment_leaves_complete_output_or_previous_file(
    suffix: str, before: bytes | None, runs: Nursery, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(FRAMES), audio=beeps(1.0))
    target = tmp_path / f"out{suffix}"
    began = time.monotonic()
    assert runs.child(tmp_path, clip, target, 4, 0, 0).end() == 0
    one_run = (time.monotonic() - began) / 4
    moments = make_random(suffix)
    met: set[str] = set()
    whole = 0
    for kill in range(KILLS):
        target.unlink(missing_ok=True)
        if before is not None:
            target.write_bytes(before)
        # Spread over the frames of four runs. Every second one dies in its frame, so that some die in the first run
        # and some in the last however busy the machine is; the others die any time after it.
        frame = 1 + int(4 * FRAMES * (kill + moments.random()) / KILLS)
        kills_itself = kill % 2 == 0
        child = runs.child(tmp_path, clip, target, 1000, frame, int(kills_itself))
        if not kills_itself:
            child.wait_for("reached")
            time.sleep(moments.uniform(0, one_run))
            child.send(signal.SIGKILL)
        assert child.end() == -signal.SIGKILL, child.err
        hint = f"kill {kill} of seed {SEED}"
        if target.exists() and (before is None or target.read_bytes() != before):
            seen, heard = see(target), hear(target)
            assert seen.count == FRAMES, hint
            assert heard.packets == hear(clip).packets, hint
            whole += 1
        else:
            assert target.exists() == (before is not None), hint
        left = left_over(tmp_path)
        assert all(LEFT_OVER.fullmatch(name) for name in left), (hint, left)
        # The next run cleans up after the last: they never add up.
        assert len(left) <= 2, (hint, left)
        met |= {name.rsplit(".", 1)[-1] for name in left}
    # The moments were as different as they should be.
    assert met >= {"framechain-lock", suffix[1:]}
    assert 0 < whole < KILLS
    Engine(video_path=clip, output_path=target, progress=False).run()
    assert left_over(tmp_path) == []
    assert see(target).count == FRAMES


HALF_WAY = """
import time
from framechain.files.locks import ScratchFolder
from framechain.files.atomic_output import AtomicOutput
def work(target):
    pending = AtomicOutput(target)
    pending.path.write_bytes(bytes(1000))
    print("half-way", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def half_way() -> Iterator[Nursery]:
    with nursery(HALF_WAY) as started:
        yield started


@pytest.mark.parametrize("name", ["out.mp4", "out", "späť 🎬" * 30 + ".mp4", "a.framechain-12345678.part.mp4"])
def test_atomic_output_next_run_removes_files_of_a_killed_one(name: str, half_way: Nursery, tmp_path: Path) -> None:
    if len(os.fsencode(name)) > 255:
        name = os.fsencode(name)[:240].decode(errors="ignore") + ".mp4"
    folder = tmp_path / "folder"
    folder.mkdir()
    child = half_way.child(tmp_path, folder / name)
    child.wait_for("half-way")
    assert len(left_over(folder)) == 2
    child.send(signal.SIGKILL)
    child.end()
    assert len(left_over(folder)) == 2
    with AtomicOutput(folder / name) as pending:
        assert len(left_over(folder)) == 2
        pending.write(b"whole")
        pending.commit()
    assert os.listdir(folder) == [name]


def test_atomic_output_files_of_others_are_not_removed(half_way: Nursery, tmp_path: Path) -> None:
    child = half_way.child(tmp_path, tmp_path / "out.mp4")
    child.wait_for("half-way")
    child.send(signal.SIGKILL)
    child.end()
    killed = left_over(tmp_path)
    others = [
        ".out.framechain-12345678.part.mov",  # Of out.mov.
        ".out2.framechain-12345678.part.mp4",
        ".out.framechain-123456789.part.mp4",
        ".out.framechain-12345678.part.mp4.txt",
        "out.framechain-12345678.part.mp4",
    ]
    for other in others:
        (tmp_path / other).write_text("mine")
    for _ in range(2):
        with AtomicOutput(tmp_path / "other.mp4"):
            pass
        assert set(killed) <= set(os.listdir(tmp_path))
    with AtomicOutput(tmp_path / "out.mp4"):
        pass
    assert set(others) <= set(os.listdir(tmp_path))
    assert not set(killed) & set(os.listdir(tmp_path))


def test_atomic_output_files_of_a_running_process_are_not_removed(half_way: Nursery, tmp_path: Path) -> None:
    child = half_way.child(tmp_path, tmp_path / "out.mp4")
    child.wait_for("half-way")
    with pytest.raises(OSError, match=rf"cannot write .*out.mp4: another run is writing it \(process {child.pid} "):
        AtomicOutput(tmp_path / "out.mp4")
    assert len(left_over(tmp_path)) == 2
    child.send(signal.SIGKILL)
    child.end()


SCRATCH = """
import tempfile, time
from framechain.files.locks import ScratchFolder
def work(top):
    tempfile.tempdir = top
    scratch = ScratchFolder()
    with open(scratch.path + "/copy.mp4", "wb") as file:
        file.write(bytes(1000))
    print("half-way", flush=True)
    time.sleep(600)
"""


def test_scratch_folder_of_a_killed_run_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = tmp_path / "tmp"
    top.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(top))
    names = ("framechain-mine", "framechain-0123456789abcdef.txt", "x-framechain-0123456789abcdef")
    for name in names:
        (top / name).mkdir()
    with nursery(SCRATCH) as children:
        child = children.child(tmp_path, top)
        child.wait_for("half-way")
        with ScratchFolder() as mine:
            # One that is at work keeps its own.
            assert len(os.listdir(top)) == 4 + len(names)
            child.send(signal.SIGKILL)
            child.end()
            with ScratchFolder():
                assert len(os.listdir(top)) == 4 + len(names)
                assert os.path.isdir(mine)
    assert sorted(os.listdir(top)) == sorted(names)


def test_atomic_output_temporary_file_is_private_and_the_output_is_not(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(5))
    modes: list[int] = []

    def look(frame: object) -> object:
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.glob("*.part.mp4"))
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.glob(".*.part.mp4"))
        return frame

    Engine(video_path=clip, custom_objects=[look], progress=False).run()
    usual = tmp_path / "usual"
    usual.touch()
    assert set(modes) == {0o600}
    assert (tmp_path / "clip_out.mp4").stat().st_mode == usual.stat().st_mode
