"""Whether a file ends before its own container says so: FFmpeg reads AVI, Matroska and GIF to wherever they end."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import BinaryIO

_EBML, _SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"


def is_truncated(path: str) -> bool:
    """Whether the end of a file is missing, as its container tells.

    Args:
        path: A local file: avi, webp, mkv, webm or gif.

    Returns:
        False also for other kinds, for a container that tells no size (a recording that was never finished, a
        live stream), and if it cannot be read.
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


def _riff(file: BinaryIO, size: int) -> bool:
    """Four letters and the size of what follows; of several chunks in a row the first is told."""
    told = int(struct.unpack("<4xI", file.read(8))[0])
    return 0 < told < 0xFFFFFFFF and 8 + told > size


def _matroska(file: BinaryIO, size: int) -> bool:
    """RFC 9559, 5.1: a header, and a segment that holds everything else."""
    file.seek(4)
    header = _ebml_size(file)
    if header is None:
        return False
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != _SEGMENT:
        return False
    told = _ebml_size(file)
    return told is not None and file.tell() + told > size


def _ebml_size(file: BinaryIO) -> int | None:
    """RFC 8794, 4: the zeros in front of the first one tell the length; all ones are an unknown size."""
    first = file.read(1)[0]
    length = 9 - first.bit_length()
    if length > 8:
        return None
    rest = file.read(length - 1)
    if len(rest) < length - 1:
        raise struct.error
    value = int.from_bytes(bytes([first & (1 << 8 - length) - 1]) + rest, "big")
    return None if value == (1 << 7 * length) - 1 else value


def _gif(file: BinaryIO, size: int) -> bool:
    """GIF89a, 18 to 27: blocks up to the trailer."""
    try:
        file.seek(10)
        _skip_colours(file, file.read(3)[0])
        while (kind := file.read(1)[0]) != ord(";"):
            if kind == ord(","):
                _skip_colours(file, file.read(9)[8])
            elif kind != ord("!"):
                return False  # Garbage: nobody can tell where it would end.
            file.seek(1, os.SEEK_CUR)
            while length := file.read(1)[0]:
                file.seek(length, os.SEEK_CUR)
    except IndexError:
        return True
    return False


def _skip_colours(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, os.SEEK_CUR)


_CHECKS: dict[bytes, Callable[[BinaryIO, int], bool]] = {b"RIFF": _riff, _EBML: _matroska, b"GIF8": _gif}
