"""The size that a picture file promises, read from its header without decoding anything.

OpenCV takes memory for whatever a header says, and has no way to ask first.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

Size = tuple[int, int]
"""Width and height in pixels."""

_PNG = b"\x89PNG\r\n\x1a\n"
# Huffman's codes take a bit at least for each 8x8 block, codes of LZW twelve bits for 4096 pixels at the most.
_MOST_PIXELS_OF_A_BYTE = ((b"\xff\xd8", 8 * 64), (b"GIF8", 4096))
_LARGE = 1 << 26
# OpenEXR, JPEG XL: of what some builds of OpenCV read.
_SIZE_UNKNOWN = b"v/1\x01", b"\xff\x0a", b"\0\0\0\x0cJXL "
# Text headers are short; a regular expression must not search a whole picture for their end.
_TEXT_HEADER_BYTES = 4096


def read_image_size(data: bytes | memoryview) -> Size | None:
    """The size that a picture's header promises.

    Args:
        data: The file's content: jpg, png, webp, gif, bmp, tiff, avif, jp2, hdr, sunraster, pnm, pam or pfm.

    Returns:
        Width and height; None if it is of another kind, or ends before it says so.

    Example:
        >>> read_image_size(b"GIF89a" + bytes([44, 1, 200, 0]))
        (300, 200)
    """
    data = bytes(data)
    for start, read in _READERS:
        if re.match(start, data, re.DOTALL):
            try:
                return read(data)
            except (struct.error, ValueError, IndexError, OverflowError):
                return None
    return None


def begins_as_picture(start: bytes) -> bool:
    """Whether a file may be a picture, by its first bytes.

    Args:
        start: Some dozen bytes.

    Returns:
        False for what none of OpenCV's decoders would take on.

    Example:
        >>> begins_as_picture(b"GIF89a"), begins_as_picture(bytes(64))
        (True, False)
    """
    return start.startswith(_SIZE_UNKNOWN) or any(re.match(magic, start, re.DOTALL) for magic, _ in _READERS)


def is_cut_short(data: bytes | memoryview) -> bool:
    """Whether a picture promises more than there is, for which OpenCV would take memory and time all the same.

    Args:
        data: The file's content.

    Returns:
        Of a PNG whether a chunk goes beyond the end, or all of them together are too little for the pixels promised:
        deflate makes 1032 bytes of one at most (RFC 1951). Of a JPEG or GIF that is large whether it is too little;
        of smaller ones what is there may be seen, and costs little. False for other kinds.
    """
    if bytes(data[:8]) != _PNG or len(data) < 26:
        return _is_large_and_empty(data)
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    if height * (1 + (width * bits * channels + 7) // 8) > 1032 * len(data):
        return True
    place, kind = 8, b""
    while kind != b"IEND" and place + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind = bytes(data[place + 4 : place + 8])
        place += 12 + length
    return place > len(data)


def _is_large_and_empty(data: bytes | memoryview) -> bool:
    most = next((pixels for start, pixels in _MOST_PIXELS_OF_A_BYTE if bytes(data[: len(start)]) == start), None)
    size = None if most is None else read_image_size(data)
    return size is not None and most is not None and size[0] * size[1] > max(_LARGE, most * len(data))


def _jpeg(data: bytes) -> Size | None:
    """ITU-T T.81, B.1.1.3 and B.2.2: marker segments up to the frame's."""
    place = 2
    while True:
        place = data.index(b"\xff", place)
        marker = data[place + 1]
        if marker in (0x00, 0xFF):  # A stuffed byte, a fill byte.
            place += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        elif marker == 0x01 or 0xD0 <= marker <= 0xD9:
            place += 2
        else:
            (length,) = struct.unpack_from(">H", data, place + 2)
            place += 2 + max(2, length)


def _png(data: bytes) -> Size:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _webp(data: bytes) -> Size | None:
    """RFC 9649: the extended header's canvas, else the first key frame's size."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _gif(data: bytes) -> Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp(data: bytes) -> Size:
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return abs(width), abs(height)  # A negative height says that the top row comes first.


def _tiff(data: bytes) -> Size | None:
    """TIFF 6.0, section 2, and BigTIFF: tags 256 and 257 of the first directory."""
    order = "<" if data[:1] == b"I" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    (start,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, start)
    first, step, value_at = (start + 8, 20, 12) if big else (start + 2, 12, 8)
    found: dict[int, int] = {}
    for entry in range(first, min(first + step * count, len(data) - step + 1), step):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if tag in (256, 257):
            layout = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind, "I")
            found.setdefault(tag, struct.unpack_from(order + layout, data, entry + value_at)[0])
    return (found[256], found[257]) if len(found) == 2 else None


def _avif(data: bytes) -> Size | None:
    """ISO/IEC 23008-12, 6.5.3: the largest of the extents told, as thumbnails and tiles have their own."""
    sizes = [struct.unpack_from(">II", data, found.end() + 4) for found in re.finditer(b"ispe", data[:65536])]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _jp2(data: bytes) -> Size | None:
    """ITU-T T.800, I.4 and A.5.1: boxes up to the codestream's, whose own header counts."""
    place = 0
    while data[:4] != b"\xff\x4f\xff\x51" and data[place + 4 : place + 8] != b"jp2c":
        (length,) = struct.unpack_from(">I", data, place)
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, place + 8)
        if length < 8:
            return None
        place += length
    start = data.index(b"\xff\x4f\xff\x51", place)
    right, bottom, left, top = struct.unpack_from(">IIII", data, start + 8)
    return max(0, right - left), max(0, bottom - top)


def _hdr(data: bytes) -> Size | None:
    """Radiance's resolution line, which may name either side first."""
    found = re.search(rb"[+-]([XY]) +(\d{1,12}) +[+-][XY] +(\d{1,12})\n", data[:_TEXT_HEADER_BYTES])
    if not found:
        return None
    first, second = int(found[2]), int(found[3])
    return (second, first) if found[1] == b"Y" else (first, second)


def _sunraster(data: bytes) -> Size:
    width, height = struct.unpack_from(">II", data, 4)
    return width, height


def _pnm(data: bytes) -> Size | None:
    found = re.match(rb"P.(?:\s|#[^\n]*\n)+(\d{1,12})(?:\s|#[^\n]*\n)+(\d{1,12})\s", data[:_TEXT_HEADER_BYTES])
    return (int(found[1]), int(found[2])) if found else None


def _pam(data: bytes) -> Size | None:
    told = dict(re.findall(rb"^(WIDTH|HEIGHT)\s+(\d{1,12})\s*$", data[:_TEXT_HEADER_BYTES], re.MULTILINE))
    return (int(told[b"WIDTH"]), int(told[b"HEIGHT"])) if len(told) == 2 else None


_READERS: tuple[tuple[bytes, Callable[[bytes], Size | None]], ...] = (
    (rb"\xff\xd8", _jpeg),
    (_PNG, _png),
    (rb"RIFF.{4}WEBP", _webp),
    (rb"GIF8[79]a", _gif),
    (rb"BM", _bmp),
    (rb"II[*+]\0|MM\0[*+]", _tiff),
    (rb"....ftypavi[fs]", _avif),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", _jp2),
    (rb"#\?(?:RADIANCE|RGBE)", _hdr),
    (rb"\x59\xa6\x6a\x95", _sunraster),
    (rb"P7", _pam),
    (rb"P[1-6Ff]", _pnm),
)
