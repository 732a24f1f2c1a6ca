"""The server's application: its parts joined."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from .answers import add_headers, answer_errors
from .backgrounds import Backgrounds
from .guard import Guard
from .jobs.part import Jobs
from .live.part import Live
from .look import ChainMaker
from .options import WebOptions
from .page import Page
from .requests import MAX_JSON
from .shelf import Shelves
from .state import State
from .visitors import Visitors


class Part(Protocol):
    """A part of the server: its routes, and what it begins and ends with the server."""

    def join(self, app: web.Application) -> None:
        """Add the routes, and what is called when the server begins (`on_startup`) and ends (`on_cleanup`)."""


def make_app(options: WebOptions, maker: ChainMaker) -> web.Application:
    """Make the application.

    Args:
        options: Its limits.
        maker: Makes the objects of each chain.

    Returns:
        An application for `aiohttp.web.AppRunner`, or for aiohttp's test client.

    Raises:
        FramechainError: If the backgrounds of the server cannot be listed.
    """
    # Uploads are read piece by piece; what is read as a whole is small.
    app = web.Application(client_max_size=MAX_JSON, middlewares=[answer_errors])
    app.on_response_prepare.append(add_headers)
    shelves = Shelves(options)
    backgrounds = Backgrounds(options, maker, shelves)
    visitors = Visitors(backgrounds.first_look)
    parts: list[Part] = [
        Guard(options, visitors),
        Page(),
        shelves,
        backgrounds,
        State(options, maker, backgrounds),
        Live(options, visitors, maker, shelves),
        Jobs(options, visitors, maker, shelves),
    ]
    for part in parts:
        part.join(app)
    visitors.keeps.append(shelves.has_files)
    visitors.on_leave.append(shelves.drop)  # Last, as the other parts may still write to files.

    async def end(app: web.Application) -> None:
        await visitors.close()

    app.on_cleanup.append(end)
    return app
