"""Frames of a webcam or a live stream, through OpenCV."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from .._native import noise_hidden
from ..errors import CameraError
from ..images import as_frame
from ..paths import is_stream_url
from ..stream import Frame, FrameInfo, StreamInfo

_TIME_BASE = Fraction(1, 1_000_000)
_RETRY_SECONDS = 0.01
_LOST_SECONDS = 5.0


class CameraSource:
    """The frames of a camera, each with the time at which it came.

    Attributes:
        info: What is known of the stream.
    """

    def __init__(self, camera: int | str, *, timeout: float = 10.0) -> None:
        """Open a camera and wait for its first frame.

        Args:
            camera: An index, a device path such as /dev/video0, or a URL.
            timeout: Seconds to wait for the first frame.

        Raises:
            CameraError: If it cannot be opened or gives no frame in time.
        """
        self._name = f"camera {camera}"
        self._lost: str | None = None
        self._stopped = False
        with noise_hidden(""):
            self._capture = _open(camera, timeout)
            if not self._capture.isOpened():
                raise CameraError(f"{self._name} cannot be opened: {_advice(camera)}")
            first = self._read(timeout)
        if first is None:
            self._capture.release()
            raise CameraError(
                f"{self._name} gave no frame within {timeout:g} s: it may be used by another program, or unplugged"
            )
        self._first: Any = first
        self._start = time.monotonic()
        self._frames = 0
        self._last_pts = -1
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.info = StreamInfo(
            name=self._name,
            kind="camera",
            width=first.shape[1],
            height=first.shape[0],
            time_base=_TIME_BASE,
            rate=Fraction(rate).limit_denominator(1001) if 1 <= rate <= 1000 else None,
        )

    def _read(self, seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        while not self._stopped:
            done, frame = self._capture.read()
            if done and isinstance(frame, np.ndarray) and frame.size:
                return frame
            if time.monotonic() >= deadline:
                return None
            time.sleep(_RETRY_SECONDS)  # A camera that fails at once must not spin a core.
        return None

    def __iter__(self) -> Iterator[Frame]:
        """Frames as they come, until the camera is lost or `stop` is called."""
        picture, self._first = self._first, None
        while picture is not None:
            pts = max(round((time.monotonic() - self._start) / _TIME_BASE), self._last_pts + 1)
            self._last_pts = pts
            yield Frame(FrameInfo(self._frames, pts, 0, self.info), bgr=as_frame(picture))
            self._frames += 1
            picture = self._read(_LOST_SECONDS)
        if not self._stopped:
            self._lost = f"{self._name} gave no more frames after {self._frames}"

    def shortfall(self) -> str | None:
        """Why there were no more frames, as a sentence; None if it was stopped from this side."""
        return self._lost

    def stop(self) -> None:
        """Ask a thread that iterates to end soon; it need not wait for another frame."""
        self._stopped = True

    def close(self) -> None:
        """Let go of the camera; may be called twice, but not while another thread iterates."""
        self._stopped = True
        self._capture.release()

    def __enter__(self) -> CameraSource:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _open(camera: int | str, timeout: float) -> cv2.VideoCapture:
    if isinstance(camera, str) and camera.isdecimal():
        camera = int(camera)
    if isinstance(camera, str) and is_stream_url(camera):
        limit = int(timeout * 1000)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
        return cv2.VideoCapture(camera, cv2.CAP_FFMPEG, limits)
    return cv2.VideoCapture(camera)


def _advice(camera: int | str) -> str:
    if isinstance(camera, str) and is_stream_url(camera):
        return "check the address, and that the stream is on"
    found = sorted(entry for entry in os.listdir("/dev") if entry.startswith("video")) if os.path.isdir("/dev") else []
    if found:
        return f"found {', '.join('/dev/' + entry for entry in found)}, try one of these and check its permissions"
    return "no camera was found, plug one in or give its number or device path"
