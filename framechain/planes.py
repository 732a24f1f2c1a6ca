"""The Y, U and V planes of a picture as arrays, and what can be done with them without leaving YUV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._av import av

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Y (H, W), U and V (ceil H/2, ceil W/2): uint8 views whose rows may be padded in memory."""

LIMITED, FULL = 1, 2
"""Code points of FFmpeg for 16..235/240 and 0..255."""


def plane_rows(plane: av.video.plane.VideoPlane, width: int) -> NDArray[np.uint8]:
    """A plane's samples without the padding, sharing its memory."""
    return np.asarray(memoryview(plane)).view(np.uint8).reshape(-1, plane.line_size)[: plane.height, :width]


def planes_of(picture: av.VideoFrame) -> Planes:
    """Y, U and V of a yuv420p picture as arrays that share its memory.

    Args:
        picture: 8-bit yuv420p (or yuvj420p).

    Returns:
        uint8 (H, W), (ceil H/2, ceil W/2), (ceil H/2, ceil W/2). The decoder may still refer to these
        pixels: read them, never write.
    """
    y, u, v = (plane_rows(plane, plane.width) for plane in picture.planes)
    return y, u, v


def from_planes(yuv: Planes, *, full_range: bool) -> av.VideoFrame:
    """Make a yuv420p picture from Y, U and V.

    Args:
        yuv: uint8 (H, W) and twice (ceil H/2, ceil W/2).
        full_range: Whether they span 0..255.

    Returns:
        A picture with memory of its own.
    """
    height, width = yuv[0].shape
    picture = blank(width, height, full_range=full_range)
    for plane, pixels in zip(planes_of(picture), yuv, strict=True):
        plane[...] = pixels
    return picture


def blank(width: int, height: int, *, full_range: bool) -> av.VideoFrame:
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


def even_size(picture: av.VideoFrame, *, full_range: bool) -> av.VideoFrame:
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
    y, u, v = planes_of(picture)
    # Chroma planes round up, so only luma lacks a sample.
    return from_planes((np.pad(y, ((0, pad_y), (0, pad_x)), mode="edge"), u, v), full_range=full_range)


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
    y, u, v = (np.rot90(p[:, ::-1] if mirror else p, -quarter_turns) for p in planes_of(picture))
    return from_planes((y, u, v), full_range=full_range)
