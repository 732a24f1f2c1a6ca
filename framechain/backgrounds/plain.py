"""Backgrounds that stand still: a colour, a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..arguments import check_bgr, check_choice
from ..contracts import Background
from ..errors import ArgumentTypeError
from ..files.stores import open_local_copy
from ..frame import FrameInfo
from ..media.images import read_image
from ..pixels.colour import ColourSpace
from ..pixels.image import FITS, Image, fit, to_bgr_image

if TYPE_CHECKING:
    from ..pixels.planes import Planes


class Still(Background):
    """A background that is the same for every frame of a size, prepared once per size and layout."""

    works_on_yuv = True

    def __init__(self) -> None:
        self._prepared: Image | None = None
        self._planes: tuple[tuple[int, int], ColourSpace, Planes] | None = None

    def prepare(self, width: int, height: int) -> Image:
        """Make the background.

        Args:
            width: Pixels across.
            height: Pixels down.

        Returns:
            uint8 (height, width, 3) BGR.
        """
        raise NotImplementedError

    def __call__(self, frame: Image) -> Image:
        """The background in the frame's size.

        Args:
            frame: uint8 (H, W, 3).

        Returns:
            uint8 (H, W, 3), the same array for every frame of a size: read it, never write.
        """
        if self._prepared is None or self._prepared.shape != frame.shape:
            self._prepared = self.prepare(frame.shape[1], frame.shape[0])
        return self._prepared

    def render_planes(
        self, out: Planes, source: Planes, alpha: NDArray[np.uint8], colour: ColourSpace, info: FrameInfo
    ) -> None:
        """The background as Y, U and V.

        Args:
            out: Where to write.
            source: Not needed.
            alpha: Not needed.
            colour: Matrix and range of the stream.
            info: Not needed.
        """
        from ..pixels.convert import convert_to_yuv
        from ..pixels.planes import get_planes

        height, width = out[0].shape
        if self._planes is None or self._planes[:2] != ((width, height), colour):
            picture = convert_to_yuv(self.prepare(width, height), colour)
            self._planes = (width, height), colour, get_planes(picture)
        for plane, pixels in zip(out, self._planes[2], strict=True):
            plane[...] = pixels

    def __getstate__(self) -> dict[str, Any]:
        # What is prepared can be prepared again; the planes belong to FFmpeg's memory.
        return {**self.__dict__, "_prepared": None, "_planes": None}


class Color(Still):
    """One colour.

    Example:
        >>> Color((0, 0, 255))(np.zeros((2, 2, 3), np.uint8))[0, 0].tolist()
        [0, 0, 255]
    """

    def __init__(self, bgr: Sequence[int]) -> None:
        """Choose the colour.

        Args:
            bgr: Blue, green and red, 0..255 each.

        Raises:
            ArgumentError: If it is not three numbers in that range.
        """
        super().__init__()
        self.bgr = check_bgr("bg_color", bgr)

    def prepare(self, width: int, height: int) -> Image:
        """Fill a picture with the colour.

        Args:
            width: Pixels across.
            height: Pixels down.

        Returns:
            uint8 (height, width, 3) BGR.
        """
        return np.full((height, width, 3), self.bgr, np.uint8)


class Picture(Still):
    """A picture behind, scaled to the frame once per size.

    Example:
        >>> behind = Picture(np.zeros((100, 300, 3), np.uint8))
        >>> behind(np.zeros((90, 160, 3), np.uint8)).shape
        (90, 160, 3)
    """

    def __init__(self, picture: str | os.PathLike[str] | NDArray[Any], *, fit: str = "cover") -> None:
        """Take a picture, and read it if a path is given.

        Args:
            picture: A path, local or one that stow reaches; or an array (H, W), (H, W, 3) or (H, W, 4) of
                uint8, uint16 or floats. What is see-through is laid over white.
            fit: "cover" (scale and crop), "contain" (scale and fill with black) or "stretch".

        Raises:
            ArgumentError: If `fit` is none of these.
            ArgumentTypeError: If it is neither a path nor an array of a picture's shape.
            MissingInputError: If there is no such file.
            MediaError: If it is no picture.
        """
        super().__init__()
        self.fit = check_choice("fit", fit, FITS)
        if isinstance(picture, str | os.PathLike):
            with open_local_copy(picture, "background picture") as path:
                self.pixels = read_image(path, name=os.fspath(picture)).pixels
        elif isinstance(picture, np.ndarray):
            self.pixels = to_bgr_image(picture)
        else:
            raise ArgumentTypeError(f"bg_image must be a path or a numpy array, got {type(picture).__name__}")

    def prepare(self, width: int, height: int) -> Image:
        """Bring the picture to a size.

        Args:
            width: Pixels across.
            height: Pixels down.

        Returns:
            uint8 (height, width, 3) BGR.
        """
        return fit(self.pixels, width, height, self.fit)
