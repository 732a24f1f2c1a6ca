"""The time limit of a matte on a live stream."""

from __future__ import annotations

import math
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import flats, write_clip
from support.patience import PATIENCE
from support.streams import (
    HEIGHT,
    PERSON,
    WIDTH,
    LeftThird,
    Source,
    broken,
    covered_ones,
    raw_blocks,
    replacement,
    run_source,
    texture,
    watch,
)

from framechain import Engine, Sink
from framechain.backgrounds import Blur, Color
from framechain.chain import Chain
from framechain.errors import ArgumentError, LateError, ObjectError
from framechain.steering import Stop, leave_if_stopped
from framechain.threads.worker import TimeLimit, Worker

# Time limits


@covered_ones
def test_matte_timeout_late_matte_is_covered_and_comes_back() -> None:
    released, back = threading.Event(), threading.Event()

    def hang() -> Any:
        released.wait(PATIENCE)
        back.set()
        broken()

    def image(index: int) -> Any:
        if index == 20:
            released.set()
            back.wait(PATIENCE)
        return texture()

    matte = LeftThird(lambda index: index == 5, hang)
    hides = replacement(matte, Blur(31), matte_timeout=0.4)
    result, viewer = watch(Source(100, wait=0.005, image=image), hides)
    assert result.covered >= 15  # Those that came while it hung were not given to it.
    shows = {index: bool(raw_blocks(image, texture())[:, :PERSON].any()) for index, image in viewer.frames.items()}
    assert sum(not shown for shown in shows.values()) == result.covered
    assert any(shows[index] for index in range(21, 100))
    assert not any(raw_blocks(image, texture())[:, PERSON + 1 :].any() for image in viewer.frames.values())
    assert matte.asked == sorted(set(matte.asked))


def test_matte_timeout_matte_that_hangs_ends_the_run() -> None:
    released = threading.Event()
    matte = LeftThird(lambda index: index >= 3, lambda: released.wait(PATIENCE))
    began = time.monotonic()
    with pytest.raises(ObjectError, match=r"10 frames in a row .* LeftThird has not come back yet"):
        watch(Source(500), replacement(matte, Blur(31), matte_timeout=0.2), max_failures=10)
    assert time.monotonic() - began < PATIENCE / 2
    released.set()


@pytest.mark.filterwarnings("ignore:nobody was found:framechain.FramechainWarning")
def test_matte_timeout_does_not_hold_for_a_file(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(3))
    threads: set[str] = set()

    def slow(frame: Any) -> Any:
        time.sleep(0.1)
        threads.add(threading.current_thread().name)
        return np.zeros(frame.shape[:2], np.uint8)

    hides = replacement(slow, Color((0, 0, 0)), matte_timeout=0.01)
    result = Engine(video_path=clip, custom_objects=[hides], output_path=tmp_path / "o.mp4", progress=False).run()
    assert result.frames_written == 3
    assert threads == {threading.current_thread().name}


def test_matte_timeout_hooks_run_in_the_same_thread() -> None:
    names: dict[str, str] = {}

    class Matte:
        def open(self, stream: Any) -> None:
            names["open"] = threading.current_thread().name

        def close(self) -> None:
            names["close"] = threading.current_thread().name

        def __call__(self, frame: Any) -> Any:
            names["call"] = threading.current_thread().name
            return np.zeros(frame.shape[:2], np.uint8)

        def on_key(self, key: str) -> bool:
            names["key"] = threading.current_thread().name
            return True

    hides = replacement(Matte(), Color((0, 0, 0)))

    def press(frame: Any, info: Any) -> Any:
        assert hides.on_key("x")
        return frame

    watch(Source(3), press, hides)
    assert set(names) == {"open", "close", "call", "key"}
    assert set(names.values()) == {"framechain-matte"}


def test_matte_timeout_late_matte_gets_no_keys() -> None:
    released, hanging = threading.Event(), threading.Event()

    def hang() -> Any:
        hanging.set()
        released.wait(PATIENCE)
        return np.zeros((HEIGHT, WIDTH), np.uint8)

    matte = LeftThird(lambda _: True, hang)
    hides = replacement(matte, Color((0, 0, 0)), matte_timeout=0.1)
    source = Source(1)
    hides.open(source.info)
    frame = next(iter(source))
    with pytest.raises(LateError, match=r"LeftThird took longer than 0.1 s"):
        hides(frame.bgr, frame.info)
    assert hanging.is_set()
    with pytest.raises(LateError, match="has not come back yet"):
        hides(frame.bgr, frame.info)
    assert not hides.on_key("x")
    assert matte.keys == []
    released.set()
    hides.close()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such clock")
@pytest.mark.parametrize("patiently", [True, False])
@pytest.mark.parametrize("error", [KeyboardInterrupt, TimeoutError])
def test_time_limit_broken_off_call_is_not_waited_for(error: type[BaseException], patiently: bool) -> None:
    """As by a second Ctrl-C, while a matte hangs or a model is being loaded."""
    released = threading.Event()
    limit = TimeLimit(60)
    limit.begin(live=True)

    def break_off(*_: object) -> None:
        raise error("it took longer than 0.1 s")

    before = signal.signal(signal.SIGALRM, break_off)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(error, match=r"longer than 0\.1 s"):
            limit.call("it", lambda: released.wait(PATIENCE), patiently=patiently)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert limit.hangs
    hides = replacement(LeftThird(), Color((0, 0, 0)))
    hides._caller._limit = limit
    hides.close()  # Returns, though the call has not.
    assert not released.is_set()
    released.set()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system sends no signals to threads")
def test_ctrl_c_does_not_wait_for_a_model_that_loads() -> None:
    opening, released, calls = threading.Event(), threading.Event(), []

    class Matte(LeftThird):
        def open(self, stream: Any) -> None:
            opening.set()
            released.wait(30)
            calls.append("opened")

        def close(self) -> None:
            calls.append("closed")

    def interrupt() -> None:
        opening.wait()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            watch(Source(500), replacement(Matte(), Blur(31)))
        assert calls == []  # Nor is taken away what it is still loading.
    finally:
        opening.set()
        released.set()
        thread.join()


def test_ctrl_c_before_a_model_loads_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    class Model:
        def open(self, stream: Any) -> None:
            opened.append(stream)

        def __call__(self, frame: Any) -> Any:
            return frame

    class Interrupting(Sink):
        def open(self, source: Any) -> None:
            signal.raise_signal(signal.SIGINT)

        def write(self, frame: Any) -> None:
            raise AssertionError("a frame")

    with pytest.raises(KeyboardInterrupt):
        run_source(Source(5), Chain([Model()]), Interrupting())
    assert opened == []


@pytest.mark.parametrize("seconds", [0, -1, "1", True])
def test_time_limit_must_be_a_time(seconds: Any) -> None:
    with pytest.raises(ArgumentError, match="matte_timeout must be a number of seconds above 0"):
        TimeLimit(seconds)


@pytest.mark.parametrize("seconds", [math.inf, 1e300, np.float32("inf")])
def test_time_limit_that_never_ends_waits_for_a_slow_call(seconds: Any) -> None:
    limit = TimeLimit(seconds)
    limit.begin(live=True)
    assert limit.call("it", lambda: time.sleep(0.25) or 3) == 3
    limit.end()


def test_matte_timeout_that_never_ends_covers_no_frame() -> None:
    slow = LeftThird(lambda index: index == 2 and bool(time.sleep(0.25)))
    result, _ = watch(Source(4), replacement(slow, Color((0, 0, 0)), matte_timeout=math.inf))
    assert (slow.asked, result.covered) == ([0, 1, 2, 3], 0)


def test_time_limit_own_timeout_error_passes_unchanged() -> None:
    limit = TimeLimit(5)
    limit.begin(live=True)

    def raises() -> None:
        raise TimeoutError("a socket")

    with pytest.raises(TimeoutError, match="a socket"):
        limit.call("it", raises)
    assert limit.call("it", lambda: 3) == 3
    limit.end()


def test_worker_late_call_learns_that_nobody_waits_for_it() -> None:
    left = threading.Event()

    def compute() -> None:
        try:
            for _ in range(int(PATIENCE * 100)):
                leave_if_stopped()
                time.sleep(0.01)
        except Stop:
            left.set()

    worker = Worker("late", limit_name="timeout")
    with pytest.raises(LateError, match=r"it took longer than 0\.1 s"):
        worker.call("it", compute, seconds=0.1)
    assert left.wait(PATIENCE)
    worker.end()
