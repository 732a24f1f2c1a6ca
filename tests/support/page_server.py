"""aiohttp's server for tests, with handlers as `framechain serve` runs them."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


class PageServer(TestServer):
    """A server whose handlers go on when their visitor has gone; that of aiohttp for tests cancels them."""

    __test__ = False

    async def _make_runner(self, **options: Any) -> web.AppRunner:
        return web.AppRunner(self.app, **{**options, "handler_cancellation": False})
