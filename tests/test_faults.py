"""Objects that fail in every way: the run ends with an error that names them, soon, and nothing is left of it."""

from __future__ import annotations

import math
import os
import re
import signal
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from media import flats, photos, see, write_clip
from sounds import beeps
from streams import Source

from framechain import Engine, Frame, FramechainError, FrameInfo
from framechain.chain import Chain
from framechain.errors import ArgumentError, MediaError, ObjectError, ObjectResultError, OutputError
from framechain.interrupts import Interrupts
from framechain.runs import FrameRange, run_stream
from framechain.sinks.video import VideoSink
from framechain.sources.video import VideoSource
from framechain.watchdog import Watchdog

# The promise is a second; a machine that is busy with other things is given more, and what hangs would take longer.
SOON, LONG = 60.0, 600.0
FAIL_AT = 9


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.mp4", flats(80), sound=beeps(3))


class Failure:
    """When something failed, to measure how long a run went on after it."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.moment = math.inf

    def __call__(self, *_: object) -> None:
        self.moment = time.monotonic()
        raise self.error


class InStage:
    """An object that fails in one of its hooks; `frames` are those that it saw."""

    def __init__(self, stage: str, failure: Failure) -> None:
        self.stage, self.failure = stage, failure
        self.frames = 0

    def open(self, stream: object) -> None:
        if self.stage == "open":
            self.failure()

    def close(self) -> None:
        if self.stage == "close":
            self.failure()

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        self.frames += 1
        if self.stage == "call" and info.index == FAIL_AT:
            self.failure()
        return frame


class Ahead(InStage):
    """One that works on planes, in the chain's thread and ahead of it in the reader's."""

    def process_planes(self, frame: Frame) -> Frame:
        self.frames += 1
        if self.stage == "planes" and frame.info.index == FAIL_AT:
            self.failure()
        return frame

    def look_ahead(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        if self.stage == "ahead" and frame.info.index == FAIL_AT:
            self.failure()
        return None


def check_nothing_is_left(clip: str) -> None:
    assert sorted(os.listdir(os.path.dirname(clip))) == ["clip.mp4"]
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]
    assert signal.getsignal(signal.SIGINT) is SIGINT_BEFORE
    assert Interrupts._outermost is None


# Ignored, where the tests run in the background.
SIGINT_BEFORE = signal.getsignal(signal.SIGINT)


class Odd(BaseException):
    pass


ERRORS = [ValueError("no"), MemoryError(), RecursionError("deep"), StopIteration(), TimeoutError(), OSError(28, "x")]


def named(error: BaseException) -> str:
    return type(error).__name__


@pytest.mark.parametrize("stage", ["open", "call", "planes", "ahead", "close"])
@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        MemoryError(),
        RecursionError("deep"),
        StopIteration(),
        TimeoutError("socket"),
        OSError(28, "x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_an_object_raises_ends_the_run_and_is_the_cause(stage: str, error: Exception, clip: str) -> None:
    failure = Failure(error)
    thing = (Ahead if stage in ("planes", "ahead") else InStage)(stage, failure)
    with pytest.raises(ObjectError) as caught:
        Engine(video_path=clip, custom_objects=[thing], progress=False).run()
    assert time.monotonic() - failure.moment < SOON
    cause = caught.value.__cause__
    while cause is not error and cause is not None:
        cause = cause.__cause__
    assert cause is error
    assert type(thing).__name__ in str(caught.value)
    assert thing.frames == {"open": 0, "close": 80}.get(stage, thing.frames)
    if stage in ("call", "planes", "ahead"):
        assert f"at frame {FAIL_AT}" in str(caught.value)
        assert thing.frames <= FAIL_AT + 1
    check_nothing_is_left(clip)


@pytest.mark.parametrize("stage", ["open", "call", "planes", "ahead", "close"])
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit(), Odd()], ids=lambda e: type(e).__name__
)
def test_what_is_no_mere_error_ends_the_run_as_it_is(stage: str, error: BaseException, clip: str) -> None:
    failure = Failure(error)
    thing = (Ahead if stage in ("planes", "ahead") else InStage)(stage, failure)
    with pytest.raises(type(error)) as caught:
        Engine(video_path=clip, custom_objects=[thing], progress=False).run()
    assert caught.value is error
    assert time.monotonic() - failure.moment < SOON
    if stage in ("call", "planes", "ahead"):
        assert thing.frames <= FAIL_AT + 1
    check_nothing_is_left(clip)


@pytest.mark.parametrize("stage", ["read", "write", "finish"])
@pytest.mark.parametrize("error", [ValueError("no"), OSError(5, "Input/output error"), SystemExit(3)], ids=repr)
def test_an_error_in_reading_or_writing_ends_the_run(
    stage: str, error: BaseException, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = Failure(error)
    kind, name = {
        "read": (VideoSource, "_frame"),
        "write": (VideoSink, "write"),
        "finish": (VideoSink, "finish"),
    }[stage]
    original = getattr(kind, name)
    calls: list[int] = []

    def failing(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) > FAIL_AT or stage == "finish":
            failure()
        return original(*arguments, **named)

    monkeypatch.setattr(kind, name, failing)
    thing = InStage("never", failure)
    with pytest.raises(type(error)) as caught:
        Engine(video_path=clip, custom_objects=[thing], progress=False).run()
    assert caught.value is error
    assert time.monotonic() - failure.moment < SOON
    assert thing.frames == 80 if stage == "finish" else thing.frames < FAIL_AT + 12
    check_nothing_is_left(clip)


# Nonsense


shapes = st.one_of(arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=6), st.just((48, 64, 3)))
kinds = st.sampled_from([np.uint8, np.int64, np.float32, np.bool_, np.complex64, np.uint16, "S3", "O", "M8[s]"])
nonsense = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.binary(),
    st.lists(st.integers(), max_size=4),
    st.tuples(shapes, kinds).map(lambda made: np.zeros(*made)),
    shapes.map(lambda shape: np.ma.masked_array(np.zeros(shape, np.uint8))),
    st.just(np.zeros((48, 64, 3), np.uint8)[::-1, ::-1]),
    st.just(np.asfortranarray(np.zeros((48, 64, 3), np.uint8))),
    st.just(np.broadcast_to(np.zeros(3, np.uint8), (48, 64, 3))),
)


@settings(max_examples=150, deadline=None)
@given(nonsense)
def test_whatever_is_returned_is_a_frame_or_a_sentence(result: Any) -> None:
    info = FrameInfo(7, 7, 1, Source(1).info)
    chain = Chain([lambda frame: result, lambda frame: frame])
    try:
        pixels = chain(Frame(info, bgr=np.zeros((48, 64, 3), np.uint8))).pixels
    except ObjectResultError as error:
        assert re.match(r"<lambda> returned .* at frame 7 instead of a uint8", str(error))  # noqa: PT017
    else:
        assert isinstance(pixels, np.ndarray)
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] in (3, 4)
        assert pixels.size
        assert pixels.flags.c_contiguous
        np.testing.assert_array_equal(pixels, np.asarray(result))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 19), result=nonsense)
def test_nonsense_at_any_frame_of_a_run_leaves_nothing(at: int, result: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "clip.mp4")
    if not os.path.exists(path):
        write_clip(path, flats(20))
    out = tmp_path / "clip_out.mp4"

    def some(frame: Any, info: FrameInfo) -> Any:
        return result if info.index == at else frame

    try:
        written = Engine(video_path=path, custom_objects=[some], progress=False).run().frames_written
    except (ObjectResultError, OutputError):
        assert not out.exists()
    else:
        assert see(out).count == written == 20
        out.unlink()
    check_nothing_is_left(path)


# What objects do with what they are given


def test_frames_that_an_object_keeps_stay_what_they_were(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30))
    kept: list[Any] = []

    def keep(frame: Any) -> Any:
        kept.append(frame)
        return frame.copy()

    Engine(video_path=source, custom_objects=[keep], progress=False).run()
    greys = [int(frame[24, 32, 1]) for frame in kept]
    assert greys == pytest.approx(see(source).greys(), abs=3)
    for frame in kept:  # Still there to be written to, whatever became of decoder and encoder.
        frame[:] = 0


def test_what_an_object_draws_on_earlier_frames_is_not_in_the_output(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30))
    kept: list[Any] = []

    def spoil(frame: Any) -> Any:
        for earlier in kept:
            earlier[:] = 255
        kept.append(frame)
        return frame.copy()

    Engine(video_path=source, custom_objects=[spoil], crf=5, progress=False).run()
    assert see(tmp_path / "clip_out.mp4").greys() == pytest.approx(see(source).greys(), abs=3)


def test_one_array_filled_anew_for_every_frame_is_each_frame(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30))
    mine = np.zeros((48, 64, 3), np.uint8)

    def fill(frame: Any) -> Any:
        mine[:] = 255 - frame
        return mine

    Engine(video_path=source, custom_objects=[fill], crf=5, progress=False).run()
    expected = [255 - grey for grey in see(source).greys()]
    assert see(tmp_path / "clip_out.mp4").greys() == pytest.approx(expected, abs=4)


def test_drawing_in_place_spoils_neither_source_nor_neighbours(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30))
    before = Path(source).read_bytes()

    def every_other(frame: Any, info: FrameInfo) -> Any:
        if info.index % 2:
            frame[:] = 128
        return frame

    Engine(video_path=source, custom_objects=[every_other], crf=5, progress=False).run()
    expected = [128 if index % 2 else grey for index, grey in enumerate(see(source).greys())]
    assert see(tmp_path / "clip_out.mp4").greys() == pytest.approx(expected, abs=4)
    assert Path(source).read_bytes() == before


# Calling back


def test_an_object_may_run_another_engine(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(5))
    inner = Engine(video_path=write_clip(tmp_path / "inner.mp4", flats(3)), progress=False)

    def nested(frame: Any) -> Any:
        assert inner.run().frames_written == 3
        return frame

    assert Engine(video_path=source, custom_objects=[nested], progress=False).run().frames_written == 5
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "clip_out.mp4", "inner.mp4", "inner_out.mp4"]


@pytest.mark.parametrize("how", ["run", "custom_processing", "process_video", "process_image"])
def test_an_object_that_calls_its_own_engine_is_an_error(how: str, clip: str) -> None:
    engines: list[Engine] = []

    def again(frame: Any) -> Any:
        engine = engines[0]
        return engine.custom_processing(frame) if how == "custom_processing" else getattr(engine, how)()

    engines.append(Engine(video_path=clip, custom_objects=[again], progress=False))
    with pytest.raises(FramechainError):
        engines[0].run()
    check_nothing_is_left(clip)


# Hanging


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
        def process_planes(self, frame: Frame) -> Frame:
            assert threading.current_thread() is threading.main_thread()
            if frame.info.index == FAIL_AT:
                time.sleep(LONG)
            return frame

        def look_ahead(self, frame: Frame) -> Any:
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
    monkeypatch.setattr("framechain.watchdog.LIVE_SECONDS", 0.4)

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


def test_what_is_no_clip_at_all_ends_at_once(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(bytes(5000))
    with pytest.raises(MediaError):
        Engine(video_path=tmp_path / "clip.mp4", custom_objects=[InStage("call", Failure(Odd()))]).run()
    check_nothing_is_left(str(tmp_path / "clip.mp4"))
