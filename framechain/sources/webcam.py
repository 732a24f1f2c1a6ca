"""Webcams, through OpenCV: opened in the order in which drivers listen, and read back."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from ..errors import CameraError
from ..frame import Frame, FrameInfo
from ..options import CameraOptions
from ..pixels.colour import ColourSpace
from ..pixels.image import Image, fit, to_bgr_image

_RETRY_SECONDS = 0.01
_MJPG = cv2.VideoWriter.fourcc(*"MJPG")
# What drivers round: 29.97 is given where 30 was asked for.
_RATE_TOLERANCE = 0.02
# OpenCV's words for "could not", which say less than the line before them.
_SAYS_NOTHING = "backend is generally available"

MAYBE_TAKEN = "it may be used by another program, or unplugged"
"""What may be wrong with a camera that opens and gives nothing."""

CANNOT_OPEN = "no backend can open it"

# What opens a camera; the tests put their own in its place, as no machine of theirs has a webcam.
_make_capture: Callable[..., Any] = cv2.VideoCapture


class DeviceCapture:
    """A webcam that OpenCV reads, or a file that stands for one.

    Attributes:
        finite: Whether it is a file, which has an end.
        rate: Frames per second, as far as the driver tells.
        remarks: Where it does not do what was asked for, a sentence each.
    """

    def __init__(self, camera: int | str, settings: CameraOptions, *, name: str, stopped: Callable[[], bool]) -> None:
        """Open a camera with the first backend that can.

        Args:
            camera: A number, a device path, or a file.
            settings: What it is asked for.
            name: What to call it.
            stopped: Asked while waiting for a frame.

        Raises:
            MediaError: If it is a file, and no media that stands for itself.
            CameraError: If no backend opens it; `extract_reasons` finds why in what OpenCV printed meanwhile.
        """
        self._name = name
        self._stopped = stopped
        self.finite = isinstance(camera, str) and os.path.isfile(camera)
        self.remarks: list[str] = []
        if self.finite:
            from ..media.open_input import open_input  # Here, as an Engine is made without PyAV.

            # OpenCV would follow a list of other files, whatever the file is called.
            open_input(str(camera), str(camera)).close()
        for backend in _backends(camera):
            self._capture = _make_capture(camera, backend)
            if self._capture.isOpened():
                break
            self._capture.release()
        else:
            raise CameraError(CANNOT_OPEN)
        if not self.finite:
            self._ask_for(settings)
        told = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = Fraction(told).limit_denominator(1001) if 1 <= told <= 1000 else None

    def _ask_for(self, wish: CameraOptions) -> None:
        """Pixel format, size, rate: each narrows what the driver can still give of the next."""
        ask, tell = self._capture.set, self._capture.get
        # Uncompressed, USB 2 carries 1280x720 at 10 frames/s. Whoever has no MJPG refuses, and stays as it was.
        ask(cv2.CAP_PROP_FOURCC, _MJPG)
        if wish.size:
            ask(cv2.CAP_PROP_FRAME_WIDTH, wish.size[0])
            ask(cv2.CAP_PROP_FRAME_HEIGHT, wish.size[1])
        if wish.fps:
            ask(cv2.CAP_PROP_FPS, wish.fps)
        # Only the newest frame is wanted; drivers that keep several would give old ones after a wait.
        ask(cv2.CAP_PROP_BUFFERSIZE, 1)
        size = int(tell(cv2.CAP_PROP_FRAME_WIDTH)), int(tell(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = tell(cv2.CAP_PROP_FPS)
        if wish.size and size != wish.size:
            self.remarks.append(
                f"{self._name} gives {size[0]}x{size[1]}, not the {wish.size[0]}x{wish.size[1]} asked for"
            )
        if wish.fps and abs(rate - wish.fps) > _RATE_TOLERANCE * wish.fps:
            given = f"gives {rate:g} frames/s" if rate > 0 else "does not tell its frame rate"
            self.remarks.append(f"{self._name} {given}, {wish.fps:g} were asked for")

    def read(self, patience: float) -> Image | None:
        """Wait for the next frame.

        Args:
            patience: Seconds after which it is given up.

        Returns:
            uint8 (H, W, 3) BGR; None if it was stopped, or at the end of a file.

        Raises:
            CameraError: If it gave none in time.
        """
        deadline = time.monotonic() + patience
        while not self._stopped():
            done, picture = self._capture.read()
            if done and isinstance(picture, np.ndarray) and picture.size:
                return to_bgr_image(picture)
            if self.finite:
                return None
            if time.monotonic() >= deadline:
                raise CameraError(f"no frame within {patience:g} s: {MAYBE_TAKEN}")
            time.sleep(_RETRY_SECONDS)  # A camera that fails at once must not spin a core.
        return None

    def describe(self, picture: Image) -> tuple[tuple[int, int], ColourSpace, Fraction]:
        """A picture's (width, height), its colour, and the shape of its pixels."""
        return (picture.shape[1], picture.shape[0]), ColourSpace(), Fraction(1)

    def frame(self, picture: Image, info: FrameInfo) -> Frame:
        """A picture as a frame of a stream, scaled if it has another size.

        Args:
            picture: From `read`.
            info: Its place in the stream.

        Returns:
            A frame in the stream's size.
        """
        return Frame(info, bgr=fit(picture, info.stream.width, info.stream.height, "contain"))

    def close(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def _backends(camera: int | str) -> list[int]:
    """OpenCV's backends to try, in order."""
    registry = cv2.videoio_registry
    if isinstance(camera, int):
        found = list(registry.getCameraBackends())
    elif os.path.isfile(camera):
        return [cv2.CAP_ANY]
    else:
        # Left to itself OpenCV reads a device path through FFmpeg, which takes no settings; and where there is no such
        # device FFmpeg would take the text for one of its protocols, such as concat: or subfile:.
        found = [cv2.CAP_V4L2, cv2.CAP_GSTREAMER, *([cv2.CAP_FFMPEG] if os.path.exists(camera) else [])]
    return [backend for backend in dict.fromkeys(found) if registry.hasBackend(backend)]


@contextlib.contextmanager
def silence_opencv() -> Iterator[None]:
    """Keep OpenCV from printing what it thinks of a camera."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def extract_reasons(camera: int | str, printed: Iterable[str]) -> str:
    """Why each backend refused a camera, from what OpenCV printed while it was being opened.

    Args:
        camera: What was tried.
        printed: The lines.

    Returns:
        Such as "V4L2: can't open camera by index; FFMPEG: Camera index out of range".
    """
    told: dict[str, str] = {}
    for line in printed:
        found = re.search(r"VIDEOIO(?:\((\w+)[^)]*\)|/(\w+)): (.+)", line)
        if found is None:
            continue
        backend, words = found[1] or found[2], found[3].split(" (expected")[0].strip()
        if words.endswith("exception:"):  # Its own words come lines later.
            continue
        if _SAYS_NOTHING not in words:
            told.setdefault(backend, words)
    names = [cv2.videoio_registry.getBackendName(backend) for backend in _backends(camera)]
    return "; ".join(f"{name}: {told.get(name, 'found no such camera')}" for name in names) or "no backend can"


def advice() -> str:
    """What to do about a webcam that does not open."""
    found = sorted(entry for entry in os.listdir("/dev") if entry.startswith("video")) if os.path.isdir("/dev") else []
    if found:
        return f"found {', '.join('/dev/' + entry for entry in found)}, try one of these and check its permissions"
    return "no camera was found, plug one in or give its number or device path"
