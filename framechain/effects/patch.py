"""A small picture with alpha, laid over frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..compositing.over import composite_in_place
from ..compositing.placement import ANCHORS
from ..frame import Frame
from ..pixels.colour import ColourSpace, choose_matrix
from ..pixels.image import Plane
from .base import as_bytes

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
