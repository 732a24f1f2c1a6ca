"""Ctrl-C and `kill` as requests to stop, so that what was made is finished."""

from __future__ import annotations

import contextlib
import contextvars
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

EXIT_CODES = {"SIGINT": 130, "SIGTERM": 143}
"""The exit code of a program that a signal ended: 128 and the signal's number."""

_current: contextvars.ContextVar[Interrupts | None] = contextvars.ContextVar("framechain-interrupts", default=None)


class Interrupts:
    """Notes SIGINT and SIGTERM instead of ending the process.

    A signal is a request: a run looks for it between frames. Only code inside `breaking` is broken off, by a
    KeyboardInterrupt or, for SIGTERM, a SystemExit; the completion of an output never is.

    An object may run an engine of its own. There, `Interrupts` notes the signals of the run around it, also in the
    thread that a time limit needs, and nothing outside is broken off before the inner output is complete. Outside the
    main thread, where Python handles no signals, it notes nothing else.

    Example:
        >>> with Interrupts() as interrupts:
        ...     signal.raise_signal(signal.SIGINT)
        ...     interrupts.signal
        'SIGINT'
    """

    def __init__(self) -> None:
        self._signal: str | None = None
        self._count = 0
        self._breaks_at: int | None = None
        self._outer: Interrupts | None = None
        self._outer_breaks_at: int | None = None
        self._handles_signals = False
        self._previous: dict[int, Any] = {}
        self._token: contextvars.Token[Interrupts | None] | None = None

    def __enter__(self) -> Interrupts:
        in_main_thread = threading.current_thread() is threading.main_thread()
        outer = _current.get()
        self._token = _current.set(self)
        if outer is not None:
            self._outer = outer
            if in_main_thread:  # The outer code is not broken off while this run completes its output.
                self._outer_breaks_at, outer._root._breaks_at = outer._root._breaks_at, None
        elif in_main_thread:
            self._handles_signals = True
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._note)
        return self

    @property
    def _root(self) -> Interrupts:
        """The outermost one, which handles the signals."""
        return self if self._outer is None else self._outer._root

    @property
    def signal(self) -> str | None:
        """The name of the first signal that came, such as "SIGINT"; None if none did."""
        return self._root._signal

    @property
    def insisted(self) -> bool:
        """True if more than one signal came."""
        return self._root._count > 1

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        self._signal = self._signal or signal.Signals(number).name
        if self._breaks_at is not None and self._count >= self._breaks_at:
            self._breaks_at = None  # A further signal must not raise while the exception of this one unwinds.
            self.break_off()

    def break_off(self) -> None:
        """Raise the exception that belongs to the signal that came; does nothing if none came."""
        if self.signal == "SIGTERM":
            raise SystemExit(EXIT_CODES[self.signal])
        if self.signal is not None:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def breaking(self, at: int) -> Iterator[None]:
        """Make a context in which a signal breaks off the code.

        Args:
            at: 1 for the first signal, where nothing is lost by that; 2 for one that follows another.
        """
        if threading.current_thread() is not threading.main_thread():
            yield  # Signals break off code in the main thread alone.
            return
        root = self._root
        before, root._breaks_at = root._breaks_at, at
        try:
            yield
        finally:
            root._breaks_at = before

    @contextlib.contextmanager
    def opening(self) -> Iterator[None]:
        """Make a context that the first signal breaks off, also one that came before."""
        with self.breaking(1):
            self.break_off()
            yield

    @contextlib.contextmanager
    def leaving(self) -> Iterator[None]:
        """Make a context that a second signal leaves, without an exception."""
        try:
            with self.breaking(2):
                yield
        except (KeyboardInterrupt, SystemExit):
            if not self.insisted:  # An object raised it itself.
                raise

    def __exit__(self, *exception: object) -> None:
        if self._token is not None:
            _current.reset(self._token)
        if self._outer is not None and threading.current_thread() is threading.main_thread():
            self._outer._root._breaks_at = self._outer_breaks_at
        if self._handles_signals:
            for number, handler in self._previous.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)
