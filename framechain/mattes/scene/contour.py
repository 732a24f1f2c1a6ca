"""`ContourFill`: the largest shape that edges enclose in front of a plain wall."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...basics.arguments import check_count, check_number
from ...errors import ArgumentError
from ...pixels.image import Image, shrink
from ..arrays import Bytes, as_bytes, limit_size, make_disc, resize_bytes, round_to_odd, soften_edges, threshold_at
from ..base import SmallMatte
from ..cleanup import PARENT
from ..wall import fit_wall
from .components import Components

_ROWS = 720
_THUMBNAIL = 48
# Grey levels within which an enclosed part is the wall again, such as between an arm and the body.
_LIKE_WALL = 14.0
# Factors by which the wall's brightness may differ from one side of a person to the other.
_LIGHT = 0.5, 2.0


class ContourFill(SmallMatte):
    """The largest outline of Canny's edges, filled, is foreground.

    Use it for one thing or person in front of a plain wall that is as bright as parts of the foreground, where a
    threshold would make holes. It needs no learning, and the camera may move. It fails where the background has edges
    of its own, where the person casts a clear shadow on the wall, and where the outline fades into the wall over a
    longer stretch.

    Steps: a Gaussian filter; Canny's edges (Canny 1986); a dilation that closes their gaps. Of the parts between the
    edges, those that look like the wall at the frame's border (a smooth surface of one colour) are wall; the largest
    connected rest is foreground. So a person cut off by the frame's border is closed along it, and a hole that shows
    the wall stays a hole.

    Example:
        >>> frame = np.full((90, 160, 3), 220, np.uint8)
        >>> frame[30:, 60:100] = 90
        >>> alpha = ContourFill()(frame)
        >>> int(alpha[60, 80]), int(alpha[10, 10])
        (255, 0)
    """

    memory = 0

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
        """Set what is an edge.

        Args:
            low_threshold: Canny's lower threshold: edges weaker than this end.
            high_threshold: Canny's upper threshold: edges begin where they are stronger than this.
            blur: Side of the Gaussian filter, odd, in pixels of a frame of 720 rows; 1 = none.
            dilate: Side by which edges are dilated, odd, in such pixels: smaller gaps are closed.
            minimum_size: Share of the frame's area that the largest shape must have.
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
        """Find the foreground of a small image, see `SmallMatte.find`."""
        scale = min(small.shape[:2]) / _ROWS
        side = round_to_odd(self.blur * scale)
        smooth = as_bytes(cv2.GaussianBlur(small, (side, side), 0)) if side > 1 else small
        edges = self._find_edges(smooth)
        nothing = np.zeros(small.shape[:2], np.uint8)
        if not cv2.hasNonZero(edges):
            return nothing
        element = make_disc(max(1, round_to_odd(self.dilate * scale) // 2))
        inside = _find_enclosed(smooth, as_bytes(cv2.dilate(edges, element)), self.clean_up.hole_size)
        # OpenCV does not erode from the frame's border: what lies beyond it is not known to be wall.
        shape = _keep_largest(self.clean_up(as_bytes(cv2.erode(inside, element))), self.minimum_size)
        return nothing if shape is None else soften_edges(shape)

    def _find_edges(self, image: Image) -> Bytes:
        # Colour too, because skin and a wall may have one brightness; half size is the resolution of cameras' colour.
        width, height = image.shape[1::-1]
        brightness, *colours = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb))
        edges = as_bytes(cv2.Canny(brightness, self.low_threshold, self.high_threshold))
        for plane in colours:
            half = shrink(as_bytes(plane), max(1, width // 2), max(1, height // 2))
            found = as_bytes(cv2.Canny(half, self.low_threshold, self.high_threshold))
            edges |= resize_bytes(found, width, height, nearest=True)
        return edges


def _find_enclosed(image: Image, edges: Bytes, min_hole: float) -> Bytes:
    """Return the edges and the parts between them that do not look like the wall."""
    components = Components(~edges)
    if not components.count:
        return edges
    # Not the lower border, because people stand on it.
    on_border = components.count_on_lines((0, slice(None)), (slice(1, None), 0), (slice(1, None), -1))
    if not on_border.any():
        return edges
    wall_mask = components.select(np.arange(components.count) == on_border.argmax())
    difference, colour_difference = _measure_difference_to_wall(image, wall_mask)
    is_wall = components.estimate_means(difference) < _LIKE_WALL
    # The wall on the other side of a person may have other light.
    at_top = components.count_on_lines((0, slice(None))) > 0
    is_wall |= at_top & (components.estimate_means(colour_difference) < _LIKE_WALL)
    # A gap between two edges of the foreground is no hole.
    is_wall &= components.estimate_areas() >= min_hole * edges.size
    return ~components.select(is_wall)


def _measure_difference_to_wall(image: Image, wall: Bytes) -> tuple[Bytes, Bytes]:
    """Return each pixel's difference to the wall, of which a part is known: in all, and in colour alone."""
    size = limit_size(image, _THUMBNAIL)
    known = threshold_at(shrink(wall, *size), 250)
    if not known.any():
        # A narrow part of the wall is lost at this size: any pixel with a trace of it counts.
        known = threshold_at(as_bytes(cv2.resize(wall, size, interpolation=cv2.INTER_AREA)), 1)
    if not known.any():
        known[:] = 255
    small = shrink(image, *size).astype(np.float32)
    surface = fit_wall(small, known, _LIKE_WALL)
    colour = small[known > 0].mean(axis=0)
    light = np.clip(small.sum(axis=2) / max(1.0, float(colour.sum())), *_LIGHT)
    difference, colour_difference = (
        resize_bytes(np.abs(small - expected).max(axis=2).astype(np.uint8), *image.shape[1::-1], nearest=True)
        for expected in (surface, light[..., None] * colour)
    )
    return difference, colour_difference


def _keep_largest(mask: Bytes, share: float) -> Bytes | None:
    """Return the largest connected component of a mask; None if it has not that share of the area."""
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    parents = np.asarray(hierarchy)[0][:, PARENT] if contours else []
    areas = [cv2.contourArea(c) if parent < 0 else 0.0 for c, parent in zip(contours, parents, strict=True)]
    if not areas or max(areas) < share * mask.size:
        return None
    best = areas.index(max(areas))
    result = np.zeros_like(mask)
    # With the hierarchy, its holes stay open.
    cv2.drawContours(result, contours, best, (255,), cv2.FILLED, hierarchy=hierarchy, maxLevel=1)
    return result
