"""Overlay: a logo or another picture over the frames."""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_choice, check_path
from ..compositing.placement import ANCHORS
from ..errors import ArgumentTypeError
from ..files.stores import open_local_copy
from ..frame import Frame
from ..images.codec import read_image
from .base import Effect, Number, as_bytes
from .patch import Bgra, Patch, Place


class Overlay(Effect):
    """Lays a picture, such as a logo with alpha, over a corner of the frames.

    "Over" of Porter and Duff (Compositing digital images, 1984): a F + (1 - a) B with a = alpha x opacity. It is scaled
    with its colours multiplied by alpha, so that edges keep their colour.

    Example:
        >>> logo = np.full((2, 2, 4), (0, 0, 255, 255), np.uint8)
        >>> frame = np.zeros((8, 8, 3), np.uint8)
        >>> Overlay(logo, size=0.25, margin=0)(frame)[-1, :, 2].tolist()
        [0, 0, 0, 0, 0, 0, 255, 255]
    """

    opacity = Number(0, 1, tunable="overlay_opacity")
    size = Number(0.01, 1, tunable="overlay_size")
    margin = Number(0, 0.5)

    def __init__(
        self,
        image: str | os.PathLike[str] | NDArray[Any],
        corner: str = "bottom right",
        *,
        opacity: float = 1.0,
        size: float = 0.15,
        margin: float = 0.03,
    ) -> None:
        """Take a picture, and read it if a path is given.

        Args:
            image: A path, local or one that stow reaches, of a PNG, WebP or another image; or an array, uint8 (h, w, 4)
                BGRA or (h, w, 3) BGR.
            corner: "top left", "top", "top right", "left", "center", "right", "bottom left", "bottom", "bottom right".
            opacity: From 0 to 1.
            size: The picture's width as a share of the frame's, from 0.01 to 1; the whole of it is seen.
            margin: Distance from the border as a share of the frame's shorter side, from 0 to 0.5.

        Raises:
            ArgumentError: If a number is out of range, or there is no such corner.
            ArgumentTypeError: If the image is neither a path nor such an array.
            MissingInputError: If there is no such file.
            MediaError: If the file is no image.
        """
        self.corner = check_choice("corner", corner, tuple(ANCHORS))
        self.opacity, self.size, self.margin = opacity, size, margin
        self._picture = _check_picture(image) if isinstance(image, np.ndarray) else _read_picture(image)
        self._patch: tuple[tuple[int, int], Patch] | None = None

    @property
    def does_nothing(self) -> bool:
        """Whether the picture is invisible."""
        return self.opacity == 0

    def process_frame(self, frame: Frame) -> Frame:
        """Lay the picture over a frame, in the layout that it has."""
        if self.does_nothing:
            return frame
        wanted = self._find_size(frame.size)
        if self._patch is None or self._patch[0] != wanted:
            self._patch = wanted, Patch(_scale(self._picture, wanted))
        return self._patch[1].lay_over(frame, Place(self.corner, self.margin, self.opacity))

    def _find_size(self, size: tuple[int, int]) -> tuple[int, int]:
        height, width = self._picture.shape[:2]
        factor = min(self.size * size[0] / width, size[1] / height)
        return max(1, round(width * factor)), max(1, round(height * factor))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_patch": None}


def _read_picture(image: Any) -> Bgra:
    from PIL import Image, ImageOps

    path = check_path("image", image)
    with open_local_copy(path, "image") as local:
        # It says what is wrong with a file, and gives the colours of one without alpha.
        pixels = read_image(local, name=path).pixels
        try:
            with Image.open(local) as opened:
                if opened.has_transparency_data:
                    rgba = np.asarray(ImageOps.exif_transpose(opened).convert("RGBA"))
                    return as_bytes(cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
        except OSError:  # A kind of image that OpenCV alone reads.
            pass
    return _check_picture(pixels)


def _check_picture(image: NDArray[Any]) -> Bgra:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4) or not image.size:
        raise ArgumentTypeError(
            f"image must be a path or a uint8 array (height, width, 4) BGRA or (height, width, 3) BGR, got "
            f"{image.dtype} of shape {image.shape}"
        )
    if image.shape[2] == 3:
        return np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    return np.ascontiguousarray(image)


def _scale(picture: Bgra, size: tuple[int, int]) -> Bgra:
    if picture.shape[1::-1] == size:
        return picture
    alpha = picture[..., 3:].astype(np.float32)
    values = np.concatenate([picture[..., :3] * alpha, alpha], axis=2)
    is_smaller = size[0] <= picture.shape[1]
    scaled = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR))
    colours = scaled[..., :3] / np.maximum(scaled[..., 3:], 1e-3)
    return as_bytes(np.rint(np.concatenate([colours, scaled[..., 3:]], axis=2)).clip(0, 255))
