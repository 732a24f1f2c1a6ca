"""What an image is and how large, found out from its header alone."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support.image_headers import (
    HEIGHT,
    WIDTH,
    encode_image,
    make_image_with_false_size,
    make_png,
    make_tiff,
    promises_too_much,
    read_size,
)
from support.media import photo

from framechain import Engine, FramechainError
from framechain.images.header import ImageHeader, get_orientation, is_incomplete, read_image_header

SUFFIXES = (".jpg", ".png", ".webp", ".gif", ".bmp", ".tiff", ".avif", ".jp2", ".hdr", ".ras", ".ppm", ".pam", ".pfm")
# A busy machine is no failure, and hypothesis writes no database.
CALM = settings(deadline=None, database=None)


# Sizes in headers


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_read_image_header_gives_the_size(suffix: str) -> None:
    data = encode_image(suffix)
    assert read_size(data) == (WIDTH, HEIGHT)
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED).shape[1::-1] == (WIDTH, HEIGHT)


def test_read_image_header_other_layouts_give_the_size() -> None:
    alpha = np.dstack([photo(WIDTH, HEIGHT), np.full((HEIGHT, WIDTH), 99, np.uint8)])
    lossy = cv2.imencode(".webp", photo(WIDTH, HEIGHT), [cv2.IMWRITE_WEBP_QUALITY, 50])[1].tobytes()
    extended = cv2.imencode(".webp", alpha, [cv2.IMWRITE_WEBP_QUALITY, 50])[1].tobytes()
    progressive = cv2.imencode(".jpg", photo(WIDTH, HEIGHT), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert {lossy[12:16], extended[12:16], encode_image(".webp")[12:16]} == {b"VP8 ", b"VP8X", b"VP8L"}
    commented = b"P6 # an image\n# of\n53  37\n255\n"
    big_endian = struct.pack(">2sHIHHHIHHHHIHH", b"MM", 42, 8, 2, 256, 3, 1, 53, 0, 257, 3, 1, 37, 0)
    for data in (lossy, extended, progressive, commented, big_endian, make_tiff(WIDTH)[:22] + make_tiff(HEIGHT)[22:]):
        assert read_size(data) == (WIDTH, HEIGHT)


@CALM
@given(st.sampled_from(SUFFIXES), st.integers(0, 400), st.integers(0, 4000), st.binary(max_size=12))
def test_read_image_header_damaged_header_gives_a_size_or_none(
    suffix: str, place: int, length: int, noise: bytes
) -> None:
    data = encode_image(suffix)
    size = read_size((data[:place] + noise + data[place + len(noise) :])[:length])
    assert size is None or (len(size) == 2 and min(size) >= 0)


@CALM
@given(st.binary(max_size=300))
def test_read_image_header_of_damaged_content_gives_a_size_or_none(data: bytes) -> None:
    for start in (b"\xff\xd8", b"II*\0", b"MM\0+", b"RIFF0000WEBP", b"P7\n", b"BM", b"\0\0\0\x0cjP  \r\n\x87\n"):
        size = read_size(start + data)
        assert size is None or (len(size) == 2 and min(size) >= 0)


@CALM
@given(st.binary(max_size=300))
def test_read_image_header_of_other_content_gives_none(data: bytes) -> None:
    assert read_size(b"no image: " + data) is None


class CountedFile(io.BytesIO):
    """A file that remembers how many bytes were read from it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_read_image_header_unknown_content_is_not_read_into_memory(tmp_path: Path) -> None:
    file = CountedFile(bytes(10_000_000))
    assert read_image_header(file) is None
    assert 0 < file.count <= 65_536
    path = tmp_path / "me.png"
    path.write_bytes(bytes(1000))
    with pytest.raises(FramechainError, match=r"cannot read .*me\.png: it is not an image in a known format"):
        Engine(image_path=path, output_path=tmp_path / "out.png").run()


@pytest.mark.slow
def test_image_header_large_flat_image_promises_what_it_holds() -> None:
    flat = np.full((9_000, 9_000), 128, np.uint8)  # More than 2^26 pixels, as short as a JPEG can be.
    for options in ([], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_OPTIMIZE, 1]):
        assert not promises_too_much(cv2.imencode(".jpg", flat, options)[1].data)


# Who decodes it


def read_header(data: bytes) -> ImageHeader:
    header = read_image_header(io.BytesIO(data))
    assert header is not None
    return header


def encode(suffix: str, shape: tuple[int, ...], dtype: Any, *options: int) -> bytes:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape, dtype)
    return cv2.imencode(suffix, pixels, options)[1].tobytes()


@pytest.mark.parametrize(
    ("suffix", "channels", "dtype", "by_pillow"),
    [
        (".png", 3, np.uint8, True), (".png", 4, np.uint8, True), (".png", 1, np.uint8, True),
        (".png", 1, np.uint16, True), (".png", 3, np.uint16, False), (".png", 4, np.uint16, False),
        (".tiff", 3, np.uint8, True), (".tiff", 3, np.uint16, False), (".tiff", 1, np.uint16, True),
        (".jpg", 3, np.uint8, False), (".jpg", 1, np.uint8, False), (".bmp", 3, np.uint8, True),
        (".jp2", 3, np.uint8, True), (".jp2", 3, np.uint16, False), (".webp", 3, np.uint8, False),
        (".ppm", 3, np.uint8, True), (".ppm", 3, np.uint16, True), (".ras", 3, np.uint8, False),
    ],
)  # fmt: skip
def test_read_image_header_deep_colours_are_not_left_to_pillow(
    suffix: str, channels: int, dtype: Any, by_pillow: bool
) -> None:
    """Pillow cuts 16 bits off to 8, and decodes JPEG more slowly."""
    header = read_header(encode(suffix, (HEIGHT, WIDTH, channels), dtype))
    assert header.size == (WIDTH, HEIGHT)
    assert (header.image is not None) == by_pillow


def test_read_image_header_float_tiff_is_left_to_opencv() -> None:
    pixels = photo(WIDTH, HEIGHT).astype(np.float32)
    header = read_header(cv2.imencode(".tiff", pixels)[1].tobytes())
    assert (header.format, header.size, header.image) == ("TIFF", (WIDTH, HEIGHT), None)


def test_read_image_header_scan_of_a_jpeg_begins_behind_its_header() -> None:
    data = encode_image(".jpg")
    start = read_header(data).scan_start
    place = data.index(b"\xff\xda")
    assert start == place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    assert read_header(encode_image(".png")).scan_start == 0


def test_read_image_header_exr_gives_the_data_window() -> None:
    window = b"v/1\x01\2\0\0\0channels\0" + b"dataWindow\0box2i\0\x10\0\0\0" + struct.pack("<iiii", -3, 5, 49, 41)
    assert read_size(window) == (53, 37)
    assert read_size(window[:40]) is None
    assert read_size(window.replace(struct.pack("<iiii", -3, 5, 49, 41), struct.pack("<iiii", 9, 9, 0, 0))) == (0, 0)


def test_read_image_header_avif_beyond_pillows_limit_has_a_size() -> None:
    header = read_header(make_image_with_false_size(".avif"))
    assert (header.format, header.size, header.image) == ("AVIF", (60_000, 60_000), None)
    assert read_header(encode_image(".avif")).image is not None


def test_read_image_header_short_webp_has_none() -> None:
    data = encode_image(".webp")
    assert read_size(data[:30]) == (WIDTH, HEIGHT)
    assert read_size(data[:29]) is None


@pytest.mark.parametrize(("tag", "expected"), [(1, 1), (6, 6), (8, 8), (0, 1), (9, 1), ("6", 1), (None, 1)])
def test_get_orientation_other_values_mean_upright(tag: Any, expected: int) -> None:
    exif = Image.Exif()
    if tag is not None:
        exif[0x0112] = tag
    assert get_orientation(exif) == expected


# What is not there


@pytest.mark.parametrize(
    ("name", "per_byte"), [("JPEG", 8 * 64), ("GIF", 4096), ("BMP", 256), ("PPM", 8), ("SUN", 256)]
)
def test_is_incomplete_file_holds_so_many_pixels_per_byte(name: str, per_byte: int) -> None:
    file = io.BytesIO(bytes(300_000_000 // per_byte))
    length = len(file.getvalue())
    assert not is_incomplete(ImageHeader(name, (per_byte, length)), file)
    assert is_incomplete(ImageHeader(name, (per_byte, length + 1)), file)
    assert not is_incomplete(ImageHeader(name, (8192, 8192)), io.BytesIO(b"small"))
    assert is_incomplete(ImageHeader(name, (8192, 8193)), io.BytesIO(b"small"))
    assert not is_incomplete(ImageHeader("TIFF", (60_000, 60_000)), io.BytesIO(b"not judged"))


def test_is_incomplete_png_of_one_bit_holds_8_pixels_in_each_byte() -> None:
    file = io.BytesIO(make_png(40).ljust(9_000, b"\0"))
    assert not is_incomplete(ImageHeader("PNG", (8 * 1032, 9_000)), file)
    assert is_incomplete(ImageHeader("PNG", (8 * 1032, 9_001)), file)


@pytest.mark.parametrize(("layout", "bands"), [("RGB", 3), ("RGBA", 4), ("LA", 2)])
def test_is_incomplete_png_of_several_channels_holds_less(layout: str, bands: int) -> None:
    most = 1032 // bands
    length = 70_000_000 // most
    file = io.BytesIO(make_png(40).ljust(length, b"\0"))
    header = ImageHeader("PNG", (most, length), Image.new(layout, (1, 1)))
    assert not is_incomplete(header, file)
    assert is_incomplete(ImageHeader("PNG", (most, length + 1), header.image), file)
    assert not is_incomplete(ImageHeader("PNG", (most, length + 1), Image.new("L", (1, 1))), file)


@pytest.mark.shared
def test_read_image_header_280_million_pixels_are_read(shared: Path) -> None:
    data = (shared / "odd" / "sharp_giant-image.jpg").read_bytes()
    assert read_size(data) == (20_000, 14_000)
