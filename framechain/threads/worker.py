"""The one mechanism for time limits: calls in a thread of their own, which nobody has to wait for."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..basics.arguments import check_time_limit
from ..errors import LateError
from ..steering import asking_to_stop
from .channel import Channel
from .farewell import awaited_at_exit

Answer = TypeVar("Answer")

# A waiting thread wakes up this often, so that signals are seen and `idle` is called.
_LOOK_UP_SECONDS = 0.1


class _Call(Generic[Answer]):
    """A function, and what came of it."""

    def __init__(self, function: Callable[[], Answer]) -> None:
        self._function = function
        # The function sees the caller's context variables: a nested run finds the run around it.
        self._context = contextvars.copy_context()
        self._answer: Answer
        self.is_abandoned = False
        self._error: BaseException | None = None
        self.done = threading.Event()

    def run(self) -> None:
        try:
            self._answer = self._context.run(self._call)
        except BaseException as error:
            self._error = error
        self.done.set()

    def _call(self) -> Answer:
        with asking_to_stop(lambda: self.is_abandoned):
            return self._function()

    def result(self) -> Answer:
        if self._error is not None:
            raise self._error
        return self._answer


class Worker:
    """A thread that calls functions in order, with a time limit per call.

    A late call cannot be ended from outside. Until it returns, further calls are refused.

    Example:
        >>> worker = Worker("sums", limit_name="timeout")
        >>> worker.call("the sum", lambda: 1 + 1, seconds=5)
        2
        >>> worker.end()
    """

    def __init__(self, name: str, *, limit_name: str) -> None:
        """Start the thread.

        Args:
            name: The thread's name.
            limit_name: The argument that sets the limit, for messages.
        """
        self._limit_name = limit_name
        self._calls: Channel[_Call[Any]] = Channel()
        self._late: _Call[Any] | None = None
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    @awaited_at_exit()
    def _serve(self) -> None:
        while (call := self._calls.take()) is not None:
            call.run()
            del call  # No frame is held while the thread waits for the next call.

    @property
    def is_busy(self) -> bool:
        """True while a late call is still under way."""
        return self._late is not None and not self._late.done.is_set()

    def call(
        self,
        what: str | Callable[[], str],
        function: Callable[[], Answer],
        seconds: float | None = None,
        *,
        idle: Callable[[], object] | None = None,
    ) -> Answer:
        """Call a function in the thread and wait for it.

        Args:
            what: The subject of the error's sentence, or a function that returns it.
            function: The function.
            seconds: The time limit; None for no limit.
            idle: Called about ten times a second while waiting; what it raises ends the wait.

        Returns:
            What the function returns.

        Raises:
            LateError: If the call takes longer, or an earlier call has not returned.
            BaseException: What the function raises.
        """
        if self.is_busy:
            raise LateError(f"{_describe(what)} has not come back yet from an earlier frame")
        call = _Call(function)
        try:
            self._calls.put(call)
            self._wait(call, what, seconds, idle)
        except BaseException:
            if not call.done.is_set():
                self._late, call.is_abandoned = call, True
            raise
        return call.result()

    def _wait(
        self,
        call: _Call[Any],
        what: str | Callable[[], str],
        seconds: float | None,
        idle: Callable[[], object] | None,
    ) -> None:
        deadline = None if seconds is None else time.monotonic() + seconds
        wait = _LOOK_UP_SECONDS if seconds is None else min(_LOOK_UP_SECONDS, seconds)
        while not call.done.wait(wait):
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LateError(f"{_describe(what)} took longer than {seconds:g} s ({self._limit_name})")
                wait = min(_LOOK_UP_SECONDS, left)
            if idle is not None:
                idle()

    def end(self, last: Callable[[], object] | None = None) -> None:
        """End the thread; one that hangs is left alone.

        Args:
            last: Called in the thread at its end, also after a late call that returns one day; nobody sees what it
                raises.
        """
        if last is not None:
            self._calls.put(_Call(last))
        self._calls.finish()
        if not self.is_busy:
            self._thread.join()


def _describe(what: str | Callable[[], str]) -> str:
    return what if isinstance(what, str) else what()


class TimeLimit:
    """How long a matte may take for a frame of a live stream. For a file, which waits, there is no limit.

    Example:
        >>> limit = TimeLimit(5.0)
        >>> limit.begin(live=True)
        >>> limit.call("the sum", lambda: 1 + 1)
        2
        >>> limit.end()
    """

    def __init__(self, seconds: float | None) -> None:
        """Set the limit.

        Args:
            seconds: Above 0; None for no limit.

        Raises:
            ArgumentError: If it is not such a number.
        """
        self.seconds = check_time_limit("matte_timeout", seconds)
        self._worker: Worker | None = None

    def begin(self, *, live: bool) -> None:
        """Begin a stream.

        Args:
            live: Whether it is live: then calls are made in a thread of their own.
        """
        self.end()
        if live and self.seconds is not None:
            self._worker = Worker("framechain-matte", limit_name="matte_timeout")

    @property
    def hangs(self) -> bool:
        """True while a late call is still under way."""
        return self._worker is not None and self._worker.is_busy

    def call(self, what: str, function: Callable[[], Answer], *, patiently: bool = False) -> Answer:
        """Call a function.

        Args:
            what: The subject of the error's sentence.
            function: The function.
            patiently: Whether to wait without a limit, as for a model to be loaded.

        Returns:
            What the function returns.

        Raises:
            LateError: If the call takes longer, or an earlier call has not returned.
            BaseException: What the function raises.
        """
        if self._worker is None:
            return function()
        return self._worker.call(what, function, None if patiently else self.seconds)

    def end(self) -> None:
        """End the stream."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()
