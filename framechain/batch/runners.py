"""Calls a function for many items: here, one after the other, or by the workers of a Dask cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from .messages import Listener, listening

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# The main thread wakes up this often, so that signals are seen.
LOOK_UP_SECONDS = 0.1
# So long a call has to remove what it has begun.
_SECONDS_TO_BREAK_OFF = 1.0


class Runner(Protocol):
    """Calls a function for many items."""

    @property
    def places(self) -> int:
        """How many calls go on at once."""
        ...

    def map(
        self,
        function: Callable[[Item], Answer],
        items: Iterable[Item],
        *,
        must_stop: Callable[[], bool] = ...,
        must_break_off: Callable[[], bool] = ...,
        is_small: Callable[[Item], bool] = ...,
    ) -> Iterator[tuple[Item, Answer | Exception]]:
        """Call a function for each item.

        Args:
            function: The function; of other processes only what it returns comes back.
            items: What it is called with, in this order.
            must_stop: Looked at between items: whether no further call is begun. Those at work are waited for.
            must_break_off: Looked at while calls go on: whether they are left alone.
            is_small: Whether an item takes so little time that several are best sent at once.

        Yields:
            Each item with what the function returned or raised, in the order in which the calls end.
        """
        ...

    def hear(self, topic: str, listener: Listener) -> Any:
        """Make a context in which what calls `tell` to a topic is handed to a function, in any thread."""
        ...


def never(*_: object) -> bool:
    """Return False."""
    return False


class LocalRunner:
    """Calls a function in this process, one item after the other.

    Each call is made in a thread of its own, while the main thread waits for signals.

    Example:
        >>> runner = LocalRunner()
        >>> list(runner.map(lambda number: 6 // number, [3, 0]))
        [(3, 2), (0, ZeroDivisionError('integer division or modulo by zero'))]
    """

    places = 1

    def map(
        self,
        function: Callable[[Item], Answer],
        items: Iterable[Item],
        *,
        must_stop: Callable[[], bool] = never,
        must_break_off: Callable[[], bool] = never,
        is_small: Callable[[Item], bool] = never,
    ) -> Iterator[tuple[Item, Answer | Exception]]:
        """Call a function for each item; see `Runner.map`."""
        for item in items:
            if must_stop():
                return
            call = _Call(function, item)
            while not call.wait(LOOK_UP_SECONDS):
                if must_break_off():
                    if not call.wait(_SECONDS_TO_BREAK_OFF):
                        return
                    break
            yield item, call.get()

    def hear(self, topic: str, listener: Listener) -> Any:
        """Make a context in which messages to a topic are handed to a function."""
        return listening(topic, listener)


class _Call(Generic[Answer]):
    """A call in a thread of its own."""

    def __init__(self, function: Callable[[Item], Answer], item: Item) -> None:
        self._outcome: list[Answer | BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(function, item), name="framechain-batch", daemon=True)
        self._thread.start()

    def _run(self, function: Callable[[Item], Answer], item: Item) -> None:
        try:
            self._outcome.append(function(item))
        except BaseException as error:
            self._outcome.append(error)

    def wait(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def get(self) -> Answer | Exception:
        outcome = self._outcome[0]
        if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
            raise outcome
        return outcome
