"""A bounded queue between two threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_DEPTH = 3
# How often a waiting thread looks up, so that a signal is seen.
_LOOK_UP_SECONDS = 0.1

Item = TypeVar("Item")


class Channel(Generic[Item]):
    """A short queue between two threads that either side can end.

    With `newest=True` it holds one item and a put replaces it: for live sources, where late is worthless.
    """

    def __init__(self, depth: int = _DEPTH, *, newest: bool = False) -> None:
        self._items: deque[Item] = deque()
        self._depth = 1 if newest else depth
        self._newest = newest
        self._change = threading.Condition()
        self._finished = False
        self._cancelled = False
        self._error: BaseException | None = None
        self.dropped = 0

    def put(self, item: Item) -> bool:
        """Hand over an item, waiting for room; False if nobody will take it any more."""
        with self._change:
            if self._newest and self._items and not self._cancelled:
                self._items.clear()
                self.dropped += 1
            while len(self._items) >= self._depth and not self._cancelled:
                self._change.wait()
            if self._cancelled:
                return False
            self._items.append(item)
            self._change.notify_all()
            return True

    def finish(self, error: BaseException | None = None) -> None:
        """Say that no more comes; the error, if any, is raised at the taker after the last item."""
        with self._change:
            self._finished, self._error = True, error
            self._change.notify_all()

    def cancel(self) -> None:
        """Say that no more is taken: what waits is dropped and waiting putters are let go."""
        with self._change:
            self._cancelled = True
            self._items.clear()
            self._change.notify_all()

    def take(self, stop: Callable[[], bool]) -> Item | None:
        """The next item, waiting for it; None when there are no more or `stop()` says so."""
        with self._change:
            while not self._items and not self._finished and not self._cancelled:
                if stop():
                    return None
                self._change.wait(_LOOK_UP_SECONDS)
            if self._items and not stop():
                item = self._items.popleft()
                self._change.notify_all()
                return item
            if self._error is not None and not stop():
                raise self._error
            return None
