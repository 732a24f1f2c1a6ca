"""Nothing behind: the person alone, with alpha."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contracts import Background
from ..frame import FrameInfo
from ..pixels.image import Image, shrink

_SHRINKING = 4
_BLEED_SIGMA = 3.0
# Where less than this of the person reaches, the colour fades to black.
_BLACK_BELOW = 0.002


class Transparent(Background):
    """No background: frames come out as BGRA, and the sinks write the alpha.

    The colours are straight, not multiplied by alpha. Where nothing is in front they are the person's own,
    bled outwards, and black further away: the room that was there is not hidden in the file, and no foreign
    colour creeps in where a player scales or subsamples.

    What later objects draw on see-through places stays unseen.

    Example:
        >>> behind = Transparent()
        >>> behind(np.full((4, 4, 3), 99, np.uint8), np.zeros((4, 4), np.uint8))[0, 0].tolist()
        [0, 0, 0]
    """

    gives_alpha = True
    """Tells a `BackgroundReplacement` to return BGRA, and an `Engine` to choose a format that can hold it."""

    def render(self, frame: Image, alpha: NDArray[np.uint8], info: FrameInfo) -> Image:
        """Return the foreground's colours, bled outwards."""
        return self(frame, alpha)

    def __call__(self, frame: Image, alpha: NDArray[np.uint8] | None = None) -> Image:
        """The colours where the person is not.

        Args:
            frame: uint8 (H, W, 3) BGR.
            alpha: uint8 (H, W), 255 = person; None for nobody.

        Returns:
            uint8 (H, W, 3).
        """
        alpha = np.zeros(frame.shape[:2], np.uint8) if alpha is None else alpha
        height, width = alpha.shape
        small = max(1, width // _SHRINKING), max(1, height // _SHRINKING)
        weight = shrink(alpha, *small).astype(np.float32) / 255
        # Seen a quarter as large, most edge pixels are mixed with what is behind: the fuller ones count.
        weight **= 4
        coloured = cv2.GaussianBlur(shrink(frame, *small) * weight[..., None], (0, 0), _BLEED_SIGMA)
        spread = cv2.GaussianBlur(weight, (0, 0), _BLEED_SIGMA)
        bled = np.clip(coloured / (spread + _BLACK_BELOW)[..., None], 0, 255).astype(np.uint8)
        return cv2.resize(bled, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
