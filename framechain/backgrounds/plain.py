"""Backgrounds that do not change: a colour, an image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_bgr, check_choice
from ..errors import ArgumentTypeError
from ..files.stores import open_local_copy
from ..frame import FrameInfo
from ..images.codec import read_image
from ..pixels.image import FITS, Image, Plane, fit, to_bgr_image
from .base import PlaneBackground, split_image, write_planes


class Still(PlaneBackground):
    """A background that is the same for every frame, prepared once per size and layout."""

    def __init__(self) -> None:
        self._prepared: dict[int, tuple[tuple[Any, ...], Sequence[Plane]]] = {}

    def prepare(self, width: int, height: int) -> Image:
        """Make the background.

        Args:
            width: Width in pixels.
            height: Height in pixels.

        Returns:
            uint8 (height, width, 3) BGR.
        """
        raise NotImplementedError

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Write the background."""
        height, width = out[0].shape[:2]
        form = width, height, info.stream.colour
        # BGR and YUV are kept side by side: a live stream in YUV covers single frames in BGR.
        if self._prepared.get(len(out), (None,))[0] != form:
            self._prepared[len(out)] = form, split_image(self.prepare(width, height), out, info.stream.colour)
        write_planes(self._prepared[len(out)][1], out)

    def __getstate__(self) -> dict[str, Any]:
        # What is prepared can be prepared again; the planes belong to FFmpeg's memory.
        return {**self.__dict__, "_prepared": {}}


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
        """Fill an image with the colour.

        Args:
            width: Width in pixels.
            height: Height in pixels.

        Returns:
            uint8 (height, width, 3) BGR.
        """
        return np.full((height, width, 3), self.bgr, np.uint8)


class Picture(Still):
    """An image, scaled to the frame once per size.

    Example:
        >>> background = Picture(np.zeros((100, 300, 3), np.uint8))
        >>> background(np.zeros((90, 160, 3), np.uint8)).shape
        (90, 160, 3)
    """

    def __init__(self, image: str | os.PathLike[str] | NDArray[Any], *, fit: str = "cover") -> None:
        """Take an image, and read it if a path is given.

        Args:
            image: A path, local or one that stow reaches; or an array (H, W), (H, W, 3) or (H, W, 4) of
                uint8, uint16 or floats. Transparent pixels are laid over white.
            fit: "cover" (scale and crop), "contain" (scale and fill with black) or "stretch".

        Raises:
            ArgumentError: If `fit` is none of these.
            ArgumentTypeError: If it is neither a path nor an array of an image's shape.
            MissingInputError: If there is no such file.
            MediaError: If the file is no image.
        """
        super().__init__()
        self.fit = check_choice("fit", fit, FITS)
        if isinstance(image, str | os.PathLike):
            with open_local_copy(image, "background image") as path:
                self.image = read_image(path, name=os.fspath(image)).pixels
        elif isinstance(image, np.ndarray):
            self.image = to_bgr_image(image)
        else:
            raise ArgumentTypeError(f"bg_image must be a path or a numpy array, got {type(image).__name__}")

    def prepare(self, width: int, height: int) -> Image:
        """Fit the image to a size.

        Args:
            width: Width in pixels.
            height: Height in pixels.

        Returns:
            uint8 (height, width, 3) BGR.
        """
        return fit(self.image, width, height, self.fit)
