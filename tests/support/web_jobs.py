"""The page's jobs for tests: a client that uploads, waits and downloads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from framechain.web.answers import add_headers, answer_errors
from framechain.web.guard import Guard
from framechain.web.jobs.part import Jobs
from framechain.web.look import ChainMaker
from framechain.web.options import WebOptions
from framechain.web.shelf import Shelves
from framechain.web.visitors import Visitor, Visitors
from support.page_client import find_origin
from support.page_server import PageServer
from support.patience import PATIENCE
from support.web_maker import Maker


class Browser:
    """One visitor."""

    def __init__(self, session: ClientSession) -> None:
        self.client = session

    async def upload(self, content: Any, name: str, **more: Any) -> dict[str, Any]:
        """Upload a file, or the file at a path; the answer is the job or the refusal, with its "status"."""
        data = content.read_bytes() if isinstance(content, Path) else content
        async with self.client.post("/api/jobs", params={"name": name}, data=data, **more) as response:
            return {**await response.json(), "status": response.status}

    async def ask(self, path: str, method: str = "GET", **more: Any) -> tuple[int, Any]:
        async with self.client.request(method, path, **more) as response:
            return response.status, await response.json()

    async def look_at(self, job: dict[str, Any]) -> dict[str, Any]:
        status, found = await self.ask(f"/api/jobs/{job['id']}")
        assert status == 200
        return dict(found)

    async def wait_for(self, job: dict[str, Any], *states: str) -> dict[str, Any]:
        """Wait until a job has a state: one of the final ones if none is given."""
        deadline = time.monotonic() + PATIENCE
        while (found := await self.look_at(job))["state"] not in (states or ("done", "failed", "cancelled")):
            assert time.monotonic() < deadline, f"waited in vain for {states}: {found}"
            await asyncio.sleep(0.01)
        return found

    async def process(self, content: Any, name: str) -> dict[str, Any]:
        """Upload a file and wait for the end of its job."""
        return await self.wait_for(await self.upload(content, name))

    async def download(self, path: str, **headers: str) -> tuple[Any, bytes]:
        """Return the answer, whose status and headers can be read, and its content."""
        async with self.client.get(path, headers=headers) as response:
            return response, await response.read()


class Served:
    """A server of jobs alone, guarded as the whole one.

    Attributes:
        seconds: What its clock says; None for the true time.
    """

    def __init__(self, options: WebOptions, maker: ChainMaker) -> None:
        self.seconds: float | None = None
        self.visitors = Visitors()
        self.shelves = Shelves(options, clock=lambda: time.monotonic() if self.seconds is None else self.seconds)
        app = web.Application(middlewares=[answer_errors])
        app.on_response_prepare.append(add_headers)
        Guard(options, self.visitors).join(app)
        Jobs(options, self.visitors, maker, self.shelves).join(app)
        self.visitors.on_leave.append(self.shelves.drop)
        app.on_cleanup.append(self._end)
        self.server = PageServer(app)

    async def _end(self, app: web.Application) -> None:
        await self.visitors.close()

    @property
    def only_visitor(self) -> Visitor:
        (visitor,) = self.visitors
        return visitor

    def list_files(self) -> list[Path]:
        """Return all files of all visitors."""
        return [path for path in self.visitors.folder.rglob("*") if path.is_file()]


@contextlib.asynccontextmanager
async def serving_jobs(options: WebOptions | None = None, maker: ChainMaker | None = None) -> AsyncIterator[Served]:
    """Serve jobs; each browser is a visitor."""
    served = Served(options or WebOptions(), maker or Maker())
    await served.server.start_server()
    try:
        yield served
    finally:
        await served.server.close()


@contextlib.asynccontextmanager
async def browsing_server(server: TestServer) -> AsyncIterator[Browser]:
    """Open a browser of its own."""
    origin = find_origin(server)
    async with ClientSession(origin, cookie_jar=CookieJar(unsafe=True), headers={"Origin": origin}) as session:
        browser = Browser(session)
        assert (await browser.ask("/api/jobs"))[0] == 200  # It gets its cookie.
        yield browser


@contextlib.asynccontextmanager
async def browsing(served: Served) -> AsyncIterator[Browser]:
    """Open a browser of its own on a server of jobs."""
    async with browsing_server(served.server) as browser:
        yield browser


def visit(
    use: Callable[[Browser, Served], Awaitable[object]],
    options: WebOptions | None = None,
    maker: ChainMaker | None = None,
) -> None:
    """Serve jobs and use them with one browser."""

    async def main() -> None:
        async with serving_jobs(options, maker) as served, browsing(served) as browser:
            await use(browser, served)

    asyncio.run(asyncio.wait_for(main(), PATIENCE))
