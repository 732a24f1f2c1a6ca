"""`OtsuThreshold`: what is darker or brighter than a plain wall."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...basics.arguments import check_count, check_number
from ...errors import ArgumentError
from ...pixels.image import Image, shrink
from ..arrays import (
    Bytes,
    Floats,
    as_bytes,
    limit_size,
    make_disc,
    resize_bytes,
    round_to_odd,
    soften_edges,
    take_channel_maximum,
    threshold_at,
)  # fmt: skip
from ..base import SmallMatte
from ..wall import fit_wall
from .components import Components

SIDES = ("dark", "bright", "both", "auto")

_ROWS = 720
_THUMBNAIL = 48
# Differences are capped at this many contrasts: black clothes would move Otsu's threshold so far from the wall that a
# face is lost.
_CAP = 3.0
# Grey levels within which a pixel is like most of the border, and then like the wall there.
_LIKE_BORDER, _LIKE_WALL = 24.0, 12.0
# The dark side is foreground from this share of all difference on: most walls are bright.
_DARK = 0.4
# Rate at which that share follows the frames, and how much difference, as a share of the contrast, it needs.
_FOLLOW_RATE, _MIN_DIFFERENCE = 0.1, 0.005
# After so many frames the weight of what came before is below 1 %.
_MEMORY = 50


class OtsuThreshold(SmallMatte):
    """What Otsu's threshold separates from a plain, evenly coloured wall is foreground.

    Use it for a product, a puppet or a person in front of a wall or a sheet of paper of another brightness. It needs
    no learning, and the camera may move. It fails where the background is not plain, where shadows fall on the wall
    (they are dark too), and where the foreground is as bright as the wall.

    Steps: a median filter; the wall's brightness as a smooth surface, so that a vignette is no foreground; Otsu's
    threshold (Otsu 1979) on the difference from it; dilation and erosion. Otsu's threshold separates even noise in
    two sides: components that differ from the wall by less than `minimum_contrast` are removed.

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
        """Choose the side that is foreground, and its contrast.

        Args:
            foreground: "dark" or "bright" for what is darker or brighter than the wall, "both" for either, "auto" for
                the side with more difference in all. The wall is what most of the left, right and upper border shows.
            minimum_contrast: Grey levels, 1..255, by which foreground must differ from the wall.
            median: Side of the median filter, odd, in pixels of a frame of 720 rows; so are the next two.
            dilate: Side by which the first answer is dilated, odd, 1 = not at all.
            erode: Side by which it is then eroded.
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
        """Drop which side was foreground."""
        self._dark_share: float | None = None

    @property
    def memory(self) -> int:  # type: ignore[override]
        """None is needed but for the choice of the side, which follows the frames."""
        return _MEMORY if self.foreground == "auto" else 0

    def find(self, small: Image) -> Bytes:
        """Find the foreground of a small image, see `SmallMatte.find`."""
        scale = min(small.shape[:2]) / _ROWS
        difference = self._subtract_wall(as_bytes(cv2.medianBlur(small, round_to_odd(self.median * scale))))
        level, _ = cv2.threshold(difference, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        mask = threshold_at(difference, max(level + 1, self.minimum_contrast / 2))
        for operation, side in ((cv2.dilate, self.dilate), (cv2.erode, self.erode)):
            mask = as_bytes(operation(mask, make_disc(round_to_odd(side * scale) // 2)))
        return soften_edges(self._filter_by_contrast(self.clean_up(mask), difference))

    def _subtract_wall(self, image: Image) -> Bytes:
        """Return each pixel's difference from the wall on the chosen side, in its strongest channel, capped."""
        small = shrink(image, *limit_size(image, _THUMBNAIL)).astype(np.float32)
        # Not the lower border, because people stand on it.
        border = np.median(np.concatenate([small[0], small[1:, 0], small[1:, -1]]), axis=0)
        like = np.abs(small - border).max(axis=2) < min(_LIKE_BORDER, 2 * self.minimum_contrast)
        surface = fit_wall(small, like.astype(np.uint8), min(_LIKE_WALL, self.minimum_contrast))
        wall = resize_bytes(np.clip(surface, 0, 255).astype(np.uint8), *image.shape[1::-1])
        side = self._choose_side(small - surface) if self.foreground == "auto" else self.foreground
        if side == "both":
            difference = cv2.absdiff(image, wall)
        else:
            difference = cv2.subtract(wall, image) if side == "dark" else cv2.subtract(image, wall)
        cap = min(255, int(_CAP * self.minimum_contrast))
        return as_bytes(np.minimum(take_channel_maximum(as_bytes(difference)), cap))

    def _choose_side(self, difference: Floats) -> str:
        """Return the side with more difference; it follows slowly, so that it does not change between frames."""
        dark = float(np.maximum(-self.minimum_contrast - difference.min(axis=2), 0).mean())
        bright = float(np.maximum(difference.max(axis=2) - self.minimum_contrast, 0).mean())
        if dark + bright > _MIN_DIFFERENCE * self.minimum_contrast:
            share = dark / (dark + bright)
            before = share if self._dark_share is None else self._dark_share
            self._dark_share = before + _FOLLOW_RATE * (share - before)
        return "dark" if self._dark_share is None or self._dark_share >= _DARK else "bright"

    def _filter_by_contrast(self, mask: Bytes, difference: Bytes) -> Bytes:
        """Keep the components whose mean difference is large enough."""
        components = Components(mask)
        return components.select(components.estimate_means(difference) >= self.minimum_contrast)
