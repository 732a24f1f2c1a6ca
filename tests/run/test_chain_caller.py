"""The calls of a run's objects, in its own thread or within a time limit; test_hangs.py has whole runs that hang."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest

from framechain import Frame, FrameInfo, FrameObject, StreamInfo
from framechain.basics.tunables import Tunable
from framechain.chain import Chain
from framechain.errors import ArgumentError, LateError, ObjectError
from framechain.run.chain_caller import LIVE_SECONDS, ChainCaller, resolve_object_timeout
from framechain.run.interrupts import Interrupts

STREAM = StreamInfo("clip", "video", 8, 6)


class Noted(FrameObject):
    """Notes each call and its thread; `process_frame` waits for `free`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.free = threading.Event()
        self.free.set()
        self.level = 0.0

    def _note(self, what: str) -> None:
        self.calls.append((what, threading.current_thread().name))

    def open(self, stream: StreamInfo) -> None:
        self._note("open")

    def close(self) -> None:
        self._note("close")

    def on_key(self, key: str) -> bool:
        self._note(f"key {key}")
        return key == "g"

    def __call__(self, frame: Any) -> Any:
        self._note("frame")
        self.free.wait()
        return frame

    @property
    def tunables(self) -> Any:
        return [Tunable("level", lambda: self.level, lambda value: setattr(self, "level", value), 0, 1, 0.1)]


def make_frame(index: int = 0) -> Frame:
    return Frame(FrameInfo(index, 40 * index, 40, STREAM), bgr=np.zeros((6, 8, 3), np.uint8))


@pytest.mark.parametrize(
    ("seconds", "live", "expected"),
    [
        (None, False, None),
        (None, True, LIVE_SECONDS),
        (2, False, 2.0),
        (2, True, 2.0),
        (math.inf, True, None),
        (math.inf, False, None),
    ],
)
def test_resolve_object_timeout_default_is_a_limit_for_live_streams_alone(
    seconds: float | None, live: bool, expected: float | None
) -> None:
    assert resolve_object_timeout(seconds, live=live) == expected


@pytest.mark.parametrize("seconds", [0, -1, True, "1", math.nan])
def test_resolve_object_timeout_something_else_is_refused(seconds: Any) -> None:
    with pytest.raises(ArgumentError, match="object_timeout must be a number of seconds above 0"):
        resolve_object_timeout(seconds, live=True)


@pytest.mark.parametrize(("seconds", "thread"), [(None, "MainThread"), (60.0, "framechain-objects")])
def test_chain_caller_all_calls_come_from_one_thread(seconds: float | None, thread: str) -> None:
    noted = Noted()
    chain = Chain([noted])
    with Interrupts() as interrupts:
        caller = ChainCaller(chain, interrupts, seconds=seconds)
        assert caller.has_limit == (seconds is not None)
        with caller.opened(STREAM):
            caller.call_in_time(lambda: chain(make_frame()))
            assert caller.on_key("g")
            assert not caller.on_key("x")
            caller.turn(noted.tunables[0], 5)
    assert noted.level == pytest.approx(0.5)
    assert noted.calls == [(what, thread) for what in ("open", "frame", "key g", "key x", "close")]


def test_chain_caller_late_frame_names_the_object_and_refuses_the_next() -> None:
    noted = Noted()
    noted.free.clear()
    chain = Chain([noted])
    idle: list[int] = []
    with Interrupts() as interrupts:
        caller = ChainCaller(chain, interrupts, seconds=0.3)
        caller.idle = lambda: idle.append(1)
        with caller.opened(STREAM):
            with pytest.raises(LateError, match=r"Noted at frame 4 took longer than 0\.3 s \(object_timeout\)"):
                caller.call_in_time(lambda: chain(make_frame(4)))
            with pytest.raises(LateError, match="has not come back yet"):
                caller.call_in_time(lambda: chain(make_frame(5)))
            assert [what for what, _ in noted.calls] == ["open", "frame"]
            noted.free.set()
    assert idle


def test_chain_caller_error_of_close_does_not_hide_an_earlier_one() -> None:
    class Broken(Noted):
        def close(self) -> None:
            raise RuntimeError("close is broken")

    with Interrupts() as interrupts:
        caller = ChainCaller(Chain([Broken()]), interrupts, seconds=None)
        with pytest.raises(KeyError, match="the earlier one"), caller.opened(STREAM):
            raise KeyError("the earlier one")
        with pytest.raises(ObjectError, match="close is broken"), caller.opened(STREAM):
            pass
