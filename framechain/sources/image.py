"""A still image as a stream of one frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contracts import Source
from ..frame import Frame, make_image_info
from ..images.codec import DecodedImage, read_image
from ..pixels.image import to_bgr_image


class ImageSource(Source):
    """The one frame of an image file, upright.

    Attributes:
        path: The file; None if an array was given.
        icc_profile: The image's colour profile; None if there is none.

    Example:
        >>> from framechain.sources.image import ImageSource
        >>> [frame.size for frame in ImageSource("samples/portrait.jpg")]
        [(512, 512)]
    """

    def __init__(self, image: str | NDArray[Any], *, name: str | None = None) -> None:
        """Read an image.

        Args:
            image: A local path, or an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA.
            name: The name in errors; the path if not given.

        Raises:
            MissingInputError: If there is no such file.
            MediaError: If it is not an image.
            ArgumentTypeError: If the array has another shape or dtype.
        """
        self.path = image if isinstance(image, str) else None
        name = name or self.path or "image"
        decoded = DecodedImage(to_bgr_image(image)) if isinstance(image, np.ndarray) else read_image(image, name=name)
        self._problem = decoded.problem
        self._pixels = decoded.pixels
        self.icc_profile = decoded.icc_profile
        self._frame_info = make_image_info(name, decoded.pixels)
        self.info = self._frame_info.stream
        self._is_read = False

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frame, once: an object may draw on it."""
        if not self._is_read:
            self._is_read = True
            yield Frame(self._frame_info, bgr=self._pixels)

    def shortfall(self) -> str | None:
        """Return what is wrong with the file although it could be read, as a sentence; None if nothing is."""
        return self._problem
