"""The foreground scaled and placed within its frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..basics.arguments import check_choice, check_number, convert_numbers, is_number, is_whole_number
from ..errors import ArgumentError
from ..pixels.image import Plane, shrink

ANCHORS = {
    "top left": (0.0, 0.0),
    "top": (0.5, 0.0),
    "top right": (1.0, 0.0),
    "left": (0.0, 0.5),
    "center": (0.5, 0.5),
    "right": (1.0, 0.5),
    "bottom left": (0.0, 1.0),
    "bottom": (0.5, 1.0),
    "bottom right": (1.0, 1.0),
}
"""The point that each anchor names, as shares of a frame's width and height."""

_MIN_SCALE, _MAX_SCALE = 0.01, 100.0

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the foreground is placed, and how large.

    The frame is scaled as a whole, with its background cut out, and its anchor is put at (x, y) of the output. The
    place does not follow the foreground, so it does not tremble; what lies beyond the output's border is cut off.

    Attributes:
        x: Where the anchor comes to lie, from the left: a float is a fraction of the output's width, -1.0 to 2.0, a
            whole number is pixels. Default: where the anchor lies in the output, such as 1.0 for "bottom right".
        y: The same from the top.
        scale: The size relative to the frame, 0.01 to 100.
        anchor: A point of the scaled frame: "center", "left", "right", "top", "bottom", "top left", "top right",
            "bottom left" or "bottom right".

    Raises:
        ArgumentError: If a value is another.

    Example:
        >>> Place(scale=0.25, anchor="bottom right").locate(1920, 1080)
        (1440, 810, 480, 270)
        >>> Place(0.5, 100, 0.5, "top").locate(1920, 1080)
        (480, 100, 960, 540)
    """

    x: float | None = None
    y: float | None = None
    scale: float = 1.0
    anchor: str = "center"

    def __post_init__(self) -> None:
        """Check the values."""
        convert_numbers(self)
        check_choice("anchor", self.anchor, tuple(ANCHORS))
        object.__setattr__(self, "scale", check_number("scale", self.scale, _MIN_SCALE, _MAX_SCALE))
        for name, value, edge in (("x", self.x, "right"), ("y", self.y, "bottom")):
            if value is not None:
                _check_position(name, value, edge)

    def locate(self, width: int, height: int) -> Box:
        """Return (left, top, width, height) of the scaled frame in the output; left and top are even, for chroma."""
        across, down = ANCHORS[self.anchor]
        left, new_width = _locate(self.x, across, self.scale, width)
        top, new_height = _locate(self.y, down, self.scale, height)
        return left, top, new_width, new_height


def _check_position(name: str, value: Any, edge: str) -> None:
    if is_whole_number(value) and value == 1:
        raise ArgumentError(f"{name}=1 would be one pixel: write 1.0 for the {edge} edge, or leave {name} out")
    if is_whole_number(value) or (is_number(value) and -1 <= value <= 2):
        return
    raise ArgumentError(
        f"{name} must be a fraction of the output, a float from -1.0 to 2.0 such as 0.5, or a whole number of pixels, "
        f"got {value!r}"
    )


def _locate(position: float | None, share: float, scale: float, side: int) -> tuple[int, int]:
    """Return the start and the length of the scaled frame along one side."""
    length = side if scale == 1 else max(2, 2 * round(side * scale / 2))
    if position is None:
        position = share
    start = (position if is_whole_number(position) else position * side) - share * length
    # An odd pixel is cut off at the edge to which the frame is anchored, where a gap would be seen.
    to_whole = {0.0: math.floor, 1.0: math.ceil}.get(share, round)
    return 2 * to_whole(start / 2), length


def place_alphas(alphas: Sequence[Plane], place: Place) -> list[Plane]:
    """Scale and move the alpha of each plane; it is 0 where the frame does not reach."""
    box = place.locate(*alphas[0].shape[::-1])
    placed = [_move(alphas[0], box)]
    # Those of U and V are the same array.
    return placed if len(alphas) == 1 else placed + [_move(alphas[-1], _halve(box))] * 2


def place_planes(
    planes: Sequence[Plane], alphas: Sequence[Plane], placed: Sequence[Plane], place: Place
) -> list[Plane]:
    """Scale and move the colours of a foreground, which count where the placed alpha is above 0.

    They are weighted by alpha, so that the old background's colour does not come in where pixels are averaged.

    Args:
        planes: A BGR image as the only plane, or Y, U and V; not changed.
        alphas: The alpha of each plane.
        placed: The same alphas after `place_alphas`.
        place: Where to.

    Example:
        >>> red, alpha = np.full((4, 4, 3), (0, 0, 200), np.uint8), np.full((4, 4), 255, np.uint8)
        >>> place = Place(scale=0.5, anchor="bottom right")
        >>> alphas = place_alphas([alpha], place)
        >>> alphas[0][3].tolist(), place_planes([red], [alpha], alphas, place)[0][3, 3].tolist()
        ([0, 0, 255, 255], [0, 0, 200])
    """
    box = place.locate(*alphas[0].shape[::-1])
    boxes = [box, *[_halve(box)] * (len(planes) - 1)]
    return [_place_plane(*parts) for parts in zip(planes, alphas, placed, boxes, strict=True)]


def _place_plane(plane: Plane, alpha: Plane, placed: Plane, box: Box) -> Plane:
    part, weighted = _find_foreground(alpha), np.zeros_like(plane)
    if alpha[part].size:
        cv2.multiply(plane[part], _like(plane, alpha[part]), scale=1 / 255, dst=weighted[part])
    part, moved = _find_foreground(placed), _move(weighted, box)
    if placed[part].size:
        shares = np.asarray(cv2.max(placed[part], np.ones_like(placed[part])), np.uint8)
        cv2.divide(moved[part], _like(plane, shares), scale=255, dst=moved[part])
    return moved


def _find_foreground(alpha: Plane) -> tuple[slice, slice]:
    left, top, width, height = cv2.boundingRect(alpha)
    return slice(top, top + height), slice(left, left + width)


def _like(plane: Plane, alpha: Plane) -> Plane:
    """Return alpha with as many channels as a plane."""
    return np.asarray(cv2.merge([alpha] * 3), np.uint8) if plane.ndim == 3 else alpha


def _halve(box: Box) -> Box:
    left, top, width, height = box
    return left // 2, top // 2, (width + 1) // 2, (height + 1) // 2


def _move(plane: Plane, box: Box) -> Plane:
    """Scale a plane to a box within black of the plane's own size; what lies outside is cut off."""
    height, width = plane.shape[:2]
    left, top, new_width, new_height = box
    out = np.zeros_like(plane)
    x, right, y, bottom = max(left, 0), min(left + new_width, width), max(top, 0), min(top + new_height, height)
    if x >= right or y >= bottom:
        return out
    if new_width <= width and new_height <= height:
        scaled = shrink(plane, new_width, new_height)
        out[y:bottom, x:right] = scaled[y - top : bottom - top, x - left : right - left]
        return out
    # Only what is seen of an enlarged frame is computed.
    step_x, step_y = width / new_width, height / new_height
    from_out = np.array(
        [[step_x, 0, (x - left + 0.5) * step_x - 0.5], [0, step_y, (y - top + 0.5) * step_y - 0.5]], np.float64
    )
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out[y:bottom, x:right] = cv2.warpAffine(
        plane, from_out, (right - x, bottom - y), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    return out
