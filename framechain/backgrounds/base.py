"""What the backgrounds of this package share: they write planes, and are callables as well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..contracts import Background
from ..frame import FrameInfo, make_image_info
from ..pixels.colour import ColourSpace
from ..pixels.image import Image, Plane


class PlaneBackground(Background):
    """A background whose `render` writes BGR as well as Y, U and V."""

    works_on_yuv = True
    memory = 0

    def __call__(self, frame: Image, alpha: Plane | None = None, info: FrameInfo | None = None) -> Image:
        """Return the background of an image.

        Args:
            frame: uint8 (H, W, 3) BGR.
            alpha: uint8 (H, W), 255 = foreground; None if there is no foreground.
            info: The frame's place in its stream; None for an image of its own.

        Returns:
            uint8 (H, W, 3), a new array.
        """
        out = np.empty(frame.shape, np.uint8)
        alpha = np.zeros(frame.shape[:2], np.uint8) if alpha is None else alpha
        self.render((out,), (frame,), (alpha,), info or make_image_info("frame", frame))
        return out


def split_image(image: Image, out: Sequence[Plane], colour: ColourSpace) -> Sequence[Plane]:
    """Return an image as the planes that are asked for.

    Args:
        image: uint8 (H, W, 3) BGR.
        out: Planes of that size: BGR as the only one, or Y, U and V.
        colour: Matrix and range of Y, U and V.

    Returns:
        As many planes; read only.
    """
    if len(out) == 1:
        return (image,)
    from ..pixels.convert import convert_to_yuv
    from ..pixels.planes import get_planes

    return get_planes(convert_to_yuv(image, colour))


def write_planes(planes: Sequence[Plane], out: Sequence[Plane]) -> None:
    """Copy planes.

    Args:
        planes: The planes.
        out: Planes of the same shapes; written to.
    """
    for target, plane in zip(out, planes, strict=True):
        target[...] = plane
