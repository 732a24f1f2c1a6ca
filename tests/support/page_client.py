"""A client of the page's server, in the test's own process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from framechain.cli.builders import make_frame_rate, make_replacement
from framechain.cli.page.look_maker import LookMaker
from framechain.cli.page.serving import build_serve_parser, make_web_options
from framechain.web.app import make_app
from framechain.web.look import ChainMaker
from framechain.web.options import WebOptions
from support.page_server import PageServer

Client = TestClient[Any, Any]


def make_maker(*words: str) -> LookMaker:
    """Return what makes the chain of `framechain serve WORDS`."""
    options = build_serve_parser("framechain serve").parse_args(words)
    return LookMaker(options, [make_replacement, make_frame_rate], "framechain")


def make_options(*words: str) -> WebOptions:
    """Return the options of `framechain serve WORDS`."""
    return make_web_options(build_serve_parser("framechain serve").parse_args(words))


@contextlib.asynccontextmanager
async def serving_page(options: WebOptions | None = None, maker: ChainMaker | None = None) -> AsyncIterator[TestServer]:
    """Serve the page at a free port."""
    server = PageServer(make_app(options or WebOptions(), maker or make_maker()))
    await server.start_server()
    try:
        yield server
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def visiting_server(server: TestServer) -> AsyncIterator[Client]:
    """A visitor of a server: it keeps its cookies, and its requests have the right Origin."""
    async with TestClient(server, headers={"Origin": find_origin(server)}) as client:
        yield client


@contextlib.asynccontextmanager
async def visiting(options: WebOptions | None = None, maker: ChainMaker | None = None) -> AsyncIterator[Client]:
    """The only visitor of a server of its own."""
    async with serving_page(options, maker) as server, visiting_server(server) as client:
        yield client


def find_origin(server: TestServer) -> str:
    """Return how a browser spells the origin of a server's page."""
    return str(server.make_url("/")).rstrip("/")
