"""No background: the foreground alone, with alpha."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..frame import FrameInfo
from ..pixels.image import Plane, shrink
from .base import PlaneBackground

_SHRINKING = 4
_BLEED_SIGMA = 3.0
# The colour fades to black where the foreground's blurred weight is of this order.
_BLACK_BELOW = 0.002


class Transparent(PlaneBackground):
    """No background: frames come out as BGRA, and the sinks write the alpha.

    The colours are straight, not multiplied by alpha. Transparent pixels near the edge have the foreground's own
    colours, bled outwards, so that no foreign colour appears where a player scales or subsamples; those further away
    are black, so that the file does not hide the room.

    Later objects may draw on transparent pixels, but nobody sees it.

    Example:
        >>> background = Transparent()
        >>> background(np.full((4, 4, 3), 99, np.uint8), np.zeros((4, 4), np.uint8))[0, 0].tolist()
        [0, 0, 0]
    """

    works_on_yuv = False
    gives_alpha = True

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Write the foreground's colours, bled outwards."""
        frame, alpha = source[0], alphas[0]
        height, width = alpha.shape
        small = max(1, width // _SHRINKING), max(1, height // _SHRINKING)
        weight = shrink(alpha, *small).astype(np.float32) / 255
        # At a quarter of the size most edge pixels are mixed with the old background: the opaque ones count more.
        weight **= 4
        coloured = cv2.GaussianBlur(shrink(frame, *small) * weight[..., None], (0, 0), _BLEED_SIGMA)
        spread = cv2.GaussianBlur(weight, (0, 0), _BLEED_SIGMA)
        bled = np.clip(coloured / (spread + _BLACK_BELOW)[..., None], 0, 255).astype(np.uint8)
        cv2.resize(bled, (width, height), dst=out[0], interpolation=cv2.INTER_LINEAR)
