"""Every effect, ready to be tried by the conformance suite, and frames to try it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from framechain import Frame, FrameInfo, StreamInfo, effects
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv
from support.media import photo

COLOURS = {
    "BT.709": ColourSpace(1, False, 1, 1),
    "BT.601": ColourSpace(6, False, 6, 6),
    "full range": ColourSpace(1, True, 1, 1),
}
LAYOUTS = ("BGR", *COLOURS)
SIZES = [(1, 1), (2, 1), (1, 2), (3, 3), (17, 9), (64, 48), (101, 67)]


@dataclass(frozen=True)
class Case:
    """An effect and what is expected of it.

    Attributes:
        make: Makes it.
        neutral: Makes one that leaves frames as they are; None if there is none.
        resize: The size of the result for a (width, height).
        difference: How many levels its work in YUV may look different from that in BGR, on average.
        keeps_alpha: Whether a transparent frame keeps its alpha as it is.
    """

    make: Callable[[], Any]
    neutral: Callable[[], Any] | None = None
    resize: Callable[[int, int], tuple[int, int]] = lambda width, height: (width, height)
    difference: float = 2.5
    keeps_alpha: bool = True


CASES: dict[str, Case] = {
    "Gamma": Case(lambda: effects.Gamma(1.5), lambda: effects.Gamma(1)),
    "WhiteBalance": Case(lambda: effects.WhiteBalance(1, 0.2), lambda: effects.WhiteBalance(0)),
    "Sharpen": Case(effects.Sharpen, lambda: effects.Sharpen(0)),
    "Vignette": Case(effects.Vignette, lambda: effects.Vignette(0)),
    "LowLight": Case(effects.LowLight, lambda: effects.LowLight(0), difference=4),
    "Denoise": Case(effects.Denoise, lambda: effects.Denoise(0)),
}


def make_info(
    width: int, height: int, *, colour: ColourSpace | None = None, index: int = 0, kind: str = "video"
) -> Any:
    """The place of a frame in a stream of 25 frames per second."""
    stream = StreamInfo(
        "numbers", kind, width, height, Fraction(1, 1000), Fraction(25), colour=colour or COLOURS["BT.709"]
    )
    return FrameInfo(index, 40 * index, 40, stream)


def make_frame(layout: str, size: tuple[int, int] = (64, 48), *, index: int = 0, kind: str = "video") -> Frame:
    """A part of a photograph that moves with the index."""
    return lay_out(crop_photo(size, index), layout, index=index, kind=kind)


def lay_out(image: Any, layout: str, *, index: int = 0, kind: str = "video") -> Frame:
    """An image as a frame; planes are a decoder's, which must not be written to."""
    height, width = image.shape[:2]
    if layout == "BGR":
        return Frame(make_info(width, height, index=index, kind=kind), bgr=image.copy())
    colour = COLOURS[layout]
    info = make_info(width, height, colour=colour, index=index, kind=kind)
    return Frame(info, yuv=convert_to_yuv(image, colour))


def crop_photo(size: tuple[int, int], index: int = 0) -> Any:
    width, height = size
    whole = photo(160, 120, 2 * index)
    if width > 80 or height > 60:
        return cv2.resize(whole, size)
    return np.ascontiguousarray(whole[30 : 30 + height, 60 : 60 + width])


def copy_planes(frame: Frame) -> list[Any]:
    return [plane.copy() for plane in frame.planes]
