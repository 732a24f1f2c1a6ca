"""The addresses of the page for files: upload, jobs, results."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from aiohttp import web

from ...files.paths import is_image
from ..look import ChainMaker, Look
from ..options import WebOptions
from ..refused import RefusedError
from ..shelf import KeptFile, Shelves
from ..transfer.downloads import give_file, make_disposition
from ..transfer.names import clean_name
from ..transfer.uploads import receive_upload
from ..visitors import VISITOR, Visitor, Visitors
from .archive import stream_zip
from .file_run import FileRun
from .job import Job
from .queue import JobQueue
from .worker import Worker

# How long a visitor who leaves waits for the job at work; an object that hangs is left to its time limit.
_LEAVE_SECONDS = 10.0
_LOOK_SECONDS = 0.05
# Many small files would take the memory that a few large ones must not take.
_MOST_KEPT = 500


class Jobs:
    """The jobs of all visitors. Use it in the thread of the event loop."""

    def __init__(self, options: WebOptions, visitors: Visitors, maker: ChainMaker, shelves: Shelves) -> None:
        """Begin without a job.

        Args:
            options: The limits.
            visitors: Those whose jobs end when they leave.
            maker: Makes the chain of each job.
            shelves: Where files are kept.
        """
        self._options, self._maker, self._shelves = options, maker, shelves
        self._jobs: dict[str, Job] = {}
        self._uploads = 0
        self._queue = JobQueue()
        self._worker = Worker(self._queue)
        visitors.on_leave.append(self._leave)
        visitors.keeps.append(lambda visitor: bool(self._find_all(visitor)))

    def join(self, app: web.Application) -> None:
        """Add the routes; the jobs are done as long as the server runs."""
        app.router.add_post("/api/jobs", self._add)
        app.router.add_get("/api/jobs", self._list)
        app.router.add_get("/api/jobs/{id}", self._get)
        app.router.add_delete("/api/jobs/{id}", self._remove)
        app.router.add_post("/api/jobs/{id}/cancel", self._cancel)
        app.router.add_get("/api/jobs/{id}/original", self._give_original)
        app.router.add_get("/api/jobs/{id}/result", self._give_result)
        app.router.add_get("/api/results.zip", self._give_all)
        app.cleanup_ctx.append(self._work)
        app.on_shutdown.append(self._end_all)

    async def _work(self, app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._worker.work())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _end_all(self, app: web.Application) -> None:
        """End all jobs: the one at work ends while the last answers are sent."""
        for job in list(self._jobs.values()):
            self._end(job)

    # Requests

    async def _add(self, request: web.Request) -> web.Response:
        visitor, look = request[VISITOR], request[VISITOR].look
        if len(self._find_all(visitor)) >= _MOST_KEPT:
            raise RefusedError(429, f"you have {_MOST_KEPT} files here: remove some of them first")
        limit = self._options.max_jobs
        if self._uploads + sum(not job.is_over for job in self._jobs.values()) >= limit:
            raise RefusedError(
                429, f"{limit} files are being processed or wait for it, and the server takes no more: come again later"
            )
        self._uploads += 1
        try:
            original = await self._receive(request, visitor)
        finally:
            self._uploads -= 1
        return web.json_response(self._begin(visitor, look, original).as_json())

    async def _receive(self, request: web.Request, visitor: Visitor) -> KeptFile:
        name = clean_name(request.query.get("name", ""))
        shelf = self._shelves.get(visitor)
        # Without a suffix: its content alone says what it is.
        original = shelf.add(name=name, kind="image" if is_image(name) else "video", suffix="", part="original")
        await receive_upload(request, shelf, original, limit=self._options.max_upload)
        return shelf.find(original.id)  # The visitor may have gone meanwhile.

    def _begin(self, visitor: Visitor, look: Look, original: KeptFile) -> Job:
        run = FileRun(original.path, original.name, look, self._maker)
        job = Job(visitor.id, self._shelves.get(visitor), original, run, original.kind)
        self._jobs[job.id] = job
        original.on_remove = lambda: self._forget(job)
        self._queue.add(job)
        return job

    async def _list(self, request: web.Request) -> web.Response:
        jobs = self._find_all(request[VISITOR])
        return web.json_response({"jobs": [job.as_json() for job in jobs]})

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._find(request).as_json())

    async def _cancel(self, request: web.Request) -> web.Response:
        job = self._find(request)
        self._end(job)
        return web.json_response(job.as_json())

    async def _remove(self, request: web.Request) -> web.Response:
        self._discard(self._find(request))
        return web.json_response({})

    async def _give_original(self, request: web.Request) -> web.StreamResponse:
        job = self._find(request)
        return give_file(request, job.original.path, name=job.original.name, content_type=job.content_type)

    async def _give_result(self, request: web.Request) -> web.StreamResponse:
        job = self._find(request)
        if job.result is None:
            raise RefusedError(409, f"there is no result of {job.original.name}: it is {job.state}")
        return give_file(request, job.result.path, name=job.result.name, content_type=job.result_type)

    async def _give_all(self, request: web.Request) -> web.StreamResponse:
        shelf = self._shelves.get(request[VISITOR])
        files = [file for file in shelf if file.part in ("result", "recording") and file.ends is not None]
        if not files:
            raise RefusedError(404, "there are no results or recordings to download")
        name = f"framechain {time.strftime('%Y-%m-%d %H.%M.%S')}.zip"
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Disposition": make_disposition("attachment", name),
            }
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # The visitor wants no more of it.
            async with contextlib.aclosing(stream_zip(files)) as parts:
                async for part in parts:
                    await response.write(part)
            await response.write_eof()
        return response

    # Jobs

    def _find_all(self, visitor: Visitor) -> list[Job]:
        """Return the jobs of a visitor, the oldest first."""
        return [job for job in self._jobs.values() if job.visitor == visitor.id and not job.is_removed]

    def _find(self, request: web.Request) -> Job:
        """Return the job of a request; that of another visitor is not there."""
        job = self._jobs.get(request.match_info["id"])
        if job is None or job.visitor != request[VISITOR].id or job.is_removed:
            raise RefusedError(404, "there is no such file: it was removed, or its time is over")
        return job

    def _end(self, job: Job) -> None:
        """End a job, unless it is over; one at work ends a moment later."""
        if job.state == "waiting":
            self._queue.remove(job)
            job.state = "cancelled"
            job.shelf.start_expiry(job.original)
        elif job.state == "running":
            job.run.cancel()

    def _discard(self, job: Job) -> None:
        """End a job and remove its files; those of one at work are removed once it has ended."""
        self._end(job)
        job.is_removed = True
        if job.is_over:
            job.shelf.remove(job.original)

    def _forget(self, job: Job) -> None:
        """Remove what a job has beside its original, which was removed."""
        self._jobs.pop(job.id, None)
        self._end(job)
        job.is_removed = True
        if job.result is not None:
            job.shelf.remove(job.result)

    async def _leave(self, visitor: Visitor) -> None:
        """End the jobs of a visitor who leaves; the one at work is waited for."""
        for job in self._find_all(visitor):
            self._discard(job)
        deadline = time.monotonic() + _LEAVE_SECONDS
        while self._is_at_work_for(visitor) and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)

    def _is_at_work_for(self, visitor: Visitor) -> bool:
        return self._worker.current is not None and self._worker.current.visitor == visitor.id
