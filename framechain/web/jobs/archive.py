"""Several files as one zip, made while it is sent: it is nowhere on the disk."""

from __future__ import annotations

import asyncio
import time
import zipfile
from collections.abc import AsyncGenerator, Sequence

from ..shelf import KeptFile
from ..transfer.names import number_names

_PART_BYTES = 1 << 20


class _Outgoing:
    """What zipfile writes to: it cannot go back, and is emptied now and then."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes, /) -> int:
        """Take a part."""
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Do nothing; zipfile calls it."""

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


async def stream_zip(files: Sequence[KeptFile]) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of a zip with files as they are: videos and images are compressed already.

    Close it (`contextlib.aclosing`): it holds a file open.

    Args:
        files: The files; one that was removed meanwhile is left out. Two of one name are numbered.

    Yields:
        Parts of about a megabyte. Zip64 is used where a file, or all of them, need it.
    """
    outgoing = _Outgoing()
    with zipfile.ZipFile(outgoing, "w", zipfile.ZIP_STORED) as archive:
        for file, name in zip(files, number_names([file.name for file in files]), strict=True):
            try:
                content = file.path.open("rb")
            except OSError:
                continue
            with content:
                entry = zipfile.ZipInfo(name, time.localtime()[:6])
                entry.external_attr = 0o644 << 16
                entry.file_size = file.path.stat().st_size  # zipfile decides by it whether Zip64 is needed.
                with archive.open(entry, "w") as target:
                    while part := await asyncio.to_thread(content.read, _PART_BYTES):
                        target.write(part)
                        yield outgoing.take()
    yield outgoing.take()
