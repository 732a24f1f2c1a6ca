"""Video4Linux for the tests: a driver that answers requests as linux/videodev2.h lays them out."""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass, field

from framechain.doctor import v4l2

CAPTURE, OUTPUT, METADATA, CODEC, PLANES, OWN = 0x1, 0x2, 0x800000, 0x8000, 0x1000, 0x80000000
DISCRETE, STEPWISE = 1, 3


@dataclass
class Driver:
    """A device.

    Attributes:
        sizes: For each format, in its order: the sizes, each with its rates.
        steps: For each format of a driver that scales: the least and the largest size.
        endless: Whether it never says that there are no more formats.
        asked: The requests that came.
    """

    name: str = "HD Webcam"
    driver: str = "uvcvideo"
    flags: int = CAPTURE
    sizes: dict[str, list[tuple[int, int, list[int]]]] = field(default_factory=dict)
    steps: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    is_busy: bool = False
    endless: bool = False
    asked: list[int] = field(default_factory=list)

    def __call__(self, descriptor: int, request: int, data: bytearray) -> None:
        self.asked.append(request)
        answers = {
            v4l2.QUERYCAP: self._tell_capabilities,
            v4l2.ENUM_FMT: self._tell_format,
            v4l2.ENUM_FRAMESIZES: self._tell_size,
            v4l2.ENUM_FRAMEINTERVALS: self._tell_interval,
            v4l2.REQBUFS: self._release_buffers,
        }
        answers[request](data)

    def _tell_capabilities(self, data: bytearray) -> None:
        assert len(data) == 104
        data[0:16], data[16:48] = self.driver.encode().ljust(16, b"\0"), self.name.encode().ljust(32, b"\0")
        struct.pack_into("<II", data, 84, CAPTURE | METADATA | OWN, self.flags)

    def _tell_format(self, data: bytearray) -> None:
        assert len(data) == 64
        index, kind = struct.unpack_from("<II", data)
        assert kind == (9 if self.flags & PLANES else 1)
        formats = [*self.sizes, *self.steps]
        name = formats[0] if self.endless else _get(formats, index)
        data[44:48] = name.encode()

    def _tell_size(self, data: bytearray) -> None:
        assert len(data) == 44
        index, name = struct.unpack_from("<I", data)[0], data[4:8].decode()
        if name in self.steps:
            least_width, least_height, width, height = _get([self.steps[name]], index)
            struct.pack_into("<7I", data, 8, STEPWISE, least_width, width, 2, least_height, height, 2)
        else:
            width, height, _ = _get(self.sizes[name], index)
            struct.pack_into("<3I", data, 8, DISCRETE, width, height)

    def _tell_interval(self, data: bytearray) -> None:
        assert len(data) == 52
        index, _, width, height = struct.unpack_from("<4I", data)
        name = data[4:8].decode()
        if name in self.steps:
            _get([0], index)
            struct.pack_into("<7I", data, 16, STEPWISE, 1, 60, 1, 1, 1, 1)
        else:
            (rates,) = [rates for *size, rates in self.sizes[name] if size == [width, height]]
            struct.pack_into("<3I", data, 16, DISCRETE, 1, _get(rates, index))

    def _release_buffers(self, data: bytearray) -> None:
        assert struct.unpack("<IIII4x", data)[0] == 0
        if self.is_busy:
            raise OSError(errno.EBUSY, "Device or resource busy")


def _get(things: list[object] | list[int] | list[str] | list[tuple[int, ...]], index: int):  # type: ignore[no-untyped-def]
    if index >= len(things):
        raise OSError(errno.EINVAL, "Invalid argument")
    return things[index]
