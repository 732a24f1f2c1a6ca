"""Between the encoder's YUV and the callables' BGR, by the stream's own matrix and range.

Nothing is left to defaults: swscale takes BT.601 for whatever does not tell its matrix, which turns HD skin
greenish.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .colour import BT709, RGB_MATRIX, ColourSpace, choose_matrix, guess_matrix, is_hdr
from .image import Image, shrink
from .planes import FULL, LIMITED, allocate_frame, get_planes, join_planes
from .pyav import av

Painter = Callable[[Image, int, int], object]
"""Draws on a part of a frame, given with its left and top."""


class _Reformatters(threading.local):
    """One swscale context per thread and direction: making one costs more than a small frame's conversion."""

    def __init__(self) -> None:
        self.decode = av.video.reformatter.VideoReformatter()
        self.to_yuv = av.video.reformatter.VideoReformatter()


_reformatters = _Reformatters()


def read_colour(picture: av.VideoFrame) -> ColourSpace:
    """What a decoded picture tells of its colour.

    A matrix that is not told is left so here (the output will not tell one either); `choose_matrix` decides
    which one is meant when numbers must be computed.

    Args:
        picture: Any decoded picture.

    Returns:
        Its colour; for RGB pictures the YUV they will be turned into, BT.709 or BT.601 by size.
    """
    name = picture.format.name
    if picture.format.is_rgb or int(picture.colorspace) == RGB_MATRIX or name.startswith("pal"):
        matrix = guess_matrix(picture.width, picture.height)
        return ColourSpace(matrix, False, matrix, matrix)
    full = int(picture.color_range) == FULL or name.startswith(("yuvj", "gray"))
    return ColourSpace(int(picture.colorspace), full, int(picture.color_primaries), int(picture.color_trc))


def convert_to_yuv420p(
    picture: av.VideoFrame, source: ColourSpace, target: ColourSpace, width: int, height: int
) -> av.VideoFrame:
    """Bring a decoded picture to 8-bit yuv420p of a given size without changing what it shows.

    Deeper pictures are rounded to 8 bits, finer chroma is averaged; PQ and HLG are mapped to BT.709 by
    swscale's colour management (highlights above the SDR range clip).

    Args:
        picture: Any decoded picture.
        source: Its colour.
        target: The colour of the result, from `choose_output_colour`.
        width: Pixels across of the result.
        height: Pixels down of the result.

    Returns:
        The picture itself where it is yuv420p of that size already, else a new one.
    """
    same_size = (picture.width, picture.height) == (width, height)
    name = picture.format.name
    if name == "yuv420p" and same_size:
        return picture
    if name == "yuvj420p" and same_size:
        return join_planes(get_planes(picture), full_range=True)
    arguments: dict[str, Any] = {
        "src_colorspace": choose_matrix(source, picture.width, picture.height),
        "dst_colorspace": choose_matrix(target, width, height),
        "src_color_range": FULL if source.full_range or picture.format.is_rgb else LIMITED,
        "dst_color_range": FULL if target.full_range else LIMITED,
    }
    if is_hdr(source):
        arguments = {
            "dst_colorspace": BT709,
            "dst_color_range": LIMITED,
            "dst_color_trc": BT709,
            "dst_color_primaries": BT709,
        }
    if not same_size:
        arguments["interpolation"] = "BICUBIC"
    return _reformatters.decode.reformat(picture, width, height, "yuv420p", **arguments)


def convert_to_bgr(picture: av.VideoFrame, colour: ColourSpace) -> Image:
    """Turn yuv420p into BGR.

    Not by swscale, whose fast path rounds all colours down by one or two levels: a frame that an object only
    passed on would come out darker.

    Args:
        picture: 8-bit yuv420p.
        colour: Its matrix and range.

    Returns:
        uint8 (H, W, 3), an array of its own.
    """
    y, u, v = get_planes(picture)
    height, width = y.shape
    # An odd size has half a chroma sample more than it needs. Repeated, not interpolated: averaged again on
    # the way back, the samples are the same as before where no object changed anything.
    whole = 2 * u.shape[1], 2 * u.shape[0]
    chroma = [cv2.resize(plane, whole, interpolation=cv2.INTER_NEAREST)[:height, :width] for plane in (u, v)]
    to_rgb = _to_rgb_matrix(choose_matrix(colour, width, height), colour.full_range)
    return cv2.transform(cv2.merge([y, *chroma]), to_rgb[::-1]).astype(np.uint8, copy=False)


def convert_to_yuv(bgr: Image, colour: ColourSpace) -> av.VideoFrame:
    """Turn BGR into yuv420p.

    Args:
        bgr: uint8 (H, W, 3).
        colour: The matrix and range of the result.

    Returns:
        8-bit yuv420p; an odd last row or column keeps its colour in the chroma planes' last sample.
    """
    height, width = bgr.shape[:2]
    to_rgb = _to_rgb_matrix(choose_matrix(colour, width, height), colour.full_range)
    linear = np.linalg.inv(to_rgb[::-1, :3])
    y, u, v = cv2.split(cv2.transform(bgr, np.hstack([linear, -(linear @ to_rgb[::-1, 3:])])))
    picture = allocate_frame(width, height, full_range=colour.full_range)
    out = get_planes(picture)
    out[0][...] = y
    for plane, full in zip(out[1:], (u, v), strict=True):
        if height % 2 or width % 2:
            full = cv2.copyMakeBorder(full, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        cv2.resize(full, plane.shape[::-1], dst=plane, interpolation=cv2.INTER_AREA)
    return picture


def convert_to_yuva(bgra: NDArray[np.uint8], colour: ColourSpace, layout: str) -> av.VideoFrame:
    """Turn BGRA into YUV with alpha.

    Args:
        bgra: uint8 (H, W, 4), straight alpha.
        colour: The matrix and range of the result.
        layout: FFmpeg's name of the result's layout, such as "yuva420p" or "yuva444p10le".

    Returns:
        A picture; the last row or column is repeated to make an odd size even.
    """
    height, width = bgra.shape[:2]
    bgra = np.pad(bgra, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    matrix = choose_matrix(colour, width, height)
    return _reformatters.to_yuv.reformat(
        av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(bgra), "bgra"),
        format=layout,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=FULL,
        dst_color_range=FULL if colour.full_range else LIMITED,
    )


# Kr and Kb of ITU-T H.273, table 4.
_LUMA_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
_BT601_WEIGHTS = (0.299, 0.114)


@functools.lru_cache(maxsize=8)
def _to_rgb_matrix(matrix: int, full_range: bool) -> NDArray[np.float64]:
    """The affine map (3, 4) from Y, U, V bytes to R, G, B bytes, H.273 equations 38 to 45 turned round."""
    red, blue = _LUMA_WEIGHTS.get(matrix, _BT601_WEIGHTS)
    green = 1 - red - blue
    linear = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green],
            [1, 2 * (1 - blue), 0],
        ]
    )
    scale, offset = (np.ones(3), np.array([0, 128, 128]))
    if not full_range:
        scale, offset = 255 / np.array([219, 224, 224]), np.array([16, 128, 128])
    linear = linear * scale
    return np.hstack([linear, -(linear @ offset)[:, None]])


def convert_to_small_rgb(picture: av.VideoFrame, colour: ColourSpace, width: int, height: int) -> Image:
    """A much smaller RGB picture, without making a large one first.

    Args:
        picture: 8-bit yuv420p.
        colour: Its matrix and range.
        width: Pixels across of the result.
        height: Pixels down of the result.

    Returns:
        uint8 (height, width, 3), R first.
    """
    yuv = cv2.merge([shrink(plane, width, height) for plane in get_planes(picture)])
    return convert_planes_to_rgb(yuv.astype(np.uint8, copy=False), colour, picture.width, picture.height)


def convert_planes_to_rgb(yuv: Image, colour: ColourSpace, width: int, height: int) -> Image:
    """Turn Y, U and V that were brought to one size into RGB.

    Args:
        yuv: uint8 (h, w, 3).
        colour: Its matrix and range.
        width: Pixels across of the frame that this is from.
        height: Pixels down.

    Returns:
        uint8 (h, w, 3), R first.
    """
    matrix = _to_rgb_matrix(choose_matrix(colour, width, height), colour.full_range)
    return cv2.transform(yuv, matrix).astype(np.uint8, copy=False)


def paint_yuv(picture: av.VideoFrame, colour: ColourSpace, box: tuple[int, int, int, int], painter: Painter) -> None:
    """Draw on a part of a picture as if it were BGR.

    Args:
        picture: 8-bit yuv420p; written to.
        colour: Its matrix and range.
        box: (left, top, right, bottom) in pixels; widened to even numbers and cut to the picture.
        painter: Called with that part, uint8 (h, w, 3) BGR, and its left and top; draws on it in place.
    """
    left, top = (max(0, side - side % 2) for side in box[:2])
    right, bottom = (
        min(side + side % 2, most) for side, most in zip(box[2:], (picture.width, picture.height), strict=True)
    )
    if left >= right or top >= bottom:
        return
    halves = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
    whole = get_planes(picture)
    part = whole[0][top:bottom, left:right], whole[1][halves], whole[2][halves]
    told = replace(colour, matrix=choose_matrix(colour, picture.width, picture.height))
    pixels = convert_to_bgr(join_planes(part, full_range=colour.full_range), told)
    painter(pixels, left, top)
    for plane, painted in zip(part, get_planes(convert_to_yuv(pixels, told)), strict=True):
        plane[...] = painted
