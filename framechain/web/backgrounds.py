"""The backgrounds to choose from on the page."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from aiohttp import web

from ..backgrounds import Gallery
from ..backgrounds.open import open_background
from ..files.paths import is_video
from ..images.codec import encode_image
from .look import ChainMaker, Look
from .refused import RefusedError
from .visitors import VISITOR, Visitor

_COLOURS = {"#ffffff": "White", "#808080": "Grey", "#000000": "Black", "#00b140": "Green screen", "#1b3a5c": "Blue"}
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_THUMBNAIL_SIZE = 160, 90
_PREFIX = "item:"


@dataclass(slots=True)
class Item:
    """A picture or a video to choose.

    Attributes:
        id: What the page calls it, after "item:".
        name: For the visitor.
        path: Where it is.
        kind: "picture" or "video".
        thumbnail: A small JPEG of it; None as long as nobody asked for it.
    """

    id: str
    name: str
    path: str
    kind: str
    thumbnail: bytes | None = None

    def make_thumbnail(self) -> bytes:
        """Return the small JPEG; it is made once.

        Raises:
            FramechainError: If the file cannot be read.
        """
        if self.thumbnail is None:
            width, height = _THUMBNAIL_SIZE
            background = open_background(self.path)
            try:
                image = background(np.zeros((height, width, 3), np.uint8))
            finally:
                background.close()
            self.thumbnail = encode_image(np.ascontiguousarray(image), "thumbnail.jpg")
        return self.thumbnail

    def as_json(self, *, own: bool) -> dict[str, Any]:
        """Return what the page gets to know of it."""
        address = f"/api/backgrounds/{self.id}/thumbnail"
        return {"value": _PREFIX + self.id, "name": self.name, "kind": self.kind, "thumbnail": address, "own": own}


class Backgrounds:
    """The backgrounds of a server, and those that each visitor brought."""

    def __init__(self, maker: ChainMaker) -> None:
        """List those of the server.

        Args:
            maker: Says which one the server begins with.

        Raises:
            FramechainError: If that is a folder without images.
        """
        self._maker = maker
        self._items = {item.id: item for item in _list_items(maker.background)}
        first = next(iter(self._items.values()), None)
        self.first_look = Look(maker.background) if first is None else _make_look(Look(), first)

    def join(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/backgrounds/{id}/thumbnail", self._give_thumbnail)

    def list(self, visitor: Visitor) -> list[dict[str, Any]]:
        """Return what a visitor can choose, as in /api/state."""
        if not self._maker.has_background:
            return []
        own = self._maker.background
        entries = [] if own else [_describe("", "The chain's own", "own")]
        entries += [_describe("blur", "Blur", "blur"), _describe("transparent", "Transparent", "transparent")]
        colours = dict(_COLOURS)
        if own.startswith("#"):
            colours = {own: own} | colours
        entries += [_describe(value, name, "colour") for value, name in colours.items()]
        return entries + [item.as_json(own=False) for item in self._items.values()]

    def choose(self, visitor: Visitor, value: str, look: Look) -> Look:
        """Return a look with another background.

        Args:
            visitor: Whose look it is.
            value: As on the page, such as "item:3".
            look: The look as it was.

        Raises:
            RefusedError: If there is no such background for this visitor.
        """
        if not self._maker.has_background:
            raise RefusedError(400, "the chain of this server has no background to choose")
        if value.startswith(_PREFIX):
            return _make_look(look, self._find(visitor, value[len(_PREFIX) :]))
        text = value.lower()
        known = text in ("blur", "transparent") or _COLOUR.fullmatch(text)
        if not (known or (value == "" and self._maker.background == "")):
            raise RefusedError(400, "background must be blur, transparent, a colour such as #00ff00 or one of the list")
        return Look(text, look.values)

    def make_shown(self, look: Look) -> Look:
        """Return a look with a path that the visitor knows, for the command."""
        return look

    def _find(self, visitor: Visitor, identity: str) -> Item:
        item = self._items.get(identity)
        if item is None:
            raise RefusedError(404, "there is no such background: it was removed, or it was never there")
        return item

    async def _give_thumbnail(self, request: web.Request) -> web.Response:
        item = self._find(request[VISITOR], request.match_info["id"])
        return web.Response(body=await asyncio.to_thread(item.make_thumbnail), content_type="image/jpeg")


def _make_look(look: Look, item: Item) -> Look:
    return Look(item.path, look.values, _PREFIX + item.id)


def _describe(value: str, name: str, kind: str) -> dict[str, Any]:
    return {"value": value, "name": name, "kind": kind, "thumbnail": None, "own": False}


def _list_items(background: str) -> Iterator[Item]:
    if background in ("", "blur", "transparent") or background.startswith("#"):
        return
    paths = Gallery(background).paths if os.path.isdir(background) else [background]
    for number, path in enumerate(paths, 1):
        kind = "video" if is_video(path) else "picture"
        yield Item(f"server-{number}", os.path.basename(path), path, kind)
