"""Refuses mp4 and mov files whose boxes would make FFmpeg take gigabytes."""

from __future__ import annotations

import io
import struct
import zlib

from ...errors import MediaError
from .index_size import IndexSize


def check_isobmff(path: str, name: str) -> None:
    """Refuse an mp4 or mov that would make FFmpeg take gigabytes.

    Args:
        path: A local file of any format.
        name: Its name in the error.

    Raises:
        MediaError: If it promises more than `MOST_SAMPLES`, or more than `FREE_SAMPLES` and than it has bytes, or has a
            header that decompresses to more than `MOST_HEADER_BYTES`.
    """
    index = IndexSize(name)
    size = 0
    try:
        with open(path, "rb") as file:
            size = file.seek(0, io.SEEK_END)
            index.add(file, 0, size)
    except MediaError:
        raise
    except (OSError, struct.error, zlib.error, ValueError, OverflowError):
        pass  # Whoever opens it reports the damage.
    index.check(size)
