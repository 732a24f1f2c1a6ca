"""Whether a browser shows an image file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from framechain.images.browsers import find_browser_type


@pytest.mark.parametrize(
    ("kind", "browser_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", None),
        ("JPEG2000", None),
        ("PPM", None),
    ],
)
def test_find_browser_type_goes_by_content_whatever_the_name(
    kind: str, browser_type: str | None, tmp_path: Path
) -> None:
    PIL.Image.fromarray(np.zeros((8, 9, 3), np.uint8)).save(tmp_path / "a.dat", kind)
    assert find_browser_type(str(tmp_path / "a.dat")) == browser_type


def test_find_browser_type_of_no_image_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    assert find_browser_type(str(tmp_path / "a.png")) is None
