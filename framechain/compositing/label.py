"""A short text that many frames show: drawn once, then laid over their planes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from ..pixels.colour import ColourSpace, choose_matrix
from ..pixels.image import Plane
from .over import composite_in_place


class TextStyle(NamedTuple):
    """How a text is drawn; the names are those of `cv2.putText`.

    Attributes:
        position: (x, y) of the text's bottom left corner in pixels.
        face: One of OpenCV's Hershey fonts.
        scale: Size relative to the font's own.
        colour: (blue, green, red), 0..255 each.
        thickness: Thickness of the strokes.
        line_type: One of OpenCV's line types.
    """

    position: tuple[int, int]
    face: int
    scale: float
    colour: tuple[int, int, int]
    thickness: int
    line_type: int


class _Part(NamedTuple):
    """What is drawn on a plane: where, with which values, and with which alpha."""

    rows: slice
    columns: slice
    values: Plane
    alpha: Plane


def draw_label(planes: Sequence[Plane], text: str, style: TextStyle, colour: ColourSpace) -> None:
    """Draw a text on Y, U and V in place, as `cv2.putText` draws it on BGR.

    Args:
        planes: Y (H, W), U and V (ceil H/2, ceil W/2), uint8; written to.
        text: The text.
        style: How it is drawn.
        colour: The colour space of the planes.
    """
    height, width = planes[0].shape
    for plane, part in zip(planes, _draw(text, style, width, height, colour), strict=False):
        composite_in_place(plane[part.rows, part.columns], part.values, part.alpha)


@functools.lru_cache(maxsize=64)
def _draw(text: str, style: TextStyle, width: int, height: int, colour: ColourSpace) -> list[_Part]:
    """Draw a text for all frames of a size in pixels: drawing it takes longer than laying it over."""
    from ..pixels.convert import convert_to_yuv
    from ..pixels.planes import get_planes, widen_span

    (wide, high), below = cv2.getTextSize(text, style.face, style.scale, style.thickness)
    (x, y), margin = style.position, max(style.thickness, 1)
    left, right = widen_span(x - margin, x + wide + margin, width)
    top, bottom = widen_span(y - high - margin, y + below + margin, height)
    if left >= right or top >= bottom:
        return []
    alpha = np.zeros((bottom - top, right - left), np.uint8)
    cv2.putText(
        alpha, text, (x - left, y - top), style.face, style.scale, (255,), style.thickness, style.line_type
    )  # fmt: skip
    half = (alpha.shape[1] + 1) // 2, (alpha.shape[0] + 1) // 2
    alpha_half = np.asarray(cv2.resize(alpha, half, interpolation=cv2.INTER_AREA), np.uint8)
    # The matrix is guessed from the frame's size, not from that of a few pixels.
    space = replace(colour, matrix=choose_matrix(colour, width, height))
    values = get_planes(convert_to_yuv(np.full((2, 2, 3), style.colour, np.uint8), space))
    parts = []
    for value, part, step in zip(values, (alpha, alpha_half, alpha_half), (1, 2, 2), strict=True):
        rows = slice(top // step, top // step + part.shape[0])
        columns = slice(left // step, left // step + part.shape[1])
        parts.append(_Part(rows, columns, np.full(part.shape, value[0, 0], np.uint8), part))
    return parts
