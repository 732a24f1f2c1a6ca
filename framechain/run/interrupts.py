"""Ctrl-C and `kill` as a wish to stop, so that what was made is finished."""

from __future__ import annotations

import _thread
import contextlib
import functools
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, ParamSpec, TypeVar

EXIT_CODES = {"SIGINT": 130, "SIGTERM": 143}
"""What a shell is told of a program that a signal ended: 128 and its number."""

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Interrupts:
    """Notes SIGINT and SIGTERM instead of dying of them.

    A signal is a wish: whoever works looks for it now and then. Only what says so is broken off, by a
    KeyboardInterrupt or for SIGTERM a SystemExit, and never the finishing of an output. Inside of another one in the
    same thread, it is that one, and what that one says may be broken off waits meanwhile: an object may run an engine
    of its own, whose output is finished too. Outside the main thread, where Python lets nobody handle signals, it
    notes nothing.

    Attributes:
        signal: The name of the first signal that came, such as "SIGINT"; None if none did.
        insisted: Whether more than one came.

    Example:
        >>> with Interrupts() as interrupts:
        ...     signal.raise_signal(signal.SIGINT)
        ...     interrupts.signal
        'SIGINT'
    """

    _outermost: Interrupts | None = None

    def __init__(self) -> None:
        self.signal: str | None = None
        self.insisted = False
        self._breaks_at: int | None = None
        self._came = 0
        self._sections = 0
        self._section = 0
        self._outer: tuple[Interrupts, int | None, int] | None = None
        self._overdue: tuple[int, str] | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is not threading.main_thread():
            return self
        outermost = Interrupts._outermost
        if outermost is not None:
            self._outer = outermost, outermost._breaks_at, outermost._section
            outermost._breaks_at = None
            return outermost
        Interrupts._outermost = self
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._overdue is not None and number == signal.SIGINT:
            (section, message), self._overdue = self._overdue, None
            if section == self.section:
                raise TimeoutError(message)
            return
        self._came += 1
        self.insisted = self._came > 1
        self.signal = self.signal or signal.Signals(number).name
        if self._breaks_at is not None and self._came >= self._breaks_at:
            self._breaks_at = None  # Not once more while the first is on its way up.
            self.break_off()

    def break_off(self) -> None:
        """Raise what ends a program that got this signal; nothing if none came."""
        if self.signal == "SIGTERM":
            raise SystemExit(EXIT_CODES[self.signal])
        if self.signal is not None:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def breaking(self, at: int) -> Iterator[None]:
        """What is done inside is broken off by a signal that comes meanwhile.

        Args:
            at: 1 for the first, where nothing is lost by that; 2 for one that follows another.
        """
        outer = self._breaks_at, self._section
        self._sections += 1
        self._section = self._sections
        self._breaks_at = at
        try:
            yield
        finally:
            self._breaks_at, self._section = outer

    @contextlib.contextmanager
    def opening(self) -> Iterator[None]:
        """What is done inside is broken off by the first signal, also by one that came just before."""
        with self.breaking(1):
            self.break_off()
            yield

    @contextlib.contextmanager
    def leaving(self) -> Iterator[None]:
        """What is done inside is left, without an error, when a second signal comes."""
        try:
            with self.breaking(2):
                yield
        except (KeyboardInterrupt, SystemExit):
            if not self.insisted:  # One of its own.
                raise

    @property
    def section(self) -> int | None:
        """The number of what may be broken off and is under way now; None if nothing is."""
        return None if self._breaks_at is None else self._section

    def break_overdue(self, section: int, message: str) -> None:
        """Break off what takes too long by a TimeoutError in the main thread, unless it ends in this very moment.

        Call it from another thread. What hangs in C without ever asking Python for signals cannot be broken off.

        Args:
            section: Its number, of `section`.
            message: The error's message.
        """
        self._overdue = section, message
        if hasattr(signal, "pthread_kill"):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            _thread.interrupt_main(signal.SIGINT)

    @property
    def active(self) -> bool:
        """Whether signals are noted here."""
        return Interrupts._outermost is self

    def __exit__(self, *exception: object) -> None:
        if self._outer is not None:
            outermost, breaks_at, section = self._outer
            outermost._breaks_at, outermost._section, self._outer = breaks_at, section, None
        if Interrupts._outermost is self:
            for number, handler in self._previous.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)
            Interrupts._outermost = None


def finishing(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Let a function finish what it makes when a signal comes, as a decorator."""

    @functools.wraps(function)
    def shielded(*arguments: Arguments.args, **named: Arguments.kwargs) -> Answer:
        with Interrupts():
            return function(*arguments, **named)

    return shielded
