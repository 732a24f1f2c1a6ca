"""The backgrounds to choose from on the page."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from aiohttp import web

from ..backgrounds import Gallery
from ..backgrounds.open import open_background
from ..errors import FramechainError
from ..files.paths import is_video
from ..images.codec import encode_image
from ..plugins.component import is_entry
from ..plugins.form import Forms
from ..plugins.registry import OWN_PACKAGE
from ..sources.open import open_source
from .look import ChainMaker, Look
from .options import WebOptions
from .refused import RefusedError
from .shelf import Shelves
from .transfer.names import clean_name, hide_paths
from .transfer.uploads import receive_upload
from .visitors import VISITOR, Visitor

_COLOURS = {"#ffffff": "White", "#808080": "Grey", "#000000": "Black", "#00b140": "Green screen", "#1b3a5c": "Blue"}
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_THUMBNAIL_SIZE = 160, 90
_PREFIX = "item:"
_MOST_OWN = 100
_NO_BACKGROUND = "the chain of this server has no background to choose"

Answer = TypeVar("Answer")


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


@dataclass(slots=True)
class _Own:
    """A background that a visitor brought."""

    visitor: str
    item: Item


class Backgrounds:
    """The backgrounds of a server, and those that each visitor brought."""

    def __init__(self, options: WebOptions, maker: ChainMaker, shelves: Shelves) -> None:
        """List those of the server.

        Args:
            options: The limits.
            maker: Says which one the server begins with.
            shelves: Where those of the visitors are kept.

        Raises:
            FramechainError: If that is a folder without images.
        """
        self._options, self._maker, self._shelves = options, maker, shelves
        self._own: dict[str, _Own] = {}
        self._decoding = asyncio.Lock()
        self._items = {item.id: item for item in _list_items(maker.background)}
        self._named = dict(_list_named(maker.background))
        first = next(iter(self._items.values()), None)
        self.first_look = Look(maker.background) if first is None else _make_look(Look(), first)

    def join(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/api/backgrounds", self._add)
        app.router.add_delete("/api/backgrounds/{id}", self._remove)
        app.router.add_get("/api/backgrounds/{id}/thumbnail", self._give_thumbnail)

    def describe(self, visitor: Visitor) -> list[dict[str, Any]]:
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
        entries += [_describe(text, name, "own") for text, name in self._named.items()]
        entries += [item.as_json(own=False) for item in self._items.values()]
        return entries + [item.as_json(own=True) for item in self._find_own(visitor)]

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
            raise RefusedError(400, _NO_BACKGROUND)
        if value.startswith(_PREFIX):
            identity = value[len(_PREFIX) :]
            item = self._find(visitor, identity)
            return replace(_make_look(look, item), name=item.name if identity in self._own else "")
        text = value if value in self._named else value.lower()
        known = text in self._named or text in ("blur", "transparent") or _COLOUR.fullmatch(text)
        if not (known or (value == "" and self._maker.background == "")):
            raise RefusedError(400, "background must be blur, transparent, a colour such as #00ff00 or one of the list")
        return replace(look, background=text, item="", name="")

    def _find_own(self, visitor: Visitor) -> list[Item]:
        return [own.item for own in self._own.values() if own.visitor == visitor.id]

    def _find(self, visitor: Visitor, identity: str) -> Item:
        own = self._own.get(identity)
        item = own.item if own is not None and own.visitor == visitor.id else self._items.get(identity)
        if item is None:
            raise RefusedError(404, "there is no such background: it was removed, or it was never there")
        return item

    async def _add(self, request: web.Request) -> web.Response:
        visitor = request[VISITOR]
        if not self._maker.has_background:
            raise RefusedError(400, _NO_BACKGROUND)
        if len(self._find_own(visitor)) >= _MOST_OWN:
            raise RefusedError(
                429, f"the server keeps {_MOST_OWN} backgrounds of yours: remove one that you do not need"
            )
        name, shelf = clean_name(request.query.get("name", "")), self._shelves.get(visitor)
        file = shelf.add(name=name, kind="image", suffix="", part="background")
        await receive_upload(request, shelf, file, limit=self._options.max_upload)
        try:
            file.kind = await self._decode(lambda: _recognise(str(file.path)))
            suffix, kind = (".png", "picture") if file.kind == "image" else (".mp4", "video")
            # Its content decides; the suffix only says how it is opened.
            file.path = file.path.rename(file.path.with_suffix(suffix))
            item = Item(file.id, name, str(file.path), kind)
            await self._decode(item.make_thumbnail)
            shelf.find(file.id)  # The visitor may have gone meanwhile.
        except FramechainError as error:
            shelf.remove(file)
            if isinstance(error, RefusedError):
                raise
            raise RefusedError(400, hide_paths(str(error), {str(file.path): name})) from error
        except BaseException:
            shelf.remove(file)
            raise
        self._own[file.id] = _Own(visitor.id, item)
        file.on_remove = lambda: self._own.pop(file.id, None)
        return web.json_response(item.as_json(own=True))

    async def _remove(self, request: web.Request) -> web.Response:
        visitor, identity = request[VISITOR], request.match_info["id"]
        item = self._find(visitor, identity)
        if identity not in self._own:
            raise RefusedError(409, f"{item.name} belongs to the server: only backgrounds of yours can be removed")
        if visitor.look.item == _PREFIX + identity:
            first = self.first_look
            visitor.set_look(replace(visitor.look, background=first.background, item=first.item, name=first.name))
        shelf = self._shelves.get(visitor)
        shelf.remove(shelf.find(identity))
        return web.json_response({"look": visitor.look.as_json()})

    async def _give_thumbnail(self, request: web.Request) -> web.Response:
        item = self._find(request[VISITOR], request.match_info["id"])
        return web.Response(body=await self._decode(item.make_thumbnail), content_type="image/jpeg")

    async def _decode(self, read: Callable[[], Answer]) -> Answer:
        """Call a function in a thread, one at a time: a few kilobytes can promise an image of a gigabyte."""
        async with self._decoding:
            return await asyncio.to_thread(read)


def _make_look(look: Look, item: Item) -> Look:
    return replace(look, background=item.path, item=_PREFIX + item.id, name="")


def _describe(value: str, name: str, kind: str) -> dict[str, Any]:
    return {"value": value, "name": name, "kind": kind, "thumbnail": None, "own": False}


def _recognise(path: str) -> str:
    """Return "image" or "video", by the content of a file.

    Raises:
        FramechainError: If it is neither.
    """
    with open_source(path) as source:
        return source.info.kind


def _list_items(background: str) -> Iterator[Item]:
    if background in ("", "blur", "transparent") or background.startswith("#") or is_entry("backgrounds", background):
        return
    paths = Gallery(background).paths if os.path.isdir(background) else [background]
    for number, path in enumerate(paths, 1):
        kind = "video" if is_video(path) else "picture"
        yield Item(f"server-{number}", os.path.basename(path), path, kind)


def _list_named(background: str) -> Iterator[tuple[str, str]]:
    """List the backgrounds of packages that are installed: what `--background` takes, and what the page shows."""
    if is_entry("backgrounds", background):
        yield background, background
    forms = Forms()
    for name in forms.list_choices("backgrounds"):
        if name != background and forms.list_offers("backgrounds")[name].package != OWN_PACKAGE:
            yield name, name.replace("-", " ").capitalize()
