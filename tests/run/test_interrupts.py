"""A run that is stopped by a signal keeps what was made, at any moment and after any number of signals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from support.audio import beeps, hear
from support.children import Child, Nursery, fork, nursery
from support.media import flats, looped, see, write_clip
from support.patience import PATIENCE
from support.screens import Program, Screen
from support.seeds import SEED, make_random

from framechain import Engine, FrameInfo
from framechain.run.interrupts import Interrupts

FRAMES = 40
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
AAC_PACKET = 1024 / 48000

COMMAND = """
import time
from framechain.run.interrupts import Interrupts
from framechain.files.atomic_output import AtomicOutput
from framechain.sinks.files.video import VideoSink

class Slow:
    # Signals itself in a chosen frame.
    def __init__(self, at, number):
        self.at, self.number = at, number
    def __call__(self, frame, info):
        time.sleep(0.004)
        if info.index == self.at:
            print("reached", flush=True)
            signal.raise_signal(self.number)
        return frame

def hang(frame, info):
    if info.index == 10:
        print("hanging", flush=True)
        time.sleep(600)
    return frame

class Ahead(framechain.FrameObject):
    # Hangs in the reader's thread, which nobody can interrupt.
    def __call__(self, frame):
        raise AssertionError("the frame has left YUV")
    def process_frame(self, frame):
        return frame
    def prepare(self, frame):
        if frame.info.index == 10:
            print("hanging", flush=True)
            time.sleep(600)

class Opening:
    def open(self, stream):
        print("hanging", flush=True)
        time.sleep(600)
    def __call__(self, frame):
        return frame

class Closing:
    def __call__(self, frame):
        return frame
    def close(self):
        print("hanging", flush=True)
        time.sleep(60)

def signals_around(kind, name, number):
    original = getattr(kind, name)
    def noisy(self, *arguments, **named):
        for _ in range(3):
            signal.raise_signal(number)
        result = original(self, *arguments, **named)
        for _ in range(3):
            signal.raise_signal(number)
        return result
    setattr(kind, name, noisy)

def work(clip, target, chosen, late="", at="-1", number="0"):
    if late:
        signals_around(VideoSink, "finish", int(late))
        signals_around(AtomicOutput, "commit", int(late))
    slow = Slow(int(at), int(number))
    thing = {"slow": slow, "hang": hang, "ahead": Ahead(), "opening": Opening(), "closing": Closing()}[chosen]
    Interrupts().__enter__()  # For good: what comes after the command is not looked at here.
    print("up", flush=True)
    return framechain.cli.program.main([clip, "--output", target], parts=[lambda options: thing])
"""


@pytest.fixture(scope="module")
def commands() -> Iterator[Nursery]:
    with nursery(COMMAND) as started:
        yield started


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", flats(FRAMES), audio=beeps(FRAMES / 25))


def check(child: Child, number: int, target: Path, clip: str) -> int:
    """Check that a stopped run left a complete output or none; return its number of frames."""
    code = child.end()
    reported = child.out + child.err
    left = sorted(os.listdir(target.parent))
    assert "Traceback" not in reported
    wrote = re.search(r"wrote .*: (\d+) frames? in", reported)
    if wrote is None:
        assert code == CODES[signal.Signals(number)], reported
        assert re.search(r"nothing written: 0 frames|interrupted, nothing was written", reported)
        assert target.name not in left
        frames = 0
    else:
        frames = int(wrote[1])
        stopped = f"(stopped by {signal.Signals(number).name})" in reported
        assert code == (CODES[signal.Signals(number)] if stopped else 0), reported
        assert stopped or frames == FRAMES
        seen, heard = see(target), hear(target)
        assert seen.count == frames
        assert seen.greys() == pytest.approx(see(clip).greys()[:frames], abs=3)
        assert abs(float(heard.packet_end) - float(seen.end)) <= AAC_PACKET + 0.002
        assert heard.packets == hear(clip).packets[: len(heard.packets)]
    assert [name for name in left if name.startswith(".")] == []
    return frames


@pytest.mark.slow
@fork
@pytest.mark.parametrize("again", [0, 1, 3], ids=["once", "twice", "four-times"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_at_any_moment_leaves_a_complete_output(
    number: signal.Signals, again: int, commands: Nursery, clip: str, tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    child = commands.child(tmp_path, clip, target, "slow")
    child.wait_for("up")
    began = time.monotonic()
    assert child.end() == 0
    whole = time.monotonic() - began
    moments = make_random(number.name, again)
    made: list[int] = []
    for turn in range(10):
        target.unlink(missing_ok=True)
        # Every second time it comes in a chosen frame: a busy machine takes long for anything but frames.
        at = -1 if turn % 2 else turn * FRAMES // 10
        child = commands.child(tmp_path, clip, target, "slow", "", at, int(number))
        child.wait_for("up" if at < 0 else "reached")
        if at < 0:
            time.sleep(moments.uniform(0, whole))
            child.send(number)
        for _ in range(again):
            time.sleep(moments.uniform(0, 0.02))
            child.send(number)
        made.append(check(child, number, target, clip))
        assert at < 0 or at <= made[-1] <= at + 1, f"seed {SEED}: {made}"
    assert len(set(made)) > 2, f"seed {SEED}: {made}"


@pytest.mark.slow
@fork
@pytest.mark.parametrize(("hanging", "kept"), [("hang", 10), ("closing", FRAMES)], ids=["in-a-frame", "in-close"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_second_signal_breaks_off_an_object_that_hangs_and_keeps_the_output(
    number: signal.Signals, hanging: str, kept: int, commands: Nursery, clip: str, tmp_path: Path
) -> None:
    child = commands.child(tmp_path, clip, tmp_path / "out.mp4", hanging)
    child.wait_for("hanging")
    child.insist(number)
    assert check(child, number, tmp_path / "out.mp4", clip) == kept


@fork
def test_second_signal_gives_up_a_reader_that_hangs(commands: Nursery, clip: str, tmp_path: Path) -> None:
    child = commands.child(tmp_path, clip, tmp_path / "out.mp4", "ahead")
    child.wait_for("hanging")
    child.insist(signal.SIGINT)
    # Some of those that were read before may still have waited for the chain.
    assert check(child, signal.SIGINT, tmp_path / "out.mp4", clip) <= 10


@fork
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_first_signal_breaks_off_the_start(
    number: signal.Signals, commands: Nursery, clip: str, tmp_path: Path
) -> None:
    child = commands.child(tmp_path, clip, tmp_path / "out.mp4", "opening")
    child.wait_for("hanging")
    child.send(number)
    assert check(child, number, tmp_path / "out.mp4", clip) == 0
    assert "interrupted, nothing was written" in child.err


@fork
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_first_signal_breaks_off_the_start_with_an_image(
    number: signal.Signals, commands: Nursery, samples: Path, tmp_path: Path
) -> None:
    child = commands.child(tmp_path, samples / "portrait.jpg", tmp_path / "out.png", "opening")
    child.wait_for("hanging\n")
    child.insist(number)
    assert (child.end(), child.out) == (CODES[number], "up\nhanging\n")
    assert "interrupted, nothing was written" in child.err
    assert not list(tmp_path.glob("*.png")) + list(tmp_path.glob(".*"))


@fork
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_does_not_break_off_the_completion_of_the_output(
    number: signal.Signals, commands: Nursery, clip: str, tmp_path: Path
) -> None:
    child = commands.child(tmp_path, clip, tmp_path / "out.mp4", "slow", int(number))
    assert check(child, number, tmp_path / "out.mp4", clip) == FRAMES


CTRL_C_AT_AN_IMPORT = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.path.insert(0, ".")
runpy.run_path("main.py", run_name="__main__")
"""


@pytest.mark.parametrize("name", ["framechain", "cv2", "numpy", "framechain.cli.builders"])
def test_main_ctrl_c_during_imports_prints_no_traceback(name: str, repository: Path) -> None:
    command = [sys.executable, "-c", CTRL_C_AT_AN_IMPORT, name]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_interrupts_may_be_nested() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as outer:
        with Interrupts() as inner:
            assert inner.signal is None
        signal.raise_signal(signal.SIGINT)
        assert outer.signal == "SIGINT"
        with Interrupts() as further:
            assert (further.signal, further.insisted) == ("SIGINT", False)
        assert not outer.insisted
        with pytest.raises(KeyboardInterrupt), outer.breaking(2):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        assert outer.signal == "SIGINT"
    assert signal.getsignal(signal.SIGINT) is before
    with Interrupts() as later:
        assert later.signal is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_ignored_signal_stays_ignored(number: signal.Signals, clip: str, tmp_path: Path) -> None:
    """As SIGINT in a background job of a shell, which Ctrl-C for the foreground must not stop."""

    def interrupt(frame: object, info: FrameInfo) -> object:
        if info.index == 3:
            signal.raise_signal(number)
        return frame

    target = tmp_path / "out.mp4"
    before = signal.signal(number, signal.SIG_IGN)
    try:
        result = Engine(video_path=clip, output_path=target, custom_objects=[interrupt], progress=False).run()
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
    assert (result.stopped, see(target).count) == (None, FRAMES)


# The window

SHOWN = """
import sys, time
from framechain import Engine, Interrupted
def slow(frame, info):
    time.sleep(0.02)
    print("frame", info.index, flush=True)
    return frame
try:
    print(Engine(video_path=sys.argv[1], output_path=sys.argv[2], show=True, custom_objects=[slow]).run())
except Interrupted as stopped:
    print(stopped.result)
"""


@pytest.mark.slow
@pytest.mark.display
@pytest.mark.parametrize("how", ["q", "closed", "SIGINT-and-q", "closed-twice"])
def test_window_closed_at_any_moment_leaves_a_complete_output(how: str, desktop: Screen, tmp_path: Path) -> None:
    short = write_clip(tmp_path / "short.mp4", flats(150), audio=beeps(6))
    clip = looped(short, tmp_path / "clip.mp4", 20)
    os.unlink(short)
    target = tmp_path / "out.mp4"
    moments = make_random(how)
    for _ in range(2):
        target.unlink(missing_ok=True)
        with Program(desktop, SHOWN, clip, target) as program:
            window = program.window()
            time.sleep(moments.uniform(0, 0.8))
            if how == "SIGINT-and-q":
                program.send(signal.SIGINT)
            if how.endswith("q"):
                desktop.press(window, "q")
            else:
                desktop.click_close(window)
            if how == "closed-twice":
                desktop.click_close(window)
            code, lines, err = program.end()
        assert (code, err) == (0, "")
        assert re.search(r"stopped='(q|closed|SIGINT)'", lines[-1])
        count = int(re.search(r"frames_written=(\d+)", lines[-1])[1])  # type: ignore[index]
        seen, heard = see(target), hear(target)
        assert 0 < seen.count == count < 3000
        assert abs(float(heard.packet_end) - float(seen.end)) <= AAC_PACKET + 0.002
        assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "out.mp4"]


SHOWN_PICTURE = """
import sys
from framechain import Engine, Interrupted
def announce(frame):
    print("processed", flush=True)
    return frame
try:
    Engine(sys.argv[1], output_path=sys.argv[2], show=True, custom_objects=[announce]).run()
except Interrupted as stopped:
    print(stopped.result)
"""


@pytest.mark.slow
@pytest.mark.display
def test_image_in_a_window_is_written_when_a_signal_comes(desktop: Screen, samples: Path, tmp_path: Path) -> None:
    with Program(desktop, SHOWN_PICTURE, samples / "portrait.jpg", tmp_path / "out.png") as program:
        assert program.read_line() == "processed"
        program.window()
        program.send(signal.SIGINT)
        code, lines, err = program.end()
    assert (code, err) == (0, "")
    assert "stopped='SIGINT'" in lines[-1]
    assert cv2.imread(str(tmp_path / "out.png")).shape == (512, 512, 3)
    assert os.listdir(tmp_path) == ["out.png"]
