"""Webcams, through OpenCV: settings are requested in the order in which drivers obey, and read back."""

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

from ..basics.plain_words import explain
from ..errors import CameraError
from ..frame import Frame, FrameInfo
from ..options import CameraOptions
from ..pixels.colour import ColourSpace
from ..pixels.image import Image, fit, to_bgr_image

_RETRY_SECONDS = 0.01
# OpenCV takes a C int.
_HIGHEST_NUMBER = (1 << 31) - 1
_MJPG = cv2.VideoWriter.fourcc(*"MJPG")
# Drivers round: they give 29.97 where 30 was asked for.
_RATE_TOLERANCE = 0.02
# OpenCV's general line says less than the one before it.
_GENERAL_LINE = "backend is generally available"

MAYBE_TAKEN = "it may be used by another program, or unplugged"
"""What may be wrong with a camera that opens and gives no frame."""

CANNOT_OPEN = "no backend can open it"

# The tests replace it, as their machines have no webcam.
_make_capture: Callable[..., Any] = cv2.VideoCapture


class DeviceCapture:
    """A webcam that OpenCV reads.

    Attributes:
        rate: Frames per second, if the driver reports it.
        remarks: Where the camera does not do what was asked for, a sentence each.
    """

    def __init__(self, camera: int | str, options: CameraOptions, *, name: str, is_stopped: Callable[[], bool]) -> None:
        """Open a camera with the first backend that can.

        Args:
            camera: A number or a device path.
            options: The size and rate to ask for.
            name: Its name in remarks.
            is_stopped: Asked while waiting for a frame.

        Raises:
            CameraError: If no backend opens it; `extract_reasons` finds why in what OpenCV printed meanwhile.
        """
        self._name = name
        self._is_stopped = is_stopped
        self.remarks: list[str] = []
        if isinstance(camera, int) and camera > _HIGHEST_NUMBER:
            raise CameraError(CANNOT_OPEN)
        for backend in _choose_backends(camera):
            self._capture = _make_capture(camera, backend)
            if self._capture.isOpened():
                break
            self._capture.release()
        else:
            raise CameraError(CANNOT_OPEN)
        self._request(options)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = Fraction(rate).limit_denominator(1001) if 1 <= rate <= 1000 else None

    def _request(self, options: CameraOptions) -> None:
        """Set pixel format, size and rate, in this order: each narrows what the driver can give of the next."""
        request, get = self._capture.set, self._capture.get
        # Uncompressed, USB 2 carries 1280x720 at 10 frames/s only. A camera without MJPG refuses and stays as it was.
        request(cv2.CAP_PROP_FOURCC, _MJPG)
        if options.size:
            request(cv2.CAP_PROP_FRAME_WIDTH, options.size[0])
            request(cv2.CAP_PROP_FRAME_HEIGHT, options.size[1])
        if options.fps:
            request(cv2.CAP_PROP_FPS, options.fps)
        # A driver that queues several frames would give old ones after a wait.
        request(cv2.CAP_PROP_BUFFERSIZE, 1)
        size = int(get(cv2.CAP_PROP_FRAME_WIDTH)), int(get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = get(cv2.CAP_PROP_FPS)
        if options.size and size != options.size:
            self.remarks.append(
                f"{self._name} gives {size[0]}x{size[1]}, not the {options.size[0]}x{options.size[1]} asked for"
            )
        if options.fps and abs(rate - options.fps) > _RATE_TOLERANCE * options.fps:
            given = f"gives {rate:g} frames/s" if rate > 0 else "does not report its frame rate"
            self.remarks.append(f"{self._name} {given}, {options.fps:g} were asked for")

    def read(self, patience: float) -> Image | None:
        """Wait for the next frame.

        Args:
            patience: How many seconds to wait.

        Returns:
            uint8 (H, W, 3) BGR; None if it was stopped.

        Raises:
            CameraError: If none came in time.
        """
        deadline = time.monotonic() + patience
        while not self._is_stopped():
            done, image = self._capture.read()
            if done and isinstance(image, np.ndarray) and image.size:
                return to_bgr_image(image)
            if time.monotonic() >= deadline:
                raise CameraError(f"no frame within {patience:g} s: {MAYBE_TAKEN}")
            time.sleep(_RETRY_SECONDS)  # A camera that fails at once must not keep a core busy.
        return None

    def describe(self, image: Image) -> tuple[tuple[int, int], ColourSpace, Fraction]:
        """Return an image's (width, height), its colour, and the sample aspect ratio."""
        return (image.shape[1], image.shape[0]), ColourSpace(), Fraction(1)

    def get_moment(self, image: Image) -> float:
        """Return when an image that was just read came, by `time.monotonic`."""
        return time.monotonic()

    def make_frame(self, image: Image, info: FrameInfo) -> Frame:
        """Make a frame of a stream, scaled to the stream's size.

        Args:
            image: From `read`.
            info: Its place in the stream.

        Returns:
            The frame.
        """
        return Frame(info, bgr=fit(image, info.stream.width, info.stream.height, "contain"))

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()


def _choose_backends(camera: int | str) -> list[int]:
    """Return OpenCV's backends to try, in order."""
    registry = cv2.videoio_registry
    if isinstance(camera, int):
        backends = list(registry.getCameraBackends())
    else:
        # By default OpenCV reads a device path through FFmpeg, which takes no settings. Where there is no such device,
        # FFmpeg would parse the text as one of its protocols, such as concat: or subfile:.
        backends = [cv2.CAP_V4L2, cv2.CAP_GSTREAMER, *([cv2.CAP_FFMPEG] if os.path.exists(camera) else [])]
    return [backend for backend in dict.fromkeys(backends) if registry.hasBackend(backend)]


@contextlib.contextmanager
def silence_opencv() -> Iterator[None]:
    """Keep OpenCV from printing its messages about a camera."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def extract_reasons(camera: int | str, printed: Iterable[str]) -> str:
    """Find why each backend refused a camera.

    Args:
        camera: The camera that was tried.
        printed: The lines that OpenCV printed while it was opened.

    Returns:
        Such as "V4L2: there is no such camera (can't open camera by index)".
    """
    reasons: dict[str, str] = {}
    for line in printed:
        found = re.search(r"VIDEOIO(?:\((\w+)[^)]*\)|/(\w+)): (.+)", line)
        if found is None:
            continue
        backend, words = found[1] or found[2], found[3].split(" (expected")[0].strip()
        if words.endswith("exception:"):  # The exception's own text comes lines later.
            continue
        if _GENERAL_LINE not in words:
            reasons.setdefault(backend, explain(words))
    names = [cv2.videoio_registry.getBackendName(backend) for backend in _choose_backends(camera)]
    return "; ".join(f"{name}: {reasons.get(name, 'found no such camera')}" for name in names) or "no backend can"


def make_advice() -> str:
    """Return what to do about a webcam that does not open."""
    names = sorted(entry for entry in os.listdir("/dev") if entry.startswith("video")) if os.path.isdir("/dev") else []
    if names:
        return f"found {', '.join('/dev/' + name for name in names)}, try one of these and check its permissions"
    return "no camera was found, plug one in or give its number or device path"
