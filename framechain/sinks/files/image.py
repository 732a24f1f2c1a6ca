"""Image files."""

from __future__ import annotations

import numpy as np

from ...contracts import Source
from ...errors import OutputError
from ...files.atomic_output import AtomicOutput
from ...files.paths import PathLike
from ...frame import Frame
from ...images.codec import check_image_suffix, encode_image
from .file import FileSink


class ImageSink(FileSink):
    """An image file. It holds one frame, with its alpha and the source's colour profile where the format can.

    Example:
        >>> import os, tempfile
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

    def __init__(self, path: PathLike, *, alpha: bool = False) -> None:
        """Check the suffix; nothing is written before `open`.

        Args:
            path: Where to write: local, or on a store that stow reaches.
            alpha: Whether the frame will have alpha, which not every format holds.

        Raises:
            OutputError: If the suffix is of no image format that is written, or of one without alpha.
        """
        super().__init__(path)
        check_image_suffix(self._target, alpha=alpha)
        self._icc_profile: bytes | None = None

    def _start(self, source: Source, output: AtomicOutput) -> None:
        self._icc_profile = source.icc_profile

    def _write(self, frame: Frame, output: AtomicOutput) -> None:
        if self.frames:
            raise OutputError(
                f"cannot write {self._target}: an image holds one frame, choose the suffix of a video for more"
            )
        pixels = frame.read_bgr()
        if frame.alpha is not None:
            pixels = np.dstack([pixels, frame.alpha])
        output.write(encode_image(pixels, output.target, icc_profile=self._icc_profile))
