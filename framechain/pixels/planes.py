"""The Y, U and V planes of a picture as arrays, and what can be done with them without leaving YUV."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .pyav import av

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Y (H, W), U and V (ceil H/2, ceil W/2): uint8 views whose rows may be padded in memory."""

# What rounding to even sizes makes of a shape: 426x240 differs by 0.2 % from 1280x720, 1920x1088 by 0.7 % from 1080.
_SAME_SHAPE = Fraction(1, 100)

LIMITED, FULL = 1, 2
"""Code points of FFmpeg for 16..235/240 and 0..255."""


def _get_rows(plane: av.video.plane.VideoPlane, width: int) -> NDArray[np.uint8]:
    """A plane's samples without the padding, sharing its memory."""
    return np.asarray(memoryview(plane)).view(np.uint8).reshape(-1, plane.line_size)[: plane.height, :width]


def get_planes(picture: av.VideoFrame) -> Planes:
    """Y, U and V of a yuv420p picture as arrays that share its memory.

    Args:
        picture: 8-bit yuv420p (or yuvj420p).

    Returns:
        uint8 (H, W), (ceil H/2, ceil W/2), (ceil H/2, ceil W/2). The decoder may still refer to these
        pixels: read them, never write.
    """
    y, u, v = (_get_rows(plane, plane.width) for plane in picture.planes)
    return y, u, v


def join_planes(yuv: Planes, *, full_range: bool) -> av.VideoFrame:
    """Make a yuv420p picture from Y, U and V.

    Args:
        yuv: uint8 (H, W) and twice (ceil H/2, ceil W/2).
        full_range: Whether they span 0..255.

    Returns:
        A picture with memory of its own.
    """
    height, width = yuv[0].shape
    picture = allocate_frame(width, height, full_range=full_range)
    for plane, pixels in zip(get_planes(picture), yuv, strict=True):
        plane[...] = pixels
    return picture


def allocate_frame(width: int, height: int, *, full_range: bool) -> av.VideoFrame:
    """A yuv420p picture whose pixels are still to be written.

    Args:
        width: Pixels across.
        height: Pixels down.
        full_range: Whether it will span 0..255.

    Returns:
        A picture with memory of its own.
    """
    picture = av.VideoFrame(width, height, "yuv420p")
    picture.color_range = FULL if full_range else LIMITED
    return picture


def pad_to_even_size(picture: av.VideoFrame, *, full_range: bool) -> av.VideoFrame:
    """Repeat the last row or column of a picture of odd size: yuv420p in H.264 has none.

    Args:
        picture: 8-bit yuv420p.
        full_range: Whether it spans 0..255.

    Returns:
        The picture itself where both sides are even.
    """
    pad_x, pad_y = picture.width % 2, picture.height % 2
    if not pad_x and not pad_y:
        return picture
    y, u, v = get_planes(picture)
    # Chroma planes round up, so only luma lacks a sample.
    return join_planes((np.pad(y, ((0, pad_y), (0, pad_x)), mode="edge"), u, v), full_range=full_range)


def fit_even_size(shape: Fraction, width: int, height: int) -> tuple[int, int]:
    """The largest even size of a shape within another one.

    Args:
        shape: Width over height.
        width: Pixels across at most.
        height: Pixels down at most.

    Returns:
        Width and height; those given if the shape is theirs but for rounding.

    Example:
        >>> fit_even_size(Fraction(4, 3), 1920, 1080), fit_even_size(Fraction(427, 240), 1920, 1080)
        ((1440, 1080), (1920, 1080))
    """
    narrower = shape * height / width
    if abs(narrower - 1) < _SAME_SHAPE:
        return width, height
    if narrower < 1:
        return min(width, max(2, 2 * round(height * shape / 2))), height
    return width, min(height, max(2, 2 * round(width / shape / 2)))


def add_bars(picture: av.VideoFrame, width: int, height: int, *, full_range: bool) -> av.VideoFrame:
    """Put a picture in the middle of a larger black one.

    Args:
        picture: 8-bit yuv420p.
        width: Pixels across of the result.
        height: Pixels down of the result.
        full_range: Whether it spans 0..255.

    Returns:
        The picture itself where it has that size already.
    """
    if (picture.width, picture.height) == (width, height):
        return picture
    # Chroma has half of everything.
    left, top = (width - picture.width) // 4 * 2, (height - picture.height) // 4 * 2
    result = allocate_frame(width, height, full_range=full_range)
    black = (0 if full_range else 16, 128, 128)
    for out, pixels, value, step in zip(get_planes(result), get_planes(picture), black, (1, 2, 2), strict=True):
        out[...] = value
        rows, columns = pixels.shape
        out[top // step : top // step + rows, left // step : left // step + columns] = pixels
    return result


def rotate(picture: av.VideoFrame, quarter_turns: int, mirror: bool, *, full_range: bool) -> av.VideoFrame:
    """Turn a picture clockwise by quarters, after mirroring it left to right if asked.

    Args:
        picture: 8-bit yuv420p.
        quarter_turns: 0 to 3, clockwise.
        mirror: Whether left and right change places first.
        full_range: Whether it spans 0..255.

    Returns:
        The picture itself where nothing is to be done.
    """
    if not quarter_turns and not mirror:
        return picture
    y, u, v = (np.rot90(p[:, ::-1] if mirror else p, -quarter_turns) for p in get_planes(picture))
    return join_planes((y, u, v), full_range=full_range)
