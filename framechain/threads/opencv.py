"""How many threads OpenCV uses during runs: the number holds for the whole process."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

import cv2

from .cores import count_cores, get_thread_limit

_running = 0
_guest_calls = 0
_usual_threads = 0
_few_threads = 0
_guest_threads = 0
_last_set = 0
_guard = threading.Lock()
_is_forked = False


@contextlib.contextmanager
def limit_opencv_threads() -> Iterator[None]:
    """Make a context in which OpenCV uses fewer threads: decoder, encoder and chain already keep two cores busy.

    Of several runs at once the last one restores the number.
    """
    global _running, _usual_threads, _few_threads, _guest_threads
    with _guard:
        if not _running:
            _usual_threads = cv2.getNumThreads()
            _few_threads = min(_usual_threads, max(1, count_cores() - 2))
            _guest_threads = min(_usual_threads, get_thread_limit() or _usual_threads)
            _set_threads(_guest_threads if _guest_calls else _few_threads)
        _running += 1
    try:
        yield
    finally:
        with _guard:
            _running -= 1
            if not _running:
                _set_threads(_usual_threads)


class GuestCall:
    """A context with OpenCV's usual number of threads, for an object of the user's inside a run.

    An object that is slow with one thread leaves the other stages without work: a Gaussian blur of 101 pixels takes
    0.7 of the time (benchmarks/threads.py).
    """

    __slots__ = ()

    def __enter__(self) -> None:
        global _guest_calls
        with _guard:
            _guest_calls += 1
            if _guest_calls == 1:
                _change_threads(_guest_threads)

    def __exit__(self, *exception: object) -> None:
        global _guest_calls
        with _guard:
            _guest_calls -= 1
            if not _guest_calls:
                _change_threads(_few_threads)


def _change_threads(count: int) -> None:
    """Set the number during a run, unless the program has set another one meanwhile: that is kept.

    A forked process keeps its own number, too.
    """
    if _running and not _is_forked and count != _last_set and cv2.getNumThreads() == _last_set:
        _set_threads(count)


def _set_threads(count: int) -> None:
    """Set the number of threads, in a forked process without waiting for threads that it does not have.

    OpenCV's pool remembers the parent's threads. A smaller number than before makes it wait for their end, for ever;
    0 keeps it away from the pool.
    """
    global _last_set
    _last_set = count
    if not _is_forked:
        cv2.setNumThreads(count)
    elif _usual_threads > 1:
        cv2.setNumThreads(count if count == _usual_threads else 0)


def _enter_forked_process() -> None:
    global _guard, _is_forked
    _is_forked = True
    _guard = threading.Lock()  # Another thread, which is not in this process, may have held it.
    if _running:
        _set_threads(0)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_enter_forked_process)
