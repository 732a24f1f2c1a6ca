"""A virtual camera, through pyvirtualcam: Zoom, Meet and Teams see the result as if it were a webcam."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from ..contracts import Sink, Source
from ..errors import DependencyError, OutputError, reason
from ..frame import Frame
from ..pixels.image import Image, fit
from ..threads.channel import Channel
from .files.codecs import USUAL_RATE

_HIGHEST_RATE = 60.0
_FINISH_SECONDS = 2.0
ADVICE = {
    "linux": "run: sudo apt-get install v4l2loopback-dkms && sudo modprobe v4l2loopback exclusive_caps=1",
    "darwin": "install OBS Studio, start its virtual camera once and stop it again",
    "win32": "install OBS Studio, which brings a virtual camera",
}
"""What to do if there is no virtual camera, by `sys.platform`."""


class VirtualCamera(Sink):
    """Gives frames to other programs at an even rate: the newest each time, the last one again if none came.

    Attributes:
        device: The device's name for other programs; before `open`, the one that was asked for.
        rate: Frames per second.
    """

    def __init__(self, device: str = "auto", *, on_problem: Callable[[str], object] = lambda problem: None) -> None:
        """Keep the device's name; it is opened by `open`.

        Args:
            device: Such as "/dev/video10"; "auto" for the first free one.
            on_problem: Called once if the device fails, in a thread of its own.
        """
        self.device = device
        self.rate = float(USUAL_RATE)
        self._on_problem = on_problem
        self._thread: threading.Thread | None = None

    def open(self, source: Source) -> None:
        """Open the device; it shows nothing before the first frame.

        Args:
            source: The camera, whose size and rate the device takes on.

        Raises:
            DependencyError: If pyvirtualcam is not installed.
            OutputError: If no backend can open the device, with every backend's reason.
        """
        stream = source.info
        self.frames, self.problem = 0, None
        self.rate = min(float(stream.rate or USUAL_RATE), _HIGHEST_RATE)
        # Programs expect YUV, in which two by two pixels share a colour.
        self._size = max(2, stream.width & ~1), max(2, stream.height & ~1)
        self._camera = _open_device(*self._size, self.rate, self.device)
        self.device = self._camera.device
        self._images: Channel[Image] = Channel(newest=True)
        self._thread = threading.Thread(target=self._run, name="framechain-virtual-camera", daemon=True)
        self._thread.start()

    def write(self, frame: Frame) -> None:
        """Show a frame from now on.

        Args:
            frame: The frame; a transparent one is shown over a chequerboard, another size than the camera's is scaled.

        Raises:
            OutputError: If the sink is not open.
        """
        if self._thread is None:
            raise OutputError("cannot write to the virtual camera: the sink is not open, call open(source) first")
        self._images.put(frame.preview())

    def hold(self, image: Image) -> None:
        """Show an image from now on.

        Args:
            image: uint8 (H, W, 3) BGR.
        """
        if self._thread is not None:
            self._images.put(image)

    def _run(self) -> None:
        image: Image | None = None
        try:
            while True:
                newer = self._images.take(wait=image is None)
                image = image if newer is None else newer
                if image is None or self._images.has_ended:
                    return
                self._camera.send(np.ascontiguousarray(fit(image, *self._size, "contain")))
                self.frames += 1
                self._camera.sleep_until_next_frame()
        except Exception as error:
            self.problem = f"the virtual camera {self.device} stopped after {self.frames} frames: {reason(error)}"
            self._on_problem(self.problem)

    def finish(self, *, complete: bool = True) -> None:
        """Close the device.

        Args:
            complete: Without effect on a device.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._images.cancel()
        thread.join(_FINISH_SECONDS)
        if not thread.is_alive():
            self._camera.close()

    def abort(self) -> None:
        """Close the device: what was shown cannot be taken back."""
        self.finish()


def _open_device(width: int, height: int, rate: float, device: str) -> Any:
    try:
        import pyvirtualcam
    except ImportError as error:
        raise DependencyError(
            f"a virtual camera needs a package that is not installed ({error}): pip install pyvirtualcam"
        ) from error
    named = None if device == "auto" else device
    try:
        return pyvirtualcam.Camera(width, height, rate, fmt=pyvirtualcam.PixelFormat.BGR, device=named)
    except RuntimeError as error:
        tried = "; ".join(str(error).splitlines()) or "pyvirtualcam has no backend for this system"
        what = f"virtual camera {named}" if named else "a virtual camera"
        advice = ADVICE.get(sys.platform, "see pyvirtualcam's documentation for what it needs here")
        raise OutputError(f"cannot open {what}: {tried}; if there is none, {advice}") from error
