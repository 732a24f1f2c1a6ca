"""What the page can show of a moment: the result, the camera, the matte, or the camera above the result."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...contracts import FrameObject
from ...frame import Frame
from ...pixels.image import Image, Plane, fit
from ...pixels.planes import allocate_frame, get_planes
from ...pixels.text import draw_caption

VIEWS = ("result", "camera", "matte", "compare")
"""The names of the views; "compare" has double height: the original above, the result below."""

_GREY = 64
_NO_MATTE = "this chain finds no matte"


class Original(FrameObject):
    """The first object of a page's chain: it keeps the frame as the camera gave it, while a view needs that.

    Attributes:
        is_wanted: Whether frames are kept.
        missed: How many frames were dropped between those that came here.
        index: The frame that the chain processes, or processed last; -1 before the first one.
    """

    history = 0

    def __init__(self) -> None:
        """Begin without a frame."""
        self.is_wanted = False
        self.index = -1
        self.missed = 0
        self._kept: Frame | None = None

    def __call__(self, frame: Image) -> Image:
        """Return the image."""
        return frame

    def process_frame(self, frame: Frame) -> Frame:
        """Keep the frame. Its YUV is not copied: later objects write to a copy, as they do with a decoder's."""
        self.missed += frame.info.index - self.index - 1
        self.index, self._kept = frame.info.index, None
        if self.is_wanted:
            pixels = {"yuv": frame.yuv} if frame.is_yuv else {"bgr": frame.read_bgr().copy()}
            self._kept = Frame(frame.info, **pixels)
        return frame

    def take(self, index: int) -> Frame | None:
        """Return the frame of a moment, once; None if it was not kept."""
        kept, self._kept = self._kept, None
        return kept if kept is not None and kept.info.index == index else None


def needs_original(view: str) -> bool:
    """Return whether a view shows the camera's frame."""
    return view in ("camera", "compare")


def make_view(view: str, result: Frame, original: Frame | None, *, has_matte: bool) -> Frame | None:
    """Return what a view shows of a moment.

    Args:
        view: One of `VIEWS`.
        result: The processed frame; it is not written to.
        original: The camera's frame; None if it was not kept.
        has_matte: Whether the chain finds a matte.

    Returns:
        A frame; None if the view needs the original and it was not kept.
    """
    if view == "matte":
        return _show_matte(result, has_matte=has_matte)
    if not needs_original(view):
        return result
    if original is None or view == "camera":
        return original
    return _stack(original, result)


def _show_matte(frame: Frame, *, has_matte: bool) -> Frame:
    width, height = frame.size
    if not has_matte:
        image = np.full((height, width, 3), _GREY, np.uint8)
        draw_caption(image, _NO_MATTE)
        return Frame(frame.info, bgr=image)
    # A covered frame has no matte: nothing of it is shown.
    alpha = np.zeros((height, width), np.uint8) if frame.matte_alpha is None else frame.matte_alpha
    full_range = frame.info.stream.colour.full_range
    grey = allocate_frame(width, height, full_range=full_range)
    luma, *chroma = get_planes(grey)
    luma[...] = alpha if full_range else cv2.convertScaleAbs(alpha, alpha=219 / 255, beta=16)
    for plane in chroma:
        plane[...] = 128
    return Frame(frame.info, yuv=grey)


def _stack(above: Frame, below: Frame) -> Frame:
    """Return a frame of double height, of the size of the second one."""
    width, height = below.size
    if above.is_yuv and below.is_yuv and below.alpha is None and above.size == below.size and height % 2 == 0:
        full_range = below.info.stream.colour.full_range
        both = allocate_frame(width, 2 * height, full_range=full_range)
        _join(get_planes(both), get_planes(above.yuv), get_planes(below.yuv))
        return Frame(below.info, yuv=both)
    return Frame(below.info, bgr=np.vstack([fit(above.preview(), width, height, "contain"), below.preview()]))


def _join(targets: Sequence[Plane], above: Sequence[Plane], below: Sequence[Plane]) -> None:
    for target, upper, lower in zip(targets, above, below, strict=True):
        target[: len(upper)] = upper
        target[len(upper) :] = lower
