"""What a camera's driver says on Linux."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from support.video_devices import CAPTURE, CODEC, METADATA, OUTPUT, PLANES, Driver

from framechain.doctor import v4l2
from framechain.doctor.v4l2 import Camera, Mode, list_devices, read_camera

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ioctl")

MODES = {"MJPG": [(1280, 720, [30, 15]), (1920, 1080, [30])], "YUYV": [(640, 480, [15, 30]), (1280, 720, [10])]}


@pytest.fixture
def device(tmp_path: Path) -> str:
    path = tmp_path / "video0"
    path.touch()
    return str(path)


def read(driver: Driver, device: str, monkeypatch: pytest.MonkeyPatch) -> Camera:
    monkeypatch.setattr(v4l2, "_ioctl", driver)
    return read_camera(device)


def test_requests_have_the_numbers_of_the_kernels_header() -> None:
    """They hold the sizes of the structures: those of a C program with linux/videodev2.h."""
    numbers = (v4l2.QUERYCAP, v4l2.ENUM_FMT, v4l2.ENUM_FRAMESIZES, v4l2.ENUM_FRAMEINTERVALS, v4l2.REQBUFS)
    sizes = (v4l2._CAPABILITY, v4l2._FORMAT, v4l2._SIZE, v4l2._INTERVAL, v4l2._BUFFERS)
    assert [number >> 16 & 0x3FFF for number in numbers] == [layout.size for layout in sizes]
    assert [number & 0xFFFF for number in numbers] == [0x5600, 0x5602, 0x564A, 0x564B, 0x5608]


def test_camera_tells_formats_sizes_and_highest_rates(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = read(Driver(sizes=MODES), device, monkeypatch)
    assert (camera.device, camera.name, camera.driver, camera.fault) == (device, "HD Webcam", "uvcvideo", "")
    assert camera.modes == (
        Mode("MJPG", 1280, 720, 30.0),
        Mode("MJPG", 1920, 1080, 30.0),
        Mode("YUYV", 640, 480, 30.0),
        Mode("YUYV", 1280, 720, 10.0),
    )


def test_camera_that_scales_tells_the_largest_and_the_usual_sizes(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = read(Driver(flags=PLANES, steps={"NV12": (64, 64, 1600, 1200)}), device, monkeypatch)
    sizes = [(mode.width, mode.height, mode.rate) for mode in camera.modes]
    assert sizes == [(1600, 1200, 60.0), (1280, 720, 60.0), (640, 480, 60.0)]


def test_camera_that_another_program_uses_is_busy(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = read(Driver(sizes=MODES, is_busy=True), device, monkeypatch)
    assert camera.fault == "busy"
    assert len(camera.modes) == 4


@pytest.mark.parametrize("flags", [METADATA, OUTPUT, CAPTURE | CODEC])
def test_device_that_gives_no_frames_is_no_camera(flags: int, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(flags=flags, sizes=MODES)
    assert not read(driver, device, monkeypatch).is_camera
    assert driver.asked == [v4l2.QUERYCAP]


def test_device_of_v4l2loopback_is_known_by_its_driver(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(Driver(driver="v4l2 loopback"), device, monkeypatch).is_loopback


def test_driver_that_lists_formats_without_end_is_left(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = read(Driver(sizes=MODES, endless=True), device, monkeypatch)
    assert {mode.format for mode in camera.modes} == {"MJPG"}


def test_device_that_knows_no_request_says_so(device: str) -> None:
    """A file knows none."""
    assert read_camera(device) == Camera(device, fault="Inappropriate ioctl for device")


def test_device_that_may_not_be_opened_is_denied(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> int:
        raise PermissionError(13, "Permission denied", device)

    monkeypatch.setattr(os, "open", refuse)
    assert read_camera(device) == Camera(device, fault="denied")


def test_device_that_is_gone_says_so(tmp_path: Path) -> None:
    assert read_camera(str(tmp_path / "video7")).fault == "No such file or directory"


def test_devices_are_listed_by_number(tmp_path: Path) -> None:
    for name in ("video10", "video2", "video", "videos3", "media0"):
        (tmp_path / name).touch()
    assert list_devices(str(tmp_path)) == [str(tmp_path / "video2"), str(tmp_path / "video10")]
    assert list_devices(str(tmp_path / "none")) == []
