"""A still picture as a stream of one frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contracts import Source
from ..frame import Frame, make_image_info
from ..media.images import Picture, read_image
from ..pixels.image import to_bgr_image


class ImageSource(Source):
    """The one frame of a picture file, upright.

    Attributes:
        path: The file; None if an array was given.
        info: What is known of the stream.
        icc_profile: The picture's colour profile, or None.

    Example:
        >>> from framechain.sources.image import ImageSource
        >>> [frame.size for frame in ImageSource("samples/portrait.jpg")]
        [(512, 512)]
    """

    def __init__(self, picture: str | NDArray[Any], *, name: str | None = None) -> None:
        """Read a picture.

        Args:
            picture: A local path, or an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA.
            name: What to call it in errors; the path if not given.

        Raises:
            MissingInputError: If there is no such file.
            MediaError: If it is no picture.
            ArgumentTypeError: If the array has another shape or kind.
        """
        self.path = picture if isinstance(picture, str) else None
        name = name or self.path or "picture"
        read = Picture(to_bgr_image(picture)) if isinstance(picture, np.ndarray) else read_image(picture, name=name)
        self._problem = read.problem
        self._pixels = read.pixels
        self.icc_profile = read.icc_profile
        self._info = make_image_info(name, read.pixels)
        self.info = self._info.stream
        self._is_read = False

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frame, once: an object may draw on it."""
        if not self._is_read:
            self._is_read = True
            yield Frame(self._info, bgr=self._pixels)

    def shortfall(self) -> str | None:
        """What is wrong with the file though it could be read, as a sentence; None if nothing is."""
        return self._problem

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> ImageSource:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
