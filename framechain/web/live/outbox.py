"""From the thread of a run to the event loop: the newest picture alone."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Outbox(Generic[Item]):
    """A place for one item; a newer one replaces it. Make and empty it in the event loop.

    Attributes:
        replaced: How many items were lost because a newer one came.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._loop = asyncio.get_running_loop()
        self._guard = threading.Lock()
        self._item: Item | None = None
        self._is_there = asyncio.Event()
        self._is_closed = False
        self.replaced = 0

    def put(self, item: Item) -> None:
        """Hand over an item, from any thread."""
        with self._guard:
            was_empty, self._item = self._item is None, item
            self.replaced += not was_empty
        if was_empty:
            call_in_loop(self._loop, self._is_there.set)

    async def take(self) -> Item | None:
        """Wait for the newest item; None once the outbox is closed."""
        while not self._is_closed:
            await self._is_there.wait()
            self._is_there.clear()
            with self._guard:
                item, self._item = self._item, None
            if item is not None and not self._is_closed:
                return item
        return None

    def close(self) -> None:
        """End the waiting, in the event loop."""
        self._is_closed = True
        self._is_there.set()


def call_in_loop(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: object) -> None:
    """Call a function in an event loop, from another thread; does nothing once the loop has ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *arguments)


@dataclass(slots=True)
class Meter:
    """What was sent within the last second. Use it in the event loop.

    Attributes:
        frames: How many pictures were sent in all.
    """

    frames: int = 0
    _count: int = 0
    _seconds: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def add(self, moment: float) -> None:
        """Note that a picture was sent.

        Args:
            moment: When its image came, by `time.monotonic`.
        """
        self.frames += 1
        self._count += 1
        self._seconds += time.monotonic() - moment

    def take(self) -> tuple[float, float | None]:
        """Return pictures per second, and the mean milliseconds from coming to sending, since the last call."""
        now = time.monotonic()
        passed, self._since = now - self._since, now
        count, seconds, self._count, self._seconds = self._count, self._seconds, 0, 0.0
        rate = count / passed if passed > 0 else 0.0
        return rate, 1000 * seconds / count if count else None
