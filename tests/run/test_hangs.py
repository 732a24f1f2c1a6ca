"""Objects that hang: broken off where there is a limit, or when the user insists, and what was made is kept."""

from __future__ import annotations

import math
import signal
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.failing import FAIL_AT, LONG, SIGINT_BEFORE, SOON, Ahead, Failure, Odd, check_nothing_is_left
from support.media import flats, photos, see, write_clip
from support.sounds import beeps
from support.streams import Source

from framechain import Engine, Frame, FrameInfo
from framechain.chain import Chain
from framechain.errors import ArgumentError, ObjectError
from framechain.run.interrupts import Interrupts
from framechain.run.stream_run import FrameRange, run_stream
from framechain.run.watchdog import Watchdog


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.mp4", flats(80), sound=beeps(3))


# Limits


def hang_in_a_loop() -> None:
    while True:
        pass


def swallow_once() -> None:
    try:
        time.sleep(LONG)
    except Exception:
        time.sleep(LONG)


HANGS = {
    "sleep": lambda: time.sleep(LONG),
    "loop": hang_in_a_loop,
    "lock": lambda: threading.Event().wait(LONG),
    "retry": swallow_once,
}


@pytest.mark.parametrize("how", HANGS)
def test_an_object_that_hangs_is_broken_off_where_there_is_a_limit(how: str, clip: str) -> None:
    def hanging(frame: Any, info: FrameInfo) -> Any:
        if info.index == FAIL_AT:
            HANGS[how]()
        return frame

    began = time.monotonic()
    with pytest.raises(
        ObjectError, match=rf"hanging raised TimeoutError at frame {FAIL_AT}: it took longer than 0.3 s"
    ):
        Engine(video_path=clip, custom_objects=[hanging], object_timeout=0.3, progress=False).run()
    assert time.monotonic() - began < SOON
    check_nothing_is_left(clip)


def test_a_look_ahead_that_would_hang_is_done_where_it_can_be_broken_off(clip: str) -> None:
    class Hanging(Ahead):
        def process_frame(self, frame: Frame) -> Frame:
            assert threading.current_thread() is threading.main_thread()
            if frame.info.index == FAIL_AT:
                time.sleep(LONG)
            return frame

        def prepare(self, frame: Frame) -> Any:
            raise AssertionError("looked ahead")

    with pytest.raises(ObjectError, match="Hanging raised TimeoutError"):
        Engine(
            video_path=clip, custom_objects=[Hanging("never", Failure(Odd()))], object_timeout=0.3, progress=False
        ).run()
    check_nothing_is_left(clip)


def test_many_short_frames_are_not_one_long_one(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(60))

    def slow(frame: Any) -> Any:
        time.sleep(0.025)
        return frame

    result = Engine(video_path=source, custom_objects=[slow], object_timeout=1.4, progress=False).run()
    assert result.frames_written == 60


def test_a_file_waits_for_ever_and_a_camera_does_not(monkeypatch: pytest.MonkeyPatch, clip: str) -> None:
    monkeypatch.setattr("framechain.run.watchdog.LIVE_SECONDS", 0.4)

    calls: list[int] = []

    def slow(frame: Any, info: FrameInfo) -> Any:
        calls.append(info.index)
        if len(calls) == 3:
            time.sleep(LONG if info.stream.live else 0.9)
        return frame

    def live() -> None:
        source = Source(1000, wait=0.01)
        run_stream(source, [], Chain([slow]), frame_range=FrameRange(), flip=False, make_session=None, progress=False)  # type: ignore[arg-type]

    with pytest.raises(ObjectError, match=r"slow raised TimeoutError at frame \d+"):
        live()
    calls.clear()
    assert Engine(video_path=clip, custom_objects=[slow], progress=False).run().frames_written == 80


@pytest.mark.parametrize("seconds", [0, -1, True, "1", math.nan])
def test_a_limit_must_be_a_time(seconds: Any) -> None:
    with pytest.raises(ArgumentError, match="object_timeout must be a number of seconds above 0"):
        Engine(object_timeout=seconds)


def test_a_watchdog_wakes_nobody_who_is_done() -> None:
    with warnings.catch_warnings(), Interrupts() as interrupts, Watchdog(interrupts, 0.02):
        for _ in range(50):
            began = time.monotonic()
            try:
                with interrupts.breaking(2):
                    time.sleep(0.019)
            except TimeoutError:
                assert time.monotonic() - began >= 0.019
        time.sleep(0.1)
        assert interrupts.signal is None


def test_a_picture_has_the_limit_too(tmp_path: Path, samples: Path) -> None:
    def hanging(frame: Any) -> Any:
        time.sleep(LONG)

    with pytest.raises(ObjectError, match=r"hanging raised TimeoutError at frame 0: it took longer than 0\.3 s"):
        Engine(
            samples / "portrait.jpg", output_path=tmp_path / "o.png", custom_objects=[hanging], object_timeout=0.3
        ).run()
    assert not list(tmp_path.iterdir())


def test_a_single_frame_of_a_camera_has_the_limit_too(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hanging(frame: Any) -> Any:
        time.sleep(LONG)

    monkeypatch.setattr("framechain.run.watchdog.LIVE_SECONDS", 0.3)
    engine = Engine(webcam_id=str(samples / "clip.mp4"), custom_objects=[hanging])
    with pytest.raises(ObjectError, match=r"hanging raised TimeoutError at frame \d+: it took longer than 0\.3 s"):
        engine.process_webcam(return_frame=True)


def test_the_limit_still_holds_after_an_object_has_run_an_engine(clip: str, tmp_path: Path) -> None:
    inner = Engine(video_path=clip, output_path=tmp_path / "inner.mp4", progress=False)

    def nested(frame: Any, info: FrameInfo) -> Any:
        if info.index == FAIL_AT:
            assert inner.run().frames_written == 80
            time.sleep(LONG)
        return frame

    with pytest.raises(ObjectError, match=rf"nested raised TimeoutError at frame {FAIL_AT}"):
        Engine(video_path=clip, custom_objects=[nested], object_timeout=3, progress=False).run()
    (tmp_path / "inner.mp4").unlink()
    check_nothing_is_left(clip)


# What is broken off, and what is not


def test_what_an_outer_section_may_break_off_an_inner_run_finishes() -> None:
    done: list[str] = []

    def run_inside(outer: Interrupts) -> None:
        section = outer.section
        with Interrupts() as inner:
            assert inner is outer
            assert inner.section is None
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)
            done.append("the finishing of an output")
            with inner.breaking(3):
                assert inner.section not in (None, section)
            assert inner.section is None
        assert outer.section == section
        signal.raise_signal(signal.SIGINT)
        done.append("what was outside")

    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt), interrupts.breaking(2):
            run_inside(interrupts)
        assert interrupts.section is None
    assert done == ["the finishing of an output"]
    assert signal.getsignal(signal.SIGINT) is SIGINT_BEFORE


def test_a_wish_to_stop_is_not_taken_for_the_end_of_patience() -> None:
    with Interrupts() as interrupts, interrupts.breaking(2):
        interrupts._overdue = (interrupts.section or 0) + 1, "somebody else is late"
        signal.raise_signal(signal.SIGTERM)
        assert interrupts.signal == "SIGTERM"


class Closing:
    """Hangs where it is told to."""

    def __init__(self, where: str, then: Callable[[], object]) -> None:
        self.where, self.then = where, then
        self.closed = 0

    def __call__(self, frame: Any) -> Any:
        return frame

    def on_key(self, key: str) -> bool:
        if self.where == "on_key":
            self.then()
        return True

    def close(self) -> None:
        self.closed += 1
        if self.where == "close":
            self.then()


def insists() -> None:
    """Ctrl-C, again and again, as long as somebody waits for this."""
    for _ in range(2):
        signal.raise_signal(signal.SIGINT)
    raise AssertionError("nobody left")


def test_a_second_signal_leaves_every_close_that_hangs_and_keeps_the_output(clip: str, tmp_path: Path) -> None:
    things = [Closing("close", insists), Closing("close", insists), Closing("", insists)]
    result = Engine(video_path=clip, output_path=tmp_path / "out.mp4", custom_objects=things, progress=False).run()
    assert [thing.closed for thing in things] == [1, 1, 1]
    assert result.frames_written == see(tmp_path / "out.mp4").count == 80
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]


class Keys:
    """A window in which a key is pressed after some frames."""

    def __init__(self, title: str) -> None:
        self.closed_by: str | None = None
        self.shown = 0

    def show(self, frame: Any, *, wait: int = 1) -> str | None:
        self.shown += 1
        return "x" if self.shown == FAIL_AT else None

    def poll(self, *, wait: int = 1) -> str | None:
        return None

    def close(self) -> None:
        pass

    def __enter__(self) -> Keys:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def test_a_second_signal_leaves_a_key_that_hangs_and_keeps_what_was_made(
    clip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framechain.live.session.Window", Keys)
    thing = Closing("on_key", insists)
    result = Engine(
        video_path=clip, output_path=tmp_path / "out.mp4", custom_objects=[thing], show=True, progress=False
    ).run()
    assert result.stopped == "SIGINT"
    assert result.frames_written == see(tmp_path / "out.mp4").count == FAIL_AT
    assert thing.closed == 1


def test_a_key_that_hangs_has_the_limit_too(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framechain.live.session.Window", Keys)
    thing = Closing("on_key", lambda: time.sleep(LONG))
    with pytest.raises(ObjectError, match=r"Closing\.on_key\(\) raised TimeoutError: it took longer than 0\.5 s"):
        Engine(video_path=clip, custom_objects=[thing], show=True, object_timeout=0.5, progress=False).run()
    check_nothing_is_left(clip)


def test_a_picture_that_a_key_makes_anew_is_written_as_it_was_if_nobody_waits(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framechain.sinks.window.Window", Keys)
    calls: list[int] = []

    class Slow(Closing):
        def __call__(self, frame: Any) -> Any:
            calls.append(1)
            if len(calls) > 1:
                signal.raise_signal(signal.SIGINT)
                raise AssertionError("nobody left")
            return 255 - frame

    out = tmp_path / "out.png"
    result = Engine(samples / "portrait.jpg", output_path=out, custom_objects=[Slow("", insists)], show=True).run()
    assert (result.stopped, len(calls)) == ("SIGINT", 2)
    expected = 255 - cv2.imread(str(samples / "portrait.jpg")).astype(int)
    assert abs(cv2.imread(str(out)).astype(int) - expected).max() <= 1
