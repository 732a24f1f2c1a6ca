"""The page itself: one document, its style and its scripts."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent / "static"


class Page:
    """Gives the files of the page."""

    def join(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self._give_document)
        app.router.add_static("/static", _FOLDER)

    async def _give_document(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(_FOLDER / "index.html")
