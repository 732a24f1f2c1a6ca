"""A video as background, in time with the stream."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from ..basics.arguments import check_choice, check_number, check_path
from ..basics.remarks import remark
from ..basics.timecode import TOLERANCE, Time, format_time, parse_time
from ..errors import ArgumentError, MediaError
from ..files.stores import open_local_copy
from ..frame import Frame, FrameInfo, make_image_info
from ..pixels.image import FITS, Image, Plane, fit
from .base import PlaneBackground, split_image, write_planes

if TYPE_CHECKING:
    from ..sources.video import VideoSource

# A start later than this, in seconds, is searched for in the file ...
_LEAST_SKIP = 4.0
# ... but so much earlier, as the first images after a key frame may refer to images before it.
_LEAD = 2.0
# Above the error of sums of times in seconds, below the distance of any two frames.
_ROUNDING = 1e-6


class Video(PlaneBackground):
    """Frames of a video, or of a part of it, each for its own duration.

    The video follows the time of a file, and the clock on a live stream. Its audio is not used.

    Example:
        >>> import numpy as np
        >>> background = Video("samples/clip.mp4")
        >>> background(np.zeros((90, 160, 3), np.uint8)).shape
        (90, 160, 3)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        fit: str = "cover",
        start: Time | None = None,
        end: Time | None = None,
        loop: bool = True,
        speed: float = 1.0,
    ) -> None:
        """Open a video to check that it is one.

        Args:
            path: A local path, a URL, or one that stow reaches.
            fit: "cover" (scale and crop), "contain" (scale and fill with black) or "stretch".
            start: Where to begin, in seconds or as text such as "0:03"; None for the first frame.
            end: Where to end, as `start`; None for the last frame.
            loop: Whether to begin again after the end; if not, the last frame is held.
            speed: How many seconds of the video pass in one second of the stream, 0.01 to 100.

        Raises:
            ArgumentError: If a value is none of these, or `start` is not before `end` and the video's end.
            MissingInputError: If there is no such file.
            MediaError: If it is no video.
        """
        self.fit = check_choice("fit", fit, FITS)
        self.path = check_path("path", path)
        self.start = 0.0 if start is None else parse_time("start", start)
        self.end = None if end is None else parse_time("end", end)
        self.loop = bool(loop)
        self.speed = check_number("speed", speed, 0.01, 100)
        if self.end is not None and self.end <= self.start:
            raise ArgumentError(f"end must be after start, got {start!r} to {end!r}")
        # Bounds are given to the millisecond, and frames lie between; without them only sums of times are rounded.
        self._tolerance = _ROUNDING if (self.start, self.end, self.speed) == (0, None, 1) else TOLERANCE
        self._clear()
        self._start()
        assert self._source is not None
        duration = self._source.info.duration
        if duration is not None and self.start >= duration:
            self.close()
            raise self._make_start_error(duration)

    @property
    def has_one_frame(self) -> bool:
        """Whether the video is a single frame, as a GIF that is no animation; asked before the first frame is taken."""
        return self._coming is None and self._shown is not None and self._shown.info.index == 0

    def _clear(self) -> None:
        self._open = ExitStack()
        self._source: VideoSource | None = None
        self._frames: Iterator[Frame] = iter(())
        self._shown: Frame | None = None
        self._coming: Frame | None = None
        # How many seconds of the video had been played when the current loop began.
        self._loop_start = 0.0
        self._clock_start: float | None = None
        self._prepared: tuple[Frame, tuple[Any, ...], Sequence[Plane]] | None = None

    def _start(self) -> None:
        """Start at the first frame, or shortly before the part that is shown."""
        self._open_source()
        if self.start >= _LEAST_SKIP:
            self._skip_to(self._first_time + self.start)

    def _skip_to(self, target: float) -> bool:
        """Go on shortly before a time of the video, in seconds, without decoding what lies before.

        Returns:
            False if that is impossible, and nothing was done.
        """
        assert self._source is not None
        with contextlib.suppress(MediaError):
            if not self._source.skip_to(target - _LEAD):
                return False
            shown = next(self._frames, None)
            if shown is not None and shown.info.time <= target:
                self._shown, self._coming = shown, next(self._frames, None)
                return True
        self._open_source()  # The file's index is wrong: all that lies before is decoded.
        return True

    def _open_source(self) -> None:
        from ..sources.video import VideoSource

        if self._source is None:
            self._local = self._open.enter_context(open_local_copy(self.path, "background video"))
        else:
            self._source.close()
        self._source = VideoSource(self._local, name=self.path)
        self._frames = iter(self._source)
        self._shown = next(self._frames)
        self._first_time = self._shown.info.time
        self._coming = next(self._frames, None)

    def _find_frame(self, info: FrameInfo | None) -> Frame:
        """Return the video's frame for a moment of the stream, or of the clock without one."""
        if info is None:
            remark(
                f"the background {self.path} was called in a run without the frame's info, so it follows the clock "
                "instead of the time of the frames: pass the info on, as in "
                "`def inset(frame, info): small = video(frame, info=info)`",
                on_live=False,
            )
        if info is None or info.stream.live:
            now = time.monotonic()
            self._clock_start = now if self._clock_start is None else self._clock_start
            seconds = now - self._clock_start
        else:
            seconds = info.time
        played = seconds * self.speed
        if self._source is None or played < self._loop_start - self._tolerance:
            self._loop_start = 0.0
            self._start()
        may_skip = True
        while True:
            assert self._shown is not None
            end = self._find_end()
            if end is None:
                assert self._coming is not None
                begins = self._loop_start + self._coming.info.time - self._first_time - self.start
                if played < begins - self._tolerance:
                    return self._shown
                target = self._first_time + self.start + played - self._loop_start
                # A film that is processed in segments begins anywhere.
                is_far = may_skip and target - self._coming.info.time > _LEAST_SKIP
                may_skip = may_skip and not is_far
                if not (is_far and self._skip_to(target)):
                    self._shown, self._coming = self._coming, next(self._frames, None)
                continue
            is_empty = end <= self._loop_start
            if is_empty and self.start:
                raise self._make_start_error(self.start + end - self._loop_start)
            if played < end - self._tolerance or is_empty or not self.loop:
                return self._shown
            self._loop_start = end
            while self._loop_start < (end := self._compute_end()) <= played + self._tolerance:
                self._loop_start = end
            self._start()
            may_skip = True

    def _find_end(self) -> float | None:
        """Return when the part ends, counted as `played`; None if another frame of it follows the one that is shown."""
        assert self._source is not None
        if self._coming is not None:
            coming = self._coming.info.time - self._first_time
            if self.end is None or coming < self.end - self._tolerance:
                return None
        return self._compute_end()

    def _compute_end(self) -> float:
        """Return when the loop ends that begins at `_loop_start`, counted as `played`; its end must be known."""
        assert self._source is not None
        own_end = None if self.end is None else self._loop_start + self.end - self.start
        if self._coming is not None:
            assert own_end is not None
            return own_end
        end = self._loop_start + self._source.end_time - self._first_time - self.start
        return end if own_end is None else min(end, own_end)

    def _make_start_error(self, duration: float) -> ArgumentError:
        return ArgumentError(
            f"start must be before the end of {self.path}, got {format_time(self.start)}: it is {duration:.3g} s long"
        )

    def __call__(self, frame: Image, alpha: Plane | None = None, info: FrameInfo | None = None) -> Image:
        """Return the video's frame in the size of an image.

        Args:
            frame: uint8 (H, W, 3).
            alpha: Not used.
            info: The frame's place in its stream; without one the clock counts, and a run over a file warns.

        Returns:
            uint8 (H, W, 3), a new array.
        """
        out = np.empty(frame.shape, np.uint8)
        self._write(self._find_frame(info), (out,), info or make_image_info("frame", frame))
        return out

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Write the video's frame for this moment."""
        self._write(self._find_frame(info), out, info)

    def _write(self, shown: Frame, out: Sequence[Plane], info: FrameInfo) -> None:
        height, width = out[0].shape[:2]
        form = len(out), width, height, info.stream.colour
        # The video's rate may be lower than the stream's: its frame is fitted and converted once.
        if self._prepared is None or self._prepared[0] is not shown or self._prepared[1] != form:
            image = fit(shown.read_bgr(), width, height, self.fit)
            self._prepared = shown, form, split_image(image, out, info.stream.colour)
        write_planes(self._prepared[2], out)

    def open(self, stream: object) -> None:
        """Restart for a new stream."""
        self.reset()

    def reset(self) -> None:
        """Restart at the first frame."""
        self._loop_start, self._clock_start = 0.0, None
        self._start()

    def close(self) -> None:
        """Release the file; the next use opens it again. May be called twice."""
        if self._source is not None:
            self._source.close()
        self._open.close()
        self._clear()

    def __getstate__(self) -> dict[str, Any]:
        names = ("path", "fit", "start", "end", "loop", "speed", "_tolerance")
        return {name: value for name, value in self.__dict__.items() if name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._clear()
