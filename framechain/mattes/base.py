"""What the classical mattes have in common: they work on a small picture and scale their answer up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..arguments import check_count
from ..contracts import Matte
from ..frame import Frame
from ..pixels.image import Image, shrink
from .arrays import Bytes, scaled, thumbnail_size
from .cleanup import CleanUp

if TYPE_CHECKING:
    pass


class SmallMatte(Matte):
    """Base of mattes that look at a small copy of the frame.

    An outline found on half as many rows looks the same once its edge is shaped, in a quarter of the time.
    Subclasses give `find`, and may give `forget`, `open`, `on_key` and `close`.

    Attributes:
        edge: (threshold, softness) with which `BackgroundReplacement` shapes the answer where it is told nothing
            else; None for a matte whose answer is alpha already.
        status: What a person in front of the camera should know, such as "hold still"; drawn on the picture by
            `BackgroundReplacement` while it is not None.
    """

    # Above the middle: a rim of the old background is seen sooner than a missing half pixel of the person.
    edge: tuple[float, float] | None = (0.6, 0.3)
    works_on_yuv = True

    def __init__(self, *, working_size: int = 640, speck_size: float = 0.002, hole_size: float = 0.004) -> None:
        """Set what is common to all.

        Args:
            working_size: Longer side in pixels of the picture to work on; smaller frames stay as they are.
            speck_size: Patches of foreground below this share of the frame's area go.
            hole_size: Holes in it below this share are closed.

        Raises:
            ArgumentError: If a value is out of range.
        """
        self.working_size = check_count("working_size", working_size, 16)
        self.clean_up = CleanUp(speck_size, hole_size)
        self._frame_size: tuple[int, int] | None = None

    def find(self, small: Image) -> Bytes | None:
        """Find what is in front.

        Args:
            small: uint8 (h, w, 3) BGR.

        Returns:
            uint8 (h, w), 255 = in front; None while nothing is known yet.
        """
        raise NotImplementedError

    def forget(self) -> None:
        """Drop what was learnt of the scene."""

    def __call__(self, frame: Image) -> Bytes:
        """Find what is in front.

        Args:
            frame: uint8 (H, W, 3) BGR of any size; where it differs from the last one's, what was learnt is dropped.

        Returns:
            uint8 (H, W): the confidence that a pixel is in front, 0..255; 0 everywhere while nothing is known yet.
        """
        height, width = frame.shape[:2]
        self._meet(width, height)
        return scaled(self._answer(shrink(frame, *thumbnail_size(frame, self.working_size))), width, height)

    def estimate(self, frame: Frame) -> Bytes:
        """Find the foreground of a frame.

        Args:
            frame: BGR or YUV.

        Returns:
            uint8 (h, w), of the frame's size or, for YUV, the working size: the confidence in 0..255 that a pixel is
            foreground.
        """
        if not frame.is_yuv:
            return self(frame.read_bgr())
        from ..pixels.convert import convert_to_small_rgb
        from ..pixels.planes import get_planes

        picture, colour = frame.yuv, frame.info.stream.colour
        self._meet(picture.width, picture.height)
        size = thumbnail_size(get_planes(picture)[0], self.working_size)
        return self._answer(np.ascontiguousarray(convert_to_small_rgb(picture, colour, *size)[..., ::-1]))

    def _answer(self, small: Image) -> Bytes:
        found = self.find(small)
        return np.zeros(small.shape[:2], np.uint8) if found is None else found

    def _meet(self, width: int, height: int) -> None:
        if self._frame_size not in (None, (width, height)):
            self.reset()
        self._frame_size = width, height

    def open(self, stream: object) -> None:
        """A new stream begins: what was learnt of another scene does not count.

        Args:
            stream: Not needed.
        """
        self.reset()

    def reset(self) -> None:
        """Drop what was learnt of the scene."""
        self._frame_size = None
        self.forget()
