"""A virtual camera, through pyvirtualcam: Zoom, Meet and Teams see the result as if it were a webcam."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import DependencyError, OutputError, reason
from ..frame import Frame, StreamInfo
from ..pixels.image import Image, fit

_USUAL_RATE, _HIGHEST_RATE = 30.0, 60.0
_FINISH_SECONDS = 2.0
_ADVICE = {
    "linux": "run: sudo apt-get install v4l2loopback-dkms && sudo modprobe v4l2loopback exclusive_caps=1",
    "darwin": "install OBS Studio, start its virtual camera once and stop it again",
    "win32": "install OBS Studio, which brings a virtual camera",
}


class VirtualCamera:
    """Gives frames to other programs at an even rate, the newest each time and the last one again if none came.

    Attributes:
        device: What other programs find it under.
        rate: Frames per second.
        frames: How many were sent.
        problem: Why it stopped, as a sentence; None while all is well.
    """

    def __init__(
        self,
        stream: StreamInfo,
        device: str | None = None,
        *,
        on_problem: Callable[[str], object] = lambda problem: None,
    ) -> None:
        """Open the device; it shows nothing before the first frame.

        Args:
            stream: The camera's stream, whose size and rate it takes on.
            device: Such as /dev/video10; None for the first that is free.
            on_problem: Called once if it stops working, in a thread of its own.

        Raises:
            DependencyError: If pyvirtualcam is not installed.
            OutputError: If no backend can open the device, with every backend's reason.
        """
        self._on_problem = on_problem
        self.problem: str | None = None
        self.frames = 0
        self.rate = min(float(stream.rate or Fraction(_USUAL_RATE)), _HIGHEST_RATE)
        # Programs expect YUV with two by two pixels to a colour.
        self._size = max(2, stream.width & ~1), max(2, stream.height & ~1)
        self._camera = _open(*self._size, self.rate, device)
        self.device: str = self._camera.device
        self._newest: Image | None = None
        self._change = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="framechain-virtual-camera", daemon=True)
        self._thread.start()

    def write(self, frame: Frame) -> None:
        """Show a frame from now on.

        Args:
            frame: The frame; see-through ones over a chequerboard.
        """
        self.hold(frame.preview())

    def hold(self, picture: Image) -> None:
        """Show a picture from now on.

        Args:
            picture: uint8 (H, W, 3) BGR.
        """
        with self._change:
            self._newest = picture
            self._change.notify_all()

    def _run(self) -> None:
        try:
            while True:
                with self._change:
                    self._change.wait_for(lambda: self._newest is not None or self._ended)
                    if self._ended or self._newest is None:
                        return
                    picture = self._newest
                self._camera.send(np.ascontiguousarray(fit(picture, *self._size, "contain")))
                self.frames += 1
                self._camera.sleep_until_next_frame()
        except Exception as error:
            self.problem = f"the virtual camera {self.device} stopped after {self.frames} frames: {reason(error)}"
            self._on_problem(self.problem)

    def finish(self) -> None:
        """Close the device; may be called twice."""
        with self._change:
            self._ended = True
            self._change.notify_all()
        self._thread.join(_FINISH_SECONDS)
        if not self._thread.is_alive():
            self._camera.close()


def _open(width: int, height: int, rate: float, device: str | None) -> Any:
    try:
        import pyvirtualcam
    except ImportError as error:
        raise DependencyError(
            f"a virtual camera needs a package that is not installed ({error}): pip install pyvirtualcam"
        ) from error
    try:
        return pyvirtualcam.Camera(width, height, rate, fmt=pyvirtualcam.PixelFormat.BGR, device=device)
    except RuntimeError as error:
        tried = "; ".join(str(error).splitlines()) or "pyvirtualcam has no backend for this system"
        what = f"virtual camera {device}" if device else "a virtual camera"
        advice = _ADVICE.get(sys.platform, "see pyvirtualcam's documentation for what it needs here")
        raise OutputError(f"cannot open {what}: {tried}; if there is none, {advice}") from error
