"""Inputs that have no path: bytes and open binary files, which are kept in a private temporary file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, TypeGuard

from ..errors import FramechainError, MediaError, reason
from ..files.binary import BinaryReader, can_read, copy_to_path, get_file_name
from ..files.locks import ScratchFolder

Content = bytes | bytearray | memoryview | BinaryReader
"""The bytes of an image or a video, or a binary file that is open for reading."""


def is_content(thing: Any) -> TypeGuard[Content]:
    """Return whether a thing is the content of a file: bytes, or an open file that is no path."""
    return isinstance(thing, bytes | bytearray | memoryview) or (not isinstance(thing, os.PathLike) and can_read(thing))


def get_content_name(content: Content) -> str:
    """Return a name for messages: that of the file, as far as it has one."""
    return get_file_name(content) or f"the given {type(content).__name__}"


@contextlib.contextmanager
def open_private_copy(content: Content) -> Iterator[str]:
    """Give a local path with a content, for as long as the context lasts.

    A file is read from where it stands to its end, in parts, and stays open.

    Args:
        content: Bytes or a file.

    Yields:
        A path in a folder that nobody else can read. Its name has no suffix: it must not make a list of a file that
        names others.

    Raises:
        MediaError: If it cannot be read, or there is no room for a copy.
    """
    name = get_content_name(content)
    try:
        folder = ScratchFolder()
    except OSError as error:
        raise MediaError(f"cannot read {name}: no temporary file can be made ({reason(error)})") from error
    with folder as path:
        copy = os.path.join(path, "input")
        try:
            copy_to_path(content, copy)
            if os.path.getsize(copy) == 0 and can_read(content):
                raise MediaError(f"cannot read {name}: there is nothing from where it stands on; is a seek(0) missing?")
        except FramechainError:
            raise
        except Exception as error:  # A file of any class raises what it likes.
            raise MediaError(f"cannot read {name}: {reason(error)}") from error
        yield copy
