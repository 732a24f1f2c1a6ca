"""An object for framechain: bright parts of the picture glow."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from framechain import ArgumentError, FrameObject, Tunable


class Glow(FrameObject):
    """Bright parts of the picture glow.

    A blurred copy of what is brighter than a threshold is added: the "bloom" of computer graphics.

    Example:
        >>> Glow(radius=3)(np.full((4, 4, 3), 255, np.uint8)).shape
        (4, 4, 3)
    """

    history = 0  # Each frame by itself: a film can be processed in segments.

    def __init__(self, radius: int = 15, amount: float = 0.5, threshold: int = 180) -> None:
        """Choose how it glows.

        Args:
            radius: How far the light spreads, in pixels; at least 1.
            amount: How strong it is, 0 to 2.
            threshold: The brightness from which on a pixel glows, 0 to 255.

        Raises:
            ArgumentError: If a value is out of range.
        """
        if radius < 1 or not 0 <= amount <= 2 or not 0 <= threshold <= 255:
            raise ArgumentError(
                "Glow takes a radius of at least 1, an amount from 0 to 2 and a threshold from 0 to 255, "
                f"got {radius}, {amount} and {threshold}"
            )
        self.radius, self.amount, self.threshold = radius, amount, threshold

    @property
    def tunables(self) -> list[Tunable]:
        """The strength has a trackbar."""
        return [Tunable("glow", lambda: self.amount, lambda value: setattr(self, "amount", value), 0, 2)]

    def __call__(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Add the light to a frame, uint8 (H, W, 3) BGR."""
        _, bright = cv2.threshold(frame, self.threshold, 255, cv2.THRESH_TOZERO)
        light = cv2.GaussianBlur(bright, (0, 0), self.radius)
        return np.asarray(cv2.addWeighted(frame, 1, light, self.amount, 0), np.uint8)
