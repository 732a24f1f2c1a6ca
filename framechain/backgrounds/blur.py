"""The frame's own background, out of focus."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arguments import is_whole_number
from ..contracts import Background
from ..errors import ArgumentError
from ..frame import FrameInfo
from ..pixels.colour import ColourSpace
from ..pixels.image import Image, shrink
from ..tunables import Tunable

if TYPE_CHECKING:
    from ..pixels.planes import Planes

Pixels = Sequence[NDArray[np.uint8]]
Weights = dict[tuple[int, int], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""By working size: how much each pixel belongs to the background, and the same blurred."""

# Blurred at a size at which this much sigma, in pixels, is left to do: below, the steps would show.
_LEAST_SIGMA = 0.725
# And not below this size: a pixel of it that is part person must stay small beside the person.
_LEAST_SIDE = 90
_MOST_SHRINKING = 8
_LEAST_WEIGHT = 1 / 2550
# To the power of 8: a shrunk pixel that is part person is of mixed colour, and by its mere share it would smear.
_SQUARINGS = 3
# What a press of + changes it by, and how far trackbars go.
_LOUDER = 1.25
_MOST_PIXELS, _MOST_FRACTION = 199, 0.3


class Blur(Background):
    """Gaussian blur of what is behind, into which the person does not smear.

    Every pixel is weighted by how much it belongs to the background, blur(F (1 - a)) / blur(1 - a): the
    normalised convolution of Knutsson and Westin (1993). It runs at a fraction of the size, which nobody
    can tell from the result.

    Example:
        >>> import numpy as np
        >>> Blur(21)(np.zeros((90, 160, 3), np.uint8), np.zeros((90, 160), np.uint8)).shape
        (90, 160, 3)
    """

    keys = MappingProxyType({"+": "blur more", "-": "blur less"})

    works_on_yuv = True
    shows_scene = True
    """What is behind the person is the scene itself: its colours may shine through soft edges."""

    def __init__(self, kernel: int | float | Sequence[int] = (35, 35)) -> None:
        """Set the strength.

        Args:
            kernel: Width and height of the kernel in pixels, odd and at least 1, or one number for both.
                As in OpenCV sigma is 0.3 ((k - 1) / 2 - 1) + 0.8. Or a fraction of the frame's shorter side,
                between 0 and 1: 0.05 looks alike at every size.

        Raises:
            ArgumentError: If a number is even, negative or no whole number, or the fraction not below 1.
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
        again = Blur(value)
        self.fraction, self.kernel = again.fraction, again.kernel

    def on_key(self, key: str) -> bool:
        """`+` blurs more, `-` less.

        Args:
            key: One character.

        Returns:
            Whether it was one of them.
        """
        if key not in self.keys:
            return False
        factor = _LOUDER if key == "+" else 1 / _LOUDER
        if self.fraction is not None:
            self.strength = min(_MOST_FRACTION, max(0.005, self.fraction * factor))
        else:
            sides = [2 * round(side * factor / 2) + 1 for side in self.kernel]
            least = 2 if key == "+" else -2  # Where rounding would leave it as it is.
            sides = [
                min(_MOST_PIXELS, max(new, old + least)) if least > 0 else max(1, min(new, old + least))
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
            return [Tunable("blur", lambda: self.strength, change, 0.005, _MOST_FRACTION, 0.005)]
        return [Tunable("blur", lambda: self.strength, change, 1, _MOST_PIXELS, 2)]

    def __call__(self, frame: Image, alpha: NDArray[np.uint8] | None = None) -> Image:
        """Blur what is behind.

        Args:
            frame: uint8 (H, W, 3) BGR.
            alpha: uint8 (H, W), 255 = person; None for nobody.

        Returns:
            uint8 (H, W, 3).
        """
        alpha = np.zeros(frame.shape[:2], np.uint8) if alpha is None else alpha
        return self._blurred([frame], alpha, 1, None, {})[0]

    def render(self, frame: Image, alpha: NDArray[np.uint8], info: FrameInfo) -> Image:
        """Blur what is behind the person."""
        return self(frame, alpha)

    def render_planes(
        self, out: Planes, source: Planes, alpha: NDArray[np.uint8], colour: ColourSpace, info: FrameInfo
    ) -> None:
        """Blur what is behind, plane by plane.

        Args:
            out: Where to write.
            source: The frame's Y, U and V.
            alpha: uint8 (ceil H/2, ceil W/2), the size of U and V, 255 = person.
            colour: Not needed.
            info: Not needed.
        """
        # Y is commonly blurred at the same small size as U and V, so that what alpha gives is there already.
        weights: Weights = {}
        self._blurred(source[:1], alpha, 1, out[:1], weights)
        self._blurred(source[1:], alpha, 2, out[1:], weights)

    def _sides(self, shorter: int) -> tuple[int, int]:
        """The kernel's sides for a frame whose shorter side is given."""
        if self.fraction is None:
            return self.kernel
        side = 2 * round(self.fraction * shorter / 2) + 1
        return side, side

    def _blurred(
        self, planes: Pixels, alpha: NDArray[np.uint8], scale: int, out: Pixels | None, weights: Weights
    ) -> list[NDArray[np.uint8]]:
        """Blur pictures or planes that are `scale` times smaller than the kernel is meant for."""
        height, width = planes[0].shape[:2]
        sides = self._sides(min(height, width) * scale)
        sigmas = [(0.3 * ((side - 1) * 0.5 - 1) + 0.8 if side > 1 else 0.0) / scale for side in sides]
        factor = 1
        while (
            factor * scale < _MOST_SHRINKING
            and min(_left_over(sigma, 2 * factor) for sigma in sigmas) >= _LEAST_SIGMA
            and min(width, height) >= 2 * factor * _LEAST_SIDE
        ):
            factor *= 2
        small = max(1, width // factor), max(1, height // factor)
        # OpenCV mirrors at the outermost pixel's centre; seen from a shrunk picture that is its very edge.
        border = cv2.BORDER_REFLECT_101 if factor == 1 else cv2.BORDER_REFLECT
        sigma_x, sigma_y = (max(_left_over(sigma, factor), 0.01) for sigma in sigmas)

        def blur(plane: NDArray[Any]) -> None:
            if max(sides) > 1:
                cv2.GaussianBlur(plane, (0, 0), sigma_x, dst=plane, sigmaY=sigma_y, borderType=border)

        if small not in weights:
            weight: NDArray[np.float32] = (255 - shrink(alpha, *small)).astype(np.float32) / np.float32(255)
            for _ in range(_SQUARINGS):
                weight *= weight
            np.maximum(weight, _LEAST_WEIGHT, out=weight)
            blurred_weight = weight.copy()
            blur(blurred_weight)
            weights[small] = weight, blurred_weight
        weight, blurred_weight = weights[small]
        results = []
        for index, plane in enumerate(planes):
            colours = plane.ndim == 3
            weighted = shrink(plane, *small) * (weight[..., None] if colours else weight)
            blur(weighted)
            divisor = cv2.merge([blurred_weight] * 3) if colours else blurred_weight
            blurred = cv2.divide(weighted, divisor, dtype=cv2.CV_8U)
            if out is not None:
                cv2.resize(blurred, (width, height), dst=out[index], interpolation=cv2.INTER_LINEAR)
                results.append(out[index])
            elif factor == 1:
                results.append(blurred.astype(np.uint8, copy=False))
            else:
                full = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
                results.append(full.astype(np.uint8, copy=False))
        return results


def _left_over(sigma: float, factor: int) -> float:
    """The sigma that is left to do on a picture made `factor` times smaller and larger again, in its pixels.

    Averaging over a box has a variance of (f^2 - 1) / 12, linear interpolation one of f^2 / 6; variances of
    filters applied in turn add up.
    """
    done = (factor**2 - 1) / 12 + factor**2 / 6 if factor > 1 else 0.0
    return math.sqrt(max(sigma**2 - done, 0.0)) / factor
