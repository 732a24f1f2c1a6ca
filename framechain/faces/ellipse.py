"""The ellipse that covers a head, and how much of each pixel it covers."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import Plane
from ..pixels.planes import widen_span
from .face import Face

# BlazeFace's box reaches from the brow to the chin. The ellipse reaches from the hair line to below the chin and past
# both ears, also of a head that is turned or tilted, for which the box is narrower than the head.
_ACROSS, _DOWN, _RISE = 0.62, 0.76, 0.04
# Eyes that are nearer than this share of the box are those of a profile, and say nothing of the head's tilt.
_LEAST_EYES = 0.2
_HALF_TEMPLATE = 64


class Ellipse(NamedTuple):
    """An ellipse in a frame, in pixels.

    Attributes:
        x: Its middle.
        y: Its middle.
        across: Its half width before it is turned.
        down: Its half height before it is turned.
        angle: By how much it is turned clockwise, in radians.
    """

    x: float
    y: float
    across: float
    down: float
    angle: float


class Part(NamedTuple):
    """A rectangle of a frame, in pixels: even numbers but where it ends with the frame."""

    left: int
    top: int
    right: int
    bottom: int

    def slice(self, scale: int) -> tuple[slice, slice]:
        """Return rows and columns of a plane that is `scale` times smaller than the frame, 1 or 2."""
        rows = slice(self.top // scale, -(-self.bottom // scale))
        return rows, slice(self.left // scale, -(-self.right // scale))


def make_ellipse(face: Face, size: float = 1.0) -> Ellipse:
    """Return the ellipse that covers a face's head.

    Args:
        face: The face.
        size: Its size as a factor: 1 covers the head from the hair line to below the chin, with the ears.
    """
    angle = _find_tilt(face)
    rise = _RISE * face.height
    x, y = face.centre
    across, down = size * _ACROSS * max(1.0, face.width), size * _DOWN * max(1.0, face.height)
    return Ellipse(x + rise * math.sin(angle), y - rise * math.cos(angle), across, down, angle)


def _find_tilt(face: Face) -> float:
    if len(face.points) < 2:
        return 0.0
    (right_x, right_y), (left_x, left_y) = face.points[:2]
    across, down = left_x - right_x, left_y - right_y
    return math.atan2(down, across) if math.hypot(across, down) >= _LEAST_EYES * face.width else 0.0


def find_part(ellipse: Ellipse, feather: float, size: tuple[int, int]) -> Part | None:
    """Return the part of a frame that an ellipse covers.

    Args:
        ellipse: The ellipse.
        feather: By how much of its size its soft edge goes beyond it.
        size: The frame's (width, height).

    Returns:
        The part; None if nothing of the ellipse is in the frame.
    """
    sine, cosine = math.sin(ellipse.angle), math.cos(ellipse.angle)
    reach = 1 + feather
    half_width = reach * math.hypot(ellipse.across * cosine, ellipse.down * sine)
    half_height = reach * math.hypot(ellipse.across * sine, ellipse.down * cosine)
    left, right = widen_span(math.floor(ellipse.x - half_width), math.ceil(ellipse.x + half_width), size[0])
    top, bottom = widen_span(math.floor(ellipse.y - half_height), math.ceil(ellipse.y + half_height), size[1])
    return Part(left, top, right, bottom) if left < right and top < bottom else None


def make_mask(ellipse: Ellipse, feather: float, part: Part, scale: int) -> Plane:
    """Return how much of each pixel an ellipse covers: all within it, less and less across its soft edge.

    Args:
        ellipse: The ellipse.
        feather: The width of the soft edge, which lies outside of it, as a share of its size.
        part: The part of the frame.
        scale: How many times smaller than the frame the plane is: 1 or 2.

    Returns:
        uint8, of the part's size in the plane; 255 = covered.
    """
    rows, columns = part.slice(scale)
    size = columns.stop - columns.start, rows.stop - rows.start
    # From the middle of a pixel to the ellipse turned back and scaled to a circle, which is drawn once for all.
    sine, cosine = math.sin(ellipse.angle), math.cos(ellipse.angle)
    radius = _HALF_TEMPLATE / (1 + feather)
    turn = np.array([[cosine, sine], [-sine, cosine]]) * radius / np.array([[ellipse.across], [ellipse.down]])
    first = scale * (np.array([columns.start, rows.start]) + 0.5) - (ellipse.x, ellipse.y)
    moved = np.hstack([turn * scale, (turn @ first + _HALF_TEMPLATE)[:, None]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(_make_template(feather), moved, size, flags=flags), np.uint8)


@functools.lru_cache(maxsize=4)
def _make_template(feather: float) -> NDArray[np.uint8]:
    y, x = np.mgrid[-_HALF_TEMPLATE : _HALF_TEMPLATE + 1, -_HALF_TEMPLATE : _HALF_TEMPLATE + 1] / _HALF_TEMPLATE
    beyond = (np.hypot(x, y) * (1 + feather) - 1) / max(feather, 1e-3)
    # A pixel of the template more, so that interpolation leaves nothing of the face uncovered.
    share = (1 - beyond + (1 + feather) / (max(feather, 1e-3) * _HALF_TEMPLATE)).clip(0, 1)
    return np.asarray(np.rint(255 * share * share * (3 - 2 * share)), np.uint8)
