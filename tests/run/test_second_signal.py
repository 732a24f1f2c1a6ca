"""What a second signal breaks off, and what it leaves to finish."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.audio import beeps
from support.failing import (
    FAIL_AT,
    SIGINT_BEFORE,
    SOON,
    InHook,
)
from support.interrupting import run_until_interrupted
from support.media import flats, see, write_clip
from support.windows import WindowWithKey

from framechain import Engine
from framechain.run.interrupts import Interrupts
from framechain.threads.worker import Worker


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.mp4", flats(80), audio=beeps(3))


def test_interrupts_inner_run_is_finished_before_the_outer_code_is_broken_off() -> None:
    done: list[str] = []

    def run_inside(outer: Interrupts) -> None:
        with Interrupts() as inner:
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)
            done.append("the completion of an output")
            assert (inner.signal, inner.insisted, outer.signal) == ("SIGINT", True, "SIGINT")
        signal.raise_signal(signal.SIGINT)
        done.append("the code outside")

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt), interrupts.breaking(2):
        run_inside(interrupts)
    assert done == ["the completion of an output"]
    assert signal.getsignal(signal.SIGINT) is SIGINT_BEFORE


def test_interrupts_further_signal_does_not_raise_while_the_first_unwinds() -> None:
    done: list[str] = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            done.append("not broken off")
        finally:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            done.append("unwound")

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt), interrupts.breaking(1):
        work()
    assert done == ["unwound"]
    assert interrupts.signal == "SIGINT"


def test_interrupts_in_another_thread_note_the_signals_of_the_run_around_them() -> None:
    worker = Worker("framechain-test", limit_name="limit")

    def run_inside() -> tuple[str | None, bool]:
        with Interrupts() as inner, inner.breaking(1):
            signal.raise_signal(signal.SIGTERM)
            deadline = time.monotonic() + SOON
            while inner.signal is None and time.monotonic() < deadline:
                time.sleep(0.01)
            return inner.signal, inner.insisted

    with Interrupts() as outer:
        assert worker.call("it", run_inside, SOON) == ("SIGTERM", False)
        assert outer.signal == "SIGTERM"
    worker.end()
    with Interrupts() as later:
        assert later.signal is None


def insist() -> None:
    """Press Ctrl-C twice."""
    for _ in range(2):
        signal.raise_signal(signal.SIGINT)
    raise AssertionError("the call was not broken off")


@pytest.mark.slow
def test_second_signal_leaves_every_close_that_hangs_and_keeps_the_output(clip: str, tmp_path: Path) -> None:
    things = [InHook("close", insist), InHook("close", insist), InHook("", insist)]
    result = run_until_interrupted(
        Engine(video_path=clip, output_path=tmp_path / "out.mp4", custom_objects=things, progress=False)
    )
    assert [thing.closed for thing in things] == [1, 1, 1]
    assert result.frames_written == see(tmp_path / "out.mp4").count == 80
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]


def test_second_signal_leaves_a_key_that_hangs_and_keeps_the_output(
    clip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framechain.live.session.Window", WindowWithKey)
    thing = InHook("on_key", insist)
    result = run_until_interrupted(
        Engine(video_path=clip, output_path=tmp_path / "out.mp4", custom_objects=[thing], show=True, progress=False)
    )
    assert result.stopped == "SIGINT"
    assert result.frames_written == see(tmp_path / "out.mp4").count == FAIL_AT
    assert thing.closed == 1


def test_image_interrupted_while_processed_again_is_written_as_shown(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framechain.live.session.Window", WindowWithKey)
    monkeypatch.setattr(WindowWithKey, "poll", lambda self, *, wait=1: "x")
    calls: list[int] = []

    class Slow(InHook):
        def __call__(self, frame: Any) -> Any:
            calls.append(1)
            if len(calls) > 1:
                signal.raise_signal(signal.SIGINT)
                raise AssertionError("the call was not broken off")
            return 255 - frame

    out = tmp_path / "out.png"
    result = run_until_interrupted(
        Engine(samples / "portrait.jpg", output_path=out, custom_objects=[Slow("", insist)], show=True)
    )
    assert (result.stopped, len(calls)) == ("SIGINT", 2)
    expected = 255 - cv2.imread(str(samples / "portrait.jpg")).astype(int)
    assert abs(cv2.imread(str(out)).astype(int) - expected).max() <= 1
