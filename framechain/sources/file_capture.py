"""A video file that stands for a camera, for trying things out without one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction

from ..frame import Frame, FrameInfo
from ..pixels.colour import ColourSpace
from .video import VideoSource


class FileCapture:
    """The frames of a file, as fast as they are read.

    Attributes:
        rate: Frames per second, if the file reports it.
        remarks: What is done differently from what the file says, a sentence each; may grow.
    """

    def __init__(self, path: str) -> None:
        """Open a file.

        Args:
            path: A local path.

        Raises:
            MediaError: If it is no video.
        """
        self._source = VideoSource(path)
        self._frames: Iterator[Frame] = iter(self._source)
        self.rate = self._source.info.rate
        self.remarks = self._source.warnings

    def read(self, patience: float) -> Frame | None:
        """Return the next frame; None at the end.

        Args:
            patience: Not used: a file does not wait.
        """
        return next(self._frames, None)

    def describe(self, image: Frame) -> tuple[tuple[int, int], ColourSpace, Fraction]:
        """Return a frame's (width, height), its colour, and the sample aspect ratio."""
        stream = self._source.info
        return image.size, stream.colour, stream.sample_aspect_ratio

    def get_moment(self, image: Frame) -> float:
        """Return when an image that was just read came, by `time.monotonic`."""
        return time.monotonic()

    def make_frame(self, image: Frame, info: FrameInfo) -> Frame:
        """Put a frame into another stream.

        Args:
            image: From `read`.
            info: Its place in that stream.

        Returns:
            The frame.
        """
        return Frame(info, yuv=image.yuv)

    def close(self) -> None:
        """Release the file."""
        self._source.close()
