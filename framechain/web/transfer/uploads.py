"""Takes in what a browser uploads: straight to the disk, within the limits."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import BinaryIO

from aiohttp import web

from ..refused import RefusedError
from ..shelf import KeptFile, Shelf

# A browser that sends nothing for so long has gone, or holds a place for nothing.
_SILENCE_SECONDS = 60.0
_PART_BYTES = 1 << 18
_MEGABYTE = 1_000_000
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


async def receive_upload(
    request: web.Request, shelf: Shelf, file: KeptFile, *, limit: int, silence: float = _SILENCE_SECONDS
) -> None:
    """Write the body of a request to a file; if that fails, nothing is left of it, on the shelf or on the disk.

    Args:
        request: The request; its body is the content of the file.
        shelf: Where the file is kept; it counts with its size.
        file: The file, which is not there yet.
        limit: The most bytes.
        silence: Seconds to wait for the next bytes.

    Raises:
        RefusedError: If it is too large, empty or stops, or if there is no room for it.
    """
    try:
        _check_size(request.content_length or 0, limit)
        shelf.resize(file, request.content_length or 0)
        await _receive(request, shelf, file, limit, silence)
    except BaseException:
        shelf.remove(file)
        raise


async def _receive(request: web.Request, shelf: Shelf, file: KeptFile, limit: int, silence: float) -> None:
    size = 0
    try:
        with _create(file) as output:
            while part := await _read(request, silence):
                size += len(part)
                _check_size(size, limit)
                if size > file.size:  # Its size was not said before.
                    shelf.resize(file, size)
                await asyncio.to_thread(output.write, part)
    except OSError as error:
        if error.errno in _FULL:
            raise RefusedError(429, "the disk of the server is full: remove results, or come again later") from error
        raise
    if size == 0:
        raise RefusedError(400, "the upload is empty: choose a file with content")
    shelf.resize(file, size)


def _create(file: KeptFile) -> BinaryIO:
    """Create the file, for this user alone."""
    return os.fdopen(os.open(file.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


async def _read(request: web.Request, silence: float) -> bytes:
    try:
        return await asyncio.wait_for(request.content.read(_PART_BYTES), silence)
    except ConnectionError as error:  # Nobody reads it: the log need not say more.
        raise RefusedError(400, "the upload broke off") from error
    except asyncio.TimeoutError as error:
        raise RefusedError(400, f"the upload stopped: nothing came for {silence:g} s, begin it again") from error


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise RefusedError(
            413, f"the file is too large: the server takes {limit / _MEGABYTE:,.10g} MB at most for an upload"
        )
