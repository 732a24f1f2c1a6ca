"""A sink: it takes processed frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frame import Frame
from ..pixels.image import Image
from .source import Source

if TYPE_CHECKING:
    from typing_extensions import Self


class Sink:
    """Takes processed frames, as in `Engine(sinks=[Brightness()])`: it must have `write`.

    The order is `open`, `write` for each frame, then `finish`, or `abort` after an error. A `with` block around an open
    sink calls one of these two.

    Attributes:
        path: The file or address of the result; None if there is none, such as after `abort`. Default: None.
        frames: How many frames were written. Default: 0.
        problem: What was lost although the run went on, as a sentence. Default: None.
        notice: What a viewer should know now, such as that a stream is lost and tried again. Default: None.

    Example:
        >>> class Brightness(Sink):
        ...     def open(self, source):
        ...         self.values = []
        ...     def write(self, frame):
        ...         self.values.append(int(frame.read_bgr().mean()))
        >>> from framechain import open_source
        >>> with open_source("samples/portrait.jpg") as source, Brightness() as sink:
        ...     sink.open(source)
        ...     for frame in source:
        ...         sink.write(frame)
        >>> sink.values
        [114]
    """

    path: str | None = None
    frames: int = 0
    problem: str | None = None
    notice: str | None = None

    def open(self, source: Source) -> None:
        """Prepare for the frames of a source, whose `info` and `audio` are known. Default: do nothing."""

    def write(self, frame: Frame) -> None:
        """Take a processed frame, read only; called in order, in the writer's thread."""
        raise NotImplementedError

    def hold(self, image: Image) -> None:
        """Show an image, uint8 (H, W, 3) BGR, while a live source gives no frames. Default: do nothing."""

    def finish(self, *, complete: bool = True) -> None:
        """Complete the output, once only; audio ends with the last frame unless `complete`. Default: do nothing."""

    def abort(self) -> None:
        """Discard the output, unless it was finished or discarded before. Default: do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            self.finish()
        else:
            self.abort()
