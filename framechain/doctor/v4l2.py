"""Cameras on Linux: Video4Linux tells their modes without a frame being read, and without the camera being started.

The requests are those of linux/videodev2.h, with the numbers of x86 and ARM.
"""

from __future__ import annotations

import errno
import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import reason

try:
    import fcntl

    _ioctl: Callable[[int, int, bytearray], object] = fcntl.ioctl
except ImportError:  # On Windows, where nothing here is called.
    pass

QUERYCAP, ENUM_FMT, REQBUFS = 0x80685600, 0xC0405602, 0xC0145608
ENUM_FRAMESIZES, ENUM_FRAMEINTERVALS = 0xC02C564A, 0xC034564B
LOOPBACK_DRIVER = "v4l2 loopback"

_CAPABILITY = struct.Struct("16s32s32sIIIIII")
_FORMAT = struct.Struct("III32sI16x")
_SIZE = struct.Struct("III6I8x")
_INTERVAL = struct.Struct("IIIII6I8x")
_BUFFERS = struct.Struct("IIII4x")
_CAPTURE, _CAPTURE_PLANES = 0x1, 0x1000
_CODEC = 0x8000 | 0x4000  # A chip that encodes or decodes is a device too.
_HAS_OWN_CAPABILITIES = 0x80000000
_CAPTURE_TYPE, _CAPTURE_PLANES_TYPE = 1, 9
_MEMORY_MAP = 1
_DISCRETE = 1
# A driver that never says that there are no more must not keep us for ever.
_MOST = 64
# Of a driver that can scale to any size, the ones that are asked for.
_USUAL_SIZES = ((1920, 1080), (1280, 720), (640, 480))


@dataclass(frozen=True, slots=True)
class Mode:
    """What a camera can give.

    Attributes:
        format: Four letters, such as "MJPG" or "YUYV".
        width: In pixels.
        height: In pixels.
        rate: The highest rate, in frames per second; 0.0 if the driver does not say.
    """

    format: str
    width: int
    height: int
    rate: float


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera.

    Attributes:
        device: What to give as INPUT: a device or a number.
        name: As the driver says.
        driver: The driver's name.
        fault: Why it cannot be used: "denied", "busy", "late", or what the system says; "" if it can.
        modes: What it can give.
        is_camera: Whether it gives frames; another device of it may only take them, or give other data.
    """

    device: str
    name: str = ""
    driver: str = ""
    fault: str = ""
    modes: tuple[Mode, ...] = ()
    is_camera: bool = True

    @property
    def is_loopback(self) -> bool:
        """Whether it is a virtual camera of v4l2loopback."""
        return self.driver == LOOPBACK_DRIVER


def list_devices(folder: str = "/dev") -> list[str]:
    """Return the video devices, by their numbers."""
    try:
        names = [name for name in os.listdir(folder) if re.fullmatch(r"video\d+", name)]
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names, key=lambda name: int(name[5:]))][:_MOST]


def read_camera(device: str) -> Camera:
    """Ask a device what it is and what it can give.

    Args:
        device: Such as "/dev/video0".
    """
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        faults = {errno.EACCES: "denied", errno.EPERM: "denied", errno.EBUSY: "busy"}
        return Camera(device, fault=faults.get(error.errno or 0, reason(error)))
    try:
        return _ask(device, descriptor)
    except OSError as error:
        return Camera(device, fault=reason(error))
    finally:
        os.close(descriptor)


def _ask(device: str, descriptor: int) -> Camera:
    answer = bytearray(_CAPABILITY.size)
    _ioctl(descriptor, QUERYCAP, answer)
    driver, card, _, _, capabilities, own, *_ = _CAPABILITY.unpack(answer)
    name, driver_name = _read_text(card), _read_text(driver)
    # A camera has several devices, and `capabilities` are those of all.
    flags = own if capabilities & _HAS_OWN_CAPABILITIES else capabilities
    if flags & _CODEC or not flags & (_CAPTURE | _CAPTURE_PLANES):
        return Camera(device, name, driver_name, is_camera=False)
    kind = _CAPTURE_TYPE if flags & _CAPTURE else _CAPTURE_PLANES_TYPE
    modes = tuple(mode for form in _list_formats(descriptor, kind) for mode in _list_modes(descriptor, form))
    # Releasing no buffers changes nothing, and is refused while another program has some.
    try:
        _ioctl(descriptor, REQBUFS, bytearray(_BUFFERS.pack(0, kind, _MEMORY_MAP, 0)))
    except OSError as error:
        if error.errno == errno.EBUSY:
            return Camera(device, name, driver_name, "busy", modes)
    return Camera(device, name, driver_name, "", modes)


def _list_formats(descriptor: int, kind: int) -> Iterator[int]:
    for index in range(_MOST):
        answer = bytearray(_FORMAT.pack(index, kind, 0, b"", 0))
        try:
            _ioctl(descriptor, ENUM_FMT, answer)
        except OSError:  # There are no more.
            return
        yield _FORMAT.unpack(answer)[4]


def _list_modes(descriptor: int, form: int) -> Iterator[Mode]:
    for width, height in dict.fromkeys(_list_sizes(descriptor, form)):
        yield Mode(_read_text(struct.pack("<I", form)), width, height, _find_rate(descriptor, form, width, height))


def _list_sizes(descriptor: int, form: int) -> Iterator[tuple[int, int]]:
    for index in range(_MOST):
        answer = bytearray(_SIZE.pack(index, form, 0, *[0] * 6))
        try:
            _ioctl(descriptor, ENUM_FRAMESIZES, answer)
        except OSError:
            return
        _, _, kind, *numbers = _SIZE.unpack(answer)
        if kind == _DISCRETE:
            yield numbers[0], numbers[1]
            continue
        least_width, width, _, least_height, height, _ = numbers
        yield width, height
        for usual in _USUAL_SIZES:
            if least_width <= usual[0] <= width and least_height <= usual[1] <= height:
                yield usual
        return


def _find_rate(descriptor: int, form: int, width: int, height: int) -> float:
    """Return the highest rate: a driver lists the times between two frames, or the shortest and the longest."""
    rates = [0.0]
    for index in range(_MOST):
        answer = bytearray(_INTERVAL.pack(index, form, width, height, 0, *[0] * 6))
        try:
            _ioctl(descriptor, ENUM_FRAMEINTERVALS, answer)
        except OSError:
            break
        _, _, _, _, kind, numerator, denominator, *_ = _INTERVAL.unpack(answer)
        rates.append(denominator / numerator if numerator else 0.0)
        if kind != _DISCRETE:
            break
    return round(max(rates), 2)


def _read_text(data: bytes) -> str:
    return data.split(b"\0")[0].decode("ascii", "replace").strip()
