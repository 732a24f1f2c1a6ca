"""A frame as the models read it: small images of crops, from BGR or YUV."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import cv2
import numpy as np

from ..pixels.colour import ColourSpace
from ..pixels.image import Image, Plane, shrink

if TYPE_CHECKING:
    from av import VideoFrame  # noqa: TID251  (for types only)

_COARSE = 160, 90
_THUMBNAIL = 32, 18

SCENE_CUT = 18.0
"""Mean change of a thumbnail from one frame to the next, in grey levels, that counts as a scene cut."""


class Crop(NamedTuple):
    """A rectangle of a frame in pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.bottom - self.top


class View(Protocol):
    """A frame in any layout."""

    width: int
    height: int

    def crop_rgb(self, crop: Crop, width: int, height: int) -> Image:
        """Return a crop as RGB: uint8 (height, width, 3); the crop's left and top must be even."""

    def crop_grey(self, crop: Crop, width: int, height: int) -> Plane:
        """Return the brightness of a crop: uint8 (height, width)."""

    def make_thumbnail(self) -> Plane:
        """Return the frame's brightness in few pixels, for the detection of motion: uint8 (18, 32)."""


def make_full_crop(view: View) -> Crop:
    """Return the crop that is the whole frame."""
    return Crop(0, 0, view.width, view.height)


class ReducedView:
    """A view with fewer pixels, for what needs few: crops are given in the pixels of a frame some times smaller."""

    def __init__(self, view: View, factor: int) -> None:
        """Wrap a view.

        Args:
            view: The view.
            factor: How many times smaller each side is, at least 1.
        """
        self._view = view
        self._factor = factor
        self.width, self.height = -(-view.width // factor), -(-view.height // factor)

    def crop_rgb(self, crop: Crop, width: int, height: int) -> Image:
        """Return a crop as RGB."""
        return self._view.crop_rgb(self._enlarge(crop), width, height)

    def crop_grey(self, crop: Crop, width: int, height: int) -> Plane:
        """Return the brightness of a crop."""
        return self._view.crop_grey(self._enlarge(crop), width, height)

    def make_thumbnail(self) -> Plane:
        """Return the frame's brightness in few pixels."""
        return self._view.make_thumbnail()

    def _enlarge(self, crop: Crop) -> Crop:
        left, top, right, bottom = (side * self._factor for side in crop)
        return Crop(left, top, min(right, self._view.width), min(bottom, self._view.height))


class _Resampler:
    """Makes small copies of crops; the last halved crop is kept, because colour and brightness both need it."""

    def __init__(self, image: Plane) -> None:
        self._image = image
        self._halved: tuple[Crop, Plane] | None = None

    def resample(self, crop: Crop, width: int, height: int) -> Plane:
        """Return a crop at a smaller size."""
        part = self._image[crop.top : crop.bottom, crop.left : crop.right]
        if part.shape[1] >= 2 * width and part.shape[0] >= 2 * height:
            if self._halved is None or self._halved[0] != crop:
                self._halved = crop, shrink(part, part.shape[1] // 2, part.shape[0] // 2)
            part = self._halved[1]
        return shrink(part, width, height)


class BgrView:
    """A frame in BGR, as a `View`."""

    def __init__(self, frame: Image) -> None:
        """Wrap a frame, uint8 (H, W, 3)."""
        self._frame = frame
        self._resampler = _Resampler(frame)
        self.height, self.width = frame.shape[:2]

    def crop_rgb(self, crop: Crop, width: int, height: int) -> Image:
        """Return a crop as RGB."""
        return np.asarray(cv2.cvtColor(self._resampler.resample(crop, width, height), cv2.COLOR_BGR2RGB), np.uint8)

    def crop_grey(self, crop: Crop, width: int, height: int) -> Plane:
        """Return the brightness of a crop."""
        return np.asarray(cv2.cvtColor(self._resampler.resample(crop, width, height), cv2.COLOR_BGR2GRAY), np.uint8)

    def make_thumbnail(self) -> Plane:
        """Return the frame's brightness in few pixels."""
        coarse = cv2.resize(self._frame, _COARSE, interpolation=cv2.INTER_LINEAR)
        return np.asarray(
            cv2.resize(cv2.cvtColor(coarse, cv2.COLOR_BGR2GRAY), _THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8
        )


class YuvView:
    """A frame in YUV, as a `View`."""

    def __init__(self, video_frame: VideoFrame, colour: ColourSpace) -> None:
        """Wrap an 8-bit yuv420p frame and its matrix and range."""
        from ..pixels.planes import get_planes

        self._planes = get_planes(video_frame)
        self._luma = _Resampler(self._planes[0])
        self._colour = colour
        self.width, self.height = video_frame.width, video_frame.height

    def crop_rgb(self, crop: Crop, width: int, height: int) -> Image:
        """Return a crop as RGB."""
        from ..pixels.convert import convert_planes_to_rgb

        _, u, v = self._planes
        halves = slice(crop.top // 2, (crop.bottom + 1) // 2), slice(crop.left // 2, (crop.right + 1) // 2)
        chroma = (shrink(plane[halves], width, height) for plane in (u, v))
        small = cv2.merge([self._luma.resample(crop, width, height), *chroma])
        return convert_planes_to_rgb(np.asarray(small, np.uint8), self._colour, self.width, self.height)

    def crop_grey(self, crop: Crop, width: int, height: int) -> Plane:
        """Return the brightness of a crop."""
        return self._luma.resample(crop, width, height)

    def make_thumbnail(self) -> Plane:
        """Return the frame's brightness in few pixels."""
        coarse = cv2.resize(self._planes[0], _COARSE, interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.resize(coarse, _THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
