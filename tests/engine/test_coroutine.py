"""Engine.arun: runs in an event loop, and what a cancelled task leaves."""

from __future__ import annotations

import asyncio
import contextvars
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cameras import camera, steadily
from support.media import flat, flats, level, see, write_clip
from support.patience import PATIENCE, eventually

from framechain import (
    SKIP,
    ArgumentError,
    CameraOptions,
    Engine,
    FramechainWarning,
    ObjectError,
    RunResult,
    Sink,
    Stop,
)
from framechain.steering import leave_if_stopped


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", flats(12)))


class Slow:
    """An object that takes a while for each frame, and says when it is at work."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.seconds = seconds
        self.indices: list[int] = []
        self.is_at_work = threading.Event()

    def __call__(self, frame: Any, info: Any) -> Any:
        self.indices.append(info.index)
        if info.index >= 2:
            self.is_at_work.set()
        time.sleep(self.seconds)
        return frame


def endless() -> Iterator[Any]:
    for number in range(1_000_000):
        yield flat(number % 200)


async def reach(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.005)


def cancel_midway(engine: Engine, event: threading.Event, times: int = 1) -> None:
    """Run an engine and cancel it once an event has come."""

    async def main() -> None:
        task = asyncio.create_task(engine.arun())
        await reach(event)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(asyncio.wait_for(main(), PATIENCE))


def test_arun_gives_the_result_of_run(clip: Path, tmp_path: Path) -> None:
    result = asyncio.run(Engine(video_path=clip, output_path=tmp_path / "o.mp4").arun())
    assert isinstance(result, RunResult)
    assert result.frames_written == 12
    Engine(video_path=clip, output_path=tmp_path / "run.mp4").run()
    assert (tmp_path / "o.mp4").read_bytes() == (tmp_path / "run.mp4").read_bytes()


def test_arun_three_at_once_each_has_its_own_result_while_the_loop_goes_on(tmp_path: Path) -> None:
    together = threading.Barrier(3)
    turns = 0

    def add(number: int) -> Callable[..., Any]:
        def object_(frame: Any, info: Any) -> Any:
            if info.index == 0:
                together.wait(PATIENCE)  # All three are at work.
            time.sleep(0.005)
            return frame + number

        return object_

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    async def main() -> list[RunResult]:
        counting = asyncio.create_task(count_turns())
        runs = [
            Engine(source=flats(8), custom_objects=[add(10 * n)], output_path=tmp_path / f"{n}.mp4").arun()
            for n in range(3)
        ]
        results = await asyncio.gather(*runs)
        counting.cancel()
        return results

    results = asyncio.run(main())
    assert [result.frames_written for result in results] == [8, 8, 8]
    for number in range(3):
        found = see(tmp_path / f"{number}.mp4").greys()
        assert found == pytest.approx([level(index) + 10 * number for index in range(8)], abs=3)
    assert turns > 5


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 3])
def test_arun_cancelled_discards_the_output_and_returns_once_the_run_has_ended(times: int, tmp_path: Path) -> None:
    target = tmp_path / "o.mp4"
    target.write_text("before")
    slow, closed = Slow(), threading.Event()

    def generate() -> Iterator[Any]:
        try:
            yield from endless()
        finally:
            closed.set()

    cancel_midway(Engine(source=generate(), custom_objects=[slow], output_path=target), slow.is_at_work, times)
    seen = len(slow.indices)
    assert os.listdir(tmp_path) == ["o.mp4"]
    assert target.read_text() == "before"
    assert closed.wait(PATIENCE)
    time.sleep(3 * slow.seconds)
    assert len(slow.indices) == seen < 1000
    eventually(lambda: not [t for t in threading.enumerate() if t.name.startswith("framechain")], "the threads")


def test_arun_cancelled_writes_nothing_to_an_open_file() -> None:
    slow, file = Slow(), io.BytesIO()
    cancel_midway(Engine(source=endless(), custom_objects=[slow], output_path=file), slow.is_at_work)
    assert file.getvalue() == b""


def test_arun_cancelled_engine_runs_again(tmp_path: Path) -> None:
    slow = Slow(0.005)
    engine = Engine(source=flats(40), custom_objects=[slow], output_path=tmp_path / "o.mp4")
    for _ in range(2):
        slow.is_at_work.clear()
        cancel_midway(engine, slow.is_at_work)
        assert os.listdir(tmp_path) == []
    assert engine.run().frames_written == 40


def test_arun_cancelled_at_once_ends_a_second_run_too(tmp_path: Path) -> None:
    engine = Engine(source=[flat(1)] * 500, custom_objects=[Slow(0.01)], output_path=tmp_path / "o.mp4")
    engine.stop()
    engine.run()

    async def main() -> None:
        task = asyncio.create_task(engine.arun())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began < 4
    assert os.listdir(tmp_path) == []


def test_arun_time_limit_of_the_loop_ends_a_generator_that_waits_for_ever(tmp_path: Path) -> None:
    free = threading.Event()

    def generate() -> Iterator[Any]:
        yield flat(1)
        free.wait(PATIENCE)

    async def main() -> None:
        await asyncio.wait_for(Engine(source=generate(), output_path=tmp_path / "o.mp4").arun(), 0.2)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(main())
    assert os.listdir(tmp_path) == []
    free.set()


def test_arun_cancelled_keeps_what_was_recorded_of_a_camera(tmp_path: Path) -> None:
    slow = Slow(0)
    with camera(steadily(50)) as device:
        engine = Engine(
            webcam_id=device.url,
            camera=CameraOptions(timeout=PATIENCE),
            custom_objects=[slow],
            output_path=tmp_path / "o.mp4",
        )
        cancel_midway(engine, slow.is_at_work)
    assert len(see(tmp_path / "o.mp4").planes) > 0


def test_arun_error_of_an_object_is_raised_in_the_task(clip: Path, tmp_path: Path) -> None:
    def fail(frame: Any) -> Any:
        raise ValueError("no")

    with pytest.raises(ObjectError, match="fail raised ValueError at frame 0: no"):
        asyncio.run(Engine(video_path=clip, custom_objects=[fail], output_path=tmp_path / "o.mp4").arun())
    assert os.listdir(tmp_path) == []


def test_arun_stop_keeps_the_output(tmp_path: Path) -> None:
    slow = Slow()
    engine = Engine(source=endless(), custom_objects=[slow], output_path=tmp_path / "o.mp4")

    async def main() -> RunResult:
        task = asyncio.create_task(engine.arun())
        await reach(slow.is_at_work)
        engine.stop()
        return await task

    result = asyncio.run(main())
    assert result.stopped == "stop"
    assert len(see(tmp_path / "o.mp4").planes) == result.frames_written > 0


def test_arun_objects_see_the_context_variables_of_the_task(clip: Path) -> None:
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")
    seen: list[str] = []

    async def main() -> None:
        user.set("somebody")
        await Engine(source=flats(1), custom_objects=[lambda frame: (seen.append(user.get()), frame)[1]]).arun()

    asyncio.run(main())
    assert seen == ["somebody"]


def test_arun_window_is_refused() -> None:
    with pytest.raises(ArgumentError, match="a window is shown in the main thread alone: call run"):
        asyncio.run(Engine(source=flats(1), show=True).arun())


def test_arun_upload_becomes_bytes_with_progress(clip: Path, tmp_path: Path) -> None:
    shares: list[float | None] = []

    async def handle(upload: bytes) -> bytes:
        out = io.BytesIO()
        engine = Engine(source=upload, output_path=out, on_progress=lambda progress: shares.append(progress.fraction))
        await engine.arun()
        return out.getvalue()

    (tmp_path / "o.mp4").write_bytes(asyncio.run(handle(clip.read_bytes())))
    assert len(see(tmp_path / "o.mp4").planes) == 12
    assert shares[-1] == 1


_INTERRUPTED = """
import asyncio, sys, time
import numpy as np
from framechain import Engine
def slow(frame, info):
    if info.index == 3:
        print("at work", flush=True)
    time.sleep(0.02)
    return frame
images = (np.full((48, 64, 3), 9, np.uint8) for _ in range(10**6))
asyncio.run(Engine(source=images, custom_objects=[slow], output_path=sys.argv[1], progress=False).arun())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals to a child")
def test_arun_ctrl_c_cancels_the_task_and_discards_the_output(tmp_path: Path) -> None:
    import subprocess

    command = [sys.executable, "-c", _INTERRUPTED, str(tmp_path / "o.mp4")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "at work\n"
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == -signal.SIGINT
    assert errors.strip().endswith("KeyboardInterrupt")
    assert os.listdir(tmp_path) == []


def test_arun_cancelled_image_is_not_worked_to_its_end() -> None:
    """As the inferences of quality "best", which look whether anybody waits for them."""
    is_at_work, left = threading.Event(), threading.Event()

    def compute(frame: Any) -> Any:
        is_at_work.set()
        try:
            for _ in range(int(PATIENCE * 100)):
                leave_if_stopped()
                time.sleep(0.01)
        except Stop:
            left.set()
            raise
        return frame

    output = io.BytesIO()
    cancel_midway(Engine(source=flat(9), custom_objects=[compute], output_path=output), is_at_work)
    assert left.is_set()
    assert output.getvalue() == b""


def test_arun_warns_at_the_line_that_awaits_it() -> None:
    async def main() -> RunResult:
        return await Engine(source=flat(9), custom_objects=[lambda frame: SKIP], sinks=[Sink()]).arun()

    with pytest.warns(FramechainWarning, match="left out") as caught:
        asyncio.run(main())
    assert caught[0].filename == __file__
    assert caught[0].lineno == main.__code__.co_firstlineno + 1
