"""A webcam for the tests: what OpenCV's `VideoCapture` would be, with the behaviour that drivers were seen to have."""

from __future__ import annotations

import threading
import time
from typing import Any

import cv2
import numpy as np

NAMES = {
    cv2.CAP_PROP_FOURCC: "fourcc",
    cv2.CAP_PROP_FRAME_WIDTH: "width",
    cv2.CAP_PROP_FRAME_HEIGHT: "height",
    cv2.CAP_PROP_FPS: "fps",
    cv2.CAP_PROP_BUFFERSIZE: "buffers",
}
MJPG = cv2.VideoWriter.fourcc(*"MJPG")


class Webcam:
    """A driver: settings stick as far as it can, frames come at its rate, and it can be unplugged.

    Attributes:
        asked: The properties that were set, in order.
        plugged: Whether it is there.
        hangs: Set while reading or opening waits for ever.
    """

    def __init__(self, *, sizes: tuple[tuple[int, int], ...] = ((640, 480),), raw_rate: float = 10, mjpg: bool = True):
        self.sizes, self.raw_rate, self.mjpg = sizes, raw_rate, mjpg
        self.state: dict[int, float] = {cv2.CAP_PROP_FOURCC: 0, cv2.CAP_PROP_FPS: raw_rate}
        self.wanted = list(sizes[0])
        self.asked: list[tuple[str, float]] = []
        self.opened: list[tuple[Any, int]] = []
        self.reads = self.released = 0
        self.plugged = True
        self.free = threading.Event()
        self.free.set()

    def __call__(self, camera: Any, backend: int) -> Webcam:
        self.free.wait()
        self.opened.append((camera, backend))
        return self

    def isOpened(self) -> bool:  # noqa: N802
        return self.plugged

    @property
    def size(self) -> tuple[int, int]:
        return min(self.sizes, key=lambda size: abs(size[0] - self.wanted[0]) + abs(size[1] - self.wanted[1]))

    def set(self, key: int, value: float) -> bool:
        self.asked.append((NAMES[key], value))
        if key == cv2.CAP_PROP_FRAME_WIDTH:
            self.wanted[0] = int(value)
        elif key == cv2.CAP_PROP_FRAME_HEIGHT:
            self.wanted[1] = int(value)
        elif key == cv2.CAP_PROP_FOURCC:
            if not self.mjpg:
                return False
            self.state[key] = value
        elif key == cv2.CAP_PROP_FPS:
            # Uncompressed, the bus carries no more than this.
            self.state[key] = value if self.state[cv2.CAP_PROP_FOURCC] == MJPG else min(value, self.raw_rate)
        return True

    def get(self, key: int) -> float:
        if key == cv2.CAP_PROP_FRAME_WIDTH:
            return self.size[0]
        return self.size[1] if key == cv2.CAP_PROP_FRAME_HEIGHT else self.state[key]

    def read(self) -> tuple[bool, Any]:
        self.free.wait()
        self.reads += 1
        if not self.plugged:
            return False, None
        time.sleep(0.01)
        return True, np.full((self.size[1], self.size[0], 3), (self.reads % 256, self.reads // 256, 0), np.uint8)

    def release(self) -> None:
        self.released += 1
