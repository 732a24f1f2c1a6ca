"""Finds files that end too early; FFmpeg reads AVI, Matroska and GIF to their end and reports nothing."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import BinaryIO

_EBML, _SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"


def is_truncated(path: str) -> bool:
    """Return whether a file is shorter than its container says.

    Args:
        path: A local file: avi, webp, mkv, webm or gif.

    Returns:
        False also for other formats, for a container without a size (a recording that was never finished, a live
        stream), and if the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(12)
            file.seek(0)
            for magic, check in _CHECKS.items():
                if start.startswith(magic):
                    return check(file, os.fstat(file.fileno()).st_size)
    except (OSError, ValueError, OverflowError, struct.error, IndexError):
        pass
    return False


def _is_riff_cut(file: BinaryIO, size: int) -> bool:
    """A RIFF chunk: four letters, and the size of what follows. Only the first of several is checked."""
    declared = int(struct.unpack("<4xI", file.read(8))[0])
    return 0 < declared < 0xFFFFFFFF and 8 + declared > size


def _is_matroska_cut(file: BinaryIO, size: int) -> bool:
    """RFC 9559, 5.1: a header, and a segment that holds everything else."""
    file.seek(4)
    header = _read_ebml_size(file)
    if header is None:
        return False
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != _SEGMENT:
        return False
    declared = _read_ebml_size(file)
    return declared is not None and file.tell() + declared > size


def _read_ebml_size(file: BinaryIO) -> int | None:
    """RFC 8794, 4: the number of leading zero bits gives the length; all ones are an unknown size."""
    first = file.read(1)[0]
    length = 9 - first.bit_length()
    if length > 8:
        return None
    rest = file.read(length - 1)
    if len(rest) < length - 1:
        raise struct.error
    value = int.from_bytes(bytes([first & (1 << 8 - length) - 1]) + rest, "big")
    return None if value == (1 << 7 * length) - 1 else value


def _is_gif_cut(file: BinaryIO, size: int) -> bool:
    """GIF89a, 18 to 27: blocks up to the trailer."""
    try:
        file.seek(10)
        _skip_colours(file, file.read(3)[0])
        while (kind := file.read(1)[0]) != ord(";"):
            if kind == ord(","):
                _skip_colours(file, file.read(9)[8])
            elif kind != ord("!"):
                return False  # No known block: where the file should end cannot be found.
            file.seek(1, os.SEEK_CUR)
            while length := file.read(1)[0]:
                file.seek(length, os.SEEK_CUR)
    except IndexError:
        return True
    return False


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, os.SEEK_CUR)


_CHECKS: dict[bytes, Callable[[BinaryIO, int], bool]] = {
    b"RIFF": _is_riff_cut,
    _EBML: _is_matroska_cut,
    b"GIF8": _is_gif_cut,
}
