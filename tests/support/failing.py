"""Objects that fail or hang on purpose, and the check that such a run leaves nothing behind."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from framechain import Frame, FrameInfo, FrameObject
from framechain.run import interrupts

# How soon a run must end, by docs/reliability.md.
PROMISE = 1.0
# A busy machine gets more time where a test cannot try again, but far less than a hang would take.
SOON, LONG = 10.0, 600.0
FAIL_AT = 9


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


class Ahead(InStage, FrameObject):
    """An object that works on YUV planes, in the chain's thread and ahead of it in the reader's."""

    def process_frame(self, frame: Frame) -> Frame:
        self.frames += 1
        if self.stage == "planes" and frame.info.index == FAIL_AT:
            self.failure()
        return frame

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        if self.stage == "ahead" and frame.info.index == FAIL_AT:
            self.failure()
        return None


class InHook:
    """An object that calls `then` in one of its hooks, "on_key" or "close"; `closed` counts the calls of `close`."""

    def __init__(self, where: str, then: Callable[[], object]) -> None:
        self.where, self.then = where, then
        self.closed = 0

    def __call__(self, frame: Any) -> Any:
        return frame

    def on_key(self, key: str) -> bool:
        if self.where == "on_key":
            self.then()
        return True

    def close(self) -> None:
        self.closed += 1
        if self.where == "close":
            self.then()


class Hangs:
    """Calls that hang until the test ends, each in another way. Use it in a `with` block."""

    def __init__(self) -> None:
        self._released = threading.Event()
        self._reading, self._writing = os.pipe()
        self.begun = threading.Event()

    def sleep(self) -> None:
        """Sleep again and again."""
        self.begun.set()
        while not self._released.is_set():
            time.sleep(0.05)

    def loop(self) -> None:
        """Keep Python busy."""
        self.begun.set()
        while not self._released.is_set():
            pass

    def lock(self) -> None:
        """Wait for a lock."""
        self.begun.set()
        self._released.wait(LONG)

    def retry(self) -> None:
        """Swallow every error, as a loop that tries again."""
        self.begun.set()
        while not self._released.is_set():
            try:
                time.sleep(0.05)
                raise OSError("not yet")
            except BaseException:
                continue

    def native(self) -> None:
        """Hang in C, which asks Python neither for signals nor for anything else."""
        self.begun.set()
        ctypes.CDLL(None).read(self._reading, ctypes.create_string_buffer(1), 1)

    def release(self) -> None:
        """Let every call return, and wait for the threads."""
        self._released.set()
        os.write(self._writing, b"x")
        for thread in threading.enumerate():
            if thread.name.startswith("framechain"):
                thread.join(LONG / 60)

    def __enter__(self) -> Hangs:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()
        os.close(self._reading)
        os.close(self._writing)


def find_threads() -> list[str]:
    """Return the names of the threads that framechain has started."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("framechain")]


def check_nothing_is_left(clip: str, *, threads: Sequence[str] = ()) -> None:
    """Check that a run left no file, no thread but those named, and no signal handler."""
    assert sorted(os.listdir(os.path.dirname(clip))) == ["clip.mp4"]
    assert find_threads() == list(threads)
    assert signal.getsignal(signal.SIGINT) is SIGINT_BEFORE
    assert interrupts._current.get() is None


# Ignored, where the tests run in the background.
SIGINT_BEFORE = signal.getsignal(signal.SIGINT)


class Odd(BaseException):
    """An exception that is no `Exception`."""


class MuteError(Exception):
    """An exception that fails to say what it is about."""

    def __str__(self) -> str:
        raise AttributeError("no message was set")
