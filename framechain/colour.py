"""Between the encoder's YUV and the callables' BGR, by the stream's own matrix and range.

All conversions go through swscale with every parameter said out loud: left to itself it takes BT.601 for
whatever does not tell its matrix, which turns HD skin greenish.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._av import av
from .stream import Colour, Image

BT709, BT601, BT2020 = 1, 6, 9
PQ, HLG = 16, 18
_LIMITED, _FULL = 1, 2
_RGB_MATRIX = 0
# What swscale has coefficients for, by the code point of H.273: 709, FCC, 470BG, 170M, 240M, 2020.
_KNOWN_MATRICES = frozenset({1, 4, 5, 6, 7, 9})


class _Reformatters(threading.local):
    """One swscale context per thread and direction: making one costs more than a small frame's conversion."""

    def __init__(self) -> None:
        self.decode = av.video.reformatter.VideoReformatter()
        self.to_bgr = av.video.reformatter.VideoReformatter()
        self.to_yuv = av.video.reformatter.VideoReformatter()


_reformatters = _Reformatters()


def colour_of(picture: av.VideoFrame) -> Colour:
    """What a decoded picture tells of its colour.

    A matrix that is not told is left so here (the output will not tell one either); `matrix_for` decides
    which one is meant when numbers must be computed.

    Args:
        picture: Any decoded picture.

    Returns:
        Its colour; for RGB pictures the YUV they will be turned into, BT.709 or BT.601 by size.
    """
    name = picture.format.name
    if picture.format.is_rgb or int(picture.colorspace) == _RGB_MATRIX or name.startswith("pal"):
        matrix = _matrix_by_size(picture.width, picture.height)
        return Colour(matrix, False, matrix, matrix)
    full = int(picture.color_range) == _FULL or name.startswith(("yuvj", "gray"))
    return Colour(int(picture.colorspace), full, int(picture.color_primaries), int(picture.color_trc))


def matrix_for(colour: Colour, width: int, height: int) -> int:
    """The matrix to compute with: the one told, else by size as video players guess it.

    Args:
        colour: The stream's colour.
        width: Pixels across.
        height: Pixels down.

    Returns:
        A code point of H.273 that swscale knows.
    """
    return colour.matrix if colour.matrix in _KNOWN_MATRICES else _matrix_by_size(width, height)


def _matrix_by_size(width: int, height: int) -> int:
    return BT709 if max(width, height) >= 1280 or min(width, height) > 576 else BT601


def is_hdr(colour: Colour) -> bool:
    """Whether the transfer is PQ or HLG, whose numbers look grey and flat on an ordinary screen."""
    return colour.transfer in (PQ, HLG)


def output_colour(colour: Colour) -> Colour:
    """The colour in which a stream is processed and written: as it came, but HDR becomes BT.709."""
    return Colour(BT709, False, BT709, BT709) if is_hdr(colour) else colour


def to_yuv420p(picture: av.VideoFrame, source: Colour, target: Colour, width: int, height: int) -> av.VideoFrame:
    """Bring a decoded picture to 8-bit yuv420p of a given size without changing what it shows.

    Deeper pictures are rounded to 8 bits, finer chroma is averaged; PQ and HLG are mapped to BT.709 by
    swscale's colour management (highlights above the SDR range clip).

    Args:
        picture: Any decoded picture.
        source: Its colour.
        target: The colour of the result, from `output_colour`.
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
        return from_planes(planes(picture), full_range=True)
    arguments: dict[str, Any] = {
        "src_colorspace": matrix_for(source, picture.width, picture.height),
        "dst_colorspace": matrix_for(target, width, height),
        "src_color_range": _FULL if source.full_range or picture.format.is_rgb else _LIMITED,
        "dst_color_range": _FULL if target.full_range else _LIMITED,
    }
    if is_hdr(source):
        arguments = {
            "dst_colorspace": BT709,
            "dst_color_range": _LIMITED,
            "dst_color_trc": BT709,
            "dst_color_primaries": BT709,
        }
    if not same_size:
        arguments["interpolation"] = "BICUBIC"
    return _reformatters.decode.reformat(picture, width, height, "yuv420p", **arguments)


def bgr_from_yuv(picture: av.VideoFrame, colour: Colour) -> Image:
    """Turn yuv420p into BGR.

    Args:
        picture: 8-bit yuv420p.
        colour: Its matrix and range.

    Returns:
        uint8 (H, W, 3), an array of its own.
    """
    matrix = matrix_for(colour, picture.width, picture.height)
    converted = _reformatters.to_bgr.reformat(
        picture,
        format="bgr24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=_FULL if colour.full_range else _LIMITED,
        dst_color_range=_FULL,
    )
    rows = _rows(converted.planes[0], 3 * picture.width)
    # swscale pads rows to its alignment and callables are promised plain arrays: copied only where padded.
    return np.ascontiguousarray(rows).reshape(picture.height, picture.width, 3)


def yuv_from_bgr(bgr: Image, colour: Colour) -> av.VideoFrame:
    """Turn BGR into yuv420p.

    Args:
        bgr: uint8 (H, W, 3).
        colour: The matrix and range of the result.

    Returns:
        8-bit yuv420p; an odd last row or column keeps its colour in the chroma planes' last sample.
    """
    height, width = bgr.shape[:2]
    matrix = matrix_for(colour, width, height)
    return _reformatters.to_yuv.reformat(
        av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(bgr), "bgr24"),
        format="yuv420p",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=_FULL,
        dst_color_range=_FULL if colour.full_range else _LIMITED,
    )


def _rows(plane: av.video.plane.VideoPlane, width: int) -> NDArray[np.uint8]:
    """A plane's samples without the padding, sharing its memory."""
    return np.asarray(memoryview(plane)).view(np.uint8).reshape(-1, plane.line_size)[: plane.height, :width]


def planes(picture: av.VideoFrame) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Y, U and V of a yuv420p picture as arrays that share its memory.

    Args:
        picture: 8-bit yuv420p (or yuvj420p).

    Returns:
        uint8 (H, W), (ceil H/2, ceil W/2), (ceil H/2, ceil W/2). The decoder may still refer to these
        pixels: read them, never write.
    """
    y, u, v = (_rows(plane, plane.width) for plane in picture.planes)
    return y, u, v


def from_planes(
    yuv: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]], *, full_range: bool
) -> av.VideoFrame:
    """Make a yuv420p picture from Y, U and V.

    Args:
        yuv: uint8 (H, W) and twice (ceil H/2, ceil W/2).
        full_range: Whether they span 0..255.

    Returns:
        A picture with memory of its own.
    """
    height, width = yuv[0].shape
    picture = av.VideoFrame(width, height, "yuv420p")
    for plane, pixels in zip(picture.planes, yuv, strict=True):
        _rows(plane, pixels.shape[1])[...] = pixels
    picture.color_range = _FULL if full_range else _LIMITED
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
    y, u, v = planes(picture)
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
    y, u, v = (np.rot90(p[:, ::-1] if mirror else p, -quarter_turns) for p in planes(picture))
    return from_planes((y, u, v), full_range=full_range)
