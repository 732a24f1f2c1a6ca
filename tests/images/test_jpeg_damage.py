"""Damage of JPEGs that decoders do not report."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import pytest
from support.media import photo, psnr

from framechain.images.codec import read_image
from framechain.images.header import read_image_header
from framechain.images.jpeg_damage import find_jpeg_damage


def encode_jpeg(*options: int) -> tuple[bytes, int]:
    data = cv2.imencode(".jpg", photo(320, 240), list(options))[1].tobytes()
    header = read_image_header(io.BytesIO(data))
    assert header is not None
    return data, header.scan_start


KINDS = {
    "baseline": (),
    "progressive": (cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "restarts": (cv2.IMWRITE_JPEG_RST_INTERVAL, 3),
    "progressive, restarts": (cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_find_jpeg_damage_whole_file_has_none(kind: str) -> None:
    data, scan_start = encode_jpeg(*KINDS[kind])
    assert find_jpeg_damage(data, scan_start) is None
    assert find_jpeg_damage(data + b"\xff\xd8 a second image after the end", scan_start) is None


@pytest.mark.parametrize("kind", KINDS)
def test_find_jpeg_damage_missing_end_is_found(kind: str) -> None:
    data, scan_start = encode_jpeg(*KINDS[kind])
    for length in (len(data) - 1, len(data) - 2, (scan_start + len(data)) // 2, scan_start):
        assert find_jpeg_damage(data[:length], scan_start) == "its end is missing"


def test_find_jpeg_damage_restart_marker_that_is_missing_is_found() -> None:
    data, scan_start = encode_jpeg(*KINDS["restarts"])
    damaged = data[:scan_start] + data[scan_start:].replace(b"\xff\xd2", b"\0\0", 1)
    assert find_jpeg_damage(damaged, scan_start) == "a restart marker is missing"


@pytest.mark.parametrize("marker", [0x01, 0x84, 0xC0, 0xD8])
def test_find_jpeg_damage_marker_within_the_data_is_found(marker: int, tmp_path: Path) -> None:
    data, scan_start = encode_jpeg()
    middle = (scan_start + len(data)) // 2
    damaged = data[:middle] + bytes([0xFF, marker]) + data[middle + 2 :]
    assert find_jpeg_damage(damaged, scan_start) == "its data are broken off by a wrong marker"
    path = tmp_path / "me.jpg"
    path.write_bytes(damaged)
    decoded = read_image(str(path))
    assert decoded.problem is not None
    assert "me.jpg is damaged or cut short" in decoded.problem
    assert decoded.pixels.shape == (240, 320, 3)
    assert psnr(decoded.pixels[:60], photo(320, 240)[:60]) > 25
