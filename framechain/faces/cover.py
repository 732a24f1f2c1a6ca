"""FaceCover: hides faces in a frame."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_bgr, check_choice, check_number
from ..compositing.over import composite_in_place
from ..effects.overlay import read_picture
from ..errors import ArgumentError
from ..frame import Frame, make_image_info
from ..pixels.colour import choose_matrix
from ..pixels.image import Plane, check_image
from .ellipse import Ellipse, Part, find_part, make_ellipse, make_mask
from .face import Face

WAYS = ("blur", "pixelate", "solid", "picture")
"""How a face can be hidden."""

# All that is left of a face is the mean of so many cells across the ellipse, of which the face itself has less than
# four: that many numbers hold no eyes, nose or mouth. Their count does not depend on the face's size, so the blur is
# the wider the larger the face is. The rest is not made weaker, as by a narrow Gaussian, which a sharpening filter
# would invert, but is gone: nothing can bring it back.
# Hard borders draw the layout of a face better than soft ones.
_SOFT_CELLS, _HARD_CELLS = 5, 4
# Many frames of a face that moves over the cells would tell more than one: the blur joins neighbouring cells too.
_JOINS = (3, 3)


class FaceCover:
    """Hides faces under an ellipse with a soft edge, in the layout that the frame has.

    The ellipse is as large as the head, from the hair line to below the chin and past the ears, and turned as the eyes
    are. Its soft edge lies outside of it.

    Attributes:
        how: "blur", "pixelate", "solid" or "picture".
        size: The ellipse's size as a factor.
        feather: The soft edge's width as a share of the ellipse's size.
        color: (blue, green, red) of "solid".

    Example:
        >>> frame = np.indices((90, 160)).sum(axis=0, dtype=np.uint8)[..., None] % 2 * np.full(3, 255, np.uint8)
        >>> covered = FaceCover().hide_in_image(frame, [Face(60, 25, 40, 40, 1.0)])
        >>> covered[0, :2, 0].tolist(), covered[45, 79:81, 0].tolist()
        ([0, 255], [128, 128])
    """

    def __init__(
        self,
        how: str = "blur",
        *,
        size: float = 1.0,
        feather: float = 0.15,
        color: Sequence[int] = (0, 0, 0),
        picture: str | os.PathLike[str] | NDArray[Any] | None = None,
    ) -> None:
        """Choose what hides faces.

        Args:
            how: "blur", "pixelate", "solid" (one colour, which leaves nothing at all) or "picture".
            size: The ellipse's size as a factor, from 0.8 to 3.
            feather: The soft edge's width as a share of the ellipse's size, from 0 to 1.
            color: Blue, green and red of "solid", 0..255 each.
            picture: What is laid over faces by "picture": a path, or an array, uint8 (h, w, 4) BGRA or (h, w, 3) BGR.
                The face below it is blurred.

        Raises:
            ArgumentError: If there is no such way, a number is out of range, or the picture is missing.
            ArgumentTypeError: If the picture is neither a path nor such an array.
            MissingInputError: If there is no such file.
            MediaError: If the file is no image.
        """
        self.how = check_choice("how", how, WAYS)
        self.size = check_number("size", size, 0.8, 3)
        self.feather = check_number("feather", feather, 0, 1)
        self.color = check_bgr("color", color)
        if how == "picture" and picture is None:
            raise ArgumentError("how='picture' needs a picture: give its path, picture='smiley.png'")
        self._picture = None if picture is None else read_picture(picture)

    def hide(self, frame: Frame, faces: Iterable[Face]) -> Frame:
        """Hide faces in a frame.

        Args:
            frame: The frame; drawn on.
            faces: The faces; those without points are hidden upright.

        Returns:
            The frame.
        """
        found = [make_ellipse(face, self.size) for face in faces]
        parts = [(ellipse, find_part(ellipse, self.feather, frame.size)) for ellipse in found]
        kept = [(ellipse, part) for ellipse, part in parts if part is not None]
        if not kept:
            return frame
        frame.full_view = None  # The faces would be seen there.
        planes = frame.own_planes() if frame.is_yuv else (frame.bgr,)
        for ellipse, part in kept:
            contents = self._make_contents(planes, frame, ellipse, part)
            masks = [make_mask(ellipse, self.feather, part, scale) for scale in (1, 2)[: len(planes)]]
            for number, (plane, content) in enumerate(zip(planes, contents, strict=True)):
                composite_in_place(plane[part.slice(2 if number else 1)], content, masks[min(number, 1)])
        return frame

    def hide_in_image(self, image: NDArray[np.uint8], faces: Iterable[Face]) -> NDArray[np.uint8]:
        """Hide faces in an image, uint8 (H, W, 3) BGR, in place, and return it.

        Raises:
            ArgumentTypeError: If it is no such array.
        """
        image = check_image(image)
        return self.hide(Frame(make_image_info("image", image), bgr=image), faces).bgr

    def _make_contents(self, planes: Sequence[Plane], frame: Frame, ellipse: Ellipse, part: Part) -> list[Plane]:
        """Return what is seen instead, for each plane."""
        sources = [plane[part.slice(2 if number else 1)] for number, plane in enumerate(planes)]
        if self.how == "solid":
            image = np.full((part.bottom - part.top, part.right - part.left, 3), self.color, np.uint8)
            return _split(image, frame)
        is_soft = self.how != "pixelate"
        coarse = [
            _reduce(source, ellipse, 2 if number else 1, is_soft=is_soft) for number, source in enumerate(sources)
        ]
        if self._picture is None or self.how != "picture":
            return coarse
        layer = _turn(self._picture, ellipse, part)
        colours, alpha = np.ascontiguousarray(layer[..., :3]), np.ascontiguousarray(layer[..., 3])
        alphas = [alpha, *[np.asarray(cv2.resize(alpha, coarse[-1].shape[1::-1]), np.uint8)] * (len(planes) - 1)]
        for content, pixels, shares in zip(coarse, _split(colours, frame), alphas, strict=True):
            composite_in_place(content, pixels, shares)
        return coarse


def _reduce(plane: Plane, ellipse: Ellipse, scale: int, *, is_soft: bool) -> Plane:
    """Return a part of a plane reduced to the means of few cells, with smooth or with hard borders."""
    height, width = plane.shape[:2]
    cells = _SOFT_CELLS if is_soft else _HARD_CELLS
    cell = 2 * min(ellipse.across, ellipse.down) / cells / scale
    size = max(1, min(width, math.floor(width / cell))), max(1, min(height, math.floor(height / cell)))
    tiny = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    if is_soft:
        tiny = cv2.GaussianBlur(tiny, _JOINS, 0, borderType=cv2.BORDER_REPLICATE)
    how = cv2.INTER_CUBIC if is_soft else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(tiny, (width, height), interpolation=how), np.uint8)


def _turn(picture: NDArray[np.uint8], ellipse: Ellipse, part: Part) -> NDArray[np.uint8]:
    """Return a picture, BGRA, laid over the rectangle around an ellipse, in a part of a frame."""
    height, width = picture.shape[:2]
    sine, cosine = math.sin(ellipse.angle), math.cos(ellipse.angle)
    turn = np.array([[cosine, sine], [-sine, cosine]]) / (2 * np.array([[ellipse.across], [ellipse.down]]))
    first = np.array([part.left + 0.5, part.top + 0.5]) - (ellipse.x, ellipse.y)
    size = np.array([width, height])
    moved = np.hstack([turn * size[:, None], (size * (turn @ first + 0.5) - 0.5)[:, None]])
    # A picture that is much larger than the face would alias.
    factor = min(1.0, 4 * ellipse.across / width, 4 * ellipse.down / height)
    if factor < 1:
        picture = np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
        moved = moved * (np.array(picture.shape[1::-1]) / size)[:, None]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    across = part.right - part.left, part.bottom - part.top
    return np.asarray(cv2.warpAffine(picture, moved, across, flags=flags), np.uint8)


def _split(bgr: NDArray[np.uint8], frame: Frame) -> list[Plane]:
    """Return pixels in the layout of a frame."""
    if not frame.is_yuv:
        return [bgr]
    from ..pixels.convert import convert_to_yuv
    from ..pixels.planes import get_planes

    # The matrix is guessed from the frame's size, not from the part's.
    colour = frame.info.stream.colour
    known = replace(colour, matrix=choose_matrix(colour, *frame.size))
    return [plane.copy() for plane in get_planes(convert_to_yuv(bgr, known))]
