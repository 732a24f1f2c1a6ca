"""The server's application: its parts joined."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from .look import ChainMaker
from .options import WebOptions
from .page import Page
from .shelf import Shelves
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
    """
    app = web.Application()
    visitors = Visitors()
    shelves = Shelves(options)
    parts: list[Part] = [Page(), shelves]
    for part in parts:
        part.join(app)
    visitors.on_leave.append(shelves.drop)  # Last, as the other parts may still write to files.

    async def end(app: web.Application) -> None:
        await visitors.close()

    app.on_cleanup.append(end)
    return app
