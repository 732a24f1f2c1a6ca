"""Overlay: a logo or another picture over the frames; `Patch` is what it and Text lay over them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_choice, check_path
from ..compositing.over import composite_in_place
from ..compositing.placement import ANCHORS
from ..errors import ArgumentTypeError
from ..files.stores import open_local_copy
from ..frame import Frame
from ..images.codec import read_image
from ..pixels.colour import ColourSpace, choose_matrix
from ..pixels.image import Plane
from ..pixels.luma import as_bytes
from .base import Effect, Number

Bgra = NDArray[np.uint8]


class Place(NamedTuple):
    """Where a patch lies, and how opaque it is.

    Attributes:
        anchor: A name of `compositing.placement.ANCHORS`.
        margin: Distance from the border, as a share of the frame's shorter side.
        opacity: From 0 to 1.
    """

    anchor: str
    margin: float
    opacity: float


class Patch:
    """A picture with alpha, and what was made of it for frames of one layout."""

    def __init__(self, bgra: Bgra) -> None:
        """Take a picture, uint8 (h, w, 4) BGRA with straight alpha."""
        self.bgra = bgra
        self._planes: tuple[object, tuple[slice, slice], list[Plane], list[Plane]] | None = None

    def lay_over(self, frame: Frame, place: Place) -> Frame:
        """Lay the picture over a frame; what is beyond the border is cut off.

        Args:
            frame: The frame; drawn on. If it is transparent, it becomes opaque where the picture is.
            place: Where to.

        Returns:
            The frame.
        """
        colour = frame.info.stream.colour
        key = frame.size, place, colour, frame.is_yuv
        if self._planes is None or self._planes[0] != key:
            self._planes = key, *self._prepare(frame.size, place, colour, is_yuv=frame.is_yuv)
        _, (rows, columns), layers, alphas = self._planes
        if not alphas[0].size:
            return frame
        if frame.alpha is not None:
            _lay_over_transparent(frame, (rows, columns), self._cut(frame.size, place))
            return frame
        planes = frame.own_planes() if frame.is_yuv else (frame.bgr,)
        halves = _halve(rows), _halve(columns)
        parts = [(rows, columns), halves, halves]
        for plane, layer, alpha, part in zip(planes, layers, alphas, parts, strict=False):
            composite_in_place(plane[part], layer, alpha)
        return frame

    def _locate(self, size: tuple[int, int], place: Place) -> tuple[int, int]:
        height, width = self.bgra.shape[:2]
        across, down = ANCHORS[place.anchor]
        margin = round(place.margin * min(size))
        left, top = round((size[0] - width) * across), round((size[1] - height) * down)
        return left + round(margin * (1 - 2 * across)), top + round(margin * (1 - 2 * down))

    def _cut(self, size: tuple[int, int], place: Place) -> Bgra:
        """Return the picture as it lies over a frame, from an even column and row on, with its opacity in its alpha."""
        left, top = self._locate(size, place)
        x, y = max(left, 0) // 2 * 2, max(top, 0) // 2 * 2
        height, width = self.bgra.shape[:2]
        # Chroma has a sample for two pixels: the part ends at an even one, or at the frame's border.
        right, bottom = _end(left + width, size[0]), _end(top + height, size[1])
        part = np.zeros((max(0, bottom - y), max(0, right - x), 4), np.uint8)
        inner = self.bgra[max(0, -top) : max(0, size[1] - top), max(0, -left) : max(0, size[0] - left)]
        if part.size and inner.size:
            first = max(top, 0) - y, max(left, 0) - x
            part[first[0] : first[0] + inner.shape[0], first[1] : first[1] + inner.shape[1]] = inner
        part[..., 3] = np.rint(part[..., 3] * place.opacity)
        return part

    def _prepare(
        self, size: tuple[int, int], place: Place, colour: ColourSpace, *, is_yuv: bool
    ) -> tuple[tuple[slice, slice], list[Plane], list[Plane]]:
        left, top = (max(0, start) // 2 * 2 for start in self._locate(size, place))
        part = self._cut(size, place)
        where = slice(top, top + part.shape[0]), slice(left, left + part.shape[1])
        bgr, alpha = np.ascontiguousarray(part[..., :3]), np.ascontiguousarray(part[..., 3])
        if not is_yuv or not part.size:
            return where, [bgr], [alpha]
        from ..pixels.convert import convert_to_yuv
        from ..pixels.planes import get_planes

        # The matrix is guessed from the frame's size, not from the picture's.
        known = replace(colour, matrix=choose_matrix(colour, *size))
        layers = [plane.copy() for plane in get_planes(convert_to_yuv(_fill_transparent(bgr, alpha), known))]
        half = as_bytes(cv2.resize(_pad_to_even(alpha), layers[1].shape[::-1], interpolation=cv2.INTER_AREA))
        return where, layers, [alpha, half, half]


def _end(end: int, most: int) -> int:
    return min(end + end % 2, most)


def _halve(span: slice) -> slice:
    return slice(span.start // 2, (span.stop + 1) // 2)


def _pad_to_even(alpha: Plane) -> Plane:
    return as_bytes(
        cv2.copyMakeBorder(alpha, 0, alpha.shape[0] % 2, 0, alpha.shape[1] % 2, cv2.BORDER_REPLICATE)
    )  # fmt: skip


def _fill_transparent(bgr: NDArray[np.uint8], alpha: Plane) -> NDArray[np.uint8]:
    """Give transparent pixels the colour of the opaque ones around: chroma is averaged over both."""
    weights = alpha.astype(np.float32)
    padded = [np.pad(part, ((1, 1), (1, 1)), mode="edge") for part in (*(bgr.transpose(2, 0, 1) * weights), weights)]
    sums = [cv2.boxFilter(part, -1, (3, 3), normalize=False)[1:-1, 1:-1] for part in padded]
    around = np.dstack(sums[:3]) / np.maximum(sums[3], 1e-3)[..., None]
    filled = np.where(alpha[..., None] == 0, np.rint(around), bgr)
    return np.ascontiguousarray(filled.clip(0, 255).astype(np.uint8))


def _lay_over_transparent(frame: Frame, where: Sequence[slice], part: Bgra) -> None:
    """Lay a picture over a transparent frame: "over" of Porter and Duff for straight alpha."""
    where = tuple(where)
    assert frame.alpha is not None
    front, back = part[..., 3:] / 255.0, frame.alpha[where][..., None] / 255.0
    whole = front + (1 - front) * back
    bgr, alpha = frame.bgr, frame.alpha.copy()
    mixed = front * part[..., :3] + (1 - front) * back * bgr[where]
    np.copyto(bgr[where], np.rint(mixed / np.maximum(whole, 1e-6)).astype(np.uint8), where=whole > 0)
    alpha[where] = np.rint(255 * whole[..., 0])
    frame.alpha = alpha


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
        self._picture = read_picture(image)
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


def read_picture(image: str | os.PathLike[str] | NDArray[Any]) -> Bgra:
    """Return a picture with alpha, uint8 (h, w, 4) BGRA, from a path or an array; errors are those of `Overlay`."""
    if isinstance(image, np.ndarray):
        return _check_picture(image)
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
