"""Sinks for a run whose source is not open yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..contracts import Sink, Source
from ..errors import ArgumentTypeError, CameraError, ObjectResultError
from ..frame import Frame
from ..pixels.image import Image

SinkOpener = Callable[[Source], Sink]
"""Opens a sink for a source."""


def make_opener(sink: Sink) -> SinkOpener:
    """Return a function that opens a sink.

    Args:
        sink: A sink that is not open.

    Returns:
        The function; it returns the sink.
    """

    def open_for(source: Source) -> Sink:
        sink.open(source)
        return sink

    return open_for


def check_sinks(sinks: object) -> None:
    """Check a user's sinks.

    Raises:
        ArgumentTypeError: If it is no list, or one is no `Sink`.
    """
    if not isinstance(sinks, Sequence):
        raise ArgumentTypeError(f"sinks must be a list, got {type(sinks).__name__}")
    for position, sink in enumerate(sinks):
        if not isinstance(sink, Sink):
            raise ArgumentTypeError(f"sinks[{position}] must inherit framechain.Sink, got {type(sink).__name__}")


class LastFrame(Sink):
    """Keeps the last frame, for a method that returns it."""

    def __init__(self) -> None:
        """Begin without a frame."""
        self._image: Image | None = None
        self._source_name, self._is_live = "the camera", True

    def open(self, source: Source) -> None:
        """Keep the source's name, for a message."""
        self._source_name, self._is_live = source.info.name, source.info.live

    def write(self, frame: Frame) -> None:
        """Keep a frame."""
        self._image = frame.to_array()

    def get(self) -> Image:
        """Return the frame.

        Returns:
            uint8 (H, W, 3) BGR, or (H, W, 4) BGRA.

        Raises:
            CameraError: If a camera gave none.
            ObjectResultError: If the objects left it out.
        """
        if self._image is not None:
            return self._image
        if self._is_live:
            raise CameraError("the camera gave no frame")
        raise ObjectResultError(f"there is no result to return for {self._source_name}: an object left it out")
