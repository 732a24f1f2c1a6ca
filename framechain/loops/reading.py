"""`framechain.read`: the frames of whatever gives frames, in a loop of the program's own."""

from __future__ import annotations

import contextlib
import functools
import time
import weakref
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from ..basics.remarks import collect_remarks
from ..basics.timecode import Time
from ..basics.warner import Warner
from ..chain import Chain
from ..contracts import Source
from ..errors import FramechainError
from ..frame import Frame
from ..live.levels import LevelKeeper
from ..options import CameraOptions
from ..run.frame_range import FrameRange, make_frame_range
from ..sources.open import SourceLike, open_source
from ..sources.reader import Reader
from ..steering import Skipped, Stop
from .span import Span


class Reading(Source):
    """The frames of `read`, each given once.

    A loop that was left goes on with the next frame. After the last one, after an error, and when nobody has it any
    more, source and objects are closed as by `close`.

    Attributes:
        info: The stream as the source gives it; objects may change the size.
        audio: The audio track that belongs to the frames, for `write(like=...)`; None if there is none.
        given: Where the frames that were given so far begin and end.
    """

    def __init__(self, source: Source, chain: Chain, frame_range: FrameRange) -> None:
        """Open the objects and begin to read ahead; see `read`.

        Args:
            source: The source; closed with this object.
            chain: What the frames pass.
            frame_range: Which frames are given; without effect on an image.
        """
        self.info, self.audio, self.icc_profile = source.info, source.audio, source.icc_profile
        self._source, self._chain = source, chain
        self._range = frame_range if source.info.kind != "image" else FrameRange()
        self._is_part = self._range.start_time is not None or self._range.end_time is not None
        self.given = Span()
        self._warner, self._warnings_seen = Warner(), 0
        self._is_stopped = False
        with contextlib.ExitStack() as closing:
            closing.callback(source.close)
            self._range.check(source)
            closing.callback(_close_quietly, chain)
            chain.open(source.info)
            self._levels, self._taken = LevelKeeper(chain, source.info), time.perf_counter()
            prepare = None
            if len(chain) and source.info.kind == "video":
                prepare = functools.partial(_prepare, chain, self._range)
            self._reader = _start_reader(source, self._range.until, prepare)
            closing.pop_all()
        # A loop that is left without `close` must leave nothing behind.
        self._finalizer = weakref.finalize(self, _close, self._reader, chain)

    def __iter__(self) -> Reading:
        return self

    def __next__(self) -> Frame:
        """Return the next frame.

        Raises:
            StopIteration: After the last one, and after `close`.
            FramechainError: If it cannot be read, or an object fails.
        """
        try:
            while (frame := self._take()) is not None:
                self._report_warnings()
                if self._range.excludes(frame.info):
                    continue
                with contextlib.suppress(Skipped):
                    return self._process(frame)
        except Stop:
            self._is_stopped = True
        except Exception:
            with contextlib.suppress(FramechainError):
                self.close()
            raise
        self._end()
        raise StopIteration

    def _take(self) -> Frame | None:
        seconds = time.perf_counter() - self._taken  # The loop's own work counts, too.
        frame = self._reader.take(lambda: False)
        self._taken = time.perf_counter()
        if frame is not None:
            self._levels.follow(seconds=seconds, arrived=self._reader.read, dropped=self._reader.dropped)
        return frame

    def _process(self, frame: Frame) -> Frame:
        with collect_remarks(wanted=self.info.kind != "image", live=self.info.live) as remarks:
            result = self._chain(frame)
        self.given.add(frame.info)
        for remark in remarks.take():
            self._warner.warn(remark)
        return result

    def _end(self) -> None:
        """Close everything at the end, and report what a user should know."""
        if not self._finalizer.alive:
            return
        problems: list[str | None] = [*self._chain.collect_problems()]
        if not (self._is_stopped or self._reader.is_cut):
            problems.append(self._source.shortfall())
        self._report_warnings()
        self.close()
        for problem in problems:
            if problem is not None:
                self._warner.warn(problem)
        self._warner.raise_error()

    def _report_warnings(self) -> None:
        new = self._source.warnings[self._warnings_seen :]
        self._warnings_seen += len(new)
        for warning in new:
            self._warner.warn(warning)

    def count_frames(self) -> int | None:
        """Return how many frames the source has; None if only a range of them is given."""
        return None if self._is_part else self._source.count_frames()

    @property
    def begins_at(self) -> Fraction | None:  # type: ignore[override]
        """The time of the first frame of a range; None if all frames are given."""
        if not self._is_part:
            return self._source.begins_at
        begin = self.given.begin
        return Fraction(self._range.start_time or 0) if begin is None else begin

    @property
    def notice(self) -> str | None:  # type: ignore[override]
        """That of the source."""
        return self._source.notice

    @property
    def dropped(self) -> int:  # type: ignore[override]
        """How many frames of a camera were dropped because a newer one was there."""
        return self._reader.dropped

    def stop(self) -> None:
        """End an iteration that waits in another thread."""
        self._is_stopped = True
        self._reader.stop()

    def close(self) -> None:
        """End reading and close source and objects; may be called twice.

        Raises:
            ObjectError: If the `close` of an object raises.
        """
        self._finalizer()


def read(
    source: SourceLike,
    *,
    start: Time | None = None,
    end: Time | None = None,
    objects: Iterable[Callable[..., Any]] = (),
    fps: float | Fraction | None = None,
    camera: CameraOptions | None = None,
) -> Reading:
    """Read frames in a loop of the program's own.

    They are read ahead by another thread. Each has pixels as `frame.bgr`, `frame.alpha`, its place and time as
    `frame.info`, and is an array for numpy. Of a camera always the newest frame is given, without an end.

    Args:
        source: A path or URL, a camera's number, an array, an iterable of arrays, bytes, a binary file open for
            reading, or a `Source`; see `open_source`.
        start: The time of the first frame: seconds such as 2.5, or text such as "0:03", "1:02:03.5" or "2.5s".
        end: The time from which on no frame is given.
        objects: Callables `frame -> frame` that each frame passes, as in `Engine(custom_objects=...)`; opened here and
            closed with the reading. One that returns `SKIP` leaves the frame out, one that raises `Stop` ends the loop.
        fps: Frames per second of an iterable of arrays; 25 if not given.
        camera: How a camera is opened.

    Returns:
        The frames: iterate it. What is left of it is closed by `close`, a `with` block, or when nobody has it any more.

    Raises:
        ArgumentError: If a time is not understood, or lies beyond the end.
        ArgumentTypeError: If an argument has a wrong type.
        MissingInputError: If there is no such file.
        MediaError: If it is no media.
        CameraError: If a camera cannot be opened or gives no frame in time.
        ObjectError: If an object cannot be opened.

    Example:
        >>> for frame in read("samples/clip.mp4", start=1, end="0:01.1", objects=[lambda frame: 255 - frame]):
        ...     print(frame.info.index, f"{frame.info.time:.3f}", frame.bgr.shape)
        30 1.001 (360, 640, 3)
        31 1.034 (360, 640, 3)
        32 1.068 (360, 640, 3)
    """
    chain = Chain(objects, argument="objects")
    frame_range = make_frame_range(0, 0, True, start, end)
    return Reading(open_source(source, camera=camera, fps=fps), chain, frame_range)


def _prepare(chain: Chain, frame_range: FrameRange, frame: Frame) -> None:
    if not frame_range.excludes(frame.info):
        chain.prepare(frame)


def _start_reader(source: Source, until: float | None, prepare: Callable[[Frame], object] | None) -> Reader:
    # A camera is read by a Reader already.
    if isinstance(source, Reader) and until is None and prepare is None:
        return source
    return Reader(source, until=until, prepare=prepare)


def _close(reader: Reader, chain: Chain) -> None:
    try:
        reader.close()
    finally:
        chain.close()


def _close_quietly(chain: Chain) -> None:
    with contextlib.suppress(FramechainError):
        chain.close()
