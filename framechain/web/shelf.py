"""What is kept for visitors on the disk: files with names of ours, within a limit, for some minutes."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from .options import WebOptions
from .refused import RefusedError
from .visitors import Visitor

_ID_BYTES = 12
_LOOK_SECONDS = 5.0
_GIGABYTE = 1_000_000_000


def _do_nothing() -> None:
    pass


@dataclass(eq=False, slots=True)
class KeptFile:
    """A file that is kept for a visitor.

    Attributes:
        id: What the addresses of the page call it.
        name: What the visitor calls it; never a part of a path.
        kind: "image" or "video".
        path: Where it is, or will be.
        part: Which part of the server keeps it, for that part.
        size: How many bytes count for it.
        ends: When it is removed, in seconds of the clock of its `Shelves`; None before `Shelf.start_expiry`.
        on_remove: Called when it is removed, also with its visitor.
    """

    id: str
    name: str
    kind: str
    path: Path
    part: str = ""
    size: int = 0
    ends: float | None = None
    on_remove: Callable[[], object] = _do_nothing


class Shelf:
    """The files that are kept for one visitor. Use it in the thread of the event loop."""

    def __init__(self, shelves: Shelves, folder: Path) -> None:
        """Begin empty; `Shelves.get` makes it.

        Args:
            shelves: Those of all visitors.
            folder: Where its files are; it is made with the first one.
        """
        self._shelves, self._folder = shelves, folder
        self._files: dict[str, KeptFile] = {}
        self._is_dropped = False

    def __iter__(self) -> Iterator[KeptFile]:
        return iter(list(self._files.values()))

    def add(self, *, name: str, kind: str, suffix: str, part: str = "") -> KeptFile:
        """Return a file that is yet to be written, of no size.

        Args:
            name: For the visitor.
            kind: "image" or "video".
            suffix: The suffix of its path, such as ".png".
            part: Which part of the server keeps it.

        Raises:
            RefusedError: If the visitor has gone.
        """
        if self._is_dropped:
            raise RefusedError(404, "this visitor has gone: load the page again")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        identity = secrets.token_urlsafe(_ID_BYTES)
        file = KeptFile(identity, name, kind, self._folder / f"{secrets.token_hex(_ID_BYTES)}{suffix}", part)
        self._files[identity] = file
        return file

    def resize(self, file: KeptFile, size: int) -> None:
        """Count a file with a size, such as while it is written.

        Args:
            file: The file.
            size: Its bytes.

        Raises:
            RefusedError: If all that is kept would exceed the limit; the file counts as before.
        """
        if file.id in self._files:
            self._shelves.count(size - file.size)
            file.size = size

    def start_expiry(self, file: KeptFile) -> None:
        """Keep a file for the minutes of the options from now on."""
        file.ends = self._shelves.clock() + 60 * self._shelves.options.keep_minutes

    def count_seconds_left(self, file: KeptFile) -> float:
        """Return how long a file will be kept, or would be if it were finished now."""
        if file.ends is None:
            return 60 * self._shelves.options.keep_minutes
        return max(0.0, file.ends - self._shelves.clock())

    def find(self, identity: str) -> KeptFile:
        """Return a file by its id.

        Raises:
            RefusedError: If this visitor has none of that id.
        """
        file = self._files.get(identity)
        if file is None:
            raise RefusedError(404, "there is no such file: it was removed, or its time is over")
        return file

    def remove(self, file: KeptFile) -> None:
        """Remove a file; does nothing if that was done."""
        if self._files.pop(file.id, None) is None:
            return
        with contextlib.suppress(OSError):  # Its visitor's folder is removed as a whole one day.
            file.path.unlink(missing_ok=True)
        self._shelves.count(-file.size)
        file.on_remove()

    def expire(self) -> None:
        """Remove the files whose time is over."""
        for file in self:
            if file.ends is not None and file.ends <= self._shelves.clock():
                self.remove(file)

    def drop(self) -> None:
        """Remove all files, for good."""
        self._is_dropped = True
        for file in self:
            self.remove(file)


class Shelves:
    """The files that are kept for all visitors, counted against one limit.

    Attributes:
        options: The limits.
        clock: Returns seconds of a clock that never goes back.
        used: How many bytes are counted.
    """

    def __init__(self, options: WebOptions, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin empty.

        Args:
            options: The limits.
            clock: Returns seconds of a clock that never goes back.
        """
        self.options, self.clock = options, clock
        self.used = 0
        self._shelves: dict[str, Shelf] = {}

    def get(self, visitor: Visitor) -> Shelf:
        """Return the shelf of a visitor."""
        if visitor.id not in self._shelves:
            self._shelves[visitor.id] = Shelf(self, visitor.folder)
        return self._shelves[visitor.id]

    def has_files(self, visitor: Visitor) -> bool:
        """Return whether something that expires one day is kept for a visitor."""
        return any(file.ends is not None for file in self._shelves.get(visitor.id, ()))

    def count(self, size: int) -> None:
        """Count bytes.

        Args:
            size: How many more there are; negative for fewer.

        Raises:
            RefusedError: If that would exceed the limit.
        """
        limit = self.options.max_storage
        if size > 0 and self.used + size > limit:
            raise RefusedError(
                429,
                f"there is no room: the server keeps at most {limit / _GIGABYTE:g} GB for all visitors; remove results "
                "or recordings that you do not need, or come again later",
            )
        self.used += size

    async def drop(self, visitor: Visitor) -> None:
        """Remove the files of a visitor who leaves; what still writes them must have ended."""
        shelf = self._shelves.pop(visitor.id, None)
        if shelf is not None:
            shelf.drop()

    def expire(self) -> None:
        """Remove the files whose time is over."""
        for shelf in list(self._shelves.values()):
            shelf.expire()

    def join(self, app: web.Application) -> None:
        """Look every few seconds, as long as the server runs, for files whose time is over."""
        app.cleanup_ctx.append(self._keep_looking)

    async def _keep_looking(self, app: web.Application) -> AsyncIterator[None]:
        async def look() -> None:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                self.expire()

        task = asyncio.create_task(look())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def measure(path: Path) -> int:
    """Return how many bytes a file takes that is being written, also under longer names beside it."""
    size = 0
    for found in path.parent.glob(f"*{path.stem}*"):
        with contextlib.suppress(OSError):  # It was renamed meanwhile.
            size += found.stat().st_size
    return size
