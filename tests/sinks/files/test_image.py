"""Image files as sinks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import photo

from framechain.errors import OutputError
from framechain.sinks.files.image import ImageSink
from framechain.sources.image import ImageSource


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff"])
def test_image_sink_writes_the_frame_at_finish(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    sink, source = ImageSink(path), ImageSource(photo(31, 20))
    sink.open(source)
    for frame in source:
        sink.write(frame)
    assert not path.exists()
    sink.finish()
    assert sink.path == str(path)
    np.testing.assert_array_equal(cv2.imread(str(path)), photo(31, 20))
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_image_sink_alpha_and_profile_are_kept(tmp_path: Path) -> None:
    from PIL import Image, ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = ImageSource(photo(31, 20))
    source.icc_profile = profile
    bgra = np.dstack([photo(31, 20), np.arange(31 * 20).reshape(20, 31).astype(np.uint8)])
    with_alpha = ImageSink(tmp_path / "out.png", alpha=True)
    with_alpha.open(source)
    for frame in source:
        with_alpha.write(frame.with_bgr(bgra))
    with_alpha.finish()
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED), bgra)
    assert Image.open(tmp_path / "out.png").info["icc_profile"] == profile


@pytest.mark.parametrize(
    ("name", "alpha", "why"),
    [
        ("out.mp4", False, "'.mp4' is not an image format"),
        ("out", False, "out: it has no suffix, choose one of .jpg"),
        ("o.jpg", True, "no alpha"),
    ],
)
def test_image_sink_unfit_suffix_is_refused_at_once(name: str, alpha: bool, why: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=why):
        ImageSink(tmp_path / name, alpha=alpha)
