"""Conversion between YUV and BGR by the stream's own matrix and range.

Nothing is left to swscale's defaults: it assumes BT.601 for a stream without a matrix, which turns skin in HD greenish.
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
from .planes import FULL, LIMITED, allocate_frame, get_planes, join_planes, widen_span
from .pyav import av

Painter = Callable[[Image, int, int], object]
"""Draws on a part of a frame, given that part, its left and its top."""

# Kr and Kb of ITU-T H.273, table 4.
_LUMA_WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}
_BT601_WEIGHTS = (0.299, 0.114)


class _Reformatters(threading.local):
    """One swscale context per thread and direction: making one costs more than converting a small frame."""

    def __init__(self) -> None:
        self.decode = av.video.reformatter.VideoReformatter()
        self.to_yuv = av.video.reformatter.VideoReformatter()


_reformatters = _Reformatters()


def read_colour(frame: av.VideoFrame) -> ColourSpace:
    """Read the colour space of a decoded frame; for RGB that of the YUV it will be converted to, BT.709 or BT.601.

    An unspecified matrix stays unspecified, so that the output specifies none either; see `choose_matrix`.
    """
    name = frame.format.name
    if frame.format.is_rgb or int(frame.colorspace) == RGB_MATRIX or name.startswith("pal"):
        matrix = guess_matrix(frame.width, frame.height)
        return ColourSpace(matrix, False, matrix, matrix)
    full = int(frame.color_range) == FULL or name.startswith(("yuvj", "gray"))
    return ColourSpace(int(frame.colorspace), full, int(frame.color_primaries), int(frame.color_trc))


def convert_to_yuv420p(
    frame: av.VideoFrame, source: ColourSpace, target: ColourSpace, width: int, height: int
) -> av.VideoFrame:
    """Convert any decoded frame to 8-bit yuv420p of a given size in pixels.

    Higher bit depths are rounded to 8 bits, finer chroma is averaged; swscale maps PQ and HLG to BT.709 (highlights
    above the SDR range clip).

    Args:
        frame: The frame; returned itself if it is yuv420p of that size.
        source: Its colour space.
        target: The result's colour space, from `choose_output_colour`.
        width: The result's width.
        height: The result's height.
    """
    same_size = (frame.width, frame.height) == (width, height)
    name = frame.format.name
    if name == "yuv420p" and same_size:
        return frame
    if name == "yuvj420p" and same_size:
        return join_planes(get_planes(frame), full_range=True)
    arguments: dict[str, Any] = {
        "src_colorspace": choose_matrix(source, frame.width, frame.height),
        "dst_colorspace": choose_matrix(target, width, height),
        "src_color_range": FULL if source.full_range or frame.format.is_rgb else LIMITED,
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
    return _reformatters.decode.reformat(frame, width, height, "yuv420p", **arguments)


def convert_to_bgr(frame: av.VideoFrame, colour: ColourSpace) -> Image:
    """Convert 8-bit yuv420p to BGR: a new array, uint8 (H, W, 3).

    swscale is not used: its fast path rounds all colours down by one or two levels, so that a frame that an object
    only passes on would become darker.
    """
    y, u, v = get_planes(frame)
    height, width = y.shape
    # Chroma of an odd size covers half a pixel more than the frame. It is repeated, not interpolated: the average on
    # the way back restores the samples where no object changed anything.
    covered = 2 * u.shape[1], 2 * u.shape[0]
    chroma = [cv2.resize(plane, covered, interpolation=cv2.INTER_NEAREST)[:height, :width] for plane in (u, v)]
    to_rgb = make_rgb_matrix(choose_matrix(colour, width, height), colour.full_range)
    return cv2.transform(cv2.merge([y, *chroma]), to_rgb[::-1]).astype(np.uint8, copy=False)


def convert_to_yuv(bgr: Image, colour: ColourSpace) -> av.VideoFrame:
    """Convert BGR, uint8 (H, W, 3), to 8-bit yuv420p in a colour space.

    An odd last row or column keeps its colour in the chroma planes' last sample.
    """
    height, width = bgr.shape[:2]
    to_rgb = make_rgb_matrix(choose_matrix(colour, width, height), colour.full_range)
    linear = np.linalg.inv(to_rgb[::-1, :3])
    y, u, v = cv2.split(cv2.transform(bgr, np.hstack([linear, -(linear @ to_rgb[::-1, 3:])])))
    frame = allocate_frame(width, height, full_range=colour.full_range)
    out = get_planes(frame)
    out[0][...] = y
    for plane, full in zip(out[1:], (u, v), strict=True):
        if height % 2 or width % 2:
            full = cv2.copyMakeBorder(full, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        cv2.resize(full, plane.shape[::-1], dst=plane, interpolation=cv2.INTER_AREA)
    return frame


def convert_to_yuva(bgra: NDArray[np.uint8], colour: ColourSpace, layout: str) -> av.VideoFrame:
    """Convert BGRA to YUV with alpha; the last row or column is repeated to make an odd size even.

    Args:
        bgra: uint8 (H, W, 4), straight alpha.
        colour: The result's colour space.
        layout: FFmpeg's name of the result's layout, such as "yuva420p" or "yuva444p10le".
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


def convert_to_small_rgb(frame: av.VideoFrame, colour: ColourSpace, width: int, height: int) -> Image:
    """Convert 8-bit yuv420p to a much smaller RGB image without a large one in between.

    Returns:
        uint8 (height, width, 3), R first.
    """
    yuv = cv2.merge([shrink(plane, width, height) for plane in get_planes(frame)])
    return convert_planes_to_rgb(yuv.astype(np.uint8, copy=False), colour, frame.width, frame.height)


def convert_planes_to_rgb(yuv: Image, colour: ColourSpace, width: int, height: int) -> Image:
    """Convert Y, U and V of one size, uint8 (h, w, 3), to RGB of that shape, R first.

    Args:
        yuv: The pixels.
        colour: Their colour space.
        width: The width in pixels of the frame that they come from.
        height: The height of that frame.
    """
    matrix = make_rgb_matrix(choose_matrix(colour, width, height), colour.full_range)
    return cv2.transform(yuv, matrix).astype(np.uint8, copy=False)


def paint_yuv(frame: av.VideoFrame, colour: ColourSpace, box: tuple[int, int, int, int], painter: Painter) -> None:
    """Draw on a part of a YUV frame as if it were BGR.

    Args:
        frame: 8-bit yuv420p; written to.
        colour: Its colour space.
        box: (left, top, right, bottom) in pixels; widened to even numbers and cut to the frame.
        painter: Called with that part, uint8 (h, w, 3) BGR, its left and its top; draws on it in place.
    """
    left, right = widen_span(box[0], box[2], frame.width)
    top, bottom = widen_span(box[1], box[3], frame.height)
    if left >= right or top >= bottom:
        return
    halves = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
    planes = get_planes(frame)
    part = planes[0][top:bottom, left:right], planes[1][halves], planes[2][halves]
    # The matrix is guessed from the whole frame's size, not from the part's.
    colour = replace(colour, matrix=choose_matrix(colour, frame.width, frame.height))
    pixels = convert_to_bgr(join_planes(part, full_range=colour.full_range), colour)
    painter(pixels, left, top)
    for plane, painted in zip(part, get_planes(convert_to_yuv(pixels, colour)), strict=True):
        plane[...] = painted


def get_luma_weights(matrix: int) -> tuple[float, float]:
    """Return the shares of red and of blue in Y, of a matrix from `choose_matrix`."""
    return _LUMA_WEIGHTS.get(matrix, _BT601_WEIGHTS)


@functools.lru_cache(maxsize=8)
def make_rgb_matrix(matrix: int, full_range: bool) -> NDArray[np.float64]:
    """Return the affine map (3, 4) from Y, U, V to R, G, B in bytes: equations 38 to 45 of H.273, inverted."""
    red, blue = get_luma_weights(matrix)
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
