"""Formats of images that OpenCV reads wrongly or not at all, and the JPEG 2000 encoder."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from support.media import Array, corners, photo, psnr

from framechain import FramechainError
from framechain.images.codec import encode_image, read_image
from framechain.images.header import read_image_header

WIDTH, HEIGHT = 96, 64


def to_pillow(pixels: Array) -> Image.Image:
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return Image.fromarray(cv2.cvtColor(pixels, code))


def save(path: Path, pixels: Array, **options: Any) -> str:
    to_pillow(pixels).save(path, **options)
    return str(path)


# Formats


@pytest.mark.parametrize("suffix", [".qoi", ".pcx", ".sgi", ".gif", ".bmp", ".png", ".tiff", ".jp2", ".ppm", ".webp"])
def test_read_image_lossless_format_is_exact(suffix: str, tmp_path: Path) -> None:
    pixels = corners(WIDTH, HEIGHT)
    path = save(tmp_path / f"me{suffix}", pixels, **({"lossless": True} if suffix == ".webp" else {}))
    assert np.array_equal(read_image(path).pixels, pixels)


@pytest.mark.parametrize("height", [1, 15, 16, 17, 33])
def test_read_image_every_row_is_converted(height: int, tmp_path: Path) -> None:
    pixels = photo(31, height)
    assert np.array_equal(read_image(save(tmp_path / "me.png", pixels)).pixels, pixels)
    alpha = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    assert np.array_equal(read_image(save(tmp_path / "alpha.png", alpha)).pixels, pixels)


@pytest.mark.parametrize(("most", "dtype"), [(100, np.uint8), (1000, ">u2"), (65535, ">u2")])
@pytest.mark.parametrize("channels", [1, 3])
def test_read_image_pnm_is_scaled_by_its_largest_value(channels: int, most: int, dtype: Any, tmp_path: Path) -> None:
    values = np.array([0, most // 4, most // 2, most], dtype).repeat(channels)
    path = tmp_path / "me.pnm"
    path.write_bytes(b"P%d 2 2 %d\n" % (5 if channels == 1 else 6, most) + values.tobytes())
    expected = np.round(values.astype(float) * 255 / most).reshape(2, 2, channels)
    assert np.abs(read_image(str(path)).pixels - expected).max() <= 1


def test_read_image_avif_of_10_bits_is_as_bright_as_of_8(tmp_path: Path) -> None:
    deep = photo(WIDTH, HEIGHT).astype(np.uint16) * 4 + 2
    options = [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 95]
    path = tmp_path / "me.avif"
    path.write_bytes(cv2.imencode(".avif", deep, options)[1].tobytes())
    assert psnr(read_image(str(path)).pixels, photo(WIDTH, HEIGHT)) > 35


@pytest.mark.parametrize("suffix", [".avif", ".tiff", ".png", ".webp", ".jpg"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_read_image_turned_is_upright(orientation: int, suffix: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(
        tmp_path / f"me{suffix}", corners(WIDTH, HEIGHT), exif=exif, **({} if suffix == ".tiff" else {"quality": 95})
    )
    stored = corners(WIDTH, HEIGHT)
    mirrored = stored[:, ::-1] if orientation in (2, 4, 5, 7) else stored
    upright = np.rot90(mirrored, {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0))
    assert psnr(read_image(path).pixels, upright) > 25


def test_read_image_png_exif_after_the_pixels_counts(tmp_path: Path) -> None:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    to_pillow(corners(WIDTH, HEIGHT)).save(file, "PNG", exif=exif)
    data = file.getvalue()
    place = data.index(b"eXIf") - 4
    chunk = data[place : place + 12 + int.from_bytes(data[place : place + 4], "big")]
    data = data.replace(chunk, b"")
    end = data.index(b"IEND") - 4
    path = tmp_path / "me.png"
    path.write_bytes(data[:end] + chunk + data[end:])
    assert np.array_equal(read_image(str(path)).pixels, np.rot90(corners(WIDTH, HEIGHT), 3))


def test_read_image_tiff_alpha_of_an_animation_is_not_multiplied_twice(tmp_path: Path) -> None:
    pixels = np.dstack([corners(WIDTH, HEIGHT), np.full((HEIGHT, WIDTH), 102, np.uint8)])
    first = to_pillow(pixels)
    path = tmp_path / "me.tiff"
    first.save(path, save_all=True, append_images=[first.rotate(180)])
    expected = corners(WIDTH, HEIGHT) * 0.4 + 255 * 0.6
    assert np.abs(read_image(str(path)).pixels - expected).max() <= 1


def test_read_image_programs_are_never_run_for_postscript(tmp_path: Path) -> None:
    path = tmp_path / "me.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    with pytest.raises(FramechainError, match="it is not an image in a known format"):
        read_image(str(path))


def test_read_image_header_jpeg_2000_goes_by_the_codestream() -> None:
    data = bytearray(cv2.imencode(".jp2", photo(WIDTH, HEIGHT))[1].tobytes())
    place = data.index(b"ihdr") + 4
    data[place : place + 8] = (1).to_bytes(4, "big") * 2
    header = read_image_header(io.BytesIO(data))
    assert header is not None
    assert header.size == (WIDTH, HEIGHT)


# JPEG 2000 written


@pytest.mark.parametrize("shape", [(1, 1, 3), (33, 17, 3), (240, 320, 3)])
def test_encode_image_jpeg_2000_is_lossless(shape: tuple[int, ...]) -> None:
    pixels = photo(320, 240)[: shape[0], : shape[1]]
    data = encode_image(pixels, "out.jp2")
    assert data[4:8] == b"jP  "
    assert np.array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), pixels)


@pytest.mark.slow
def test_encode_image_jpeg_2000_in_threads_does_not_disturb_each_other() -> None:
    images = [photo(640 + number, 480) for number in range(4)]
    results: dict[int, bytes] = {}

    def encode(number: int) -> None:
        results[number] = encode_image(images[number], "out.jp2")

    threads = [threading.Thread(target=encode, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, image in enumerate(images):
        assert np.array_equal(cv2.imdecode(np.frombuffer(results[number], np.uint8), cv2.IMREAD_COLOR), image)
