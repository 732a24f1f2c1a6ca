"""The visitors of a server: one browser each, with a look and a folder of its own."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from .look import Look

_ID_BYTES = 24


@dataclass(eq=False, slots=True)
class Visitor:
    """One browser, known by a cookie.

    Attributes:
        id: What the cookie says; nobody else knows it.
        folder: For the files of this visitor alone; it is removed with the visitor.
        look: How the visitor has set the chain.
        seen: When the last request came, in seconds of the monotonic clock.
        on_look: Called with each new look, such as to change a run.
    """

    id: str
    folder: Path
    look: Look = field(default_factory=Look)
    seen: float = field(default_factory=time.monotonic)
    on_look: list[Callable[[Look], object]] = field(default_factory=list)

    def set_look(self, look: Look) -> None:
        """Change the look, and that of what runs."""
        self.look = look
        for change in list(self.on_look):
            change(look)


VISITOR = web.RequestKey("visitor", Visitor)
"""The visitor of a request: `request[VISITOR]`; it is set before a handler is called."""


class Visitors:
    """The visitors of a server. Use it in the thread of the event loop.

    Attributes:
        folder: Where all their folders are; it is made when the server starts and removed when it ends.
        on_leave: Called before a visitor is removed: what belongs to it ends there.
    """

    def __init__(self) -> None:
        """Make the folder."""
        self.folder = Path(tempfile.mkdtemp(prefix="framechain-page-"))
        self.on_leave: list[Callable[[Visitor], Awaitable[object]]] = []
        self._visitors: dict[str, Visitor] = {}

    def __iter__(self) -> Iterator[Visitor]:
        return iter(list(self._visitors.values()))

    def find(self, cookie: str | None) -> Visitor | None:
        """Return the visitor of a cookie; None if it is unknown."""
        return None if cookie is None else self._visitors.get(cookie)

    def add(self) -> Visitor:
        """Return a new visitor."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        visitor = Visitor(secrets.token_urlsafe(_ID_BYTES), folder)
        self._visitors[visitor.id] = visitor
        return visitor

    async def remove(self, visitor: Visitor) -> None:
        """End what belongs to a visitor, and remove its files."""
        if self._visitors.pop(visitor.id, None) is None:
            return
        for leave in self.on_leave:
            await leave(visitor)
        shutil.rmtree(visitor.folder, ignore_errors=True)

    async def close(self) -> None:
        """Remove all visitors and the folder."""
        for visitor in self:
            await self.remove(visitor)
        shutil.rmtree(self.folder, ignore_errors=True)
