"""Arrays that a program makes, as a video: a list of them, or an iterator that may never end."""

from __future__ import annotations

import functools
import math
import os
import threading
import weakref
from collections.abc import Generator, Iterable, Iterator, Sequence, Sized
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_rate, is_number
from ..contracts import Source
from ..errors import ArgumentError, ArgumentTypeError, FramechainError, MediaError, ObjectError, read_message
from ..frame import Frame, FrameInfo, StreamInfo
from ..pixels.image import Image, to_bgr_image
from ..steering import leave_if_stopped
from ..threads.worker import Worker

DEFAULT_RATE = 25
"""Frames per second of arrays, if nobody says."""

TimedImage = NDArray[Any] | tuple[NDArray[Any], float]
"""An array, or an array and its time in seconds."""

# Of frames with times: fine enough for every rate.
_TICKS_PER_SECOND = 90_000
_END = object()


class _Stopped(Exception):  # noqa: N818  (no error)
    """Ends the wait for the next array."""


class ArraySource(Source):
    """The frames of a list, or of any iterable of arrays, at a constant rate or with times of their own.

    An iterator is called in a thread of its own, as it may wait for ever, such as for another thread that makes the
    frames. The end of a run does not wait for it. A generator is closed with the source.

    Example:
        >>> from framechain.sources import ArraySource
        >>> greys = (np.full((48, 64), 40 * number, np.uint8) for number in range(5))
        >>> [frame.info.time for frame in ArraySource(greys, fps=10)]
        [0.0, 0.1, 0.2, 0.3, 0.4]
        >>> arrived = [(np.zeros((48, 64), np.uint8), seconds) for seconds in (1700.5, 1700.52, 1701)]
        >>> [frame.info.time for frame in ArraySource(arrived)]
        [0.0, 0.02, 0.5]
    """

    def __init__(
        self, images: Iterable[TimedImage], *, fps: float | Fraction | None = None, name: str | None = None
    ) -> None:
        """Take the first array, whose size all the others must have.

        Args:
            images: Arrays (H, W), (H, W, 3) BGR or (H, W, 4) BGRA, as `Engine.process_image` takes them; they are
                copied. Or one array (count, H, W, 3). Or pairs (array, seconds): the first frame is at 0, whatever the
                clock says, and the others so much later as their seconds are.
            fps: Frames per second; 25 if not given. Not for pairs.
            name: The name in errors.

        Raises:
            ArgumentError: If `fps` is out of range, times do not grow, or only some arrays have one.
            ArgumentTypeError: If it gives something else than such arrays.
            MediaError: If it gives nothing.
            ObjectError: If it raises.
        """
        rate = check_rate("fps", DEFAULT_RATE if fps is None else fps)
        self._name = name or f"the given {type(images).__name__}"
        self._count = 0
        self._first_time: float | None = None
        self._pts = -1
        self._stopped = threading.Event()
        self._is_reading = threading.Lock()
        try:
            self._iterator: Iterator[Any] = iter(images)
        except Exception as error:
            raise self._make_error(error) from error
        self._worker: Worker | None = None
        if not isinstance(images, Sequence | np.ndarray):
            self._worker = Worker("framechain-images", limit_name="")
            last = self._iterator.close if isinstance(self._iterator, Generator) else None
            # An abandoned source must not leave a thread.
            self._finalizer = weakref.finalize(self, self._worker.end, last)
        try:
            self._first: tuple[Image, int] | None = self._read()
            if self._first is None:
                raise MediaError(f"cannot read {self._name}: it gives no array")
            if self._first_time is not None and fps is not None:
                raise ArgumentError(
                    f"{self._name} gives a time with each array, and fps={fps} is a rate: leave out fps"
                )
        except BaseException:
            self.close()
            raise
        height, width = self._first[0].shape[:2]
        has_times = self._first_time is not None
        self.info = StreamInfo(
            self._name,
            "video",
            width,
            height,
            # Whole ticks for each rate, as in 30000/1001.
            time_base=Fraction(1, _TICKS_PER_SECOND if has_times else rate.numerator),
            rate=None if has_times else rate,
            frame_count=len(images) if isinstance(images, Sized) else None,
        )

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; a second iteration goes on where the first was left."""
        rate = self.info.rate
        while (taken := self._take()) is not None:
            (image, pts), index = taken, self._count - 1
            step = 0 if rate is None else rate.denominator
            yield Frame(FrameInfo(index, pts if rate is None else index * step, step, self.info), bgr=image)
        self.close()

    def _take(self) -> tuple[Image, int] | None:
        first, self._first = self._first, None
        return self._read() if first is None else first

    def _read(self) -> tuple[Image, int] | None:
        """Return the next array as a frame of its own, and its time in ticks; None at the end and after `stop`."""
        try:
            with self._is_reading:
                image = _END if self._stopped.is_set() else self._wait_for_next()
        except _Stopped:
            return None
        except FramechainError:
            raise
        except Exception as error:
            raise self._make_error(error) from error
        if image is _END:
            return None
        pts = 0
        if isinstance(image, tuple) and len(image) == 2 and is_number(image[1]) and math.isfinite(image[1]):
            image, seconds = image
            pts = self._find_pts(float(seconds))
        elif self._first_time is not None:
            raise ArgumentError(
                f"frame {self._count} of {self._name} is no pair (array, seconds), and the first was one: give a time "
                "with every array or with none"
            )
        frame = self._convert(image)
        self._count += 1
        return frame, pts

    def _find_pts(self, seconds: float) -> int:
        if not self._count:
            self._first_time = seconds
        if self._first_time is None:
            raise ArgumentError(
                f"frame {self._count} of {self._name} has a time, and the first had none: give a time with every array "
                "or with none"
            )
        pts = round((Fraction(seconds) - Fraction(self._first_time)) * _TICKS_PER_SECOND)
        if pts <= self._pts:
            raise ArgumentError(
                f"frame {self._count} of {self._name} is at {seconds:g} s, and the frame before it was not earlier: "
                "times must grow"
            )
        self._pts = pts
        return pts

    def _wait_for_next(self) -> Any:
        if self._worker is None:
            return next(self._iterator, _END)
        # A call that hangs must not keep this source from the garbage collector.
        return self._worker.call(self._name, functools.partial(next, self._iterator, _END), idle=self._look_up)

    def _look_up(self) -> None:
        leave_if_stopped()
        if self._stopped.is_set():
            raise _Stopped

    def _convert(self, image: Any) -> Image:
        if isinstance(image, Frame):
            raise ArgumentTypeError(
                f"frame {self._count} of {self._name} is a Frame: give its frame.bgr, or the source itself that gives "
                "such frames"
            )
        if isinstance(image, str | os.PathLike):
            raise ArgumentTypeError(
                f"frame {self._count} of {self._name} is a path, not an array: give (cv2.imread(p) for p in paths)"
            )
        try:
            frame = to_bgr_image(image)
        except (ArgumentError, ArgumentTypeError) as error:
            advice = "; to give times yield (array, seconds)" if isinstance(image, tuple) else ""
            raise type(error)(f"frame {self._count} of {self._name}: {error}{advice}") from error
        if self._count and frame.shape[:2] != (self.info.height, self.info.width):
            raise ArgumentError(
                f"frame {self._count} of {self._name} is {frame.shape[1]}x{frame.shape[0]} and the first was "
                f"{self.info.width}x{self.info.height}: all must have one size"
            )
        # Objects draw on frames, and whoever makes the arrays may fill the same one again.
        return frame.copy() if np.may_share_memory(frame, image) else frame

    def _make_error(self, error: Exception) -> ObjectError:
        return ObjectError(f"{self._name} raised {type(error).__name__} at frame {self._count}: {read_message(error)}")

    def stop(self) -> None:
        """End an iteration that waits; may be called from any thread."""
        self._stopped.set()

    def close(self) -> None:
        """Close the iterator, once it returns if it hangs; may be called twice."""
        self._stopped.set()
        self._first = None
        if self._worker is not None:
            with self._is_reading:  # Not before a wait has ended, which takes a tenth of a second.
                self._finalizer()
