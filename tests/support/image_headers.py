"""Small images, and those whose headers promise far more than they hold."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np

from framechain.images.header import is_incomplete, read_image_header
from support.media import photo

WIDTH, HEIGHT = 53, 37
HUGE = 60_000


def encode_image(suffix: str) -> bytes:
    pixels: Any = photo(WIDTH, HEIGHT)
    return cv2.imencode(suffix, pixels.astype(np.float32) / 255 if suffix in (".hdr", ".pfm") else pixels)[1].tobytes()


def read_size(data: bytes) -> tuple[int, int] | None:
    header = read_image_header(io.BytesIO(data))
    return None if header is None else header.size


def promises_too_much(data: bytes) -> bool:
    file = io.BytesIO(data)
    header = read_image_header(file)
    assert header is not None
    return is_incomplete(header, file)


def make_png(side: int) -> bytes:
    """Make a complete, valid, black PNG, square, without having its pixels in memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    block = bytes(1 + -(-side // 8)) * (side // 20)
    # A twentieth is compressed so that it can stand at any place, and repeated.
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    # Adler-32 of zeros.
    check = struct.pack(">HH", 20 * len(block) % 65521, 1)
    rows = b"\x78\xda" + 20 * packed + b"\x03\x00" + check
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def make_image_with_false_size(suffix: str, side: int = HUGE) -> bytes:
    """Make a small image whose header promises a square of that size."""
    data = bytearray(encode_image(suffix))
    place, layout, promised = {
        ".jpg": (data.find(b"\xff\xc0") + 5, ">HH", side),
        ".gif": (6, "<HH", side),
        ".bmp": (18, "<ii", side),
        ".ras": (4, ">II", side),
        ".avif": (data.find(b"ispe") + 8, ">II", side),
        ".jp2": (data.find(b"\xff\x4f\xff\x51") + 8, ">II", side),
    }[suffix]
    struct.pack_into(layout, data, place, promised, promised)
    return bytes(data)


def make_tiff(side: int) -> bytes:
    """Make a square bilevel TIFF whose only strip is far too short."""
    tags = ((256, side), (257, side), (258, 1), (259, 1), (262, 1), (273, 150), (277, 1), (278, side), (279, 8))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(100)


def make_webp(side: int) -> bytes:
    data = b"VP8X" + struct.pack("<II", 10, 0) + (side - 1).to_bytes(3, "little") * 2
    data += encode_image(".webp")[12:]
    return b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WEBP" + data
