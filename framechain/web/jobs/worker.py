"""Does the jobs of all visitors, one at a time: a run uses all cores."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import TypeVar

from ...engine.coroutine import run_in_thread
from ...threads.priority import lower_priority
from ..refused import RefusedError
from ..shelf import KeptFile, measure
from .file_run import FileFailedError
from .job import Job
from .queue import JobQueue

_log = logging.getLogger(__name__)

# How often it is looked how large a result has become.
_LOOK_SECONDS = 0.25

Answer = TypeVar("Answer")


class Worker:
    """Does jobs, one at a time. Use it in the thread of the event loop.

    Attributes:
        current: The job at work; None if there is none.
    """

    def __init__(self, queue: JobQueue) -> None:
        """Begin without a job."""
        self._queue = queue
        self.current: Job | None = None

    async def work(self) -> None:
        """Do one job after another, until the task is cancelled."""
        while True:
            job = self.current = await self._queue.take()
            try:
                await self._do(job)
            except Exception:  # A mistake here must not leave the others waiting.
                _log.exception("a job failed")
                job.state, job.message = "failed", f"{job.original.name} could not be processed"
            finally:
                self.current = None

    async def _do(self, job: Job) -> None:
        job.state = "running"
        result: KeptFile | None = None
        try:
            opened = await self._call(job, job.run.open)
            job.kind, job.content_type = opened.kind, opened.content_type
            job.original.kind = opened.kind
            if not job.run.is_cancelled:
                result = job.shelf.add(
                    name=opened.result_name,
                    kind=opened.kind,
                    suffix=os.path.splitext(opened.result_name)[1].lower(),
                    part="result",
                )
                await self._make(job, result)
        except (FileFailedError, RefusedError) as error:
            job.message = str(error)
        except Exception:
            _log.exception("a job failed")
            job.message = f"{job.original.name} could not be processed: the log of the server says why"
        except asyncio.CancelledError:
            job.run.cancel()
            raise
        finally:
            self._end(job, result)
            job.run.close()

    async def _make(self, job: Job, result: KeptFile) -> None:
        """Make the result, as long as there is room for it."""
        making = asyncio.ensure_future(self._call(job, lambda: job.run.run(result.path, result.name)))
        too_large: RefusedError | None = None
        try:
            while not making.done():
                await asyncio.wait([making], timeout=_LOOK_SECONDS)
                try:
                    job.shelf.resize(result, measure(result.path))
                except RefusedError as error:
                    too_large = error
                    job.run.cancel()
        except asyncio.CancelledError:
            making.cancel()
            await asyncio.wait([making])
            raise
        made = making.result()
        if too_large is not None:
            raise too_large
        if made is not None:
            job.result, job.result_type = result, made.content_type
            job.frames, job.warnings = made.frames, made.warnings

    async def _call(self, job: Job, step: Callable[[], Answer]) -> Answer:
        def call() -> Answer:
            lower_priority()  # Live views go first: a job has time.
            return step()

        return await run_in_thread(call, job.run.cancel)

    def _end(self, job: Job, result: KeptFile | None) -> None:
        """Set the final state; what is not kept is removed."""
        progress = job.run.progress()
        if job.result is not None and not job.is_removed:
            job.state = "done"
            job.shelf.start_expiry(job.result)
        else:
            job.state = "failed" if job.message else "cancelled"
            job.frames = 0 if progress is None else progress.frames
            if result is not None:
                job.result = None
                job.shelf.remove(result)
        if job.is_removed:
            job.shelf.remove(job.original)
        else:
            job.shelf.start_expiry(job.original)
