"""A time limit for objects that are called in the caller's own thread."""

from __future__ import annotations

import math
import threading
import time

from ..errors import ArgumentError
from .interrupts import Interrupts

LIVE_SECONDS = 10.0
"""How long an object may take for a frame of a live stream, if nothing else is said."""

_LOOKS_PER_LIMIT = 10
_LONGEST_LOOK = 0.5


def object_timeout_of(seconds: float | None, *, live: bool) -> float | None:
    """What a time limit means for a stream.

    Args:
        seconds: As in `Engine`: above 0; None for the usual one.
        live: Whether the stream is live.

    Returns:
        Seconds, or None for no limit.

    Raises:
        ArgumentError: If it is no number above 0.

    Example:
        >>> [object_timeout_of(seconds, live=True) for seconds in (None, 2, math.inf)]
        [10.0, 2.0, None]
    """
    if seconds is None:
        return LIVE_SECONDS if live else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise ArgumentError(f"object_timeout must be a number of seconds above 0, or None, got {seconds!r}")
    return None if math.isinf(seconds) else float(seconds)


class Watchdog:
    """Breaks off what `Interrupts.breaking` surrounds when it takes too long: a TimeoutError is raised in it.

    Unlike a call in another thread it needs no other thread's trust: objects stay in the thread they were made in,
    and one that was broken off is at work no longer. It is of use in the main thread alone, where Python handles
    signals; in others it does nothing.

    Example:
        >>> with Interrupts() as interrupts, Watchdog(interrupts, 0.1):
        ...     with interrupts.breaking(2):
        ...         time.sleep(60)
        Traceback (most recent call last):
        TimeoutError: it took longer than 0.1 s (object_timeout)
    """

    def __init__(self, interrupts: Interrupts, seconds: float | None) -> None:
        """Set the limit.

        Args:
            interrupts: Whose sections are watched.
            seconds: How long each may take; None for no limit.
        """
        self._interrupts = interrupts
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def _watch(self) -> None:
        assert self._seconds is not None
        section, began = None, 0.0
        while not self._ended.wait(min(self._seconds / _LOOKS_PER_LIMIT, _LONGEST_LOOK)):
            now = time.monotonic()
            if self._interrupts.section != section:
                section, began = self._interrupts.section, now
            elif section is not None and now - began >= self._seconds:
                began = now  # An object may swallow what it is told.
                self._interrupts.break_overdue(section, f"it took longer than {self._seconds:g} s (object_timeout)")

    def __enter__(self) -> Watchdog:
        if self._seconds is not None and self._interrupts.active:
            self._thread = threading.Thread(target=self._watch, name="framechain-watchdog", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
