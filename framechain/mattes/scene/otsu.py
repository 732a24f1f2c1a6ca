"""A matte that needs no picture of the empty scene: what is darker, or brighter, than a plain wall."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...arguments import check_count, check_number
from ...errors import ArgumentError
from ...pixels.image import Image, shrink
from ..arrays import Bytes, Floats, as_bytes, at_least, disc, largest, odd, scaled, softened, thumbnail_size
from ..base import SmallMatte
from ..wall import plain_wall
from .patches import Patches

SIDES = ("dark", "bright", "both", "auto")

_ROWS = 720
_THUMBNAIL = 48
# Differences from the wall beyond this many contrasts count no more: else black clothes would draw Otsu's threshold
# so far from the wall that a face before it is lost.
_CAP = 3.0
# Grey levels within which a pixel is like most of the border, and then like the wall there.
_LIKE_BORDER, _LIKE_WALL = 24.0, 12.0
# From this share of all difference from the wall on it is the dark side that is in front: most walls are bright. How
# fast that follows the frames, and how much of the frame there must be of it to tell.
_DARK, _SLOWLY, _FEWEST = 0.4, 0.1, 0.005


class OtsuThreshold(SmallMatte):
    """What Otsu's threshold parts from a plain, evenly coloured wall is in front.

    Use it for a product, a puppet or a person before a wall or a sheet of paper of another brightness; nothing has to
    be learnt, and the camera may move. It fails before anything that is not plain, where shadows fall on the wall
    (they are dark too), and where what is in front is as bright as the wall.

    Median filter; the wall's brightness as a smooth surface, so that a vignette is no foreground; Otsu's threshold
    (Otsu 1979) on the difference from it; dilation and erosion. Otsu's threshold finds two sides in anything, be it
    noise: patches that differ from the wall by less than `minimum_contrast` are dropped.

    Example:
        >>> frame = np.full((90, 160, 3), 220, np.uint8)
        >>> frame[30:, 60:100] = 70
        >>> alpha = OtsuThreshold()(frame)
        >>> int(alpha[60, 80]), int(alpha[10, 10])
        (255, 0)
    """

    def __init__(
        self,
        foreground: str = "auto",
        *,
        minimum_contrast: float = 20,
        median: int = 9,
        dilate: int = 5,
        erode: int = 5,
        **small: Any,
    ) -> None:
        """Say which side is in front, and how clear it must be.

        Args:
            foreground: "dark" or "bright" than the wall, "both" for either, or "auto" for the side that differs more
                in all. The wall is what most of the frame's left, right and upper border shows.
            minimum_contrast: Grey levels, 1..255, by which what is in front must differ from the wall.
            median: Side of the median filter, odd, in pixels of a frame of 720 rows; as are the next two.
            dilate: Side by which the first answer is dilated, odd, 1 = not at all.
            erode: Side by which it is eroded then.
            small: `working_size`, `speck_size` and `hole_size`, as for `SmallMatte`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        if foreground not in SIDES:
            raise ArgumentError(f"foreground must be one of {', '.join(SIDES)}, got {foreground!r}")
        super().__init__(**small)
        self.forget()
        self.foreground = foreground
        self.minimum_contrast = check_number("minimum_contrast", minimum_contrast, 1, 255)
        self.median = check_count("median", median, 1, odd=True)
        self.dilate = check_count("dilate", dilate, 1, odd=True)
        self.erode = check_count("erode", erode, 1, odd=True)

    def forget(self) -> None:
        """Drop which side was in front."""
        self._share: float | None = None

    def find(self, small: Image) -> Bytes:
        """Find what is in front.

        Args:
            small: uint8 (h, w, 3) BGR.

        Returns:
            uint8 (h, w), 255 = in front.
        """
        scale = min(small.shape[:2]) / _ROWS
        difference = self._from_wall(as_bytes(cv2.medianBlur(small, odd(self.median * scale))))
        level, _ = cv2.threshold(difference, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        mask = at_least(difference, max(level + 1, self.minimum_contrast / 2))
        for change, side in ((cv2.dilate, self.dilate), (cv2.erode, self.erode)):
            mask = as_bytes(change(mask, disc(odd(side * scale) // 2)))
        return softened(self._clear(self.clean_up(mask), difference))

    def _from_wall(self, picture: Image) -> Bytes:
        """How much darker, or brighter, each pixel is than the wall there, in the channel that tells most: capped."""
        small = shrink(picture, *thumbnail_size(picture, _THUMBNAIL)).astype(np.float32)
        # Not the lower border: people stand on it.
        border = np.median(np.concatenate([small[0], small[1:, 0], small[1:, -1]]), axis=0)
        like = np.abs(small - border).max(axis=2) < min(_LIKE_BORDER, 2 * self.minimum_contrast)
        surface = plain_wall(small, like.astype(np.uint8), min(_LIKE_WALL, self.minimum_contrast))
        wall = scaled(np.clip(surface, 0, 255).astype(np.uint8), *picture.shape[1::-1])
        side = self._side(small - surface) if self.foreground == "auto" else self.foreground
        if side == "both":
            difference = cv2.absdiff(picture, wall)
        else:
            difference = cv2.subtract(wall, picture) if side == "dark" else cv2.subtract(picture, wall)
        return as_bytes(np.minimum(largest(as_bytes(difference)), min(255, int(_CAP * self.minimum_contrast))))

    def _side(self, off_wall: Floats) -> str:
        """The side of the wall on which more lies, decided slowly, lest the sides swap from frame to frame."""
        dark = float(np.maximum(-self.minimum_contrast - off_wall.min(axis=2), 0).mean())
        bright = float(np.maximum(off_wall.max(axis=2) - self.minimum_contrast, 0).mean())
        if dark + bright > _FEWEST * self.minimum_contrast:
            share = dark / (dark + bright)
            self._share = share if self._share is None else self._share + _SLOWLY * (share - self._share)
        return "dark" if self._share is None or self._share >= _DARK else "bright"

    def _clear(self, mask: Bytes, difference: Bytes) -> Bytes:
        """Only the patches that differ enough on the average."""
        patches = Patches(mask)
        return patches.select(patches.means(difference) >= self.minimum_contrast)
