"""Cameras: which there are, what they can give, and whether this process may use them; and virtual cameras."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import LateError, reason
from .check import call_with_limit
from .machine import is_container
from .packages import find_versions
from .v4l2 import Camera, Mode, list_devices, read_camera
from .verdict import Verdict, join_words

CAMERA_SECONDS = 5.0
"""How long one camera may take to answer."""

# Opening a camera that is not there takes time on Windows, and starts the one that is there.
_MOST_NUMBERS = 3
_JOIN_GROUP = 'sudo usermod -aG video "$USER", then log out and in again'
# What a run is likely to ask for.
_USUAL_WIDTH, _FLUENT_RATE = 1280, 24


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """Cameras.

    Attributes:
        cameras: What was found.
        in_container: Whether this process runs in a container, which has no cameras unless it is given some.
    """

    cameras: tuple[Camera, ...]
    in_container: bool = False


def gather_cameras(
    devices: Sequence[str] | None = None, read: Callable[[str], Camera] = read_camera, seconds: float = CAMERA_SECONDS
) -> CameraFacts:
    """Look at each camera.

    Args:
        devices: The devices to look at; those of the system if not given.
        read: Looks at one.
        seconds: How long one may take; a driver that hangs costs this one alone.
    """
    found: list[Camera] = []
    if devices is None and not sys.platform.startswith("linux"):
        devices, read = [str(number) for number in range(_MOST_NUMBERS)], _probe_number
    for device in list_devices() if devices is None else devices:
        try:
            camera = call_with_limit(device, lambda device=device: read(device), seconds)  # type: ignore[misc]
        except LateError:
            camera = Camera(device, fault="late")
        if camera.is_camera and not camera.is_loopback:
            found.append(camera)
    return CameraFacts(tuple(found), is_container())


def _probe_number(number: str) -> Camera:
    """Open a camera for a moment: only Linux tells its modes without that."""
    import cv2

    from ..media.native_messages import hide_native_messages

    with hide_native_messages(""):
        capture: Any = cv2.VideoCapture(int(number))
        try:
            if not capture.isOpened():
                return Camera(number, is_camera=False)
            width, height, rate = (
                capture.get(key) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS)
            )
            return Camera(number, modes=(Mode("", int(width), int(height), round(rate, 2)),))
        except cv2.error as error:
            return Camera(number, fault=reason(error))
        finally:
            capture.release()


def judge_cameras(facts: CameraFacts) -> Iterable[Verdict]:
    """Return what each camera can give, or why it gives nothing."""
    if not facts.cameras:
        advice = "plug one in, or give the URL of a network camera; files need none"
        if facts.in_container:
            advice = "start the container with --device /dev/video0, or give the URL of a network camera"
        yield Verdict("note", "none was found", advice)
    for camera in facts.cameras:
        yield _judge_camera(camera)


def _judge_camera(camera: Camera) -> Verdict:
    name = f"{camera.device} {camera.name}".strip()
    if camera.fault == "denied":
        return Verdict("problem", f"{name}: this user may not open it", _JOIN_GROUP)
    if camera.fault == "busy":
        return Verdict("note", f"{name}: another program uses it; {describe_modes(camera.modes)}", "end that program")
    if camera.fault == "late":
        advice = "unplug it and plug it in again; if that does not help, restart the machine"
        return Verdict("problem", f"{name}: its driver gives no answer", advice)
    if camera.fault:
        return Verdict("problem", f"{name}: {camera.fault}", "unplug it and plug it in again")
    text = f"{name}: {describe_modes(camera.modes)}"
    if not camera.modes:
        return Verdict("note", text, f"try it: framechain {camera.device}")
    wide = [mode.rate for mode in camera.modes if mode.width >= _USUAL_WIDTH and mode.rate]
    if wide and max(wide) < _FLUENT_RATE:
        advice = "ask for fewer pixels: --camera-size 640x480"
        if all(mode.format != "MJPG" for mode in camera.modes):
            advice += "; a camera with MJPG, or on USB 3, gives more"
        return Verdict("note", text, advice)
    return Verdict("ok", text)


def describe_modes(modes: Sequence[Mode]) -> str:
    """Return the most that a camera can give in each format, as words.

    Example:
        >>> describe_modes([Mode("MJPG", 640, 480, 30), Mode("MJPG", 1280, 720, 30), Mode("YUYV", 640, 480, 30)])
        'MJPG 1280x720 at 30/s, YUYV 640x480 at 30/s'
    """
    if not modes:
        return "its modes are not known"
    largest: dict[str, Mode] = {}
    for mode in modes:
        known = largest.setdefault(mode.format, mode)
        if (mode.width * mode.height, mode.rate) > (known.width * known.height, known.rate):
            largest[mode.format] = mode
    return ", ".join(
        f"{mode.format} {mode.width}x{mode.height}{f' at {mode.rate:g}/s' if mode.rate else ''}".strip()
        for mode in largest.values()
    )


@dataclass(frozen=True, slots=True)
class VirtualCameraFacts:
    """What --virtual-camera needs.

    Attributes:
        is_linux: Whether this is Linux; elsewhere the virtual camera is that of OBS Studio.
        pyvirtualcam: Its version; "" if it is not installed.
        devices: The devices of v4l2loopback.
        denied: Those of them that this user may not open.
    """

    is_linux: bool
    pyvirtualcam: str = ""
    devices: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


def gather_virtual_camera(root: Path = Path("/")) -> VirtualCameraFacts:
    """Look for pyvirtualcam and for devices of v4l2loopback.

    Args:
        root: The root of the file system.
    """
    version = find_versions(["pyvirtualcam"]).get("pyvirtualcam", "")
    if not sys.platform.startswith("linux"):
        return VirtualCameraFacts(False, version)
    # What no hardware stands behind.
    folders = sorted((root / "sys" / "devices" / "virtual" / "video4linux").glob("video*"))
    denied = [folder.name for folder in folders if not os.access(root / "dev" / folder.name, os.R_OK | os.W_OK)]
    names = tuple(f"/dev/{folder.name}" for folder in folders)
    return VirtualCameraFacts(True, version, names, tuple(f"/dev/{name}" for name in denied))


def judge_virtual_camera(facts: VirtualCameraFacts) -> Iterable[Verdict]:
    """Return whether --virtual-camera can be used."""
    from ..sinks.virtual_camera import ADVICE

    if not facts.pyvirtualcam:
        yield Verdict("note", "pyvirtualcam is not installed", "for --virtual-camera: pip install pyvirtualcam")
    if facts.is_linux and not facts.devices:
        yield Verdict("note", "there is no device of v4l2loopback", f"for --virtual-camera {ADVICE['linux']}")
    elif facts.denied:
        yield Verdict("note", f"this user may not open {join_words(facts.denied)}", _JOIN_GROUP)
    elif facts.pyvirtualcam:
        devices = join_words(facts.devices) if facts.is_linux else "which needs the virtual camera of OBS Studio"
        yield Verdict("ok", f"pyvirtualcam {facts.pyvirtualcam}, {devices}")
