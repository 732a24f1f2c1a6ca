"""Threads that nobody waits for: at the end of the interpreter they get some seconds to leave native code.

Python ends a daemon thread when it comes back from native code into an interpreter that has ended. C++ code, such as
OpenCV's and MediaPipe's, does not bear that: the process aborts, whatever its exit code was.
"""

from __future__ import annotations

import atexit
import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FAREWELL_SECONDS = 5.0
"""How long the end of the interpreter waits for such threads."""

_LOOK_UP_SECONDS = 0.02


@dataclass(slots=True, eq=False)
class _Stay:
    """What a thread does that must not be cut off at a random moment."""

    thread: threading.Thread
    stop: Callable[[], object] | None
    seconds: float

    def wait(self, deadline: float) -> None:
        """Wait until it is over; one that nobody stops may also wait for a lock for ever, which does no harm."""
        looks_at_lock = 0
        while self in _stays and self.thread.is_alive() and looks_at_lock < 2 and time.monotonic() < deadline:
            self.thread.join(_LOOK_UP_SECONDS)
            looks_at_lock = looks_at_lock + 1 if self.stop is None and _waits_for_lock(self.thread) else 0


_stays: dict[_Stay, None] = {}


@contextlib.contextmanager
def awaited_at_exit(stop: Callable[[], object] | None = None, *, seconds: float = FAREWELL_SECONDS) -> Iterator[None]:
    """Make a context that the end of the interpreter waits for, if a daemon thread is in it.

    Args:
        stop: Called in the main thread at the end, to make the thread leave the context.
        seconds: How long the end waits at most.
    """
    stay = _Stay(threading.current_thread(), stop, seconds)
    _stays[stay] = None
    try:
        yield
    finally:
        del _stays[stay]


@atexit.register
def _await_threads() -> None:
    """Wait for them; Ctrl-C ends the wait."""
    began = time.monotonic()
    here = threading.current_thread()
    stays = [stay for stay in list(_stays) if stay.thread is not here and stay.thread.is_alive()]
    for stay in stays:
        if stay.stop is not None:
            stay.stop()
    for stay in stays:
        stay.wait(began + stay.seconds)


def _waits_for_lock(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code.co_filename == threading.__file__
