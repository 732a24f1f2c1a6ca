"""Decode, objects and encode side by side: bounded, in order, and ended by an error or a signal without a trace."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import Array, flats, looped, write_clip
from support.patience import PATIENCE, eventually

from framechain import Encoding, Engine, Frame, FrameInfo, Source, StreamInfo
from framechain.run import pipeline

STREAM = StreamInfo("numbers", "video", 8, 8)


def frames(count: int, read: list[int] | None = None, fail_at: int | None = None) -> Iterator[Frame]:
    """A source that notes how far it was read."""
    for index in range(count):
        if index == fail_at:
            raise OSError("the reader failed")
        if read is not None:
            read.append(index)
        yield Frame(FrameInfo(index, index, 1, STREAM), bgr=np.full((8, 8, 3), index % 256, np.uint8))


class Frames(Source):
    """Frames of an iterator, as a source."""

    def __init__(
        self, frames: Iterator[Frame], *, live: bool = False, stop: Callable[[], object] = lambda: None
    ) -> None:
        self.info = StreamInfo("numbers", "camera", 8, 8) if live else STREAM
        self._frames, self._stop = frames, stop

    def __iter__(self) -> Iterator[Frame]:
        return self._frames

    def stop(self) -> None:
        self._stop()


def ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]


# Order and bounds


def test_pipeline_passes_all_frames_in_order() -> None:
    written: list[int] = []
    counts = pipeline.run_stages(
        Frames(frames(300)), lambda frame: frame, lambda frame: written.append(frame.info.index)
    )
    assert written == list(range(300))
    assert (counts.read, counts.processed, counts.written, counts.dropped) == (300, 300, 300, 0)
    assert not ours()


def test_pipeline_stages_have_their_own_threads(cores: int) -> None:
    where: dict[str, set[int | None]] = {"read": set(), "prepare": set(), "process": set(), "write": set()}

    def read() -> Iterator[Frame]:
        for frame in frames(20):
            where["read"].add(threading.current_thread().ident)
            yield frame

    def note(stage: str) -> Callable[[Frame], Frame]:
        def stamp(frame: Frame) -> Frame:
            where[stage].add(threading.current_thread().ident)
            return frame

        return stamp

    pipeline.run_stages(Frames(read()), note("process"), note("write"), prepare=note("prepare"))
    assert where["process"] == {threading.get_ident()}
    assert all(len(threads) == 1 for threads in where.values())
    assert len(set.union(*where.values())) == (4 if cores > 2 else 3)
    assert where["prepare"].isdisjoint(where["read"]) == (cores > 2)


@pytest.mark.slow
@pytest.mark.parametrize("slow", ["process", "write"])
def test_pipeline_slowest_stage_sets_the_pace(slow: str) -> None:
    read: list[int] = []
    ahead: list[int] = []

    def process(frame: Frame) -> Frame:
        if slow == "process":
            time.sleep(0.005)
            ahead.append(len(read) - frame.info.index)
        return frame

    def write(frame: Frame) -> None:
        if slow == "write":
            time.sleep(0.005)
            ahead.append(len(read) - frame.info.index)

    pipeline.run_stages(Frames(frames(100, read)), process, write)
    assert len(ahead) == 100
    assert max(ahead) <= 12


def test_pipeline_live_source_gives_the_newest_and_counts_dropped_frames() -> None:
    read: list[int] = []
    seen: list[int] = []

    def process(frame: Frame) -> Frame:
        seen.append(frame.info.index)
        # While it is at it, six more come.
        eventually(lambda: len(read) >= min(40, frame.info.index + 7), "more frames", pause=0.001)
        return frame

    counts = pipeline.run_stages(Frames(frames(40, read), live=True), process, None)
    assert counts.dropped > 25
    assert counts.read == counts.processed + counts.dropped == 40
    assert seen == sorted(set(seen))


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> weakref.WeakSet[Frame]:
    """The frames that something still holds."""
    made: weakref.WeakSet[Frame] = weakref.WeakSet()
    original = Frame.__init__

    def noted(self: Frame, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        made.add(self)

    monkeypatch.setattr(Frame, "__init__", noted)
    return made


@pytest.mark.parametrize("kept", [True, False], ids=["empty-chain", "object"])
def test_pipeline_holds_few_frames_of_any_clip(kept: bool, alive: weakref.WeakSet[Frame], tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(200))
    most: list[int] = []

    def look(frame: Array, info: FrameInfo) -> Array:
        if info.index % 10 == 0:
            most.append(len(alive))
        return frame

    engine = Engine(video_path=source, custom_objects=[look], start_video_frame=100 if kept else 0)
    assert engine.run().frames_written == 200
    assert len(most) == (10 if kept else 20)
    assert max(most) <= 14


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from Linux' /proc")
def test_run_memory_does_not_grow_with_the_clip(clip: Path, tmp_path: Path) -> None:
    source = looped(clip, tmp_path / "long.mp4", 5)
    pages: dict[int, int] = {}

    def look(frame: Array, info: FrameInfo) -> Array:
        if info.index in (150, 740):
            pages[info.index] = int(Path("/proc/self/statm").read_text().split()[1])
        return frame

    Engine(video_path=source, custom_objects=[look], encoding=Encoding(preset="ultrafast")).run()
    grown = (pages[740] - pages[150]) * os.sysconf("SC_PAGE_SIZE")
    # One frame of 590 kept in a hundred would be 4 MB, all of them 400.
    assert grown < 40e6


# Errors


@pytest.mark.parametrize("where", ["start", "middle"])
@pytest.mark.parametrize("stage", ["read", "prepare", "process", "write"])
@pytest.mark.usefixtures("cores")
def test_pipeline_error_in_any_stage_ends_all_soon(stage: str, where: str) -> None:
    at = 0 if where == "start" else 50

    def fail(name: str) -> Callable[[Frame], Any]:
        def act(frame: Frame) -> Frame:
            if stage == name and frame.info.index == at:
                raise OSError(f"the {name} stage failed")
            return frame

        return act

    began = time.monotonic()
    with pytest.raises(OSError, match="failed"):
        pipeline.run_stages(
            Frames(frames(10_000, fail_at=at if stage == "read" else None)),
            fail("process"),
            fail("write"),
            prepare=fail("prepare"),
        )
    assert time.monotonic() - began < PATIENCE
    assert not ours()


@pytest.mark.parametrize("live", [True, False], ids=["live", "file"])
def test_pipeline_writer_fails_while_the_source_is_silent_ends_at_once(live: bool) -> None:
    stopped = threading.Event()

    def silent_after_three() -> Iterator[Frame]:
        yield from frames(3)
        stopped.wait(PATIENCE)

    def fail(frame: Frame) -> None:
        raise OSError("the disk is full")

    began = time.monotonic()
    with pytest.raises(OSError, match="the disk is full"):
        pipeline.run_stages(Frames(silent_after_three(), live=live, stop=stopped.set), lambda frame: frame, fail)
    assert time.monotonic() - began < PATIENCE / 10
    assert not ours()


@pytest.mark.parametrize("name", ["read", "prepare", "write"])
def test_pipeline_thread_that_cannot_start_leaves_no_other(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    start = threading.Thread.start

    def refused(thread: threading.Thread) -> None:
        if thread.name == f"framechain-{name}":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        pipeline.run_stages(Frames(frames(1000)), lambda frame: frame, lambda frame: None, prepare=lambda frame: None)
    assert not ours()


def test_pipeline_frames_before_a_reader_error_are_processed() -> None:
    done: list[int] = []

    def process(frame: Frame) -> Frame:
        time.sleep(0.005)  # The reader is done by then.
        done.append(frame.info.index)
        return frame

    with pytest.raises(OSError, match="the reader failed"):
        pipeline.run_stages(Frames(frames(20, fail_at=7)), process, None)
    assert done == list(range(7))


def test_pipeline_waiting_reader_ends_when_an_object_fails() -> None:
    released = threading.Event()

    def endless() -> Iterator[Frame]:
        yield from frames(3)
        released.wait(600)

    def fail(frame: Frame) -> Frame:
        if frame.info.index == 2:
            raise RuntimeError("no")
        return frame

    began = time.monotonic()
    with pytest.raises(RuntimeError, match="no"):
        pipeline.run_stages(Frames(endless(), stop=released.set), fail, None)
    assert time.monotonic() - began < PATIENCE
    assert not ours()


def test_pipeline_stop_writes_what_was_processed() -> None:
    written: list[int] = []
    processed: list[int] = []

    def process(frame: Frame) -> Frame:
        processed.append(frame.info.index)
        return frame

    def write(frame: Frame) -> None:
        time.sleep(0.01)
        written.append(frame.info.index)

    counts = pipeline.run_stages(Frames(frames(1000)), process, write, stop=lambda: len(processed) >= 20)
    assert written == processed == list(range(20))
    assert (counts.processed, counts.written) == (20, 20)
