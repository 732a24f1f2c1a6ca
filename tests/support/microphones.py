"""A webcam with numbered images and a microphone that hears its beeps: like a `SoundCamera`, on a desk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from support.cameras import HEIGHT, WIDTH, numbered
from support.sound_cameras import RATE, make_wave


class Desk:
    """When the webcam and the microphone were switched on: image n is taken, and sample n / RATE heard, at that time.

    Attributes:
        began: By `time.monotonic`.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()


class NumberedWebcam:
    """What stands in for OpenCV's `VideoCapture`: gives image number n, n / RATE seconds after it was switched on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, camera: Any, backend: int) -> NumberedWebcam:
        return self

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def set(self, key: int, value: float) -> bool:
        return True

    def get(self, key: int) -> float:
        sizes = {cv2.CAP_PROP_FRAME_WIDTH: WIDTH, cv2.CAP_PROP_FRAME_HEIGHT: HEIGHT, cv2.CAP_PROP_FPS: RATE}
        return sizes.get(key, 0)

    def read(self) -> tuple[bool, Any]:
        number = int((time.monotonic() - self._desk.began) * RATE) + 1
        time.sleep(max(0.0, self._desk.began + number / RATE - time.monotonic()))
        return True, numbered(number % 1024)

    def release(self) -> None:
        pass


class PortAudio:
    """What stands in for the module `sounddevice`: the devices of a desktop, and what goes wrong with them.

    Attributes:
        devices: What is plugged in.
        late: Returns how many seconds each block is handed over after its last sample was heard.
        drift: By how much the sound card's clock is too fast.
        loses: Numbers of blocks that are lost.
        silent: While set, no blocks come.
        opened: The arguments of each stream that was opened.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.devices = [
            {"name": "HDMI 0", "max_input_channels": 0, "default_samplerate": 48000.0},
            {"name": "USB Camera: Audio", "max_input_channels": 1, "default_samplerate": 16000.0},
            {"name": "default", "max_input_channels": 32, "default_samplerate": 44100.0},
        ]
        self.default = SimpleNamespace(device=(2, 0))
        self.late: Callable[[int], float] = lambda number: 0.01
        self.drift = 0.0
        self.loses: frozenset[int] = frozenset()
        self.silent = threading.Event()
        self.opened: list[dict[str, Any]] = []
        self.closed = 0

    def query_devices(self, number: int | None = None) -> Any:
        return self.devices if number is None else self.devices[number]

    def RawInputStream(self, **arguments: Any) -> _Stream:  # noqa: N802
        self.opened.append(arguments)
        return _Stream(self, self._desk, arguments)


class _Stream:
    def __init__(self, card: PortAudio, desk: Desk, arguments: dict[str, Any]) -> None:
        self._card, self._desk, self._arguments = card, desk, arguments
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, ignore_errors: bool = True) -> None:
        self._ended.set()
        self._card.closed += 1

    def _run(self) -> None:
        rate, block, channels = (self._arguments[name] for name in ("samplerate", "blocksize", "channels"))
        begin = time.monotonic()
        lost = False
        for number in range(1 << 30):
            # Samples of a card that is too fast are closer to each other.
            heard = begin + number * block / rate / (1 + self._card.drift)
            end = heard + block / rate
            if self._ended.wait(max(0.0, end + self._card.late(number) - time.monotonic())):
                return
            if number in self._card.loses or self._card.silent.is_set():
                lost = number in self._card.loses
                continue
            moments = heard - self._desk.began + np.arange(block) / rate / (1 + self._card.drift)
            samples = np.repeat((32767 * make_wave(moments))[:, None], channels, 1).astype("<i2")
            now = time.monotonic()
            # What drivers were seen to say.
            times = SimpleNamespace(currentTime=now - 77, inputBufferAdcTime=now - 77 - 0.35 * (number < 100))
            self._arguments["callback"](samples.tobytes(), block, times, SimpleNamespace(input_overflow=lost))
            lost = False
