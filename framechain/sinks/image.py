"""Image files that appear whole or not at all."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from ..contracts import Sink, Source
from ..errors import OutputError
from ..files.atomic_output import AtomicOutput
from ..files.paths import PathLike
from ..frame import Frame
from ..media.images import check_image_suffix, encode_image


class ImageSink(Sink):
    """An image file; it holds one frame, and alpha if the frame has it and the format can.

    Example:
        >>> import tempfile
        >>> from framechain.sources.image import ImageSource
        >>> sink = ImageSink(os.path.join(tempfile.mkdtemp(), "copy.png"))
        >>> source = ImageSource("samples/portrait.jpg")
        >>> sink.open(source)
        >>> with sink:
        ...     for frame in source:
        ...         sink.write(frame)
        >>> os.path.exists(sink.path)
        True
    """

    def __init__(self, path: PathLike, *, alpha: bool = False, inputs: tuple[PathLike, ...] = ()) -> None:
        """Check the suffix; nothing is written before `open`.

        Args:
            path: Where to write: local, or on a store that stow reaches.
            alpha: Whether the frame will have alpha, so that the suffix must be of a format with alpha.
            inputs: Files that must not be overwritten.

        Raises:
            OutputError: If the suffix is of no image format that is written, or of one without alpha.
        """
        self._target = os.fspath(path)
        check_image_suffix(self._target, alpha=alpha)
        self._inputs = inputs
        self._output: AtomicOutput | None = None
        self._icc_profile: NDArray[np.uint8] | None = None

    def open(self, source: Source) -> None:
        """Open a temporary file beside the target.

        Args:
            source: The image whose colour profile is embedded.

        Raises:
            OutputError: If the target cannot be written, such as the source's own file.
        """
        self._output = AtomicOutput(self._target, inputs=self._inputs)
        self._icc_profile = source.icc_profile
        self.path, self.frames = self._output.target, 0

    def write(self, frame: Frame) -> None:
        """Encode the frame.

        Args:
            frame: The only frame.

        Raises:
            OutputError: If it is the second one, the format cannot hold it, or the disk fails.
        """
        if self._output is None:
            raise OutputError(f"cannot write {self._target}: the sink is not open, call open(source) first")
        if self.frames:
            raise OutputError(f"cannot write {self._target}: an image holds one frame, choose a video's suffix for more")
        pixels = frame.read_bgr()
        if frame.alpha is not None:
            pixels = np.dstack([pixels, frame.alpha])
        self._output.write(encode_image(pixels, self._target, icc_profile=self._icc_profile))
        self.frames = 1

    def finish(self, *, complete: bool = True) -> None:
        """Move the file to its target; without a frame nothing appears.

        Args:
            complete: Without effect on an image.

        Raises:
            OutputError: If the disk fails; nothing is left then.
        """
        if self._output is None:
            return
        try:
            if self.frames:
                self._output.commit()
                self._output = None
        finally:
            self.abort()

    def abort(self) -> None:
        """Throw the file away; does nothing after `finish`."""
        if self._output is not None:
            output, self._output, self.path = self._output, None, None
            output.discard()
