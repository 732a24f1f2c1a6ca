"""The progress bar, `on_progress` and `Engine.progress`."""

from __future__ import annotations

import errno
import io
import itertools
import queue
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.media import photo, photos, write_clip
from support.memory_source import MemorySource
from support.streams import Viewer

from framechain import Engine, Frame, FrameInfo, Progress, StreamInfo
from framechain.errors import ArgumentTypeError, ObjectError
from framechain.run.progress import show_progress

INFO = StreamInfo("/videos/clip.mp4", "video", 64, 48)


@pytest.mark.parametrize("total", [40, 10])
def test_show_progress_counts_up_to_the_total(total: int, capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(INFO, total, True) as update:
        update(5)
    err = capsys.readouterr().err
    assert "clip.mp4: " in err
    assert "/videos" not in err
    assert f"5/{total} [" in err


def test_show_progress_of_an_unknown_count_counts_only_what_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(StreamInfo("camera 0", "camera", 64, 48), None, True) as update:
        update(7)
    assert "7frame [" in capsys.readouterr().err


@pytest.mark.parametrize("progress", [False, None])
def test_show_progress_without_a_terminal_shows_nothing(
    progress: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with show_progress(INFO, None, progress) as update:
        update(5)
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_show_progress_none_on_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_progress(INFO, 40, None) as update:
        update(40)
    assert "40/40 [" in terminal.getvalue()


def test_show_progress_stderr_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Terminal):
        failures = 0

        def write(self, text: str) -> int:
            self.failures += 1
            raise OSError(errno.ENOSPC, "No space left on device")

    full = Full()
    monkeypatch.setattr(sys, "stderr", full)
    with show_progress(INFO, 40, True) as update:
        for _ in range(40):
            update(1)
    assert full.failures


def test_show_progress_starts_no_thread() -> None:
    before = threading.active_count()
    with show_progress(INFO, None, True):
        assert threading.active_count() == before


# on_progress and Engine.progress


@pytest.mark.slow
def test_on_progress_is_called_in_the_runs_thread_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(40))
    told: list[Progress] = []
    threads: set[int] = set()

    def note(progress: Progress) -> None:
        told.append(progress)
        threads.add(threading.get_ident())

    def slow(frame: Any) -> Any:
        time.sleep(0.02)
        return frame

    engine = Engine(video_path=clip, custom_objects=[slow], output_path=tmp_path / "out.mp4", on_progress=note)
    assert engine.progress() is None
    result = engine.run()
    assert threads == {threading.get_ident()}
    assert 3 <= len(told) <= 10 * result.seconds + 2
    assert told[0].frames == 0
    assert told == sorted(told, key=lambda progress: progress.frames)
    assert (told[-1].frames, told[-1].total, told[-1].fraction, told[-1].done) == (40, 40, 1.0, True)
    assert [progress.done for progress in told[:-1]] == [False] * (len(told) - 1)
    assert told[-1].remaining == 0
    assert all(progress.total == 40 for progress in told)
    middle = next(progress for progress in told if progress.frames > 10)
    assert middle.remaining is not None
    assert 0 < middle.remaining < 60
    assert engine.progress() == told[-1]


@pytest.mark.parametrize("kind", ["image", "video", "camera"])
def test_on_progress_is_called_for_sources_of_every_kind(kind: str) -> None:
    told: list[Progress] = []
    source = MemorySource(StreamInfo("made", kind, 160, 120), photos(1))
    Engine(source=source, sinks=[Viewer()], on_progress=told.append).run()
    assert (told[-1].frames, told[-1].total, told[-1].done) == (1, None, True)


def test_on_progress_in_the_range_that_is_cut_counts_to_its_end(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(30))
    for arguments in ({"end_video_frame": 9}, {"end": 0.4}):
        told: list[Progress] = []
        Engine(
            video_path=clip,
            output_path=tmp_path / "out.mp4",
            break_on_end=True,
            on_progress=told.append,
            **arguments,  # type: ignore[arg-type]
        ).run()
        assert (told[0].total, told[-1].total, told[-1].frames) == (10, 10, 10)


@pytest.mark.slow
def test_on_progress_is_called_while_the_source_waits() -> None:
    class Waiting(MemorySource):
        def __iter__(self) -> Iterator[Frame]:
            yield from super().__iter__()
            time.sleep(0.7)

    told: list[Progress] = []
    Engine(source=Waiting(StreamInfo("made", "video", 160, 120), photos(2)), on_progress=told.append).run()
    assert len([progress for progress in told if progress.frames == 2]) >= 3


def test_on_progress_error_ends_the_run_and_is_named(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(5))

    def fail(progress: Progress) -> None:
        raise ValueError("no such bar")

    with pytest.raises(ObjectError, match="on_progress raised ValueError: no such bar") as caught:
        Engine(video_path=clip, output_path=tmp_path / "out.mp4", on_progress=fail).run()
    assert isinstance(caught.value.__cause__, ValueError)
    assert not (tmp_path / "out.mp4").exists()


def test_on_progress_may_feed_the_source_that_waits_for_it() -> None:
    """The callback must not hold what the source's thread needs."""
    slots: queue.Queue[Any] = queue.Queue(1)

    class Fed(MemorySource):
        def __iter__(self) -> Iterator[Frame]:
            while (index := slots.get()) is not None:
                yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=photo())

    todo = iter([*range(12), None])

    def feed(progress: Progress) -> None:
        for item in () if progress.done else itertools.islice(todo, 3):  # More than have room in the queue.
            slots.put(item, timeout=20)

    result = Engine(source=Fed(StreamInfo("fed", "video", 160, 120)), on_progress=feed).run()
    assert result.frames_processed == 12


def test_on_progress_seconds_begin_when_the_objects_are_open() -> None:
    class Loading:
        def open(self, stream: StreamInfo) -> None:
            time.sleep(0.5)

        def __call__(self, frame: Any) -> Any:
            return frame

    told: list[Progress] = []
    source = MemorySource(StreamInfo("made", "video", 160, 120), photos(2))
    result = Engine(source=source, custom_objects=[Loading()], on_progress=told.append).run()
    assert told[0].seconds < told[-1].seconds < result.seconds - 0.45


def test_on_progress_that_is_no_function_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="on_progress must be a function of a Progress, got 5"):
        Engine(on_progress=5)  # type: ignore[arg-type]


def test_engine_progress_stands_still_after_an_error(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", photos(8))

    def fail(frame: Any, info: FrameInfo) -> Any:
        if info.index == 5:
            raise ValueError("no")
        return frame

    engine = Engine(video_path=clip, custom_objects=[fail], output_path=tmp_path / "out.mp4")
    with pytest.raises(ObjectError):
        engine.run()
    progress = engine.progress()
    assert progress is not None
    assert (progress.frames, progress.total, progress.fraction) == (5, 8, 5 / 8)
    time.sleep(0.02)
    assert engine.progress() == progress
