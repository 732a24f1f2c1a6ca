"""What an image file is and how large, found out before memory is taken for its pixels.

Pillow reads the headers. It knows no size, or a wrong one, of the formats at the end of this module.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

# Each import registers one format in `Image.OPEN`; `Image.init` would import many more, such as one that runs programs.
from PIL import (
    AvifImagePlugin,  # noqa: F401
    BmpImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PcxImagePlugin,  # noqa: F401
    PngImagePlugin,
    PpmImagePlugin,  # noqa: F401
    QoiImagePlugin,  # noqa: F401
    SgiImagePlugin,  # noqa: F401
    SunImagePlugin,  # noqa: F401
    TiffImagePlugin,
)

Size = tuple[int, int]
"""Width and height in pixels."""

_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "SUN", "QOI", "PCX", "SGI")
# 8 bits per channel; Pillow rounds other colours to 8 bits by cutting off, which is up to 1 of 255 worse.
_PILLOW_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I;16B", "I;16L", "I;16N"})
# Pillow's JPEG takes 1.3 times as long and gives the same pixels (benchmarks/images.py); it misreads grey Sun rasters.
_DECODED_BY_OPENCV = frozenset({"JPEG", "SUN"})
# The pixels that a byte can hold at the most: deflate makes 1032 bytes of one (RFC 1951), Huffman's codes take a bit at
# least for each 8x8 block, codes of LZW twelve bits for 4096 pixels.
_MOST_PIXELS_PER_BYTE = {"PNG": 8 * 1032, "JPEG": 8 * 64, "GIF": 4096, "BMP": 256, "PPM": 8, "SUN": 256}
_LARGE = 1 << 26
_START_BYTES = 65_536
_CODESTREAM = b"\xff\x4f\xff\x51"


@dataclass(frozen=True)
class ImageHeader:
    """What is known of an image file that has not been decoded.

    Attributes:
        format: "JPEG", "PNG", ...
        size: Width and height in pixels.
        image: Pillow's image for what Pillow decodes; None for what OpenCV decodes.
        scan_start: Where the first scan of a JPEG begins; 0 for other formats.
    """

    format: str
    size: Size
    image: Image.Image | None = None
    scan_start: int = 0


def read_image_header(file: BinaryIO) -> ImageHeader | None:
    """Identify an image by its content.

    Args:
        file: The file, open for reading; it must stay open until the image is decoded.

    Returns:
        The header; None if the format is unknown or the header is damaged.

    Example:
        >>> header = read_image_header(io.BytesIO(b"P6 4 3 255 "))
        >>> header.format, header.size
        ('PPM', (4, 3))
    """
    start = file.read(_START_BYTES)
    for name, magic, read_size in _READERS:
        if re.match(magic, start, re.DOTALL):
            size = read_size(start)
            if name == "AVIF" and size is not None:
                return _read_by_pillow(file, "AVIF") or ImageHeader(name, size)
            return None if size is None else ImageHeader(name, size)
    for name in _FORMATS:
        accepts = Image.OPEN[name][1]
        if accepts is None or accepts(start[:16].ljust(16, b"\0")):
            return _read_by_pillow(file, name)
    return None


def is_incomplete(header: ImageHeader, file: BinaryIO) -> bool:
    """Return whether an image promises more than its file holds.

    Decoders take memory for the promise all the same. Of smaller images other than PNG, what is there may be seen.

    Args:
        header: The header.
        file: The file that it was read from.
    """
    length = file.seek(0, io.SEEK_END)
    pixels, most = header.size[0] * header.size[1], _MOST_PIXELS_PER_BYTE.get(header.format)
    if header.format == "PNG" and header.image is not None and header.image.mode in ("RGB", "RGBA", "LA"):
        most = 1032 // len(header.image.getbands())
    if most is not None and pixels > max(_LARGE, most * length):
        return True
    if header.format == "PNG":  # OpenCV takes memory for what a chunk promises.
        file.seek(0)
        try:
            PngImagePlugin.PngImageFile(file).verify()
        except Exception:  # Pillow's parsers raise whatever damaged data make them raise.
            return True
    return False


def get_orientation(exif: Image.Exif) -> int:
    """Return EXIF's orientation, 1 to 8 (CIPA DC-008, 4.6.5); 1 if there is none."""
    orientation = exif.get(0x0112)
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _read_by_pillow(file: BinaryIO, name: str) -> ImageHeader | None:
    # Not Image.open: its limit of pixels belongs to the process and is lower than ours.
    make = Image.OPEN[name][0]
    file.seek(0)
    try:
        if name == "JPEG":
            return ImageHeader(name, JpegImagePlugin.JpegImageFile(file).size, scan_start=file.tell())
        if name == "JPEG2000":
            size, is_deep = _read_codestream_header(file)
            return ImageHeader(name, size, None if is_deep else make(file, ""))
        image = make(file, "")
    except Exception:  # Pillow's parsers raise whatever a damaged header makes them raise.
        tiff_size = _read_tiff_size(file) if name == "TIFF" else None
        return ImageHeader(name, tiff_size) if tiff_size else None
    return ImageHeader(name, image.size, None if _is_for_opencv(name, image) else image)


def _is_for_opencv(name: str, image: ImageFile.ImageFile) -> bool:
    if name in _DECODED_BY_OPENCV or (image.mode not in _PILLOW_MODES and (name, image.mode) != ("PPM", "I")):
        return True
    is_deep = name == "PNG" and any("16" in str(tile.args) for tile in image.tile)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        is_deep = max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,))) > 8
    return is_deep and image.mode in ("LA", "RGB", "RGBA")


# What Pillow does not report


def _read_codestream_header(file: BinaryIO) -> tuple[Size, bool]:
    """Read the size that a decoder of JPEG 2000 goes by: the codestream's (ITU-T T.800, A.5.1), not the box's.

    Returns:
        The size, and whether a channel has more than 8 bits.
    """
    data = file.read()
    codestream = data[data.index(_CODESTREAM) :]
    file.seek(0)
    return Jpeg2KImagePlugin.Jpeg2KImageFile(io.BytesIO(codestream)).size, codestream[42] & 0x7F > 7


def _read_tiff_size(file: BinaryIO) -> Size | None:
    """Read the size of a TIFF whose kind of pixels Pillow does not know, such as three floats."""
    file.seek(0)
    try:
        directory = TiffImagePlugin.ImageFileDirectory_v2(file.read(8))
        file.seek(directory.next)
        directory.load(file)
        width, height = directory[TiffImagePlugin.IMAGEWIDTH], directory[TiffImagePlugin.IMAGELENGTH]
    except Exception:  # Pillow's parsers raise whatever a damaged header makes them raise.
        return None
    return (width, height) if isinstance(width, int) and isinstance(height, int) else None


def _read_webp_size(start: bytes) -> Size | None:
    """RFC 9649. Pillow 13 refuses more than its own limit without the size, and earlier ones take memory."""
    if len(start) < 30:
        return None
    if start[12:16] == b"VP8X":
        return 1 + int.from_bytes(start[24:27], "little"), 1 + int.from_bytes(start[27:30], "little")
    if start[12:16] == b"VP8L":
        bits = int.from_bytes(start[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", start, 26)
    return width & 0x3FFF, height & 0x3FFF


def _read_avif_size(start: bytes) -> Size | None:
    """ISO/IEC 23008-12, 6.5.3: the largest extent. Pillow refuses more than its own limit without the size."""
    found = re.finditer(b"ispe.{4}(.{8})", start, re.DOTALL)
    sizes: list[Size] = [struct.unpack(">II", match[1]) for match in found]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _read_exr_size(start: bytes) -> Size | None:
    found = re.search(rb"dataWindow\0box2i\0\x10\0\0\0(.{16})", start, re.DOTALL)
    if not found:
        return None
    left, top, right, bottom = struct.unpack("<iiii", found[1])
    return max(0, right - left + 1), max(0, bottom - top + 1)


def _search(pattern: bytes) -> Callable[[bytes], Size | None]:
    def read(start: bytes) -> Size | None:
        # Text headers are short, and a search through a whole image may take long.
        found: Any = re.match(pattern, start[:4096], re.DOTALL | re.MULTILINE)
        return (int(found["width"]), int(found["height"])) if found else None

    return read


_NUMBER = rb"(?P<%s>\d{1,12})"
_WIDTH, _HEIGHT = _NUMBER % b"width", _NUMBER % b"height"
_READERS: tuple[tuple[str, bytes, Callable[[bytes], Size | None]], ...] = (
    ("WEBP", rb"RIFF.{4}WEBP", _read_webp_size),
    ("AVIF", rb"....ftypavi[fs]", _read_avif_size),
    ("HDR", rb"#\?(?:RADIANCE|RGBE)", _search(rb".*?\n\n-Y +" + _HEIGHT + rb" +\+X +" + _WIDTH + rb"\n")),
    ("PAM", rb"P7", _search(rb"(?=.*?^WIDTH\s+" + _WIDTH + rb"\s*$)(?=.*?^HEIGHT\s+" + _HEIGHT + rb"\s*$)")),
    ("PFM", rb"P[Ff]", _search(rb"P[Ff](?:\s|#[^\n]*\n)+" + _WIDTH + rb"(?:\s|#[^\n]*\n)+" + _HEIGHT + rb"\s")),
    ("EXR", rb"v/1\x01", _read_exr_size),
)
