"""The frame's own background, out of focus."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import is_whole_number
from ..basics.tunables import Tunable
from ..errors import ArgumentError
from ..frame import FrameInfo
from ..pixels.image import Plane, shrink
from .base import PlaneBackground

Weights = tuple[NDArray[np.float32], NDArray[np.float32]]
"""How much each pixel of the working size belongs to the background, and the same blurred."""

# The frame is shrunk as long as this much sigma, in pixels, is left to blur: with less, steps would show ...
_MIN_SIGMA = 0.725
# ... and this many pixels a side: one that is partly foreground must stay small beside a person.
_MIN_SIDE = 90
_MAX_SHRINKING = 8
_MIN_WEIGHT = 1 / 2550
# To the power of 8: a shrunk pixel that is partly foreground has a mixed colour, which would smear at its mere share.
_SQUARINGS = 3
_KEY_FACTOR = 1.25
_MAX_KERNEL, _MIN_FRACTION, _MAX_FRACTION = 199, 0.005, 0.3


class Blur(PlaneBackground):
    """Gaussian blur of the background, into which the foreground does not smear.

    Every pixel is weighted by how much it belongs to the background, blur(F (1 - a)) / blur(1 - a): the normalised
    convolution of Knutsson and Westin (1993). It runs on a shrunk frame; the difference cannot be seen.

    Example:
        >>> import numpy as np
        >>> Blur(21)(np.zeros((90, 160, 3), np.uint8), np.zeros((90, 160), np.uint8)).shape
        (90, 160, 3)
    """

    keys = MappingProxyType({"+": "blur more", "-": "blur less"})
    shows_scene = True

    def __init__(self, kernel: int | float | Sequence[int] = (35, 35)) -> None:
        """Set the strength.

        Args:
            kernel: Width and height of the kernel in pixels, odd and at least 1, or one number for both.
                As in OpenCV sigma is 0.3 ((k - 1) / 2 - 1) + 0.8. Or a fraction of the frame's shorter side,
                between 0 and 1: 0.05 looks alike at every size.

        Raises:
            ArgumentError: If a number is even, below 1 or not whole, or the fraction is not below 1.
        """
        self.fraction: float | None = None
        if isinstance(kernel, float | np.floating) and 0 < kernel < 1:
            self.fraction, kernel = float(kernel), 1
        sides = tuple(kernel) if isinstance(kernel, Iterable) else (kernel, kernel)
        if len(sides) != 2 or not all(is_whole_number(side) and side >= 1 and side % 2 for side in sides):
            raise ArgumentError(
                "the blur kernel (bg_blur_ratio, --blur), unless it is a fraction of the frame such as 0.05, "
                f"must be two odd numbers of at least 1, such as (35, 35), got {kernel!r}"
            )
        self.kernel = int(sides[0]), int(sides[1])

    @property
    def strength(self) -> int | float:
        """The kernel's width in pixels, or the fraction of the frame; may be set while running, then for both sides."""
        return self.kernel[0] if self.fraction is None else self.fraction

    @strength.setter
    def strength(self, value: int | float) -> None:
        checked = Blur(value)
        self.fraction, self.kernel = checked.fraction, checked.kernel

    def on_key(self, key: str) -> bool:
        """Blur more on `+`, less on `-`.

        Args:
            key: One character.

        Returns:
            True if the key was used.
        """
        if key not in self.keys:
            return False
        factor = _KEY_FACTOR if key == "+" else 1 / _KEY_FACTOR
        if self.fraction is not None:
            self.strength = min(_MAX_FRACTION, max(_MIN_FRACTION, self.fraction * factor))
        else:
            sides = [2 * round(side * factor / 2) + 1 for side in self.kernel]
            # A small kernel would be rounded to itself: it changes by at least 2.
            step = 2 if key == "+" else -2
            sides = [
                min(_MAX_KERNEL, max(new, old + step)) if step > 0 else max(1, min(new, old + step))
                for new, old in zip(sides, self.kernel, strict=True)
            ]
            self.kernel = sides[0], sides[1]
        return True

    @property
    def tunables(self) -> list[Tunable]:
        """The strength, in the unit that it was given in."""

        def change(value: float) -> None:
            self.strength = value

        if self.fraction is not None:
            return [Tunable("blur", lambda: self.strength, change, _MIN_FRACTION, _MAX_FRACTION, 0.005)]
        return [Tunable("blur", lambda: self.strength, change, 1, _MAX_KERNEL, 2)]

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Blur each plane."""
        # Y is usually blurred at the working size of U and V, with the same weights.
        weights: dict[tuple[int, int], Weights] = {}
        for index, (target, plane) in enumerate(zip(out, source, strict=True)):
            self._blur_plane(plane, alphas[-1], target, 2 if index else 1, weights)

    def _find_sides(self, shorter: int) -> tuple[int, int]:
        """Return the kernel's width and height for a frame whose shorter side is given."""
        if self.fraction is None:
            return self.kernel
        side = 2 * round(self.fraction * shorter / 2) + 1
        return side, side

    def _blur_plane(
        self, plane: Plane, alpha: Plane, out: Plane, scale: int, weights: dict[tuple[int, int], Weights]
    ) -> None:
        """Blur an image, or a plane that is `scale` times smaller than the frame."""
        height, width = plane.shape[:2]
        sides = self._find_sides(min(height, width) * scale)
        small, sigma_x, sigma_y, border = _plan_blur(width, height, scale, sides)

        def blur(pixels: NDArray[Any]) -> None:
            if max(sides) > 1:
                cv2.GaussianBlur(pixels, (0, 0), sigma_x, dst=pixels, sigmaY=sigma_y, borderType=border)

        if small not in weights:
            weight: NDArray[np.float32] = (255 - shrink(alpha, *small)).astype(np.float32) / np.float32(255)
            for _ in range(_SQUARINGS):
                weight *= weight
            np.maximum(weight, _MIN_WEIGHT, out=weight)
            blurred_weight = weight.copy()
            blur(blurred_weight)
            weights[small] = weight, blurred_weight
        weight, blurred_weight = weights[small]
        is_bgr = plane.ndim == 3
        weighted = shrink(plane, *small) * (weight[..., None] if is_bgr else weight)
        blur(weighted)
        divisor = cv2.merge([blurred_weight] * 3) if is_bgr else blurred_weight
        blurred = cv2.divide(weighted, divisor, dtype=cv2.CV_8U)
        cv2.resize(blurred, (width, height), dst=out, interpolation=cv2.INTER_LINEAR)


@functools.lru_cache(maxsize=8)
def _plan_blur(
    width: int, height: int, scale: int, sides: tuple[int, int]
) -> tuple[tuple[int, int], float, float, int]:
    """Return the size at which a plane is blurred, sigma across and down in its pixels, and the kind of border."""
    sigmas = [(0.3 * ((side - 1) * 0.5 - 1) + 0.8 if side > 1 else 0.0) / scale for side in sides]
    factor = 1
    while (
        factor * scale < _MAX_SHRINKING
        and min(_find_remaining_sigma(sigma, 2 * factor) for sigma in sigmas) >= _MIN_SIGMA
        and min(width, height) >= 2 * factor * _MIN_SIDE
    ):
        factor *= 2
    # OpenCV mirrors at the centre of the outermost pixel; of a shrunk frame that is the frame's very edge.
    border = cv2.BORDER_REFLECT_101 if factor == 1 else cv2.BORDER_REFLECT
    sigma_x, sigma_y = (max(_find_remaining_sigma(sigma, factor), 0.01) for sigma in sigmas)
    return (max(1, width // factor), max(1, height // factor)), sigma_x, sigma_y, border


def _find_remaining_sigma(sigma: float, factor: int) -> float:
    """Return the sigma that is left to blur, in pixels of a frame shrunk by `factor` and enlarged again later.

    The average over a box has a variance of (f^2 - 1) / 12, linear interpolation one of f^2 / 6; the variances of
    filters applied in turn add up.
    """
    done = (factor**2 - 1) / 12 + factor**2 / 6 if factor > 1 else 0.0
    return math.sqrt(max(sigma**2 - done, 0.0)) / factor
