"""The boxes that mp4 and mov files are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO


def iterate_boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes in a part of a file (ISO/IEC 14496-12, 4.2).

    Args:
        file: The file; its position may be changed between two boxes.
        start: The position of the first box.
        end: The end of the part.

    Yields:
        A box's type, where its content begins, and where it ends, which may lie beyond `end`.
    """
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        length, content = int.from_bytes(head[:4], "big"), start + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), start + 16
        if length < content - start:
            if length:
                return
            length = end - start  # Length 0: up to the end.
        yield head[4:8], content, start + length
        start += length
