"""A video file in place of a camera."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.media import BT709, flats, level, write_clip

from framechain import FrameInfo, StreamInfo
from framechain.errors import MediaError
from framechain.sources.file_capture import FileCapture


def test_file_capture_gives_every_frame_then_none(tmp_path: Path) -> None:
    capture = FileCapture(write_clip(tmp_path / "clip.mp4", flats(5), colour=BT709, rate=25))
    assert capture.rate == 25
    assert list(capture.remarks) == []
    stream = StreamInfo("camera", "camera", 64, 48, colour=BT709)
    for index in range(5):
        image = capture.read(0.0)
        assert image is not None
        assert capture.describe(image) == ((64, 48), BT709, Fraction(1))
        info = FrameInfo(index, 7 * index, 7, stream)
        frame = capture.make_frame(image, info)
        assert frame.info is info
        assert frame.is_yuv
        assert np.abs(frame.read_bgr().mean() - level(index)) < 3
    assert capture.read(0.0) is None
    capture.close()
    capture.close()


def test_file_capture_of_something_else_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("this is no video")
    with pytest.raises(MediaError, match="cannot read"):
        FileCapture(str(tmp_path / "clip.mp4"))
