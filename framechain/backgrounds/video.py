"""A video behind, in time with the stream and looped."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..arguments import check_choice
from ..contracts import Background
from ..files.stores import open_local_copy
from ..frame import Frame, FrameInfo
from ..pixels.colour import ColourSpace
from ..pixels.image import FITS, Image, fit

if TYPE_CHECKING:
    from ..pixels.planes import Planes
    from ..sources.video import VideoSource


class Video(Background):
    """Frames of a video, each for as long as it is meant to be seen; after the last comes the first.

    Behind a file it follows the stream's own time, behind a camera the clock. Its sound is not used.

    Example:
        >>> import numpy as np
        >>> behind = Video("samples/clip.mp4")
        >>> behind(np.zeros((90, 160, 3), np.uint8)).shape
        (90, 160, 3)
    """

    works_on_yuv = True

    def __init__(self, path: str | os.PathLike[str], *, fit: str = "cover") -> None:
        """Open a video, to see that it is one.

        Args:
            path: A local path, a URL, or one that stow reaches.
            fit: "cover" (scale and crop), "contain" (scale and fill with black) or "stretch".

        Raises:
            ArgumentError: If `fit` is none of these.
            MissingInputError: If there is no such file.
            MediaError: If it is no video.
        """
        self.fit = check_choice("fit", fit, FITS)
        self.path = os.fspath(path)
        self._forget()
        self._start()

    def _forget(self) -> None:
        self._open = ExitStack()
        self._source: VideoSource | None = None
        self._frames: Iterator[Frame] = iter(())
        self._shown: Frame | None = None
        self._coming: Frame | None = None
        self._lap = 0.0
        self._clock_start: float | None = None
        self._prepared: tuple[Frame, tuple[Any, ...], Any] | None = None

    def _start(self) -> None:
        """Begin at the first frame."""
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

    def _at(self, info: FrameInfo | None) -> Frame:
        """The frame to be seen now."""
        if info is None or info.stream.live:
            now = time.monotonic()
            self._clock_start = now if self._clock_start is None else self._clock_start
            seconds = now - self._clock_start
        else:
            seconds = info.time
        if self._source is None or seconds < self._lap:
            self._lap = 0.0
            self._start()
        while True:
            assert self._shown is not None
            assert self._source is not None
            if self._coming is None:
                end = self._lap + self._source.end_time - self._first_time
                if seconds < end or end <= self._lap:
                    return self._shown
                self._lap = end
                self._start()
            elif seconds >= self._lap + self._coming.info.time - self._first_time:
                self._shown, self._coming = self._coming, next(self._frames, None)
            else:
                return self._shown

    def __call__(self, frame: Image, info: FrameInfo | None = None) -> Image:
        """The video's picture in the frame's size.

        Args:
            frame: uint8 (H, W, 3).
            info: The frame's place in its stream; without one the clock is followed.

        Returns:
            uint8 (H, W, 3), perhaps the same array as last time: read it, never write.
        """
        shown = self._at(info)
        height, width = frame.shape[:2]
        result: Image = self._once(shown, (width, height), lambda: fit(shown.read_bgr(), width, height, self.fit))
        return result

    def render(self, frame: Image, alpha: NDArray[np.uint8], info: FrameInfo) -> Image:
        """Return the video's frame of this moment."""
        return self(frame, info)

    def render_planes(
        self, out: Planes, source: Planes, alpha: NDArray[np.uint8], colour: ColourSpace, info: FrameInfo
    ) -> None:
        """The video's picture as Y, U and V.

        Args:
            out: Where to write.
            source: Not needed.
            alpha: Not needed.
            colour: Matrix and range of the stream.
            info: The frame's place in its stream.
        """
        from ..pixels.colour import choose_matrix
        from ..pixels.convert import convert_to_yuv
        from ..pixels.planes import get_planes

        shown = self._at(info)
        height, width = out[0].shape
        told = replace(colour, matrix=choose_matrix(colour, width, height))
        picture = self._once(
            shown, (width, height, told), lambda: convert_to_yuv(fit(shown.read_bgr(), width, height, self.fit), told)
        )
        for plane, pixels in zip(out, get_planes(picture), strict=True):
            plane[...] = pixels

    def _once(self, shown: Frame, form: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """What was made of a frame, made only once as long as it is shown in one form."""
        if self._prepared is None or self._prepared[0] is not shown or self._prepared[1] != form:
            self._prepared = shown, form, make()
        return self._prepared[2]

    def open(self, stream: object) -> None:
        """Begin anew with a new stream.

        Args:
            stream: Not needed.
        """
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._lap, self._clock_start = 0.0, None
        self._start()

    def close(self) -> None:
        """Release the file; it is opened again on the next use. May be called twice."""
        if self._source is not None:
            self._source.close()
        self._open.close()
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "fit": self.fit}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()
