"""One run over any source: the user's own sources and sinks, errors, images in a window."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import pytest
from support.interrupting import run_until_interrupted
from support.media import flats, level, photo, see, write_clip
from support.windows import FakeWindow

from framechain import Engine, Frame, FrameInfo, FrameObject, LiveOptions, Sink, Source, StreamInfo, Tunable
from framechain.errors import ArgumentError, ArgumentTypeError, ObjectError

STREAM = StreamInfo("greys", "video", 64, 48)


class Greys(Source):
    """Some grey frames, 40 ms apart."""

    def __init__(self, count: int = 3, kind: str = "video") -> None:
        self.info = StreamInfo("greys", kind, 64, 48)
        self.count = count
        self.closed = 0

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self.count):
            time.sleep(0.005 if self.info.live else 0)
            yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=np.full((48, 64, 3), level(index), np.uint8))

    def close(self) -> None:
        self.closed += 1


class Log(Sink):
    """Writes down what happens to it."""

    def __init__(self, fails: str = "") -> None:
        self.calls: list[Any] = []
        self.fails = fails

    def _note(self, call: Any) -> None:
        self.calls.append(call)
        if call == self.fails:
            raise OSError(f"{call} failed")

    def open(self, source: Source) -> None:
        self._note("open")

    def write(self, frame: Frame) -> None:
        self._note((frame.info.index, int(frame.read_bgr()[0, 0, 0])))

    def finish(self, *, complete: bool = True) -> None:
        self._note("finish" if complete else "cut")

    def abort(self) -> None:
        self._note("abort")


# A source and sinks of the user's own


def test_engine_own_source_and_sink_get_all_frames() -> None:
    source, sink = Greys(), Log()
    result = Engine(source=source, sinks=[sink], custom_objects=[lambda frame: 255 - frame]).run()
    assert sink.calls == ["open", *((index, 255 - level(index)) for index in range(3)), "finish"]
    assert (result.frames_read, result.frames_processed, result.frames_written) == (3, 3, 3)
    assert (result.output_path, result.stopped, result.warnings) == (None, None, ())
    assert source.closed >= 1


def test_engine_own_source_is_written_to_a_file_and_to_every_sink(tmp_path: Path) -> None:
    sinks = [Log(), Log()]
    result = Engine(source=Greys(25), sinks=sinks, output_path=tmp_path / "o.mp4").run()
    assert result.output_path == str(tmp_path / "o.mp4")
    assert see(tmp_path / "o.mp4").greys() == pytest.approx([level(index) for index in range(25)], abs=2)
    assert [len(sink.calls) for sink in sinks] == [27, 27]


def test_engine_own_sink_takes_the_place_of_the_file(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(5))
    sink = Log()
    result = Engine(video_path=clip, sinks=[sink], progress=False).run()
    assert os.listdir(tmp_path) == ["clip.mp4"]
    assert [index for index, _ in sink.calls[1:-1]] == list(range(5))
    assert result.frames_written == 5


def test_engine_own_image_source_is_a_stream_of_one_frame(tmp_path: Path) -> None:
    result = Engine(source=Greys(1, "image"), output_path=tmp_path / "o.png").run()
    assert result.frames_written == 1
    assert (cv2.imread(str(tmp_path / "o.png")) == level(0)).all()


def test_engine_own_live_source_covers_and_counts(tmp_path: Path) -> None:
    class Hides(FrameObject):
        hides_background = True

        def __call__(self, frame: Any) -> Any:
            raise RuntimeError("a hiccup")

    sink = Log()
    with pytest.raises(ObjectError, match=r"2 frames in a row could not be processed: .*a hiccup"):
        Engine(
            source=Greys(500, "camera"), sinks=[sink], custom_objects=[Hides()], live=LiveOptions(max_failures=2)
        ).run()
    assert sink.calls == ["open", "abort"]


def test_engine_own_source_that_ends_early_by_the_range_is_cut() -> None:
    sink = Log()
    result = Engine(source=Greys(9), sinks=[sink], end_video_frame=3, break_on_end=True).run()
    assert sink.calls[-2:] == [(3, level(3)), "cut"]
    assert result.frames_written == 4


def test_engine_range_beyond_an_own_source_is_refused_if_the_count_is_known() -> None:
    class Counted(Greys):
        def count_frames(self) -> int:
            return 3

    with pytest.raises(ArgumentError, match=r"start_video_frame \(3\) lies beyond greys, which has 3 frames"):
        Engine(source=Counted(), sinks=[Log()], start_video_frame=3).run()
    assert Engine(source=Greys(), sinks=[Log()], start_video_frame=3).run().frames_written == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": 1.5}, r"a source must be a path, .* or a framechain\.Source; got 1\.5"),
        ({"sinks": [Log(), print]}, r"sinks\[1\] must inherit framechain\.Sink, got builtin_function_or_method"),
        ({"sinks": [None]}, r"sinks\[0\] must inherit framechain\.Sink, got NoneType"),
        ({"sinks": Log()}, r"sinks must be a list, got Log"),
        ({"encoding": "libx264"}, r"encoding must be framechain\.Encoding\(\.\.\.\), got 'libx264'"),
        ({"camera": {"fps": 30}}, r"camera must be framechain\.CameraOptions\(\.\.\.\), got \{'fps': 30\}"),
        ({"live": None}, r"live must be framechain\.LiveOptions\(\.\.\.\), got None"),
        ({"custom_objects": None}, "custom_objects must be a list, got NoneType"),
    ],
)
def test_engine_argument_of_a_wrong_type_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        Engine(**arguments)


# Errors


@pytest.mark.parametrize("fails", ["object", "write", "finish"])
def test_run_after_an_error_every_unfinished_sink_is_aborted(fails: str) -> None:
    def look(frame: Any, info: FrameInfo) -> Any:
        if fails == "object" and info.index == 1:
            raise RuntimeError("a mistake")
        return frame

    failing = {"object": "", "write": (1, level(1)), "finish": "finish"}[fails]
    first, second = Log(), Log(failing)  # type: ignore[arg-type]
    source = Greys(50)
    with pytest.raises(ObjectError if fails == "object" else OSError):
        Engine(source=source, sinks=[first, second], custom_objects=[look]).run()
    assert second.calls[-1] == "abort"
    ends = [call for call in first.calls if call in ("finish", "abort")]
    assert ends == ["finish" if fails == "finish" else "abort"]  # What is finished is not discarded.
    assert source.closed >= 1


def test_run_sink_that_cannot_be_opened_aborts_those_before_it() -> None:
    first, second = Log(), Log("open")
    with pytest.raises(OSError, match="open failed"):
        Engine(source=Greys(), sinks=[first, second]).run()
    assert first.calls == ["open", "abort"]
    assert second.calls == ["open"]


def test_run_problem_of_a_sink_is_a_warning_and_in_the_result() -> None:
    class Lossy(Log):
        problem = "half of it was lost"

    with pytest.warns(match="half of it was lost") as warned:
        result = Engine(source=Greys(), sinks=[Lossy()]).run()
    assert result.warnings == ("half of it was lost",)
    assert warned[0].filename == __file__  # The caller's line, not one of the library.


@pytest.mark.parametrize(
    ("limits", "outer_frames"),
    [
        pytest.param({}, (10, 10), id="callers-thread"),
        # The signal reaches the outer run's thread while the inner one runs in the thread of the objects.
        pytest.param({"object_timeout": 60}, (10, 11), id="thread-of-the-objects"),
    ],
)
def test_run_inside_an_object_both_are_finished_when_a_signal_comes(
    limits: Any, outer_frames: tuple[int, int], tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(60))

    def interrupt(frame: Any, info: FrameInfo) -> Any:
        if info.index == 20:
            os.kill(os.getpid(), signal.SIGINT)
        return frame

    def nested(frame: Any, info: FrameInfo) -> Any:
        if info.index == 10:
            inner = tmp_path / "inner.mp4"
            Engine(video_path=clip, output_path=inner, custom_objects=[interrupt], progress=False).run()
        return frame

    outer = tmp_path / "outer.mp4"
    result = run_until_interrupted(
        Engine(video_path=clip, output_path=outer, custom_objects=[nested], progress=False, **limits)
    )
    # A run in another thread hears of the signal a moment later, and may be done by then.
    assert 20 <= see(tmp_path / "inner.mp4").count < 60 + bool(limits)
    assert outer_frames[0] <= see(outer).count == result.frames_written <= outer_frames[1]
    assert result.stopped == "SIGINT"
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "inner.mp4", "outer.mp4"]


# Images in a window


class Brightness(FrameObject):
    """Adds a number that a key and a trackbar change, and draws on its frame."""

    keys = MappingProxyType({"b": "brighter"})

    def __init__(self) -> None:
        self.value = 0
        self.seen: list[int] = []

    @property
    def tunables(self) -> list[Tunable]:
        return [Tunable("brightness", lambda: self.value, self._set, 0, 100, 1)]

    def _set(self, value: float) -> None:
        self.value = int(value)

    def __call__(self, frame: Any) -> Any:
        self.seen.append(int(frame[0, 0, 0]))
        frame += np.uint8(self.value)
        return frame

    def on_key(self, key: str) -> bool:
        self.value += 10 * (key == "b")
        return key == "b"


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> FakeWindow:
    made = FakeWindow()
    monkeypatch.setattr("framechain.live.session.Window", lambda title: made)
    return made


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((48, 64, 3), 50, np.uint8))
    return tmp_path / "grey.png"


def show(grey: Path, window: FakeWindow, keys: list[str | None], **more: Any) -> tuple[Brightness, int]:
    """Show an image; returns the object and the grey value that was written."""
    window.keys = keys
    thing = Brightness()
    result = Engine(grey, show=True, custom_objects=[thing], output_path=grey.with_name("o.png"), **more).run()
    assert (result.frames_written, result.stopped) == (1, None)
    return thing, int(cv2.imread(str(grey.with_name("o.png")))[0, 0, 0])


def test_image_window_key_of_an_object_processes_the_original_again(grey: Path, window: FakeWindow) -> None:
    thing, written = show(grey, window, [None, "b", None, "b", "q"])
    assert thing.seen == [50, 50, 50]
    assert written == 70
    assert int(window.shown[-1][0, 0, 0]) == 70
    assert window.is_closed


def test_image_window_trackbar_processes_the_original_again(grey: Path, window: FakeWindow) -> None:
    take_key = window._take_key

    def move_then_take() -> str | None:
        if window.polled == 2 and window.trackbars["brightness"][0] == 0:
            window.moves["brightness"](42)
        return take_key()

    window._take_key = move_then_take  # type: ignore[method-assign]
    thing, written = show(grey, window, [None] * 6 + ["q"], live=LiveOptions(tune=True))
    assert thing.seen == [50, 50]
    assert written == 92
    assert window.trackbars["brightness"] == (42, 100)


@pytest.mark.parametrize("key", ["x", "q", "esc", "closed"])
def test_image_window_closes_at_a_key_without_a_use(key: str, grey: Path, window: FakeWindow) -> None:
    thing, written = show(grey, window, [None, key, "b"])
    assert (thing.seen, written) == ([50], 50)


def test_image_window_help_is_shown_and_not_written(grey: Path, window: FakeWindow) -> None:
    thing, written = show(grey, window, [None, "h", None, None, "h", None, "q"])
    assert (thing.seen, written) == ([50], 50)
    assert [bool((image == 50).all()) for image in window.shown] == [True, False, True]
    assert (cv2.imread(str(grey.with_name("o.png"))) == 50).all()


def test_image_array_of_the_caller_is_not_drawn_on() -> None:
    mine = photo()
    before = mine.copy()
    result = Engine(custom_objects=[lambda frame: cv2.circle(frame, (9, 9), 5, (1, 2, 3), -1)]).process_image(mine)
    assert (mine == before).all()
    assert result[9, 9].tolist() == [1, 2, 3]


# Diagnostics


def test_log_is_silent_unless_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    Engine(source=Greys(), sinks=[Log()]).run()
    assert capfd.readouterr() == ("", "")
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("framechain").handlers)


def test_log_names_the_start_and_the_end_of_a_run(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "framechain"):
        Engine(source=Greys(), sinks=[Log()], object_timeout=9).run()
    messages = [record.getMessage() for record in caplog.records]
    assert any(message.startswith("greys: video, 64x48") for message in messages)
    assert any("9 s" in message and "object_timeout" in message for message in messages)
    assert any(message.startswith("reading of greys has ended after 3 frames") for message in messages)
    assert any(message.startswith("writing has ended after 3 frames") for message in messages)
    assert any(message.startswith("greys: 3 frames in ") for message in messages)
    assert all(record.name.startswith("framechain.") for record in caplog.records)
