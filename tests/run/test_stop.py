"""A run that is ended from inside, by `Stop`, or by another thread, by `Engine.stop`, keeps what was made."""

from __future__ import annotations

import copy
import functools
import os
import pickle
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, hear
from support.media import flat, flats, level, photo, photos, see, write_clip
from support.patience import PATIENCE, eventually
from support.streams import Source as LiveSource
from support.streams import Viewer
from support.windows import FakeWindow

from framechain import (
    BackgroundReplacement,
    Engine,
    Frame,
    FrameInfo,
    LiveOptions,
    RunResult,
    Sink,
    Source,
    Stop,
    StreamInfo,
)
from framechain.backgrounds import Color
from framechain.errors import ObjectError, ObjectResultError
from framechain.live import session


def stop_at(index: int) -> Callable[..., Any]:
    def stopping(frame: Any, info: FrameInfo) -> Any:
        if info.index == index:
            raise Stop
        return frame

    return stopping


def start(engine: Engine) -> tuple[threading.Thread, list[RunResult]]:
    results: list[RunResult] = []
    thread = threading.Thread(target=lambda: results.append(engine.run()))
    thread.start()
    return thread, results


def has_done(engine: Engine, frames: int) -> bool:
    progress = engine.progress()
    return progress is not None and progress.frames >= frames


class Fed(Source):
    """A source that another thread feeds, and that waits for ever when nobody does."""

    def __init__(self, kind: str = "video") -> None:
        self.info = StreamInfo("fed", kind, 64, 48)
        self.images: queue.Queue[Any] = queue.Queue()
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        while (image := self.images.get()) is not None:
            yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=image)
            index += 1

    def close(self) -> None:
        self.closed.set()


# Stop, raised inside


def test_stop_in_an_object_keeps_the_frames_before_and_their_audio(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(50), audio=beeps(2.0))
    result = Engine(video_path=clip, custom_objects=[stop_at(20)], output_path=tmp_path / "out.mp4").run()
    assert (result.stopped, result.stopped_early, result.frames_written) == ("stop", True, 20)
    assert result.output_path == str(tmp_path / "out.mp4")
    assert see(tmp_path / "out.mp4").greys() == pytest.approx([level(index) for index in range(20)], abs=2)
    heard = hear(tmp_path / "out.mp4")
    assert heard.end == pytest.approx(0.8, abs=0.03)
    assert heard.onsets() == pytest.approx([0.5], abs=0.02)


@pytest.mark.parametrize("where", ["matte", "background", "object in a thread of its own"])
def test_stop_in_a_part_of_a_chain_is_no_error(where: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(12))
    if where == "matte":
        chain: Any = BackgroundReplacement(lambda frame, info: stop_at(7)(frame, info)[..., 0], Color((0, 0, 0)))
    elif where == "background":
        chain = BackgroundReplacement(lambda frame: frame[..., 0], lambda frame, info: stop_at(7)(frame, info))
    else:
        chain = stop_at(7)
    seconds = None if where in ("matte", "background") else 60.0
    result = Engine(
        video_path=clip, custom_objects=[chain], output_path=tmp_path / "out.mp4", object_timeout=seconds
    ).run()
    assert (result.stopped, result.frames_written, see(tmp_path / "out.mp4").count) == ("stop", 7, 7)


def test_stop_in_a_source_keeps_what_it_gave(tmp_path: Path) -> None:
    class Ending(Fed):
        def __iter__(self) -> Iterator[Frame]:
            for index in range(5):
                yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=flat(level(index)))
            raise Stop

    result = Engine(source=Ending(), output_path=tmp_path / "out.mp4").run()
    assert (result.stopped, result.frames_read, result.frames_written) == ("stop", 5, 5)
    assert see(tmp_path / "out.mp4").count == 5


def test_stop_in_a_sink_keeps_what_the_others_have(tmp_path: Path) -> None:
    class Enough(Sink):
        def write(self, frame: Frame) -> None:
            if frame.info.index == 4:
                raise Stop

    clip = write_clip(tmp_path / "clip.mp4", photos(12))
    result = Engine(video_path=clip, sinks=[Enough()], output_path=tmp_path / "out.mp4").run()
    assert (result.stopped, result.frames_written, see(tmp_path / "out.mp4").count) == ("stop", 4, 4)


@pytest.mark.parametrize("hook", ["open", "finish"])
def test_stop_in_a_hook_of_a_sink_ends_the_run(hook: str, tmp_path: Path) -> None:
    class Ending(Viewer):
        def stop(self, *_: object, **__: object) -> None:
            raise Stop

    sink, source = Ending(), Fed()
    setattr(sink, hook, sink.stop)
    source.images.put(None)
    result = Engine(source=source, sinks=[sink], output_path=tmp_path / "out.mp4").run()
    assert (result.stopped, os.listdir(tmp_path)) == ("stop", [])
    assert source.closed.is_set()


@pytest.mark.parametrize("hook", ["open", "close", "on_progress"])
def test_stop_in_a_hook_ends_the_run(hook: str, tmp_path: Path) -> None:
    class Object:
        def __call__(self, frame: Any) -> Any:
            return frame

        def stop(self, *_: object) -> None:
            raise Stop

    thing = Object()
    setattr(thing, hook, thing.stop)
    clip = write_clip(tmp_path / "clip.mp4", photos(12))
    result = Engine(
        video_path=clip,
        custom_objects=[thing],
        output_path=tmp_path / "out.mp4",
        on_progress=thing.stop if hook == "on_progress" else None,
    ).run()
    assert result.stopped == "stop"
    assert (tmp_path / "out.mp4").exists() == (hook == "close") == (result.output_path is not None)


def test_stop_in_close_after_an_error_does_not_hide_it(tmp_path: Path) -> None:
    class Failing:
        def __call__(self, frame: Any) -> Any:
            raise ValueError("the real one")

        def close(self) -> None:
            raise Stop

    clip = write_clip(tmp_path / "clip.mp4", photos(4))
    with pytest.raises(ObjectError, match="the real one"):
        Engine(video_path=clip, custom_objects=[Failing()], output_path=tmp_path / "out.mp4").run()
    assert os.listdir(tmp_path) == ["clip.mp4"]


@pytest.mark.parametrize("hides", [True, False])
def test_stop_with_a_camera_is_not_covered_as_a_failure(hides: bool) -> None:
    def stop(frame: Any, info: FrameInfo) -> Any:
        if info.index >= 3:  # On a busy machine the third frame may be dropped.
            raise Stop
        return frame

    def matte(frame: Any, info: FrameInfo) -> Any:
        return stop(frame, info)[..., 0]

    source, viewer = LiveSource(500), Viewer()
    source.patient = False
    chain: Any = BackgroundReplacement(matte, Color((0, 0, 0))) if hides else stop
    source.wait = 0.01
    result = Engine(source=source, sinks=[viewer], custom_objects=[chain]).run()
    assert (result.stopped, result.covered) == ("stop", 0)
    assert max(viewer.frames, default=0) < 3


def test_stop_with_an_image_writes_nothing(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "me.png"), photo())
    engine = Engine(image_path=tmp_path / "me.png", custom_objects=[stop_at(0)])
    result = engine.run()
    assert (result.stopped, result.output_path, os.listdir(tmp_path)) == ("stop", None, ["me.png"])
    for process in (engine.process_image, engine.custom_processing):
        with pytest.raises(ObjectResultError, match="there is no result to return"):
            process(photo())


def test_stop_in_an_inner_run_leaves_the_outer_one_alone(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(6))
    inner: list[RunResult] = []

    def run_inside(frame: Any, info: FrameInfo) -> Any:
        if info.index == 2:
            engine = Engine(video_path=clip, custom_objects=[stop_at(1)], output_path=tmp_path / "inner.mp4")
            inner.append(engine.run())
        return frame

    result = Engine(video_path=clip, custom_objects=[run_inside], output_path=tmp_path / "out.mp4").run()
    assert (inner[0].stopped, inner[0].frames_written) == ("stop", 1)
    assert (result.stopped, result.frames_written) == (None, 6)


# Engine.stop, called by another thread


@pytest.mark.parametrize("seconds", [None, 60])
def test_engine_stop_finishes_the_frame_that_an_object_is_at(seconds: float | None, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(50), audio=beeps(2.0))
    reached, go_on = threading.Event(), threading.Event()

    def waiting(frame: Any, info: FrameInfo) -> Any:
        if info.index == 10:
            reached.set()
            assert go_on.wait(PATIENCE)
        return frame

    engine = Engine(video_path=clip, custom_objects=[waiting], output_path=tmp_path / "out.mp4", object_timeout=seconds)
    thread, results = start(engine)
    assert reached.wait(PATIENCE)
    engine.stop()
    engine.stop()
    go_on.set()
    thread.join(PATIENCE)
    assert (results[0].stopped, results[0].frames_written) == ("stop", 11)
    assert see(tmp_path / "out.mp4").count == 11
    assert hear(tmp_path / "out.mp4").end == pytest.approx(0.44, abs=0.03)


def test_engine_stop_by_an_object_finishes_its_frame(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(12))

    def stopping(frame: Any, info: FrameInfo) -> Any:
        if info.index == 4:
            engine.stop()
        return frame

    engine = Engine(video_path=clip, custom_objects=[stopping], output_path=tmp_path / "out.mp4")
    assert engine.run().frames_written == see(tmp_path / "out.mp4").count == 5


def test_engine_stop_before_the_first_run_ends_it_and_no_later_one(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(4))
    engine = Engine(video_path=clip, output_path=tmp_path / "out.mp4")
    engine.stop()
    result = engine.run()
    assert (result.stopped, result.frames_written, result.output_path) == ("stop", 0, None)
    assert os.listdir(tmp_path) == ["clip.mp4"]
    assert engine.run().frames_written == 4
    engine.stop()  # Too late: there is nothing to end.
    assert (engine.run().stopped, see(tmp_path / "out.mp4").count) == (None, 4)


def test_engine_cancel_discards_the_output_and_no_later_one(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(12))
    frames = 0

    def cancelling(frame: Any) -> Any:
        nonlocal frames
        frames += 1
        if frames == 4:
            engine.cancel()
        return frame

    engine = Engine(video_path=clip, custom_objects=[cancelling], output_path=tmp_path / "out.mp4")
    result = engine.run()
    assert (result.stopped, result.frames_processed) == ("stop", 4)
    assert os.listdir(tmp_path) == ["clip.mp4"]
    engine.cancel()  # Too late: there is nothing to end.
    assert (engine.run().stopped, see(tmp_path / "out.mp4").count) == (None, 12)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["video", "camera"])
def test_engine_stop_while_the_source_waits_returns_at_once(kind: str, tmp_path: Path) -> None:
    source = Fed(kind)
    engine = Engine(source=source, output_path=tmp_path / "out.mp4", sinks=[Viewer()])
    thread, results = start(engine)
    for index in range(3):
        source.images.put(flat(level(index)))
        eventually(functools.partial(has_done, engine, index + 1), "the frame was processed")
    began = time.monotonic()
    engine.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert time.monotonic() - began < 10
    assert (results[0].stopped, results[0].frames_written) == ("stop", 3)
    assert see(tmp_path / "out.mp4").count == 3
    assert source.closed.is_set()
    source.images.put(None)  # Its thread, which was left alone, ends.


def test_engine_stop_ends_a_camera_that_waits_for_its_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    import framechain.sources.camera as camera

    opening, released = threading.Event(), threading.Event()

    class Silent:
        rate, remarks = None, ()

        def __init__(self, *_: object, **__: object) -> None:
            opening.set()

        def read(self, patience: float) -> Any:
            released.wait(PATIENCE)

        def close(self) -> None:
            pass

    monkeypatch.setattr(camera, "DeviceCapture", Silent)
    engine = Engine(webcam_id=3, sinks=[Viewer()])
    thread, results = start(engine)
    try:
        assert opening.wait(PATIENCE)
        began = time.monotonic()
        engine.stop()
        thread.join(PATIENCE)
        assert results[0].stopped == "stop"
        assert time.monotonic() - began < 5  # Its time limit is 10 s.
    finally:
        released.set()


def test_engine_stop_with_a_camera_completes_the_recording(tmp_path: Path) -> None:
    source = LiveSource(10_000, wait=0.01)
    source.patient = False
    engine = Engine(source=source, live=LiveOptions(record=tmp_path / "me.mp4"))
    thread, results = start(engine)
    eventually(functools.partial(has_done, engine, 6), "six frames were processed")
    engine.stop()
    thread.join(PATIENCE)
    assert (results[0].stopped, results[0].output_path) == ("stop", str(tmp_path / "me.mp4"))
    assert see(tmp_path / "me.mp4").count == results[0].frames_written > 0


def test_engine_stop_during_an_image_finishes_it(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "me.png"), photo())

    def stopping(frame: Any) -> Any:
        engine.stop()
        return 255 - frame

    engine = Engine(image_path=tmp_path / "me.png", custom_objects=[stopping])
    result = engine.run()
    assert result.stopped == "stop"
    assert (cv2.imread(str(result.output_path)) == 255 - photo()).all()


@pytest.mark.parametrize("make_copy", [copy.deepcopy, lambda engine: pickle.loads(pickle.dumps(engine))])
def test_engine_copy_has_its_own_runs(make_copy: Callable[[Engine], Engine], tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(4))
    engine = Engine(video_path=clip, custom_objects=[np.array], output_path=tmp_path / "out.mp4")
    other = make_copy(engine)
    engine.stop()
    assert other.run().stopped is None
    assert engine.run().stopped == "stop"


# A window


@pytest.mark.parametrize("kind", ["image", "video"])
def test_engine_stop_ends_a_window_that_waits_for_its_viewer(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(FakeWindow):
        def poll(self, *, wait: int = 1) -> str | None:
            time.sleep(0.002)
            return super().poll(wait=wait)

    window = Slow()
    monkeypatch.setattr(session, "Window", lambda title: window)
    if kind == "image":
        cv2.imwrite(str(tmp_path / "me.png"), photo())
        engine = Engine(image_path=tmp_path / "me.png", show=True)
    else:
        window.keys = [None, " "]  # A pause at the second frame.
        engine = Engine(video_path=write_clip(tmp_path / "clip.mp4", photos(12)), show=True)
    thread, results = start(engine)
    eventually(lambda: window.polled > 20, "the window waits")
    engine.stop()
    thread.join(PATIENCE)
    assert (results[0].stopped, results[0].frames_written) == ("stop", 1 if kind == "image" else 2)
