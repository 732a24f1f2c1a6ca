"""The Y, U and V planes of a video frame as arrays, and what can be done with them without leaving YUV."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .pyav import av

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Y (H, W), U and V (ceil H/2, ceil W/2): uint8 views whose rows may be padded in memory."""

# Rounding to even sizes changes a shape by up to this: 426x240 by 0.2 % against 1280x720, 1920x1088 by 0.7 % against
# 1920x1080.
_ROUNDING = Fraction(1, 100)

LIMITED, FULL = 1, 2
"""FFmpeg's code points for the ranges 16..235/240 and 0..255."""


def get_planes(frame: av.VideoFrame) -> Planes:
    """Return Y, U and V of an 8-bit yuv420p (or yuvj420p) frame as arrays that share its memory.

    Do not write to those of a decoder's frame: the decoder may still refer to them.
    """
    y, u, v = (_get_rows(plane, plane.width) for plane in frame.planes)
    return y, u, v


def _get_rows(plane: av.video.plane.VideoPlane, width: int) -> NDArray[np.uint8]:
    """Return a plane's samples without the padding of its rows, sharing its memory."""
    return np.asarray(memoryview(plane)).view(np.uint8).reshape(-1, plane.line_size)[: plane.height, :width]


def widen_span(start: int, end: int, most: int) -> tuple[int, int]:
    """Widen a span of pixels to even numbers, so that chroma has the same one, and cut it to 0..most.

    Example:
        >>> widen_span(3, 5, 99), widen_span(-3, 99, 99)
        ((2, 6), (0, 99))
    """
    return max(0, start - start % 2), min(end + end % 2, most)


def join_planes(planes: Planes, *, full_range: bool) -> av.VideoFrame:
    """Return a new yuv420p frame with copies of Y (H, W), U and V (ceil H/2, ceil W/2), all uint8."""
    height, width = planes[0].shape
    frame = allocate_frame(width, height, full_range=full_range)
    for target, plane in zip(get_planes(frame), planes, strict=True):
        target[...] = plane
    return frame


def allocate_frame(width: int, height: int, *, full_range: bool) -> av.VideoFrame:
    """Return a new yuv420p frame of a size in pixels; the caller writes all of its planes."""
    frame = av.VideoFrame(width, height, "yuv420p")
    frame.color_range = FULL if full_range else LIMITED
    return frame


def pad_to_even_size(frame: av.VideoFrame, *, full_range: bool) -> av.VideoFrame:
    """Repeat the last row or column of a yuv420p frame of odd size: in H.264 it must be even.

    Returns:
        The frame itself if both sides are even.
    """
    pad_x, pad_y = frame.width % 2, frame.height % 2
    if not pad_x and not pad_y:
        return frame
    y, u, v = get_planes(frame)
    # Chroma planes are rounded up, so only luma lacks a sample.
    return join_planes((np.pad(y, ((0, pad_y), (0, pad_x)), mode="edge"), u, v), full_range=full_range)


def fit_even_size(shape: Fraction, width: int, height: int) -> tuple[int, int]:
    """Find the largest even size of a shape, width over height, within another size in pixels.

    Returns:
        Width and height; those given if they have that shape but for rounding.

    Example:
        >>> fit_even_size(Fraction(4, 3), 1920, 1080), fit_even_size(Fraction(427, 240), 1920, 1080)
        ((1440, 1080), (1920, 1080))
    """
    relative_width = shape * height / width
    if abs(relative_width - 1) < _ROUNDING:
        return width, height
    if relative_width < 1:
        return min(width, max(2, 2 * round(height * shape / 2))), height
    return width, min(height, max(2, 2 * round(width / shape / 2)))


def add_bars(frame: av.VideoFrame, width: int, height: int, *, full_range: bool) -> av.VideoFrame:
    """Return a yuv420p frame in the middle of a larger black one, or the frame itself if it has that size."""
    if (frame.width, frame.height) == (width, height):
        return frame
    # Even offsets keep luma and chroma aligned.
    left, top = (width - frame.width) // 4 * 2, (height - frame.height) // 4 * 2
    result = allocate_frame(width, height, full_range=full_range)
    black = (0 if full_range else 16, 128, 128)
    for out, plane, value, step in zip(get_planes(result), get_planes(frame), black, (1, 2, 2), strict=True):
        out[...] = value
        rows, columns = plane.shape
        out[top // step : top // step + rows, left // step : left // step + columns] = plane
    return result


def rotate(frame: av.VideoFrame, quarter_turns: int, mirror: bool, *, full_range: bool) -> av.VideoFrame:
    """Mirror a yuv420p frame left to right if asked, then turn it clockwise by 0 to 3 quarters.

    Returns:
        The frame itself if nothing is to be done.
    """
    if not quarter_turns and not mirror:
        return frame
    y, u, v = (np.rot90(plane[:, ::-1] if mirror else plane, -quarter_turns) for plane in get_planes(frame))
    return join_planes((y, u, v), full_range=full_range)
