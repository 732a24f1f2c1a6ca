"""Objects that hang: the run ends at the time limit, or leaves them at a second signal and keeps what was made."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.audio import beeps
from support.failing import (
    FAIL_AT,
    SOON,
    Ahead,
    Failure,
    Hangs,
    InHook,
    Odd,
    check_nothing_is_left,
    find_threads,
)
from support.media import flats, photos, write_clip
from support.streams import Source, run_source
from support.windows import WindowWithKey

from framechain import Engine, Frame, FrameInfo
from framechain.chain import Chain
from framechain.errors import ArgumentError, LateError


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.mp4", flats(80), audio=beeps(3))


# Limits

WAYS = ["sleep", "loop", "lock", "retry", "native"]
LEFT = ("framechain-objects",)


@pytest.fixture
def hangs() -> Iterator[Hangs]:
    with Hangs() as made:
        yield made


@pytest.mark.parametrize("how", WAYS)
def test_object_timeout_object_that_hangs_ends_the_run(how: str, clip: str, hangs: Hangs) -> None:
    def hanging(frame: Any, info: FrameInfo) -> Any:
        if info.index == FAIL_AT:
            getattr(hangs, how)()
        return frame

    began = time.monotonic()
    with pytest.raises(LateError, match=rf"^hanging at frame {FAIL_AT} took longer than 0\.3 s \(object_timeout\)$"):
        Engine(video_path=clip, custom_objects=[hanging], object_timeout=0.3, progress=False).run()
    assert time.monotonic() - began < SOON
    check_nothing_is_left(clip, threads=LEFT)


@pytest.mark.parametrize("how", WAYS)
def test_object_timeout_in_another_thread_holds_too(how: str, clip: str, hangs: Hangs) -> None:
    def hanging(frame: Any, info: FrameInfo) -> Any:
        if info.index == FAIL_AT:
            getattr(hangs, how)()
        return frame

    errors: list[BaseException] = []

    def run() -> None:
        try:
            Engine(video_path=clip, custom_objects=[hanging], object_timeout=0.3, progress=False).run()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(SOON)
    assert not thread.is_alive()
    assert [str(error) for error in errors] == [f"hanging at frame {FAIL_AT} took longer than 0.3 s (object_timeout)"]
    check_nothing_is_left(clip, threads=LEFT)


@pytest.mark.slow
def test_object_timeout_late_frame_of_many_is_noticed(clip: str, hangs: Hangs) -> None:
    def hanging(frame: Any, info: FrameInfo) -> Any:
        time.sleep(0.02)
        if info.index == 75:
            hangs.sleep()
        return frame

    with pytest.raises(LateError, match=r"hanging at frame 75 took longer than 0\.4 s"):
        Engine(video_path=clip, custom_objects=[hanging], object_timeout=0.4, progress=False).run()
    check_nothing_is_left(clip, threads=LEFT)


def test_object_timeout_names_the_object_at_work(clip: str, hangs: Hangs) -> None:
    def quick(frame: Any) -> Any:
        return frame

    def hanging(frame: Any, info: FrameInfo) -> Any:
        if info.index == FAIL_AT:
            hangs.lock()
        return frame

    with pytest.raises(LateError, match=f"^hanging at frame {FAIL_AT} took"):
        Engine(video_path=clip, custom_objects=[quick, hanging, quick], object_timeout=0.3, progress=False).run()


def test_object_timeout_other_objects_are_closed_at_once_and_the_late_one_when_it_returns(
    clip: str, hangs: Hangs
) -> None:
    log: list[str] = []

    class Thing:
        def __init__(self, name: str) -> None:
            self.name = name

        def __call__(self, frame: Any, info: FrameInfo) -> Any:
            if self.name == "late" and info.index == FAIL_AT:
                hangs.lock()
                log.append("returned")
            return frame

        def close(self) -> None:
            log.append(f"closed {self.name}")

    things = [Thing("first"), Thing("late"), Thing("last")]
    with pytest.raises(LateError):
        Engine(video_path=clip, custom_objects=things, object_timeout=0.3, progress=False).run()
    assert log == ["closed first", "closed last"]
    hangs.release()
    assert log == ["closed first", "closed last", "returned", "closed late"]


def test_object_timeout_prepare_is_not_called_ahead(clip: str, hangs: Hangs) -> None:
    class Hanging(Ahead):
        def process_frame(self, frame: Frame) -> Frame:
            assert threading.current_thread().name == "framechain-objects"
            if frame.info.index == FAIL_AT:
                hangs.sleep()
            return frame

        def prepare(self, frame: Frame) -> Any:
            raise AssertionError("prepared ahead")

    with pytest.raises(LateError, match=f"Hanging at frame {FAIL_AT} took longer than"):
        Engine(
            video_path=clip, custom_objects=[Hanging("never", Failure(Odd()))], object_timeout=0.3, progress=False
        ).run()
    check_nothing_is_left(clip, threads=LEFT)


@pytest.mark.slow
def test_object_timeout_many_short_frames_are_not_one_long_one(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(60))

    def slow(frame: Any) -> Any:
        time.sleep(0.025)
        return frame

    result = Engine(video_path=source, custom_objects=[slow], object_timeout=1.4, progress=False).run()
    assert result.frames_written == 60
    assert find_threads() == []


@pytest.mark.slow
def test_object_timeout_default_is_a_limit_for_cameras_alone(
    monkeypatch: pytest.MonkeyPatch, clip: str, hangs: Hangs
) -> None:
    monkeypatch.setattr("framechain.run.chain_caller.LIVE_SECONDS", 0.4)
    calls: list[int] = []

    def slow(frame: Any, info: FrameInfo) -> Any:
        calls.append(info.index)
        if len(calls) == 3:
            hangs.sleep() if info.stream.live else time.sleep(0.9)
        return frame

    with pytest.raises(LateError, match=r"slow at frame \d+ took longer than 0\.4 s \(object_timeout\)"):
        run_source(Source(1000, wait=0.01), Chain([slow]))
    calls.clear()
    assert Engine(video_path=clip, custom_objects=[slow], progress=False).run().frames_written == 80


def test_object_timeout_without_a_limit_objects_are_called_in_the_callers_thread(clip: str) -> None:
    threads = set()

    def look(frame: Any) -> Any:
        threads.add(threading.current_thread().name)
        return frame

    Engine(video_path=clip, custom_objects=[look], progress=False).run()
    assert threads == {threading.current_thread().name}
    run_source(Source(3), Chain([look]), object_timeout=math.inf)
    assert threads == {threading.current_thread().name}
    run_source(Source(3), Chain([look]))
    assert threads == {threading.current_thread().name, "framechain-objects"}


@pytest.mark.parametrize("seconds", [0, -1, True, "1", math.nan])
def test_object_timeout_must_be_a_time(seconds: Any) -> None:
    with pytest.raises(ArgumentError, match="object_timeout must be a number of seconds above 0"):
        Engine(object_timeout=seconds)


def test_object_timeout_holds_for_an_image(tmp_path: Path, samples: Path, hangs: Hangs) -> None:
    def hanging(frame: Any) -> Any:
        hangs.sleep()

    with pytest.raises(LateError, match=r"hanging at frame 0 took longer than 0\.3 s"):
        Engine(
            samples / "portrait.jpg", output_path=tmp_path / "o.png", custom_objects=[hanging], object_timeout=0.3
        ).run()
    assert not list(tmp_path.iterdir())


def test_object_timeout_holds_for_a_single_frame_of_a_camera(
    samples: Path, monkeypatch: pytest.MonkeyPatch, hangs: Hangs
) -> None:
    def hanging(frame: Any) -> Any:
        hangs.sleep()

    monkeypatch.setattr("framechain.run.chain_caller.LIVE_SECONDS", 0.3)
    engine = Engine(webcam_id=str(samples / "clip.mp4"), custom_objects=[hanging])
    with pytest.raises(LateError, match=r"hanging at frame \d+ took longer than 0\.3 s"):
        engine.process_webcam(return_frame=True)


@pytest.mark.slow
def test_object_timeout_after_an_inner_run_still_holds(clip: str, tmp_path: Path, hangs: Hangs) -> None:
    inner = Engine(video_path=clip, output_path=tmp_path / "inner.mp4", progress=False)

    def nested(frame: Any, info: FrameInfo) -> Any:
        if info.index == FAIL_AT:
            assert inner.run().frames_written == 80
            hangs.sleep()
        return frame

    with pytest.raises(LateError, match=rf"nested at frame {FAIL_AT} took longer than 3 s"):
        Engine(video_path=clip, custom_objects=[nested], object_timeout=3, progress=False).run()
    (tmp_path / "inner.mp4").unlink()
    check_nothing_is_left(clip, threads=LEFT)


@pytest.mark.slow
def test_object_timeout_window_is_polled_while_an_object_is_slow(
    clip: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("framechain.live.session.Window", WindowWithKey)
    polls: list[int] = []
    monkeypatch.setattr(WindowWithKey, "poll", lambda self, *, wait=1: polls.append(self.shown))

    def slow(frame: Any, info: FrameInfo) -> Any:
        if info.index == 30:
            time.sleep(0.8)
        return frame

    Engine(video_path=clip, custom_objects=[slow], show=True, object_timeout=20, progress=False).run()
    assert polls.count(30) >= 4


def test_object_timeout_holds_for_a_key(clip: str, monkeypatch: pytest.MonkeyPatch, hangs: Hangs) -> None:
    monkeypatch.setattr("framechain.live.session.Window", WindowWithKey)
    thing = InHook("on_key", hangs.sleep)
    with pytest.raises(LateError, match=r"InHook\.on_key\(\) took longer than 0\.5 s \(object_timeout\)"):
        Engine(video_path=clip, custom_objects=[thing], show=True, object_timeout=0.5, progress=False).run()
    check_nothing_is_left(clip, threads=LEFT)
    assert thing.closed == 0
