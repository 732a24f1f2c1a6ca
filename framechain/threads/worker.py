"""Calls in a thread of their own, for somebody who does not wait for ever."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, TypeVar

from ..errors import ArgumentError, LateError

Answer = TypeVar("Answer")

_LOOK_UP_SECONDS = 0.1


class Worker:
    """A thread that calls things, in order.

    A call that is late cannot be ended from outside: until it is through, further ones are refused at once.
    """

    def __init__(self, name: str) -> None:
        """Start the thread.

        Args:
            name: The thread's name.
        """
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._late: Future[Any] | None = None
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            future, function = call
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)
            del call, future, function  # No frame is held while waiting for the next.

    @property
    def busy(self) -> bool:
        """Whether a call that was given up is still under way."""
        return self._late is not None and not self._late.done()

    def call(self, what: str, function: Callable[[], Answer], seconds: float | None = None) -> Answer:
        """Call something in the thread and wait for it.

        Args:
            what: What to call it in an error.
            function: What to call.
            seconds: How long to wait; None for as long as it takes.

        Returns:
            What it returns.

        Raises:
            LateError: If it takes longer, or an earlier call is not through.
            Exception: What it raises.
        """
        if self.busy:
            raise LateError(f"{what} has not come back yet from an earlier frame")
        future: Future[Answer] = Future()
        try:
            self._calls.put((future, function))
            while seconds is None and not future.done():
                wait([future], _LOOK_UP_SECONDS)  # Not longer, as Ctrl-C is seen in between.
            return future.result(seconds)
        except BaseException as error:
            if future.done():  # Its own, a TimeoutError among others.
                raise
            # Whoever does not wait any longer, as after a second Ctrl-C, is not to wait for it at the end either.
            self._late = future
            if not isinstance(error, FutureTimeoutError) or error.args or seconds is None:
                raise
            raise LateError(f"{what} took longer than {seconds:g} s (matte_timeout)") from None

    def end(self) -> None:
        """Let the thread end; one that hangs is left to itself."""
        self._calls.put(None)
        if not self.busy:
            self._thread.join()


class TimeLimit:
    """How long a frame may take on a live stream; on a file, which waits for everything, there is none.

    Example:
        >>> limit = TimeLimit(5.0)
        >>> limit.begin(live=True)
        >>> limit.call("the sum", lambda: 1 + 1)
        2
        >>> limit.end()
    """

    def __init__(self, seconds: float | None) -> None:
        """Set it.

        Args:
            seconds: Above 0; None for no limit at all.

        Raises:
            ArgumentError: If it is no such number.
        """
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if seconds is not None and not (number and seconds > 0):
            raise ArgumentError(f"matte_timeout must be a number of seconds above 0, or None, got {seconds!r}")
        self.seconds = seconds
        self._worker: Worker | None = None

    def begin(self, *, live: bool) -> None:
        """A stream begins: from here on calls are made in a thread of their own if it is live."""
        self.end()
        if live and self.seconds is not None:
            self._worker = Worker("framechain-matte")

    @property
    def hangs(self) -> bool:
        """Whether a call that was given up is still under way."""
        return self._worker is not None and self._worker.busy

    def call(self, what: str, function: Callable[[], Answer], *, patiently: bool = False) -> Answer:
        """Call something.

        Args:
            what: What to call it in an error.
            function: What to call.
            patiently: Whether to wait for it however long it takes, as for a model to be loaded.

        Returns:
            What it returns.

        Raises:
            LateError: If it takes too long, or an earlier call is not through.
            Exception: What it raises.
        """
        if self._worker is None:
            return function()
        return self._worker.call(what, function, None if patiently else self.seconds)

    def end(self) -> None:
        """The stream has ended."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()
