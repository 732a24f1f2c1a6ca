"""The frame's own background, out of focus."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..images import shrink
from ..stream import Image

# Blurred at a size at which the kernel's sigma is still this many pixels: below, the steps would show.
_LEAST_SIGMA = 1.2
_MOST_SHRINKING = 8
_LEAST_WEIGHT = 1 / 255


class Blur:
    """Gaussian blur of what is behind, into which the person does not smear.

    Every pixel is weighted by how much it belongs to the background, blur(F (1 - a)) / blur(1 - a): the
    normalised convolution of Knutsson and Westin (1993). It runs at a fraction of the size, which nobody
    can tell from the result.

    Example:
        >>> import numpy as np
        >>> Blur(21)(np.zeros((90, 160, 3), np.uint8), np.zeros((90, 160), np.uint8)).shape
        (90, 160, 3)
    """

    def __init__(self, kernel: int | Sequence[int] = (35, 35)) -> None:
        """Set the strength.

        Args:
            kernel: Width and height of the kernel in pixels, odd and at least 1, or one number for both.
                As in OpenCV sigma is 0.3 ((k - 1) / 2 - 1) + 0.8.

        Raises:
            ArgumentError: If a number is even, negative or no whole number.
        """
        sides = (kernel, kernel) if isinstance(kernel, int) else tuple(kernel)
        whole = all(isinstance(side, int | np.integer) and not isinstance(side, bool) for side in sides)
        if len(sides) != 2 or not whole or any(side < 1 or side % 2 == 0 for side in sides):
            raise ArgumentError(
                "the blur kernel (bg_blur_ratio, --blur) must be two odd numbers of at least 1, such as (35, 35), "
                f"got {kernel!r}"
            )
        self.kernel = int(sides[0]), int(sides[1])

    def __call__(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        """Blur what is behind.

        Args:
            frame: uint8 (H, W, 3) BGR.
            alpha: uint8 (H, W), 255 = person.

        Returns:
            uint8 (H, W, 3).
        """
        sigma_x, sigma_y = (0.3 * ((side - 1) * 0.5 - 1) + 0.8 if side > 1 else 0.0 for side in self.kernel)
        height, width = frame.shape[:2]
        factor = 1
        while factor < _MOST_SHRINKING and min(sigma_x, sigma_y) / (2 * factor) >= _LEAST_SIGMA:
            factor *= 2
        small = max(1, width // factor), max(1, height // factor)
        weight = (255 - shrink(alpha, *small)).astype(np.float32) / 255
        np.maximum(weight, _LEAST_WEIGHT, out=weight)
        weighted = shrink(frame, *small) * weight[..., None]
        if max(self.kernel) > 1:
            sigma_x, sigma_y = max(sigma_x / factor, 0.01), max(sigma_y / factor, 0.01)
            weighted = cv2.GaussianBlur(weighted, (0, 0), sigma_x, sigmaY=sigma_y).astype(np.float32, copy=False)
            weight = cv2.GaussianBlur(weight, (0, 0), sigma_x, sigmaY=sigma_y).astype(np.float32, copy=False)
        blurred = np.clip(weighted / weight[..., None] + 0.5, 0, 255).astype(np.uint8)
        if blurred.shape[:2] == (height, width):
            return blurred
        return cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
