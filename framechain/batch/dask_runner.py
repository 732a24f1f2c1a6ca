"""Calls a function for many items by the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any

from ..errors import FramechainError
from ..threads.cores import share_cores
from .messages import Listener, listening
from .runners import LOOK_UP_SECONDS, Answer, Item, never

# Small items are sent together until they take about this long: sending takes some milliseconds.
_SECONDS_AT_ONCE = 0.5
_MOST_AT_ONCE = 64
_SECONDS_BETWEEN_COUNTS = 2.0
# A cluster whose workers are being replaced has none for a while.
_SECONDS_WITHOUT_WORKERS = 120.0


class DaskRunner:
    """Calls a function for many items by the workers of a Dask cluster.

    A worker that dies costs nothing: Dask gives what it did to another one. After several deaths, items that were sent
    together are sent one by one, and one that was alone gets an error.

    Attributes:
        places: How many calls go on at once: the threads of all workers.
    """

    def __init__(self, client: Any) -> None:
        """Take a client, which stays open.

        Args:
            client: A `distributed.Client`.
        """
        self._client = client
        self._address = client.scheduler.address

    @property
    def places(self) -> int:
        """The threads of all workers."""
        return max(1, sum(self._count_threads().values()))

    def _count_threads(self) -> Mapping[str, int]:
        """Return how many threads the workers of each host have."""
        threads: dict[str, int] = {}
        for worker in self._client.scheduler_info(n_workers=-1).get("workers", {}).values():
            threads[worker["host"]] = threads.get(worker["host"], 0) + worker["nthreads"]
        return threads

    def map(
        self,
        function: Callable[[Item], Answer],
        items: Iterable[Item],
        *,
        must_stop: Callable[[], bool] = never,
        must_break_off: Callable[[], bool] = never,
        is_small: Callable[[Item], bool] = never,
    ) -> Iterator[tuple[Item, Answer | Exception]]:
        """Call a function for each item; see `Runner.map`.

        Raises:
            FramechainError: If the cluster is lost.
        """
        waiting = _Waiting(items, is_small)
        running: dict[Any, Sequence[Item]] = {}
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            threads, counted = self._count_threads(), time.monotonic()
            peopled = counted
            while True:
                if time.monotonic() - counted > _SECONDS_BETWEEN_COUNTS:  # Workers come and go.
                    threads, counted = self._count_threads(), time.monotonic()
                    peopled = counted if threads else peopled
                    if counted - peopled > _SECONDS_WITHOUT_WORKERS:
                        raise self._make_lost_error("has no worker any more")
                # No more than can be done at once: what waits at a worker that dies would be blamed for it, too.
                while len(running) < max(1, sum(threads.values())) and not must_stop():
                    group = waiting.take(max(1, sum(threads.values())))
                    if not group:
                        break
                    future = self._client.submit(_call_each, function, group, threads, pure=False)
                    running[future] = group
                    future.add_done_callback(done.put)
                if not running or must_break_off():
                    return
                ended = _take_all(done)
                # One question for all: each takes as long as the way to the workers and back.
                finished = [future for future in ended if future.status == "finished"]
                found = dict(zip(finished, self._client.gather(finished), strict=True)) if finished else {}
                for future in ended:
                    yield from self._collect(future, running.pop(future), waiting, found)
        except (OSError, CancelledError) as error:  # Of the connection: what an item raises is its answer.
            raise self._make_lost_error("was lost") from error
        finally:
            with contextlib.suppress(Exception):  # The cluster may be gone.
                self._client.cancel(list(running))

    def _collect(
        self, future: Any, group: Sequence[Item], waiting: _Waiting[Item], found: Mapping[Any, Any]
    ) -> Iterator[tuple[Item, Answer | Exception]]:
        if future in found:
            seconds, answers = found[future]
            waiting.learn(group, seconds)
            yield from zip(group, answers, strict=True)
            return
        if future.status != "error":
            raise self._make_lost_error("was lost")
        error = future.exception()
        if type(error).__name__ == "KilledWorker":
            if len(group) > 1:
                waiting.put_back(group)
                return
            error = WorkerDiedError()
        for item in group:
            yield item, error if isinstance(error, Exception) else FramechainError(f"the worker raised {error!r}")

    def _make_lost_error(self, what: str) -> FramechainError:
        return FramechainError(
            f"the cluster {self._address} {what}: start it again; the same command goes on where this one stopped"
        )

    @contextlib.contextmanager
    def hear(self, topic: str, listener: Listener) -> Iterator[None]:
        """Make a context in which what the workers `tell` to a topic is handed to a function."""
        with listening(topic, listener):  # Workers may be threads of this process.
            self._client.subscribe_topic(topic, lambda event: listener(event[1]))
            try:
                yield
            finally:
                with contextlib.suppress(Exception):  # The cluster may be gone.
                    self._client.unsubscribe_topic(topic)


class WorkerDiedError(FramechainError):
    """Each worker that tried died."""

    def __init__(self) -> None:
        """Make the sentence."""
        super().__init__(
            "every worker that tried it died at it: it has run out of memory, or a library crashes at this file"
        )


class _Waiting(Iterable[Item]):
    """The items that are not sent yet, and how many are sent at once."""

    def __init__(self, items: Iterable[Item], is_small: Callable[[Item], bool]) -> None:
        self._items = deque(items)
        self._is_small = is_small
        self._alone: deque[Item] = deque()
        self._at_once = 1

    def __iter__(self) -> Iterator[Item]:
        return iter((*self._alone, *self._items))

    def take(self, places: int) -> list[Item]:
        """Return the next items to send together; none if there are none."""
        if self._alone:
            return [self._alone.popleft()]
        # At the end each place gets its share.
        count = max(1, min(self._at_once, len(self._items) // (2 * places)))
        taken: list[Item] = []
        while self._items and len(taken) < count:
            if taken and not self._is_small(self._items[0]):
                break
            taken.append(self._items.popleft())
            if not self._is_small(taken[-1]):
                break
        return taken

    def learn(self, group: Sequence[Item], seconds: float) -> None:
        """Take note of how long items took."""
        if group and self._is_small(group[0]):
            wanted = int(_SECONDS_AT_ONCE * len(group) / max(seconds, 1e-6))
            self._at_once = max(1, min(wanted, _MOST_AT_ONCE, 4 * self._at_once))

    def put_back(self, group: Sequence[Item]) -> None:
        """Send items again, each alone."""
        self._alone.extend(group)


def _take_all(done: queue.SimpleQueue[Any]) -> list[Any]:
    """Return what has ended; none if nothing does for a moment."""
    taken = []
    with contextlib.suppress(queue.Empty):
        taken.append(done.get(timeout=LOOK_UP_SECONDS))
        while True:
            taken.append(done.get_nowait())
    return taken


def _call_each(
    function: Callable[[Item], Answer], items: Sequence[Item], threads: Mapping[str, int]
) -> tuple[float, list[Answer | Exception]]:
    """Call a function for each item, on a worker.

    Returns:
        How many seconds it took, and what each call returned or raised.
    """
    from distributed import get_worker

    started = time.monotonic()
    worker = get_worker()
    host = worker.address.split("://")[-1].rsplit(":", 1)[0]
    answers: list[Answer | Exception] = []
    with share_cores(threads.get(host, worker.state.nthreads)):
        for item in items:
            try:
                answers.append(function(item))
            except Exception as error:
                answers.append(error)
    return time.monotonic() - started, answers
