"""Frames of a webcam or a network camera, and again after a loss."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from ..basics.back_off import compute_back_off
from ..basics.plain_words import nest
from ..contracts import Source
from ..errors import CameraError, CameraLostError, LateError
from ..files.paths import hide_password, is_stream_url
from ..frame import Frame, FrameInfo, StreamInfo
from ..media.live_audio.feed import LiveAudio
from ..media.native_messages import hide_native_messages
from ..options import CameraOptions
from ..pixels.colour import ColourSpace
from ..steering import leave_if_stopped
from ..threads.farewell import awaited_at_exit
from ..threads.worker import Worker
from .webcam import CANNOT_OPEN, MAYBE_TAKEN, DeviceCapture, extract_reasons, make_advice, silence_opencv

if TYPE_CHECKING:
    from .microphone import Microphone
    from .network import NetworkCapture

_logger = logging.getLogger(__name__)

_TIME_BASE = Fraction(1, 1_000_000)
_LOST_SECONDS = 5.0
# After so long without a frame the viewer gets a notice.
_QUIET_SECONDS = 1.5
# Opening may take as long as `CameraOptions.timeout`: its own error, which says more, comes first.
_EXTRA_SECONDS = 0.5
# No read hangs for longer, a driver's included: OpenCV gives up a silent webcam after ten seconds.
_LONGEST_READ = 11.0


class Capture(Protocol):
    """What a camera is read through: `DeviceCapture`, `NetworkCapture` or `FileCapture`."""

    rate: Fraction | None
    remarks: list[str]

    def read(self, patience: float) -> Any: ...  # noqa: D102
    def describe(self, image: Any) -> tuple[tuple[int, int], ColourSpace, Fraction]: ...  # noqa: D102
    def get_moment(self, image: Any) -> float: ...  # noqa: D102
    def make_frame(self, image: Any, info: FrameInfo) -> Frame: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class _Shot:
    """An image as the camera gave it."""

    image: Any
    capture: Capture
    index: int
    moment: float


class CameraSource(Source):
    """The frames of a camera, each with the time at which it came; reconnects when the camera is lost.

    It reads in the thread that iterates. What is not read queues in the driver or on the network: iterate it through
    a `Reader`, which keeps only the newest frame, as `open_source` does.
    """

    def __init__(self, camera: int | str, options: CameraOptions | None = None) -> None:
        """Open a camera and wait for its first frame.

        Args:
            camera: A number, a device path such as /dev/video0, a URL, or a file that stands for a camera.
            options: How to open it and how long to wait.

        Raises:
            CameraError: If it cannot be opened or gives no frame in time.
            MediaError: If its frames exceed the pixel limit, or if it is a file and no video.
        """
        self._camera = int(camera) if isinstance(camera, str) and camera.isdecimal() else camera
        self._is_stream = isinstance(self._camera, str) and is_stream_url(self._camera)
        self._is_file = isinstance(self._camera, str) and os.path.isfile(self._camera)
        self._name = f"camera {hide_password(str(camera)) if self._is_stream else camera}"
        self._options = options or CameraOptions()
        self._reading = threading.Lock()
        self._stopping = threading.Event()
        self._shots = self._read_and_reconnect()
        self._count = 0
        self._last_pts = -1
        self._notice: str | None = None
        self._waits_since: float | None = None
        self._came_to_end = False
        self._before: NetworkCapture | None = None
        self.warnings: list[str] = []
        self._audio = LiveAudio()
        self._microphone = self._open_microphone()
        shot = self._await_first()
        self._first: _Shot | None = shot
        (width, height), colour, aspect = shot.capture.describe(shot.image)
        self._size = width, height
        self._start = self._audio.zero = shot.moment
        if self._audio.format is not None:
            self.live_audio = self._audio
        if self._is_stream and (self._options.size or self._options.fps):
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

    # Opening

    def _await_first(self) -> _Shot:
        # What OpenCV and drivers print becomes part of the error.
        hiding: contextlib.AbstractContextManager[list[str]]
        hiding = contextlib.nullcontext([]) if self._is_stream else hide_native_messages("")
        with hiding as printed:
            shot, failure = self._call_with_limit()
        if shot is None:
            raise self._explain_failure(failure, printed)
        return shot

    def _call_with_limit(self) -> tuple[_Shot | None, BaseException | None]:
        worker = Worker("framechain-camera", limit_name="timeout")
        try:
            seconds = self._options.timeout + _EXTRA_SECONDS
            return worker.call(self._name, self._read_shot, seconds, idle=leave_if_stopped), None
        except Exception as error:
            self.close()
            return None, error
        except BaseException:
            self.close()
            raise
        finally:
            worker.end()

    def _explain_failure(self, failure: BaseException | None, printed: list[str]) -> BaseException:
        if failure is None or isinstance(failure, LateError):
            waited = f"within {self._options.timeout:g} s"
            return CameraError(f"{self._name} gave no frame {waited}: {MAYBE_TAKEN}")
        if not isinstance(failure, CameraError):
            return failure
        why = str(failure)
        if self._is_stream:
            return CameraError(f"{self._name} cannot be opened: {why}; check the address, and that the stream is on")
        if why == CANNOT_OPEN:
            reasons = extract_reasons(self._camera, printed)
            return CameraError(f"{self._name} cannot be opened: {reasons}; {make_advice()}")
        return CameraError(f"{self._name} gave {why}")

    def _open_microphone(self) -> Microphone | None:
        if self._options.microphone is None:
            return None
        from .microphone import Microphone

        try:
            return Microphone(self._options.microphone, self._audio)
        except CameraError as error:
            self.warnings.append(f"there is no sound: {error}")
            return None

    def _open_capture(self) -> Capture:
        is_stopped = self._stopping.is_set
        if self._is_stream:
            from .network import NetworkCapture

            self._before = NetworkCapture(
                str(self._camera),
                name=self._name,
                open_seconds=self._options.timeout,
                read_seconds=_LOST_SECONDS,
                is_stopped=is_stopped,
                before=self._before,
                audio=self._audio if self._microphone is None else None,
            )
            return self._before
        if self._is_file:
            from .file_capture import FileCapture

            return FileCapture(str(self._camera))
        # When a lost camera cannot be opened yet, OpenCV's reasons are no news.
        with silence_opencv() if self._count else contextlib.nullcontext():
            return DeviceCapture(self._camera, self._options, name=self._name, is_stopped=is_stopped)

    # Reading

    def _read_and_reconnect(self) -> Generator[_Shot, None, None]:
        attempts, first_reason = 0, ""
        while not self._stopping.is_set():
            before = self._count
            try:
                yield from self._read_until_lost()
                return
            except CameraError as error:
                if self._count > before:
                    attempts = 0
                if not self._count:
                    raise
                first_reason = first_reason if attempts else str(error)
                if attempts >= self._options.reconnect:
                    raise CameraLostError(self._describe_loss(first_reason, str(error))) from error
                _logger.info("%s was lost: %s", self._name, error)
            attempts += 1
            progress = f" ({attempts} of {self._options.reconnect})" if attempts > 1 else ""
            self._notice = f"camera lost, reconnecting{progress}..."
            self._stopping.wait(compute_back_off(attempts))

    def _read_until_lost(self) -> Generator[_Shot, None, None]:
        """Yield images until the end of a file, a stop, or a `CameraError`."""
        patience = _LOST_SECONDS if self._count else self._options.timeout
        capture = self._open_capture()
        try:
            while (image := self._read_image(capture, patience)) is not None:
                if self._notice is not None:
                    _logger.info("%s is back", self._name)
                self._notice = None
                self._take_over_remarks(capture)
                self._count += 1
                yield _Shot(image, capture, self._count - 1, capture.get_moment(image))
                patience = _LOST_SECONDS
        finally:
            capture.close()

    def _read_image(self, capture: Capture, patience: float) -> Any:
        self._waits_since = time.monotonic()
        try:
            return capture.read(patience)
        finally:
            self._waits_since = None

    def _take_over_remarks(self, capture: Capture) -> None:
        self.warnings += [remark for remark in capture.remarks if remark not in self.warnings]

    def _read_shot(self) -> _Shot | None:
        """Return the next image; None at the end, after a stop, and while another thread reads the last one."""
        with self._reading, awaited_at_exit(self.stop, seconds=_LONGEST_READ):
            shot = next(self._shots, None)
            if self._stopping.is_set():
                # `close` left the capture to this thread, as nobody else may close it during a read.
                self._shots.close()
                return None
            self._came_to_end = shot is None
            return shot

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames until the camera is lost, a file ends, or `stop` is called.

        Raises:
            CameraLostError: If the camera is lost and does not come back.
        """
        while not self._stopping.is_set():
            shot, self._first = self._first, None
            shot = shot or self._read_shot()
            if shot is None:
                return
            pts = max(round((shot.moment - self._start) / _TIME_BASE), self._last_pts + 1)
            self._last_pts = pts
            size, _, _ = shot.capture.describe(shot.image)
            if size != self._size:
                self._warn_of_size(*size)
            if self._microphone is not None and (problem := self._microphone.take_problem()) is not None:
                self.warnings.append(problem)
            yield shot.capture.make_frame(shot.image, FrameInfo(shot.index, pts, 0, self.info))

    def _warn_of_size(self, width: int, height: int) -> None:
        self._size = width, height
        change = f"{self._name} changed its size to"
        first = f"{self.info.width}x{self.info.height}"
        is_reported = any(change in warning for warning in self.warnings)
        if (width, height) != (self.info.width, self.info.height) and not is_reported:
            self.warnings.append(f"{change} {width}x{height}: it is scaled to {first}, the size of its first frame")

    # From any thread

    @property
    def notice(self) -> str | None:  # type: ignore[override]
        """What a viewer should know now: that the camera is lost or gives no frames; None if all is well."""
        since = self._waits_since
        if self._notice is None and since is not None and time.monotonic() - since > _QUIET_SECONDS:
            return "the camera gives no frames, waiting..."
        return self._notice

    def shortfall(self) -> str | None:
        """Return that a file has ended, as a sentence; None otherwise."""
        return f"{self._name} gave no more frames after {self._count}" if self._came_to_end else None

    def _describe_loss(self, first: str, last: str) -> str:
        first, last = nest(first), nest(last)
        tried = ""
        if self._options.reconnect:
            tried = f" and did not come back after {_count(self._options.reconnect, 'attempt')} ({last})"
        frames = _count(self._count, "frame")
        return f"{self._name} was lost after {frames} ({first}){tried}: check its cable, its power or the network"

    def stop(self) -> None:
        """End the iteration; a read under way ends within its time limit and is not waited for."""
        self._stopping.set()

    def close(self) -> None:
        """Release the camera; a thread that reads it does so when its read ends. May be called twice."""
        self.stop()
        if self._microphone is not None:
            self._microphone.close()
        if self._reading.acquire(blocking=False):
            self._shots.close()
            self._reading.release()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
