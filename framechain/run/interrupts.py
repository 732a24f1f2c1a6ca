"""Ctrl-C and `kill` as requests to stop, so that what was made is finished."""

from __future__ import annotations

import contextlib
import contextvars
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

EXIT_CODES = {"SIGINT": 130, "SIGTERM": 143}
"""The exit code of a program that a signal ended: 128 and the signal's number."""

_current: contextvars.ContextVar[Interrupts | None] = contextvars.ContextVar("framechain-interrupts", default=None)
# The one whose signal handlers are set.
_handling: Interrupts | None = None


class Interrupts:
    """Notes SIGINT and SIGTERM instead of ending the process.

    A signal is a request: a run looks for it between frames. Only code inside `breaking` is broken off, by a
    KeyboardInterrupt or, for SIGTERM, a SystemExit; the completion of an output never is.

    An object may run an engine of its own. There, `Interrupts` notes the signals of the run around it, also in the
    thread that a time limit needs, and nothing outside is broken off before the inner output is complete. Outside the
    main thread, where Python handles no signals, it notes nothing else.

    A signal that is ignored stays ignored, as in a background job of a shell. A process that is forked during a run has
    the signal handlers from before the run: it ends at once when it is told to.

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
            global _handling
            _handling = self
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:
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
        if _handling is self:
            self._restore_handlers()

    def _restore_handlers(self) -> None:
        global _handling
        _handling = None
        for number, handler in self._previous.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


if sys.platform != "win32":
    _forking = threading.local()

    def _hold_signals() -> None:
        """Keep signals of a process that is being forked waiting until it has its own handlers."""
        _forking.mask = None
        if _handling is not None:
            _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))

    def _release_signals() -> None:
        if _forking.mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)

    def _forget_run() -> None:
        """Make a forked process one that no run handles signals for: it has none of the run's threads and outputs."""
        _current.set(None)
        if _handling is not None:
            _handling._restore_handlers()
        _release_signals()

    os.register_at_fork(before=_hold_signals, after_in_parent=_release_signals, after_in_child=_forget_run)
