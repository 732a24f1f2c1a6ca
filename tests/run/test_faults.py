"""Objects that fail in every way: the run ends with an error that names them, soon, and nothing is left of it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from support.audio import beeps
from support.failing import FAIL_AT, PROMISE, Ahead, Failure, InStage, MuteError, Odd, check_nothing_is_left
from support.media import flats, see, write_clip
from support.patience import best_of
from support.streams import Source

from framechain import Encoding, Engine, Frame, FramechainError, FrameInfo, FrameObject
from framechain.chain import Chain
from framechain.errors import MediaError, ObjectError, ObjectResultError, OutputError
from framechain.sinks.files.video import VideoSink
from framechain.sources.video import VideoSource


def named(error: BaseException) -> str:
    return type(error).__name__


@pytest.fixture
def clip(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.mp4", flats(80), audio=beeps(3))


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
        MuteError(),
    ],
    ids=named,
)
def test_object_error_ends_the_run_and_is_the_cause(stage: str, error: Exception, clip: str) -> None:
    def measure() -> float:
        failure = Failure(error)
        thing = (Ahead if stage in ("planes", "ahead") else InStage)(stage, failure)
        with pytest.raises(ObjectError) as caught:
            Engine(video_path=clip, custom_objects=[thing], progress=False).run()
        seconds = time.monotonic() - failure.moment
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
        return seconds

    assert best_of(measure, limit=PROMISE) <= PROMISE


@pytest.mark.parametrize("stage", ["open", "call", "planes", "ahead", "close"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit(), Odd()], ids=named)
def test_object_base_exception_ends_the_run_unchanged(stage: str, error: BaseException, clip: str) -> None:
    def measure() -> float:
        failure = Failure(error)
        thing = (Ahead if stage in ("planes", "ahead") else InStage)(stage, failure)
        with pytest.raises(type(error)) as caught:
            Engine(video_path=clip, custom_objects=[thing], progress=False).run()
        assert caught.value is error
        seconds = time.monotonic() - failure.moment
        if stage in ("call", "planes", "ahead"):
            assert thing.frames <= FAIL_AT + 1
        check_nothing_is_left(clip)
        return seconds

    assert best_of(measure, limit=PROMISE) <= PROMISE


@pytest.mark.parametrize("stage", ["read", "write", "finish"])
@pytest.mark.parametrize(
    "error", [ValueError("no"), OSError(5, "Input/output error"), SystemExit(3), KeyboardInterrupt()], ids=repr
)
def test_run_error_of_reader_or_writer_ends_it(
    stage: str, error: BaseException, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = Failure(error)
    kind, name = {
        "read": (VideoSource, "_make_frame"),
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

    def measure() -> float:
        calls.clear()
        thing = InStage("never", failure)
        with pytest.raises(type(error)) as caught:
            Engine(video_path=clip, custom_objects=[thing], progress=False).run()
        assert caught.value is error
        seconds = time.monotonic() - failure.moment
        assert thing.frames == 80 if stage == "finish" else thing.frames < FAIL_AT + 12
        check_nothing_is_left(clip)
        return seconds

    assert best_of(measure, limit=PROMISE) <= PROMISE


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


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(nonsense)
def test_object_any_result_is_a_frame_or_a_clear_error(result: Any) -> None:
    info = FrameInfo(7, 7, 1, Source(1).info)
    chain = Chain([lambda frame: result, lambda frame: frame])
    try:
        pixels = chain(Frame(info, bgr=np.zeros((48, 64, 3), np.uint8))).to_array()
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


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 19), result=nonsense)
def test_object_wrong_result_at_any_frame_leaves_nothing(at: int, result: Any, tmp_path: Path) -> None:
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


def test_object_kept_frames_stay_unchanged(tmp_path: Path) -> None:
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


def test_object_drawing_on_earlier_frames_does_not_change_the_output(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30))
    kept: list[Any] = []

    def spoil(frame: Any) -> Any:
        for earlier in kept:
            earlier[:] = 255
        kept.append(frame)
        return frame.copy()

    Engine(video_path=source, custom_objects=[spoil], encoding=Encoding(crf=5), progress=False).run()
    assert see(tmp_path / "clip_out.mp4").greys() == pytest.approx(see(source).greys(), abs=3)


@pytest.mark.parametrize("kind", [np.asarray, np.ma.masked_array], ids=["plain", "masked"])
def test_object_that_fills_one_array_again_gives_every_frame(kind: Callable[..., Any], tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30))
    mine = kind(np.zeros((48, 64, 3), np.uint8))

    def fill(frame: Any) -> Any:
        mine[:] = 255 - frame
        return mine

    Engine(video_path=source, custom_objects=[fill], encoding=Encoding(crf=5), progress=False).run()
    expected = [255 - grey for grey in see(source).greys()]
    assert see(tmp_path / "clip_out.mp4").greys() == pytest.approx(expected, abs=4)


def test_object_drawing_in_place_changes_neither_source_nor_neighbours(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(30))
    before = Path(source).read_bytes()

    def every_other(frame: Any, info: FrameInfo) -> Any:
        if info.index % 2:
            frame[:] = 128
        return frame

    Engine(video_path=source, custom_objects=[every_other], encoding=Encoding(crf=5), progress=False).run()
    expected = [128 if index % 2 else grey for index, grey in enumerate(see(source).greys())]
    assert see(tmp_path / "clip_out.mp4").greys() == pytest.approx(expected, abs=4)
    assert Path(source).read_bytes() == before


# Calling back


def test_object_may_run_another_engine(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(5))
    inner = Engine(video_path=write_clip(tmp_path / "inner.mp4", flats(3)), progress=False)

    def nested(frame: Any) -> Any:
        assert inner.run().frames_written == 3
        return frame

    assert Engine(video_path=source, custom_objects=[nested], progress=False).run().frames_written == 5
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "clip_out.mp4", "inner.mp4", "inner_out.mp4"]


@pytest.mark.parametrize("how", ["run", "custom_processing", "process_video", "process_image"])
def test_object_that_calls_its_own_engine_is_an_error(how: str, clip: str) -> None:
    engines: list[Engine] = []

    def again(frame: Any) -> Any:
        engine = engines[0]
        return engine.custom_processing(frame) if how == "custom_processing" else getattr(engine, how)()

    engines.append(Engine(video_path=clip, custom_objects=[again], progress=False))
    with pytest.raises(FramechainError):
        engines[0].run()
    check_nothing_is_left(clip)


# Before any object


def test_run_on_a_file_that_is_no_media_ends_at_once(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(bytes(5000))
    with pytest.raises(MediaError):
        Engine(video_path=tmp_path / "clip.mp4", custom_objects=[InStage("call", Failure(Odd()))]).run()
    check_nothing_is_left(str(tmp_path / "clip.mp4"))


# What works on planes is held to the contract too


class OnPlanes(FrameObject):
    def __init__(self, gives: Callable[[Frame], Any]) -> None:
        self.gives = gives

    def __call__(self, frame: Any) -> Any:
        raise AssertionError("the frame has left YUV")

    def process_frame(self, frame: Frame) -> Any:
        return self.gives(frame) if frame.info.index >= FAIL_AT else frame


@pytest.mark.parametrize("result", [None, 5, "frame", np.zeros((48, 64, 3), np.uint8), True], ids=type)
def test_process_frame_result_that_is_no_frame_is_an_error(result: Any, clip: str) -> None:
    with pytest.raises(ObjectResultError, match=rf"OnPlanes\.process_frame returned .* at frame {FAIL_AT} instead"):
        Engine(video_path=clip, custom_objects=[OnPlanes(lambda frame: result)], progress=False).run()
    check_nothing_is_left(clip)


def test_process_frame_earlier_frame_is_an_error_and_its_pixels_are_not(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(20))
    kept: list[Frame] = []

    def first(frame: Frame) -> Frame:
        kept.append(frame)
        return kept[0]

    with pytest.raises(ObjectResultError, match=f"returned frame {FAIL_AT} at frame {FAIL_AT + 1} instead"):
        Engine(video_path=clip, custom_objects=[OnPlanes(first)], progress=False).run()
    check_nothing_is_left(clip)
    kept.clear()
    frozen = OnPlanes(lambda frame: frame.with_yuv(first(frame).yuv))
    out = Engine(video_path=clip, custom_objects=[frozen], encoding=Encoding(crf=5), progress=False).run().output_path
    expected = [see(clip).greys()[min(index, FAIL_AT)] for index in range(20)]
    assert see(out or "").greys() == pytest.approx(expected, abs=3)


# All are closed


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(4), KeyboardInterrupt(), Odd()], ids=named)
def test_close_error_does_not_keep_others_open(error: BaseException, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(3))
    closed: list[int] = []

    class Closing:
        def __init__(self, number: int) -> None:
            self.number = number

        def __call__(self, frame: Any) -> Any:
            return frame

        def close(self) -> None:
            closed.append(self.number)
            if self.number < 2:
                raise error

    with pytest.raises(ObjectError if isinstance(error, Exception) else type(error)):
        Engine(video_path=clip, custom_objects=[Closing(number) for number in range(4)], progress=False).run()
    assert closed == [0, 1, 2, 3]
    check_nothing_is_left(clip)


def test_object_read_only_frame_is_writable_for_the_next(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(5))

    def lock(frame: Any) -> Any:
        frame.flags.writeable = False
        return frame

    def draw(frame: Any) -> Any:
        frame[:] = 200
        return frame

    Engine(video_path=source, custom_objects=[lock, draw], encoding=Encoding(crf=5), progress=False).run()
    assert see(tmp_path / "clip_out.mp4").greys() == pytest.approx([200] * 5, abs=3)
