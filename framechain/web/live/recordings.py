"""What was kept of live runs, snapshots and recordings: listed, given, removed."""

from __future__ import annotations

from aiohttp import web

from ..refused import RefusedError
from ..shelf import KeptFile, Shelf, Shelves
from ..transfer.downloads import give_file
from ..visitors import VISITOR
from .keeper import PART

_TYPES = {".png": "image/png", ".mp4": "video/mp4", ".webm": "video/webm"}


class Recordings:
    """Gives visitors what they kept."""

    def __init__(self, shelves: Shelves) -> None:
        """Give what is on the shelves.

        Args:
            shelves: Those of the visitors.
        """
        self._shelves = shelves

    def join(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/recordings", self._list)
        app.router.add_get("/api/recordings/{id}", self._give)
        app.router.add_delete("/api/recordings/{id}", self._delete)

    def _find(self, request: web.Request) -> tuple[Shelf, KeptFile]:
        shelf = self._shelves.get(request[VISITOR])
        file = shelf.find(request.match_info["id"])
        if file.part != PART or file.ends is None:
            raise RefusedError(404, "there is no such file: it was removed, or its time is over")
        return shelf, file

    async def _list(self, request: web.Request) -> web.Response:
        shelf = self._shelves.get(request[VISITOR])
        kept = [file for file in shelf if file.part == PART and file.ends is not None]
        return web.json_response({"recordings": [_describe(shelf, file) for file in kept]})

    async def _give(self, request: web.Request) -> web.StreamResponse:
        _, file = self._find(request)
        return give_file(request, file.path, name=file.name, content_type=_TYPES[file.path.suffix])

    async def _delete(self, request: web.Request) -> web.Response:
        shelf, file = self._find(request)
        shelf.remove(file)
        return web.json_response({})


def _describe(shelf: Shelf, file: KeptFile) -> dict[str, object]:
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "url": f"/api/recordings/{file.id}",
        "expires_in": round(shelf.count_seconds_left(file)),
    }
