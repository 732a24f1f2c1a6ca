"""Levels of quality in whole runs of a camera: an object that burns time steps down, and keeps its level."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.cameras import Visit, camera, steadily
from support.patience import PATIENCE, eventually

import framechain
from framechain import CameraOptions, Engine, Frame, FrameInfo, FrameObject, StreamInfo
from framechain.run.pipeline import run_stages


class Burns(FrameObject):
    """An object that is too slow at its best level for 25 frames per second, and stops the run when it may."""

    levels = ("coarse", "fine")

    def __init__(self) -> None:
        self.level = "fine"
        self.used: list[str] = []
        self.threads: set[int] = set()
        self.coarse = threading.Event()
        self.frames_since = 0
        self.give_up_at = time.monotonic() + PATIENCE

    def use_level(self, level: str) -> None:
        self.level = level
        self.used.append(level)
        self.threads.add(threading.get_ident())
        self.coarse.set()

    def __call__(self, frame: Any) -> Any:
        self.threads.add(threading.get_ident())
        if self.level == "fine":
            time.sleep(0.09)
        self.frames_since += self.coarse.is_set()
        assert time.monotonic() < self.give_up_at, "no step down"
        return frame


class Endless(framechain.Source):
    """A camera with 25 frames per second."""

    def __init__(self) -> None:
        self.info = StreamInfo("made", "camera", 32, 24, rate=25)
        self._stopped = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        for index in itertools.count():
            if self._stopped.wait(0.04):
                return
            yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=np.zeros((24, 32, 3), np.uint8))

    def stop(self) -> None:
        self._stopped.set()


def stop_after(thing: Burns, engine: list[Engine], frames: int) -> Any:
    def look(frame: Any) -> Any:
        if thing.frames_since >= frames:
            engine[0].stop()
        return frame

    return look


@pytest.mark.slow
@pytest.mark.parametrize("limit", [None, float("inf")])
def test_run_camera_steps_down_in_the_thread_of_the_objects(limit: float | None) -> None:
    thing, engines = Burns(), []  # type: ignore[var-annotated]
    source = Endless()
    engines.append(
        Engine(
            source=source,
            custom_objects=[thing, stop_after(thing, engines, 3)],
            show=False,
            progress=False,
            object_timeout=limit,
        )
    )
    result = engines[0].run()
    assert result.dropped > 0
    assert thing.used == ["coarse"]
    assert len(thing.threads) == 1


@pytest.mark.slow
def test_read_camera_steps_down_for_the_time_of_the_whole_loop() -> None:
    thing = Burns()
    thing.level = "coarse"  # The object is fast, and the loop is not.
    with framechain.read(Endless(), objects=[thing]) as frames:
        for _ in frames:
            time.sleep(0.09)
            if thing.used:
                break
    assert thing.used == ["coarse"]


@pytest.mark.slow
def test_run_camera_that_is_lost_comes_back_at_the_same_level() -> None:
    thing, engines = Burns(), []  # type: ignore[var-annotated]

    def until_coarse() -> Iterator[float]:
        while not thing.coarse.is_set():
            yield 0.04

    with camera(until_coarse(), Visit(steadily(25))) as device:
        engine = Engine(
            webcam_id=device.url,
            custom_objects=[thing, stop_after(thing, engines, 20)],
            show=False,
            progress=False,
            camera=CameraOptions(reconnect=5),
        )
        engines.append(engine)
        engine.run()
        assert len(device.visits) == 2
    assert thing.used == ["coarse"]
    assert thing.level == "coarse"


def test_run_stages_tells_how_long_the_last_frame_took_while_it_runs() -> None:
    counts = framechain.run.pipeline.Counts()
    told: list[tuple[int, float]] = []

    class Three(Endless):
        def __iter__(self) -> Iterator[Frame]:
            for number, frame in enumerate(itertools.islice(super().__iter__(), 3)):
                # On a busy machine it would take the place of the frame before.
                eventually(lambda number=number: len(told) >= number, "the frame before")
                yield frame

    def process(frame: Frame) -> Frame:
        told.append((counts.read, counts.seconds))
        time.sleep(0.02)
        return frame

    run_stages(Three(), process, None, counts=counts)
    assert [read for read, _ in told] == [1, 2, 3]
    assert told[0][1] == 0.0
    assert all(0.02 <= seconds < PATIENCE for _, seconds in told[1:])
