"""Every effect, ready to be tried by the conformance suite, and frames to try it on."""

from __future__ import annotations

import datetime
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
        keeps_matte_alpha: Whether the alpha of an earlier matte stays.
    """

    make: Callable[[], Any]
    neutral: Callable[[], Any] | None = None
    resize: Callable[[int, int], tuple[int, int]] = lambda width, height: (width, height)
    difference: float = 2.5
    keeps_alpha: bool = True
    keeps_matte_alpha: bool = True


MOMENT = datetime.datetime(2026, 3, 4, 5, 6, 7)


def get_moment() -> datetime.datetime:
    return MOMENT


LOGO = np.dstack([np.full((20, 30, 3), (30, 60, 220), np.uint8), np.full((20, 30), 200, np.uint8)])


def find_left_half(frame: Any) -> Any:
    width = frame.shape[1]
    return np.tile(np.where(np.arange(width) < (width + 1) // 2, 255, 0).astype(np.uint8), (len(frame), 1))


CASES: dict[str, Case] = {
    "Gamma": Case(lambda: effects.Gamma(1.5), lambda: effects.Gamma(1)),
    "WhiteBalance": Case(lambda: effects.WhiteBalance(1, 0.2), lambda: effects.WhiteBalance(0)),
    "Sharpen": Case(effects.Sharpen, lambda: effects.Sharpen(0)),
    "Vignette": Case(effects.Vignette, lambda: effects.Vignette(0)),
    "LowLight": Case(effects.LowLight, lambda: effects.LowLight(0), difference=4),
    "PencilSketch": Case(effects.PencilSketch, lambda: effects.PencilSketch(0), difference=6),
    "Cartoon": Case(effects.Cartoon, lambda: effects.Cartoon(0), difference=6),
    "Hologram": Case(effects.Hologram, lambda: effects.Hologram(0), difference=6),
    "Text": Case(lambda: effects.Text("{index} Grüße", clock=get_moment), lambda: effects.Text(""), keeps_alpha=False),
    "Overlay": Case(
        lambda: effects.Overlay(LOGO, size=0.4), lambda: effects.Overlay(LOGO, opacity=0), keeps_alpha=False
    ),
    "Crop": Case(
        lambda: effects.Crop(0, 0, 50, 40), effects.Crop, lambda width, height: (min(width, 50), min(height, 40))
    ),
    "Resize": Case(lambda: effects.Resize(36, 30), effects.Resize, lambda width, height: (36, 30), difference=5),
    "Rotate": Case(lambda: effects.Rotate(100), lambda: effects.Rotate(0), lambda width, height: (height, width)),
    "Mask": Case(lambda: effects.Mask(effects.Hologram(), find_left_half), difference=6, keeps_matte_alpha=False),
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


def blur(y: Any, sigma: float, mode: Any = "reflect") -> Any:
    """A Gaussian in float64, written out."""
    reach = 3 + int(4 * sigma)
    taps = np.exp(-(np.arange(-reach, reach + 1.0) ** 2) / (2 * sigma**2))
    taps /= taps.sum()
    for axis in (0, 1):
        width = [(0, 0), (0, 0)]
        width[axis] = (reach, reach)
        padded = np.pad(y, width, mode=mode)
        y = sum(tap * np.take(padded, range(k, k + y.shape[axis]), axis) for k, tap in enumerate(taps))
    return y
