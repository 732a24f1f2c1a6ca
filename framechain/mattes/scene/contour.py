"""A matte that follows edges: the largest closed shape before a plain wall."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...arguments import check_count, check_number
from ...errors import ArgumentError
from ...pixels.image import Image, shrink
from ..arrays import Bytes, as_bytes, at_least, disc, odd, scaled, softened, thumbnail_size
from ..base import SmallMatte
from ..cleanup import PARENT
from ..wall import plain_wall
from .patches import Patches

_ROWS = 720
_THUMBNAIL = 48
# Grey levels within which what the edges enclose is the wall again, as between an arm and the body.
_LIKE_WALL = 14.0
# By how much the wall's brightness may differ from one side of somebody to the other.
_LIGHT = 0.5, 2.0


class ContourFill(SmallMatte):
    """The largest outline that Canny's edges draw, filled, is in front.

    Use it for one thing or person before a plain wall that is as bright as parts of her, where a threshold would tear
    holes into her; nothing has to be learnt, and the camera may move. It fails before anything that has edges of its
    own, where she casts a clear shadow on the wall, and where the outline fades into the wall over a longer stretch.

    Gaussian filter; Canny's edges (Canny 1986); dilation, which closes the gaps between them; then of what the edges
    part, that is wall which looks like the wall at the frame's border (a smooth surface of one colour), and the largest
    connected rest is in front. So a person whom the frame's border cuts off is closed along it, and a hole through
    which the wall is seen stays one.

    Example:
        >>> frame = np.full((90, 160, 3), 220, np.uint8)
        >>> frame[30:, 60:100] = 90
        >>> alpha = ContourFill()(frame)
        >>> int(alpha[60, 80]), int(alpha[10, 10])
        (255, 0)
    """

    def __init__(
        self,
        low_threshold: float = 10,
        high_threshold: float = 50,
        *,
        blur: int = 7,
        dilate: int = 13,
        minimum_size: float = 0.01,
        **small: Any,
    ) -> None:
        """Say what an edge is.

        Args:
            low_threshold: Canny's lower threshold: edges weaker than this end.
            high_threshold: Canny's upper threshold: edges begin where they are stronger than this.
            blur: Side of the Gaussian filter before, odd, in pixels of a frame of 720 rows; 1 = none.
            dilate: Side by which edges are dilated, odd, in such pixels: gaps below it are closed.
            minimum_size: Share of the frame's area below which the largest shape is nothing.
            small: `working_size`, `speck_size` and `hole_size`, as for `SmallMatte`.

        Raises:
            ArgumentError: If a value is out of range, or the lower threshold above the upper one.
        """
        super().__init__(**small)
        self.low_threshold = check_number("low_threshold", low_threshold, 0, 10000)
        self.high_threshold = check_number("high_threshold", high_threshold, 0, 10000)
        if self.low_threshold > self.high_threshold:
            raise ArgumentError(f"low_threshold {low_threshold!r} must not be above high_threshold {high_threshold!r}")
        self.blur = check_count("blur", blur, 1, odd=True)
        self.dilate = check_count("dilate", dilate, 1, odd=True)
        self.minimum_size = check_number("minimum_size", minimum_size, 0, 1)

    def find(self, small: Image) -> Bytes:
        """Find what is in front.

        Args:
            small: uint8 (h, w, 3) BGR.

        Returns:
            uint8 (h, w), 255 = in front.
        """
        scale = min(small.shape[:2]) / _ROWS
        side = odd(self.blur * scale)
        smooth = as_bytes(cv2.GaussianBlur(small, (side, side), 0)) if side > 1 else small
        edges = self._edges(smooth)
        nothing = np.zeros(small.shape[:2], np.uint8)
        if not cv2.hasNonZero(edges):
            return nothing
        element = disc(max(1, odd(self.dilate * scale) // 2))
        inside = _enclosed(smooth, as_bytes(cv2.dilate(edges, element)), self.clean_up.hole_size)
        # The frame's border is not eroded: what is beyond it is not known to be wall.
        shape = _largest(self.clean_up(as_bytes(cv2.erode(inside, element))), self.minimum_size)
        return nothing if shape is None else softened(shape)

    def _edges(self, picture: Image) -> Bytes:
        # Skin and a wall may be of one brightness and of two colours; cameras give colour at half the size anyway.
        width, height = picture.shape[1::-1]
        brightness, *colours = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb))
        edges = as_bytes(cv2.Canny(brightness, self.low_threshold, self.high_threshold))
        for plane in colours:
            half = shrink(as_bytes(plane), max(1, width // 2), max(1, height // 2))
            edges |= scaled(
                as_bytes(cv2.Canny(half, self.low_threshold, self.high_threshold)), width, height, hard=True
            )
        return edges


def _enclosed(picture: Image, edges: Bytes, smallest: float) -> Bytes:
    """The edges and what is between them that does not look like the wall."""
    patches = Patches(~edges)
    if not patches.count:
        return edges
    # Not the lower border: people stand on it.
    sides = patches.on((0, slice(None)), (slice(1, None), 0), (slice(1, None), -1))
    if not sides.any():
        return edges
    off, colour_off = _off_wall(picture, patches.select(np.arange(patches.count) == sides.argmax()))
    wall = patches.means(off) < _LIKE_WALL
    # The wall on the other side of somebody may be lit otherwise.
    at_top = patches.on((0, slice(None))) > 0
    wall |= at_top & (patches.means(colour_off) < _LIKE_WALL)
    # A gap between two edges of her own is no hole.
    wall &= patches.areas() >= smallest * edges.size
    return ~patches.select(wall)


def _off_wall(picture: Image, wall: Bytes) -> tuple[Bytes, Bytes]:
    """How far each pixel is from the wall, of which a part is known: in all, and but for its brightness."""
    size = thumbnail_size(picture, _THUMBNAIL)
    known = at_least(shrink(wall, *size), 250)
    if not known.any():
        # So narrow that it is lost when made small: any place with something of it will do.
        known = at_least(as_bytes(cv2.resize(wall, size, interpolation=cv2.INTER_AREA)), 1)
    if not known.any():
        known[:] = 255
    small = shrink(picture, *size).astype(np.float32)
    surface = plain_wall(small, known, _LIKE_WALL)
    colour = small[known > 0].mean(axis=0)
    light = np.clip(small.sum(axis=2) / max(1.0, float(colour.sum())), *_LIGHT)
    all_off, colour_off = (
        scaled(np.abs(small - expected).max(axis=2).astype(np.uint8), *picture.shape[1::-1], hard=True)
        for expected in (surface, light[..., None] * colour)
    )
    return all_off, colour_off


def _largest(mask: Bytes, share: float) -> Bytes | None:
    """The largest connected part of a mask, if it has that share of the area."""
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    parents = np.asarray(hierarchy)[0][:, PARENT] if contours else []
    areas = [cv2.contourArea(c) if parent < 0 else 0.0 for c, parent in zip(contours, parents, strict=True)]
    if not areas or max(areas) < share * mask.size:
        return None
    best = areas.index(max(areas))
    result = np.zeros_like(mask)
    # With the hierarchy, its holes are left open.
    cv2.drawContours(result, contours, best, (255,), cv2.FILLED, hierarchy=hierarchy, maxLevel=1)
    return result
