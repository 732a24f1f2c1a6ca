"""Batches in which something dies: a worker, the scheduler, the program itself, a store for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.clusters import cluster, store
from support.media import flats, see, write_clip
from support.patience import PATIENCE, eventually

from framechain import Batch
from framechain.errors import FramechainError

pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals")]
ROOT = Path(__file__).resolve().parents[2]


class Slow:
    """Says that it is at work, in a file, and takes its time."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.seconds = seconds

    def open(self, stream: Any) -> None:
        Path(stream.name).with_suffix(".at-work").write_text(str(os.getpid()))

    def __call__(self, frame: Any) -> Any:
        time.sleep(self.seconds)
        return frame


class Deadly:
    """Kills its process at one file, as a decoder that crashes does."""

    def open(self, stream: Any) -> None:
        if Path(stream.name).name == "deadly.mp4":
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, frame: Any) -> Any:
        return frame


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name in "abcd":
        write_clip(f"in/{name}.mp4", flats(10))
    return tmp_path


def check_outputs(*names: str) -> None:
    """Only whole files have their names, and nothing else is left."""
    for name in names:
        assert see(Path(f"out/{name}.mp4")).count == 10
    left = {str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file()}
    assert left == {file for name in names for file in (f"{name}.mp4", f".framechain/{name}.mp4.json")}


def test_batch_worker_killed_at_work_its_file_is_made_elsewhere(folder: Path) -> None:
    with cluster(folder) as made:
        batch = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(place=f"cluster={made.address!r}")],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        eventually(lambda: Path("in/a.at-work").exists() and Path("in/b.at-work").exists(), "two files at work")
        killed = made.processes[1]
        killed.kill()
        text, _ = batch.communicate(timeout=PATIENCE)
    assert "4 done" in text
    check_outputs(*"abcd")


PROGRAM = """
import sys, time
from pathlib import Path
import os
import framechain
class Slow:
    def open(self, stream):
        Path(stream.name).with_suffix(".at-work").write_text(str(os.getpid()))
    def __call__(self, frame):
        time.sleep(0.1)
        return frame
if __name__ == "__main__":
    print(framechain.Batch("in/*.mp4", [Slow()], output="out", {place}).run())
"""


def test_batch_input_that_kills_workers_fails_after_three(folder: Path) -> None:
    Path("in/deadly.mp4").write_bytes(Path("in/a.mp4").read_bytes())
    result = Batch("in", [Deadly()], output="out", workers=2).run()
    assert [(record.input, record.state) for record in result.failed] == [("in/deadly.mp4", "failed")]
    assert "every worker that tried it died at it" in result.failed[0].message
    # A worker may die after a file is complete and before that is known: then it is found up to date.
    assert len(result.done) + len(result.up_to_date) == 4
    check_outputs(*"abcd")


def test_batch_scheduler_killed_the_next_run_goes_on(folder: Path) -> None:
    with cluster(folder) as made:

        class Killer:
            def open(self, stream: Any) -> None:
                if Path(stream.name).name == "d.mp4":
                    os.kill(self.scheduler, signal.SIGKILL)
                    time.sleep(1)

            def __init__(self, scheduler: int) -> None:
                self.scheduler = scheduler

            def __call__(self, frame: Any) -> Any:
                return frame

        with pytest.raises(FramechainError, match=r"the cluster tcp://127\.0\.0\.1:\d+ was lost: start it again"):
            Batch("in", [Killer(made.processes[0].pid)], output="out", cluster=made.address).run()
    # One of the two workers may still be at the third.
    assert sum(Path("out", f"{name}.mp4").exists() for name in "abc") >= 2
    with cluster(folder) as again:
        result = Batch("in", [np.negative], output="out", cluster=again.address, force=True).run()
    assert len(result.done) == 4
    check_outputs(*"abcd")


def start(*options: str) -> subprocess.Popen[str]:
    place = options[0] if options else ""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(place=place)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_batch_program_killed_the_same_call_goes_on(folder: Path) -> None:
    program = start()
    eventually(lambda: Path("in/c.at-work").exists(), "the third file")
    program.kill()
    program.communicate(timeout=PATIENCE)
    made = {path.name: path.stat().st_mtime_ns for path in Path("out").glob("[a-z].mp4")}
    assert set(made) == {"a.mp4", "b.mp4"}
    text, _ = start().communicate(timeout=PATIENCE)
    assert "2 done, 2 up to date" in text
    assert {name: Path("out", name).stat().st_mtime_ns for name in made} == made
    check_outputs(*"abcd")


def test_batch_two_at_once_each_file_is_made_once(folder: Path) -> None:
    programs = [start(), start()]
    texts = [program.communicate(timeout=PATIENCE)[0] for program in programs]
    lines = [line for text in texts for line in text.splitlines() if line.startswith("done ")]
    assert sorted(line.split()[1] for line in lines) == [f"in/{name}.mp4" for name in "abcd"]
    assert all("failed" not in text for text in texts)
    check_outputs(*"abcd")


@pytest.mark.parametrize("place", ["", "workers=2"])
def test_batch_ctrl_c_completes_the_files_at_work(folder: Path, place: str) -> None:
    program = start(place)
    eventually(lambda: Path("in/a.at-work").exists(), "the first file")
    os.killpg(program.pid, signal.SIGINT)  # As a terminal does: all processes get it.
    program.communicate(timeout=PATIENCE)
    names = sorted(path.stem for path in Path("out").glob("[a-z].mp4"))
    assert "a" in names
    assert len(names) <= 2
    assert len(list(Path("in").glob("*.at-work"))) == len(names)
    check_outputs(*names)


def test_batch_second_ctrl_c_leaves_nothing_of_the_file_at_work(folder: Path) -> None:
    write_clip("in/a.mp4", flats(3000))  # Longer than this waits.
    program = start()
    eventually(lambda: Path("in/a.at-work").exists(), "the first file")
    time.sleep(0.3)
    os.kill(program.pid, signal.SIGINT)
    time.sleep(0.3)
    assert program.poll() is None
    os.kill(program.pid, signal.SIGINT)
    program.communicate(timeout=PATIENCE)
    check_outputs()


def test_batch_store_that_fails_for_a_while_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with store(monkeypatch) as made:
        made.put("in/a.mp4", Path("in/a.mp4").read_bytes())
        made.refusals.key, made.refusals.left = "/out/a.mp4", 2
        result = Batch("s3://media/in/", output="s3://media/out").run()
        assert (result.done[0].tries, made.refusals.left) == (3, 0)
        assert made.list() == ["in/a.mp4", "out/.framechain/a.mp4.json", "out/a.mp4"]
        made.refusals.left = 3
        result = Batch("s3://media/in/", output="s3://media/out", force=True).run()
        assert result.failed[0].message.startswith("cannot reach the output s3://media/out/a.mp4")
        assert made.list() == ["in/a.mp4", "out/.framechain/a.mp4.json", "out/a.mp4"]
