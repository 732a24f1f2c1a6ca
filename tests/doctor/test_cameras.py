"""The doctor's lines about cameras, real and virtual."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import cv2
import pytest
from support.webcams import Webcam

from framechain.doctor.cameras import (
    CameraFacts,
    VirtualCameraFacts,
    _probe_number,
    gather_cameras,
    gather_virtual_camera,
    judge_cameras,
    judge_virtual_camera,
)
from framechain.doctor.v4l2 import LOOPBACK_DRIVER, Camera, Mode

HD = Mode("MJPG", 1280, 720, 30.0)
USABLE = Camera("/dev/video0", "HD Webcam", "uvcvideo", "", (HD, Mode("YUYV", 640, 480, 30.0)))


def test_camera_that_is_usable_is_ok_with_its_modes() -> None:
    (verdict,) = judge_cameras(CameraFacts((USABLE,)))
    assert verdict.state == "ok"
    assert verdict.text == "/dev/video0 HD Webcam: MJPG 1280x720 at 30/s, YUYV 640x480 at 30/s"


@pytest.mark.parametrize(
    ("camera", "state", "words", "advice"),
    [
        (Camera("/dev/video0", fault="denied"), "problem", "may not open it", "usermod -aG video"),
        (Camera("/dev/video0", "Cam", fault="busy", modes=(HD,)), "note", "another program uses it", "end that"),
        (Camera("/dev/video0", fault="late"), "problem", "its driver gives no answer", "unplug"),
        (Camera("/dev/video0", fault="Input/output error"), "problem", "Input/output error", "unplug"),
        (Camera("1"), "note", "modes are not known", "framechain 1"),
        (
            Camera("/dev/video0", modes=(Mode("YUYV", 1280, 720, 10.0),)),
            "note",
            "YUYV 1280x720 at 10/s",
            "--camera-size 640x480; a camera with MJPG",
        ),
    ],
)
def test_camera_fault_says_what_to_do(camera: Camera, state: str, words: str, advice: str) -> None:
    (verdict,) = judge_cameras(CameraFacts((camera,)))
    assert verdict.state == state
    assert words in verdict.text
    assert advice in verdict.advice


def test_no_camera_is_a_note_that_knows_containers() -> None:
    (verdict,) = judge_cameras(CameraFacts(()))
    assert (verdict.state, verdict.text) == ("note", "none was found")
    assert "plug one in" in verdict.advice
    (verdict,) = judge_cameras(CameraFacts((), in_container=True))
    assert "--device /dev/video0" in verdict.advice


def test_camera_that_hangs_costs_itself_alone() -> None:
    released = threading.Event()

    def read(device: str) -> Camera:
        if device == "/dev/video0":
            released.wait()
        return Camera(device, modes=(HD,))

    try:
        facts = gather_cameras(["/dev/video0", "/dev/video1"], read, seconds=0.05)
    finally:
        released.set()
    assert [(camera.device, camera.fault) for camera in facts.cameras] == [("/dev/video0", "late"), ("/dev/video1", "")]


def test_device_that_is_no_camera_or_a_virtual_one_is_left_out() -> None:
    found = {
        "a": Camera("a", is_camera=False),
        "b": Camera("b", driver=LOOPBACK_DRIVER),
        "c": Camera("c", modes=(HD,)),
    }
    facts = gather_cameras(list(found), found.__getitem__)
    assert [camera.device for camera in facts.cameras] == ["c"]


def test_camera_number_is_probed_and_released(monkeypatch: pytest.MonkeyPatch) -> None:
    webcam = Webcam(sizes=((1280, 720),), raw_rate=30)
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: webcam)
    assert _probe_number("1") == Camera("1", modes=(Mode("", 1280, 720, 30.0),))
    assert webcam.released == 1
    webcam.plugged = False
    assert not _probe_number("2").is_camera


READY = VirtualCameraFacts(True, "0.15.0", ("/dev/video10",))


@pytest.mark.parametrize(
    ("facts", "states", "words"),
    [
        (READY, ["ok"], "pyvirtualcam 0.15.0, /dev/video10"),
        (VirtualCameraFacts(True, "", ("/dev/video10",)), ["note"], "pip install pyvirtualcam"),
        (VirtualCameraFacts(True, "0.15.0"), ["note"], "sudo modprobe v4l2loopback"),
        (VirtualCameraFacts(True), ["note", "note"], "sudo modprobe v4l2loopback"),
        (VirtualCameraFacts(True, "0.15.0", ("/dev/video10",), ("/dev/video10",)), ["note"], "usermod -aG video"),
        (VirtualCameraFacts(False, "0.15.0"), ["ok"], "OBS Studio"),
        (VirtualCameraFacts(False), ["note"], "pip install pyvirtualcam"),
    ],
)
def test_virtual_camera_verdicts(facts: VirtualCameraFacts, states: list[str], words: str) -> None:
    verdicts = list(judge_virtual_camera(facts))
    assert [verdict.state for verdict in verdicts] == states
    assert words in " ".join(f"{verdict.text} {verdict.advice}" for verdict in verdicts)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="v4l2loopback is Linux's")
def test_virtual_camera_devices_are_those_without_hardware(tmp_path: Path) -> None:
    (tmp_path / "sys" / "devices" / "virtual" / "video4linux" / "video10").mkdir(parents=True)
    assert gather_virtual_camera(tmp_path).devices == ("/dev/video10",)
    assert gather_virtual_camera(tmp_path).denied == ("/dev/video10",)  # There is no such device to open.
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video10").touch()
    assert gather_virtual_camera(tmp_path).denied == ()
