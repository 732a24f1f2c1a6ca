"""Sinks that a run opens once its source is open."""

from __future__ import annotations

import numpy as np
import pytest
from support.memory_source import MemorySource

from framechain import Frame, FrameInfo, Sink, Source, StreamInfo
from framechain.errors import CameraError
from framechain.run.sink_openers import LastFrame, make_opener

INFO = StreamInfo("camera 0", "camera", 8, 6)


def test_make_opener_opens_the_sink_for_the_source_only_when_called() -> None:
    opened: list[Source] = []

    class Noted(Sink):
        def open(self, source: Source) -> None:
            opened.append(source)

        def write(self, frame: Frame) -> None: ...

    sink, source = Noted(), MemorySource(INFO)
    opener = make_opener(sink)
    assert opened == []
    assert opener(source) is sink
    assert opened == [source]


def test_last_frame_gives_the_last_one_with_its_alpha() -> None:
    last = LastFrame()
    for level, channels in ((10, 3), (20, 4)):
        pixels = np.full((6, 8, channels), level, np.uint8)
        frame = Frame(FrameInfo(0, 0, 1, INFO), bgr=pixels[..., :3].copy()).with_bgr(pixels)
        last.write(frame)
        np.testing.assert_array_equal(last.get(), pixels)


def test_last_frame_without_a_frame_is_an_error() -> None:
    with pytest.raises(CameraError, match="the camera gave no frame"):
        LastFrame().get()
