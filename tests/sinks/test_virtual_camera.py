"""A virtual camera, by the tests' own backend of pyvirtualcam."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from support.media import flat
from support.memory_source import MemorySource
from support.patience import eventually
from support.virtual_cameras import Loopback, loopback  # noqa: F401

from framechain import Frame, FrameInfo, StreamInfo
from framechain.errors import OutputError
from framechain.sinks.virtual_camera import VirtualCamera


def open_camera(width: int = 64, height: int = 48, rate: Fraction | None = None) -> tuple[VirtualCamera, Loopback]:
    sink = VirtualCamera()
    sink.open(MemorySource(StreamInfo("camera", "camera", width, height, rate=rate)))
    return sink, Loopback.made[-1]


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("rate", "expected"), [(None, 30), (Fraction(25), 25), (Fraction(30000, 1001), 29.97), (Fraction(240), 60)]
)
def test_virtual_camera_rate_is_the_streams_up_to_60(rate: Fraction | None, expected: float) -> None:
    sink, device = open_camera(rate=rate)
    sink.finish()
    assert device.fps == pytest.approx(expected, abs=0.001)
    assert sink.rate == device.fps


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("width", "height", "shape"), [(64, 48, (48, 64, 3)), (65, 49, (48, 64, 3)), (1, 1, (2, 2, 3))]
)
def test_virtual_camera_size_is_even(width: int, height: int, shape: tuple[int, ...]) -> None:
    sink, device = open_camera(width, height)
    sink.write(Frame(FrameInfo(0, 0, 40, StreamInfo("camera", "camera", width, height)), bgr=flat(90, width, height)))
    eventually(lambda: device.images, "an image")
    sink.finish()
    assert device.shape == device.images[0].shape == shape
    assert abs(int(np.median(device.images[0])) - 90) <= 1


@pytest.mark.usefixtures("loopback")
def test_virtual_camera_shows_nothing_before_the_first_frame_and_closes_once() -> None:
    sink, device = open_camera()
    assert (sink.device, sink.frames, device.closed) == ("/dev/video9", 0, 0)
    sink.finish()
    sink.finish()
    sink.abort()
    assert (device.images, device.closed) == ([], 1)


@pytest.mark.usefixtures("loopback")
def test_virtual_camera_holds_an_image() -> None:
    sink, device = open_camera()
    sink.hold(flat(77))
    eventually(lambda: device.images, "the held image")
    sink.finish()
    assert (device.images[0] == 77).all()
    sink.hold(flat(78))  # Nobody shows it; it is no error.


def test_virtual_camera_not_open_is_an_error() -> None:
    with pytest.raises(OutputError, match=r"the sink is not open, call open\(source\) first"):
        VirtualCamera().write(Frame(FrameInfo(0, 0, 40, StreamInfo("camera", "camera", 64, 48)), bgr=flat(9)))
