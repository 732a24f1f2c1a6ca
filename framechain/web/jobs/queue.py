"""The jobs that wait, in an order that is fair to all visitors."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from .job import Job


class JobQueue:
    """The jobs that wait: one of each visitor in turn. Use it in the thread of the event loop."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._last_visitor: str | None = None
        self._has_some = asyncio.Event()

    def add(self, job: Job) -> None:
        """Let a job wait behind the visitor's others."""
        self._waiting.setdefault(job.visitor, deque()).append(job)
        self._has_some.set()

    def remove(self, job: Job) -> None:
        """Let a job wait no longer; does nothing if it does not."""
        jobs = self._waiting.get(job.visitor)
        if jobs is not None and job in jobs:
            jobs.remove(job)
            self._forget_empty(job.visitor)

    async def take(self) -> Job:
        """Return the next job, once there is one."""
        while not self._waiting:
            self._has_some.clear()
            await self._has_some.wait()
        visitor = next((other for other in self._waiting if other != self._last_visitor), self._last_visitor)
        assert visitor is not None
        job = self._waiting[visitor].popleft()
        self._waiting.move_to_end(visitor)  # The visitor's next one comes after those of all others.
        self._forget_empty(visitor)
        self._last_visitor = visitor
        return job

    def _forget_empty(self, visitor: str) -> None:
        if not self._waiting[visitor]:
            del self._waiting[visitor]
