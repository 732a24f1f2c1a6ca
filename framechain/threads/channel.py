"""The one bounded queue between two threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

_DEPTH = 3
# A waiting thread wakes up this often, so that `stop` and signals are seen.
_LOOK_UP_SECONDS = 0.1

Item = TypeVar("Item")


class Channel(Generic[Item]):
    """A short queue between one thread that puts and one that takes; either side can end it.

    What happens when it is full depends on who uses it: `put` waits (files), waits for at most `patience` seconds
    (outputs that may hang), or replaces the waiting item (`newest`: live sources, where a late frame is worthless).

    Attributes:
        dropped: How many items were lost because there was no room or a newer one came.

    Example:
        >>> channel = Channel(newest=True)
        >>> [channel.put(number) for number in (1, 2, 3)]
        [True, True, True]
        >>> channel.finish()
        >>> channel.take(), channel.take(), channel.dropped
        (3, None, 2)
    """

    def __init__(self, depth: int = _DEPTH, *, newest: bool = False, patience: float | None = None) -> None:
        """Make an empty queue.

        Args:
            depth: How many items may wait.
            newest: Whether one item waits and a newer one replaces it.
            patience: Seconds that `put` waits for room; None for no limit. After a wait in vain `put` does not wait
                again until an item was taken.
        """
        self._items: deque[Item] = deque()
        self._depth = 1 if newest else depth
        self._newest = newest
        self._patience = patience
        self._change = threading.Condition()
        self._finished = False
        self._cancelled = False
        self._is_stuck = False
        self._error: BaseException | None = None
        self.dropped = 0

    def put(self, item: Item) -> bool:
        """Hand over an item; wait for room.

        Args:
            item: The item; it must not be changed afterwards.

        Returns:
            False if nobody will take it: the channel has ended, or there was no room in time.
        """
        with self._change:
            if self._finished or self._cancelled:
                return False
            if self._newest and self._items:
                self._items.clear()
                self.dropped += 1
            if not self._has_room():
                self._is_stuck = self._is_stuck or not self._change.wait_for(self._has_room, self._patience)
                if self._is_stuck:
                    self.dropped += 1
                    return False
            if self._finished or self._cancelled:
                return False
            self._items.append(item)
            self._change.notify_all()
            return True

    def _has_room(self) -> bool:
        return len(self._items) < self._depth or self._finished or self._cancelled

    def finish(self, error: BaseException | None = None) -> None:
        """Report that no more items come; those that wait are still taken.

        Args:
            error: Raised at the taker after the last item.
        """
        with self._change:
            self._finished, self._error = True, error
            self._change.notify_all()

    def cancel(self) -> None:
        """Report that no more items are taken: those that wait are dropped, a waiting `put` returns."""
        with self._change:
            self._cancelled = True
            self._items.clear()
            self._change.notify_all()

    def take(self, stop: Callable[[], bool] | None = None, *, wait: bool = True) -> Item | None:
        """Return the next item.

        Args:
            stop: Asked while waiting, about ten times a second, and before an item is returned; True ends the wait.
            wait: Whether to wait for an item.

        Returns:
            The item; None if there are no more, `stop` returned True, or `wait` is False and none is there.

        Raises:
            BaseException: The error that was given to `finish`, after the last item.
        """
        while True:
            if stop is not None and stop():  # Without the lock: it may take long, and call what needs this channel.
                return None
            with self._change:
                if self._items:
                    self._is_stuck = False
                    item = self._items.popleft()
                    self._change.notify_all()
                    return item
                if self.has_ended or not wait:
                    if self._finished and self._error is not None:
                        raise self._error
                    return None
                self._change.wait(None if stop is None else _LOOK_UP_SECONDS)

    @property
    def has_ended(self) -> bool:
        """True once it was finished or cancelled; items may still wait."""
        return self._finished or self._cancelled
