"""Open binary files, in whatever class they come: a file, `io.BytesIO`, an upload, a pipe, a socket's file."""

from __future__ import annotations

import inspect
import io
import os
from typing import Any, Protocol, TypeGuard

from ..errors import ArgumentTypeError

_CHUNK_BYTES = 1 << 20


class BinaryReader(Protocol):
    """What gives bytes, and b"" at its end."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes."""
        ...


class BinaryWriter(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> Any:
        """Take bytes; return how many were taken, or None for all."""
        ...


# `isinstance` with these protocols would miss a NamedTemporaryFile, which passes its methods on (Python 3.12).


def can_read(thing: Any) -> TypeGuard[BinaryReader]:
    """Return whether a thing is a file to read from, as far as its methods tell.

    Example:
        >>> can_read(io.BytesIO()), can_read(b"content"), can_read(io.BytesIO)
        (True, False, False)
    """
    try:
        return callable(thing.read) and not isinstance(thing, type)
    except AttributeError:
        return False


def can_write(thing: Any) -> TypeGuard[BinaryWriter]:
    """Return whether a thing is a file to write to, as far as its methods tell."""
    try:
        return callable(thing.write) and not isinstance(thing, type)
    except AttributeError:
        return False


def get_file_name(file: Any) -> str | None:
    """Return the name with which a file was opened; None if it has none, such as `io.BytesIO`.

    Example:
        >>> with open("samples/clip.mp4", "rb") as file:
        ...     get_file_name(file)
        'samples/clip.mp4'
    """
    try:
        name = file.name
    except AttributeError:
        return None
    # A file made of a handle has the handle's number for a name.
    return os.fspath(name) if isinstance(name, str | os.PathLike) and name else None


def check_writable(file: Any) -> BinaryWriter:
    """Refuse what no bytes can be written to.

    Returns:
        The file.

    Raises:
        ArgumentTypeError: If it is no file, open for text or for reading, or closed.
    """
    if not can_write(file):
        raise ArgumentTypeError(
            "the output must be a path, an address, a binary file open for writing, or for an Engine "
            f"framechain.NO_OUTPUT (nothing) or None (next to the input); got {file!r:.80}"
        )
    if isinstance(file, io.TextIOBase):
        raise ArgumentTypeError(f"the output {file!r} is open for text: open it with mode 'wb'")
    if isinstance(file, io.IOBase):
        if file.closed:
            raise ArgumentTypeError(f"the output {file!r} is closed: hand over an open file")
        if not file.writable():
            raise ArgumentTypeError(f"the output {file!r} is open for reading: open it with mode 'wb'")
    return file


def copy_to_path(content: bytes | bytearray | memoryview | BinaryReader, path: str) -> None:
    """Write bytes, or what is left of an open binary file, to a path.

    Args:
        content: The bytes or the file, which stays open.
        path: A local path.

    Raises:
        ArgumentTypeError: If the file's `read` returns no bytes.
        OSError: If the path cannot be written.
        Exception: Whatever `read` raises.
    """
    with open(path, "wb") as target:
        if isinstance(content, bytes | bytearray | memoryview):
            target.write(content)
            return
        while chunk := content.read(_CHUNK_BYTES):
            if not isinstance(chunk, bytes | bytearray | memoryview):
                raise _make_content_error(content, chunk)
            target.write(chunk)


def copy_from_path(path: str, file: BinaryWriter) -> None:
    """Write the content of a path to an open binary file, which stays open.

    Raises:
        OSError: If the path cannot be read, or the file takes no more.
        Exception: Whatever `write` raises.
    """
    with open(path, "rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            while chunk:
                taken = file.write(chunk)
                # A raw file or a socket may take a part.
                chunk = chunk[taken:] if isinstance(taken, int) and taken < len(chunk) else b""


def _make_content_error(file: object, chunk: Any) -> ArgumentTypeError:
    advice = "hand over an open binary file"
    if isinstance(chunk, str):
        advice = "open it with mode 'rb'"
    elif inspect.iscoroutine(chunk):
        chunk.close()
        advice = "await its content and hand over the bytes"
    return ArgumentTypeError(f"read() of {file!r:.80} returned {type(chunk).__name__}, not bytes: {advice}")
