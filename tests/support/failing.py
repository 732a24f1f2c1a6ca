"""Objects that fail on purpose, and what must be left of a run in which one did: nothing."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from framechain import Frame, FrameInfo, FrameObject
from framechain.run.interrupts import Interrupts

# The promise is a second; a machine that is busy with other things is given more, and what hangs would take longer.
SOON, LONG = 60.0, 600.0
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
    """One that works on planes, in the chain's thread and ahead of it in the reader's."""

    def process_frame(self, frame: Frame) -> Frame:
        self.frames += 1
        if self.stage == "planes" and frame.info.index == FAIL_AT:
            self.failure()
        return frame

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
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
    """No mere error."""
