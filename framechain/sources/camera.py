"""Frames of a webcam or a live stream: the newest only, and again after a loss."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from ..errors import CameraError, CameraLostError
from ..files.paths import is_stream_url
from ..frame import Frame, FrameInfo, StreamInfo
from ..media.native_messages import hide_native_messages
from ..options import CameraOptions
from ..pixels.colour import ColourSpace
from .webcam import CANNOT_OPEN, MAYBE_TAKEN, DeviceCapture, advice, extract_reasons, silence_opencv

_TIME_BASE = Fraction(1, 1_000_000)
_LOST_SECONDS = 5.0
_BACK_OFF_SECONDS, _LONGEST_BACK_OFF = 0.5, 8.0
# After so long without a picture the viewer is told.
_QUIET_SECONDS = 1.5
_LOOK_UP_SECONDS = 0.1
# How long `close` waits for a read under way; one that hangs is left to its own time limit.
_FAREWELL_SECONDS = 0.5
# No read hangs for longer, a driver's included: OpenCV gives up a silent webcam after ten seconds.
_LONGEST_READ = 11.0


# Threads that hang in a read that nobody waits for any more.
_hanging: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


@atexit.register
def _await_hanging() -> None:
    """Let no thread come back from FFmpeg or a driver into an interpreter that is gone: that crashes now and then."""
    deadline = time.monotonic() + _LONGEST_READ
    for thread in list(_hanging):
        thread.join(max(0.0, deadline - time.monotonic()))


class Capture(Protocol):
    """What gives a camera's pictures: see `DeviceCapture` and `NetworkCapture`."""

    finite: bool
    rate: Fraction | None
    remarks: list[str]

    def read(self, patience: float) -> Any: ...  # noqa: D102
    def describe(self, picture: Any) -> tuple[tuple[int, int], ColourSpace, Fraction]: ...  # noqa: D102
    def frame(self, picture: Any, info: FrameInfo) -> Frame: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Shot:
    picture: Any
    capture: Capture
    index: int
    moment: float


class CameraSource:
    """The frames of a camera, each with the time at which it came.

    A thread of its own reads all the time, so that nothing queues in a driver or on the network, and keeps only
    the newest picture. A read that hangs hangs there, and not in whoever iterates. A file that stands for a
    camera is read as fast as it is asked for.

    Attributes:
        info: What is known of the stream.
        dropped: Pictures that a newer one replaced before they were asked for.
        warnings: What is not as it was asked for or changed on the way, a sentence each; it may grow.
    """

    info: StreamInfo

    def __init__(self, camera: int | str, settings: CameraOptions | None = None) -> None:
        """Open a camera and wait for its first frame.

        Args:
            camera: A number, a device path such as /dev/video0, or a URL.
            settings: How to open it and how long to wait.

        Raises:
            CameraError: If it cannot be opened or gives no frame in time.
        """
        self._camera = int(camera) if isinstance(camera, str) and camera.isdecimal() else camera
        self._is_stream = isinstance(self._camera, str) and is_stream_url(self._camera)
        self._name = f"camera {_readable(self._camera) if self._is_stream else camera}"
        self._settings = settings = settings or CameraOptions()
        self._timeout, self._reconnect = settings.timeout, settings.reconnect
        self._change = threading.Condition()
        self._stop = threading.Event()
        self._shot: _Shot | None = None
        self._notice: str | None = None
        self._failure: BaseException | None = None
        self._over = False
        self._came_to_end = False
        self._read_count = 0
        self._last_pts = -1
        self._start = self._heard = time.monotonic()
        self._size = (0, 0)
        self.dropped = 0
        self.warnings: list[str] = []
        self._thread = threading.Thread(target=self._run, name="framechain-camera", daemon=True)
        printed: list[str] = []
        if self._is_stream:
            self._await_first()
        else:
            with hide_native_messages("") as printed:
                self._await_first()
        shot = self._shot
        if shot is None:
            raise self._opening_error(printed)
        (width, height), colour, aspect = shot.capture.describe(shot.picture)
        self._start = shot.moment
        self._size = width, height
        self.warnings += shot.capture.remarks
        if self._is_stream and (settings.size or settings.fps):
            self.warnings.append(f"{self._name} decides on its own size and rate: change them in its settings")
        self.info = StreamInfo(
            name=self._name,
            kind="camera",
            width=width,
            height=height,
            time_base=_TIME_BASE,
            rate=shot.capture.rate,
            sample_aspect_ratio=aspect,
            colour=colour,
        )

    def _await_first(self) -> None:
        deadline = time.monotonic() + self._timeout + _FAREWELL_SECONDS
        try:
            self._thread.start()
            with self._change:
                while self._shot is None and not self._over and time.monotonic() < deadline:
                    self._change.wait(_LOOK_UP_SECONDS)  # Not longer, as Ctrl-C is seen in between.
                    if self._shot is None and time.monotonic() >= deadline:
                        self._stop.set()
        except BaseException:
            self.close()
            raise

    def _opening_error(self, printed: list[str]) -> CameraError:
        self.close()
        if self._failure is None:
            waited = f"within {self._timeout:g} s"
            return CameraError(f"{self._name} gave no frame {waited}: {MAYBE_TAKEN}")
        if not isinstance(self._failure, CameraError):
            raise self._failure
        why = str(self._failure)
        if self._is_stream:
            return CameraError(f"{self._name} cannot be opened: {why}; check the address, and that the stream is on")
        if why == CANNOT_OPEN:
            return CameraError(f"{self._name} cannot be opened: {extract_reasons(self._camera, printed)}; {advice()}")
        return CameraError(f"{self._name} gave {why}")

    # The reading thread

    def _run(self) -> None:
        failure: BaseException | None = None
        try:
            self._read_and_reconnect()
        except BaseException as error:
            failure = error
        with self._change:
            self._failure, self._over = failure, True
            self._change.notify_all()

    def _read_and_reconnect(self) -> None:
        attempts, first_reason = 0, ""
        while not self._stop.is_set():
            before = self._read_count
            try:
                if self._read_until_lost():
                    return
            except CameraError as error:
                if self._read_count > before:
                    attempts = 0
                if not self._read_count:
                    raise
                first_reason = first_reason if attempts else str(error)
                if attempts >= self._reconnect:
                    raise CameraLostError(self._farewell(first_reason, str(error))) from error
            attempts += 1
            again = f" ({attempts} of {self._reconnect})" if attempts > 1 else ""
            self._notice = f"camera lost, reconnecting{again}..."
            self._stop.wait(min(_BACK_OFF_SECONDS * 2 ** (attempts - 1), _LONGEST_BACK_OFF))

    def _farewell(self, lost: str, last: str) -> str:
        tried = ""
        if self._reconnect:
            times = f"{self._reconnect} time{'s' if self._reconnect != 1 else ''}"
            tried = f" and did not come back though tried {times} ({last})"
        frames = f"{self._read_count} frame{'s' if self._read_count != 1 else ''}"
        return f"{self._name} was lost after {frames} ({lost}){tried}: check its cable, its power or the network"

    def _read_until_lost(self) -> bool:
        """Pass on pictures; True at the end of a file or when stopped."""
        patience = _LOST_SECONDS if self._read_count else self._timeout
        capture = self._open()
        try:
            while (picture := capture.read(patience)) is not None:
                self._notice = None
                self._give(_Shot(picture, capture, self._read_count, time.monotonic()), wait=capture.finite)
                patience = _LOST_SECONDS
            return True
        finally:
            capture.close()

    def _open(self) -> Capture:
        stopped = self._stop.is_set
        if self._is_stream:
            from .network import NetworkCapture

            url = str(self._camera)
            return NetworkCapture(url, open_seconds=self._timeout, read_seconds=_LOST_SECONDS, stopped=stopped)
        if self._read_count:
            with silence_opencv():  # Why it cannot be opened again yet is no news.
                return DeviceCapture(self._camera, self._settings, name=self._name, stopped=stopped)
        return DeviceCapture(self._camera, self._settings, name=self._name, stopped=stopped)

    def _give(self, shot: _Shot, *, wait: bool) -> None:
        with self._change:
            while wait and self._shot is not None and not self._stop.is_set():
                self._change.wait(_LOOK_UP_SECONDS)
            if self._shot is not None:
                self.dropped += 1
            self._shot = shot
            self._read_count += 1
            self._heard = shot.moment
            self._change.notify_all()

    # The iterating thread

    def __iter__(self) -> Iterator[Frame]:
        """The newest frame, again and again, until the camera is lost or `stop` is called.

        Raises:
            CameraLostError: If it is lost and does not come back.
        """
        while (shot := self._take()) is not None:
            pts = max(round((shot.moment - self._start) / _TIME_BASE), self._last_pts + 1)
            self._last_pts = pts
            (width, height), _, _ = shot.capture.describe(shot.picture)
            if (width, height) != self._size:
                self._tell_of_size(width, height)
            yield shot.capture.frame(shot.picture, FrameInfo(shot.index, pts, 0, self.info))

    def _take(self) -> _Shot | None:
        with self._change:
            while self._shot is None and not self._over and not self._stop.is_set():
                self._change.wait(_LOOK_UP_SECONDS)
            if self._stop.is_set():
                return None
            shot, self._shot = self._shot, None
            self._change.notify_all()
            if shot is None and self._failure is not None:
                raise self._failure
            self._came_to_end = shot is None
            return shot

    def _tell_of_size(self, width: int, height: int) -> None:
        first = f"{self.info.width}x{self.info.height}"
        self._size = width, height
        told = f"{self._name} changed its size to"
        if (width, height) != (self.info.width, self.info.height) and not any(told in one for one in self.warnings):
            self.warnings.append(f"{told} {width}x{height}: it is scaled to {first}, with which it began")

    # Anybody

    @property
    def notice(self) -> str | None:
        """What a viewer should be told now: that the camera is lost or gives nothing; None if all is well."""
        if self._notice is None and not self._over and time.monotonic() - self._heard > _QUIET_SECONDS:
            return "the camera gives no pictures, waiting..."
        return self._notice

    def shortfall(self) -> str | None:
        """Why there were no more frames, as a sentence; None if it was stopped from this side."""
        return f"{self._name} gave no more frames after {self._read_count}" if self._came_to_end else None

    def stop(self) -> None:
        """Ask a thread that iterates to end now; it need not wait for another frame."""
        self._stop.set()
        with self._change:
            self._change.notify_all()

    def close(self) -> None:
        """Let go of the camera; may be called twice."""
        self.stop()
        # The thread that reads closes the device too: nobody else may while a read is under way.
        if self._thread.is_alive():
            self._thread.join(_FAREWELL_SECONDS)
        if self._thread.is_alive():
            _hanging.add(self._thread)

    def __enter__(self) -> CameraSource:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _readable(camera: int | str) -> str:
    from ..files.paths import hide_password

    return hide_password(str(camera))
