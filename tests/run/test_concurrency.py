"""Several runs at once, in threads and in processes: none disturbs another, and one output has one writer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.audio import beeps, hear
from support.media import flats, see, write_clip
from support.patience import PATIENCE
from support.together import call_together

from framechain import Encoding, Engine
from framechain.errors import OutputError
from framechain.files.atomic_output import AtomicOutput
from framechain.threads.opencv import limit_opencv_threads

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_runs_in_threads_are_independent(tmp_path: Path) -> None:
    count, before = 6, cv2.getNumThreads()
    sources = []
    for number in range(count):
        greys = [image + number for image in flats(30)]
        sources.append(write_clip(tmp_path / f"{number}.mkv", greys, audio=beeps(1.2)))

    def one(number: int) -> Callable[[], object]:
        def negative(frame: Any) -> Any:
            return 255 - frame

        return Engine(
            video_path=sources[number], custom_objects=[negative], encoding=Encoding(crf=5), progress=False
        ).run

    results = call_together(*map(one, range(count)))
    assert [result.frames_written for result in results] == [30] * count
    for number in range(count):
        out = tmp_path / f"{number}_out.mkv"
        assert see(out).greys() == pytest.approx([255 - grey for grey in see(sources[number]).greys()], abs=4)
        assert hear(out).packets == hear(sources[number]).packets
    assert cv2.getNumThreads() == before
    assert sorted(os.listdir(tmp_path)) == sorted(
        [f"{n}.mkv" for n in range(count)] + [f"{n}_out.mkv" for n in range(count)]
    )


RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from framechain import Engine
try:
    print(Engine(video_path=sys.argv[2], output_path=sys.argv[3], progress=False,
                 custom_objects=[lambda frame: 255 - frame]).run().frames_written)
except OSError as error:
    print(error)
"""


def started(source: str, target: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(ROOT), source, str(target)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_runs_in_processes_are_independent(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(60), audio=beeps(2.4))
    processes = [started(source, tmp_path / f"{number}.mp4") for number in range(3)]
    assert [process.communicate(timeout=PATIENCE)[0] for process in processes] == ["60\n"] * 3
    expected = [255 - grey for grey in see(source).greys()]
    for number in range(3):
        assert see(tmp_path / f"{number}.mp4").greys() == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("where", ["thread", "process"])
def test_two_runs_to_one_output_one_wins_and_the_other_reports_why(where: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30), audio=beeps(1.2))
    target = tmp_path / "out.mp4"
    reported: list[str] = []

    def meanwhile(frame: Any, info: Any) -> Any:
        if info.index == 10 and where == "thread":
            [error] = call_together(Engine(video_path=source, output_path=target, progress=False).run)
            assert isinstance(error, OutputError)
            reported.append(str(error))
        elif info.index == 10:
            reported.append(started(source, target).communicate(timeout=PATIENCE)[0].strip())
        return frame

    result = Engine(
        video_path=source, output_path=target, custom_objects=[meanwhile], encoding=Encoding(crf=5), progress=False
    ).run()
    assert result.frames_written == see(target).count == 30
    assert see(target).greys() == pytest.approx(see(source).greys(), abs=4)
    assert reported == [
        f"cannot write {target}: another run is writing it (process {os.getpid()} holds it), "
        "wait for its end or choose another output"
    ]
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "out.mp4"]


@pytest.mark.parametrize("where", ["thread", pytest.param("process", marks=pytest.mark.slow)])
def test_two_runs_started_at_once_output_is_complete(where: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30), audio=beeps(1.2))
    target = tmp_path / "out.mp4"
    if where == "thread":
        results = call_together(*[Engine(video_path=source, output_path=target, progress=False).run for _ in range(6)])
        won = [result for result in results if not isinstance(result, Exception)]
        lost = [str(result) for result in results if isinstance(result, Exception)]
        assert all(result.frames_written == 30 for result in won)
    else:
        processes = [started(source, target) for _ in range(3)]
        lines = [process.communicate(timeout=PATIENCE)[0].strip() for process in processes]
        won, lost = [line for line in lines if line == "30"], [line for line in lines if line != "30"]
    assert won
    assert all("another run is writing it" in line for line in lost), lost
    assert see(target).count == 30
    assert hear(target).packets == hear(source).packets
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "out.mp4"]


# OpenCV's threads, whose number the whole process shares


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=20))
def test_overlapping_runs_last_one_restores_opencv_threads(order: list[int]) -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(7)
    running: dict[int, Any] = {}
    try:
        for number in order:
            if number in running:
                running.pop(number).__exit__(None, None, None)
            else:
                running[number] = limit_opencv_threads()
                running[number].__enter__()
            assert (cv2.getNumThreads() == 7) == (not running or os.cpu_count() >= 9)  # type: ignore[operator]
    finally:
        for context in running.values():
            context.__exit__(None, None, None)
        assert cv2.getNumThreads() == 7
        cv2.setNumThreads(before)


# Outputs in any order


class Outputs(RuleBasedStateMachine):
    """Outputs begun, written, finished, thrown away and killed in any order, beside what they should come to."""

    @initialize(folder=st.just(None))
    def begin(self, folder: None) -> None:
        import tempfile

        self._made = tempfile.TemporaryDirectory()
        self.folder = Path(self._made.name)
        self.open: dict[str, AtomicOutput] = {}
        self.killed: dict[str, int] = {}
        self.finished: dict[str, bytes] = {}

    names = st.sampled_from(["a.mp4", "a.mov", "b.mp4", "a"])

    @rule(name=names)
    def start(self, name: str) -> None:
        if name in self.open:
            with pytest.raises(OutputError, match="another run is writing it"):
                AtomicOutput(self.folder / name)
        else:
            self.open[name] = AtomicOutput(self.folder / name)
            self.killed.pop(name, None)  # It cleans up.

    @precondition(lambda self: self.open)
    @rule(data=st.data(), content=st.binary(min_size=1, max_size=5), how=st.sampled_from(["commit", "discard", "kill"]))
    def end(self, data: st.DataObject, content: bytes, how: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.open)))
        pending = self.open.pop(name)
        pending.write(content)
        if how == "commit":
            pending.commit()
            self.finished[name] = content
        elif how == "discard":
            pending.discard()
        else:
            # What a killed process leaves: both files, and no lock on the one.
            lock = pending._lock
            assert lock is not None
            path, kept = lock._path, pending.path
            pending.path = self.folder / "nothing"
            pending.discard()
            Path(path).write_text("4711")
            assert kept.exists()
            self.killed[name] = 1

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        if not hasattr(self, "folder"):
            return
        visible = {path.name: path.read_bytes() for path in self.folder.iterdir() if not path.name.startswith(".")}
        assert visible == self.finished
        hidden = [path.name for path in self.folder.iterdir() if path.name.startswith(".")]
        assert len(hidden) == 2 * (len(self.open) + len(self.killed))

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            for pending in self.open.values():
                pending.discard()
            self._made.cleanup()


TestOutputs = Outputs.TestCase
TestOutputs.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
