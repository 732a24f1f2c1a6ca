"""A frame as a matte looks at it: parts of it at small sizes, whether it is BGR or still YUV."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import cv2

from ...pixels.colour import ColourSpace
from ...pixels.image import Image, shrink
from ..arrays import Bytes, as_bytes

if TYPE_CHECKING:
    from av import VideoFrame

_COARSE = 160, 90
_THUMBNAIL = 32, 18


class Box(NamedTuple):
    """A part of a frame in pixels: right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top


class View(Protocol):
    """What a frame offers to look at, in whichever layout it is."""

    width: int
    height: int

    def rgb(self, box: Box, width: int, height: int) -> Image:
        """A part of it, uint8 (height, width, 3), R first; left and top must be even."""

    def grey(self, box: Box, width: int, height: int) -> Bytes:
        """The brightness of a part of it, uint8 (height, width)."""

    def thumbnail(self) -> Bytes:
        """Its brightness in few pixels, uint8 (18, 32): to tell whether something happens."""


def whole(view: View) -> Box:
    """All of a frame."""
    return Box(0, 0, view.width, view.height)


class _Parts:
    """Parts of a picture at smaller sizes; what halves the last one serves both its colours and its brightness."""

    def __init__(self, picture: Bytes) -> None:
        self._picture = picture
        self._halved: tuple[Box, Bytes] | None = None

    def at(self, box: Box, width: int, height: int) -> Bytes:
        """A part, as `shrink` makes it."""
        part = self._picture[box.top : box.bottom, box.left : box.right]
        if part.shape[1] >= 2 * width and part.shape[0] >= 2 * height:
            if self._halved is None or self._halved[0] != box:
                self._halved = box, shrink(part, part.shape[1] // 2, part.shape[0] // 2)
            part = self._halved[1]
        return shrink(part, width, height)


class BgrView:
    """A frame in BGR."""

    def __init__(self, frame: Image) -> None:
        """Look at a frame.

        Args:
            frame: uint8 (H, W, 3).
        """
        self._frame = frame
        self._parts = _Parts(frame)
        self.height, self.width = frame.shape[:2]

    def rgb(self, box: Box, width: int, height: int) -> Image:
        """A part of it, uint8 (height, width, 3), R first."""
        return as_bytes(cv2.cvtColor(self._parts.at(box, width, height), cv2.COLOR_BGR2RGB))

    def grey(self, box: Box, width: int, height: int) -> Bytes:
        """The brightness of a part of it, uint8 (height, width)."""
        return as_bytes(cv2.cvtColor(self._parts.at(box, width, height), cv2.COLOR_BGR2GRAY))

    def thumbnail(self) -> Bytes:
        """Its brightness in few pixels, uint8 (18, 32)."""
        coarse = cv2.resize(self._frame, _COARSE, interpolation=cv2.INTER_LINEAR)
        return as_bytes(cv2.resize(cv2.cvtColor(coarse, cv2.COLOR_BGR2GRAY), _THUMBNAIL, interpolation=cv2.INTER_AREA))


class PlanesView:
    """A frame in Y, U and V."""

    def __init__(self, picture: VideoFrame, colour: ColourSpace) -> None:
        """Look at a picture.

        Args:
            picture: 8-bit yuv420p.
            colour: Its matrix and range.
        """
        from ...pixels.planes import get_planes

        self._planes = get_planes(picture)
        self._luma = _Parts(self._planes[0])
        self._colour = colour
        self.width, self.height = picture.width, picture.height

    def rgb(self, box: Box, width: int, height: int) -> Image:
        """A part of it, uint8 (height, width, 3), R first; left and top must be even."""
        from ...pixels.convert import convert_planes_to_rgb

        _, u, v = self._planes
        halves = slice(box.top // 2, (box.bottom + 1) // 2), slice(box.left // 2, (box.right + 1) // 2)
        chroma = (shrink(plane[halves], width, height) for plane in (u, v))
        small = cv2.merge([self._luma.at(box, width, height), *chroma])
        return convert_planes_to_rgb(as_bytes(small), self._colour, self.width, self.height)

    def grey(self, box: Box, width: int, height: int) -> Bytes:
        """The brightness of a part of it, uint8 (height, width)."""
        return self._luma.at(box, width, height)

    def thumbnail(self) -> Bytes:
        """Its brightness in few pixels, uint8 (18, 32)."""
        coarse = cv2.resize(self._planes[0], _COARSE, interpolation=cv2.INTER_LINEAR)
        return as_bytes(cv2.resize(coarse, _THUMBNAIL, interpolation=cv2.INTER_AREA))
