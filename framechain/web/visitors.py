"""The visitors of a server: one browser each, with a look and a folder of its own."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from ..files.locks import ScratchFolder
from .look import Look
from .refused import RefusedError

_logger = logging.getLogger(__name__)

_ID_BYTES = 24
_MOST_VISITORS = 1000


@dataclass(eq=False, slots=True)
class Visitor:
    """One browser, known by a cookie.

    Attributes:
        id: What the cookie says; nobody else knows it.
        folder: For the files of this visitor alone; whoever stores the first one makes it. It is removed with the
            visitor.
        look: How the visitor has set the chain.
        seen: When the last request came, in seconds of the clock of `Visitors`.
        requests: How many requests are under way, a WebSocket as long as it is open.
        on_look: Called with each new look, such as to change a run.
    """

    id: str
    folder: Path
    look: Look = field(default_factory=Look)
    seen: float = 0.0
    requests: int = 0
    on_look: list[Callable[[Look], object]] = field(default_factory=list)

    def set_look(self, look: Look) -> None:
        """Change the look, and that of what runs."""
        self.look = look
        for change in list(self.on_look):
            change(look)


VISITOR = web.RequestKey("visitor", Visitor)
"""The visitor of a request: `request[VISITOR]`; it is set before a handler below /api is called."""


class Visitors:
    """The visitors of a server. Use it in the thread of the event loop.

    Attributes:
        folder: Where all their folders are; it is removed when the server ends, and that of a server that was killed
            when the next one begins.
        first_look: The look of a new visitor.
        on_leave: Called before a visitor is removed: what belongs to it ends there.
        keeps: Each says whether a visitor has something, such as a job; one who has nothing leaves after a while.
        clock: Returns seconds of a clock that never goes back.
    """

    def __init__(self, first_look: Look | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Make the folder.

        Args:
            first_look: The look of a new visitor.
            clock: Returns seconds of a clock that never goes back.
        """
        self._scratch = ScratchFolder()
        self.folder = Path(self._scratch.path)
        self.first_look = first_look or Look()
        self.clock = clock
        self.on_leave: list[Callable[[Visitor], Awaitable[object]]] = []
        self.keeps: list[Callable[[Visitor], bool]] = []
        self._visitors: dict[str, Visitor] = {}  # The one who was seen last is the last.

    def __iter__(self) -> Iterator[Visitor]:
        return iter(list(self._visitors.values()))

    def __len__(self) -> int:
        return len(self._visitors)

    def find(self, cookie: str | None) -> Visitor | None:
        """Return the visitor of a cookie, who is seen by that; None if it is unknown."""
        visitor = None if cookie is None else self._visitors.pop(cookie, None)
        if visitor is not None:
            visitor.seen = self.clock()
            self._visitors[visitor.id] = visitor
        return visitor

    async def add(self) -> Visitor:
        """Return a new visitor.

        Programs without cookies would be a new visitor with each request: beyond a number of them, those who have
        nothing leave, the first who was not seen for longest.

        Raises:
            RefusedError: If there are too many who have something.
        """
        if len(self) >= _MOST_VISITORS:
            idle = next((visitor for visitor in self if self._has_nothing(visitor)), None)
            if idle is None:
                raise RefusedError(429, "there are too many visitors: come again later")
            await self.remove(idle)
        visitor = Visitor(
            secrets.token_urlsafe(_ID_BYTES), self.folder / secrets.token_hex(_ID_BYTES), self.first_look, self.clock()
        )
        self._visitors[visitor.id] = visitor
        return visitor

    def _has_nothing(self, visitor: Visitor) -> bool:
        return not (visitor.requests or visitor.on_look or any(keeps(visitor) for keeps in self.keeps))

    async def remove(self, visitor: Visitor) -> None:
        """End what belongs to a visitor, and remove its files."""
        if self._visitors.pop(visitor.id, None) is None:
            return
        for leave in self.on_leave:
            try:
                await leave(visitor)
            except Exception:  # The other parts end, and the files go.
                _logger.exception("a part of the server did not end what belongs to a visitor")
        shutil.rmtree(visitor.folder, ignore_errors=True)

    async def remove_idle(self, seconds: float) -> None:
        """Remove the visitors who have nothing and were not seen for so long."""
        for visitor in self:
            if visitor.seen <= self.clock() - seconds and self._has_nothing(visitor):
                await self.remove(visitor)

    async def close(self) -> None:
        """Remove all visitors and the folder."""
        for visitor in self:
            await self.remove(visitor)
        self._scratch.remove()
