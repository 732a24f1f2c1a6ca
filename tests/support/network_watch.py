"""An object that watches the numbered frames of the tests' network cameras."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

from framechain import Engine, FrameInfo
from support.cameras import Camera, number_of
from support.interrupting import run_until_interrupted
from support.patience import eventually
from support.transport import Sender


class Watch:
    """An object that notes what it sees, and stops the run when `until` is true.

    Attributes:
        missing: How many images the camera sends while one frame is processed.
        numbers: The numbers of the frames.
        late: How many images the camera had sent since each frame.
        moments: When each frame was seen, by `time.monotonic`.
        infos: What the run says about each frame.
        shapes: The shapes of the frames.
    """

    def __init__(self, device: Camera | Sender, until: Callable[[Watch], bool], missing: int = 0) -> None:
        self.device, self.until, self.missing = device, until, missing
        self.numbers: list[int] = []
        self.late: list[int] = []
        self.moments: list[float] = []
        self.infos: list[FrameInfo] = []
        self.shapes: set[tuple[int, ...]] = set()

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        number = number_of(frame)
        sent = len(self.device.sent)
        self.moments.append(time.monotonic())
        self.late.append(sent - 1 - number)
        self.numbers.append(number)
        self.infos.append(info)
        self.shapes.add(frame.shape)
        if self.until(self):
            signal.raise_signal(signal.SIGINT)
        eventually(lambda: len(self.device.sent) >= sent + self.missing, "more images")
        return frame


def run_watched(watch: Watch, **more: Any) -> Any:
    return run_until_interrupted(Engine(webcam_id=watch.device.url, custom_objects=[watch], progress=False, **more))
