"""Sharpen and Denoise: fine detail, more and less of it."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from ..frame import FrameInfo, StreamInfo
from ..pixels.luma import Planes, Range, as_bytes, shift
from .base import Number, PlaneEffect

_OVERSHOOT = 6
_KERNEL = np.ones((3, 3), np.uint8)


class Sharpen(PlaneEffect):
    """Sharpens by an unsharp mask, without halos.

    Y' = Y + amount (Y - G Y), where G is a Gaussian of `radius` pixels (Gonzalez and Woods, Digital Image Processing,
    4th edition, 3.6). Y' stays within the smallest and the largest of the nine pixels around, and 6 levels beyond: what
    is more would be seen as a halo. Chroma is left alone.

    Example:
        >>> edge = np.zeros((1, 8, 3), np.uint8)
        >>> edge[:, 3:] = (np.array([60, 100, 140, 140, 140]))[:, None]
        >>> Sharpen(amount=1)(edge)[0, :, 0].tolist()[1:6]
        [0, 0, 63, 106, 146]
    """

    amount = Number(0, 4, tunable="sharpen", step=0.05)
    radius = Number(0.3, 10)

    def __init__(self, amount: float = 0.8, radius: float = 1.2) -> None:
        """Choose how much.

        Args:
            amount: From 0, which leaves the frames as they are, to 4.
            radius: Standard deviation of the Gaussian in pixels, from 0.3 to 10.

        Raises:
            ArgumentError: If one is no such number.
        """
        self.amount, self.radius = amount, radius

    @property
    def does_nothing(self) -> bool:
        """Whether the amount is 0."""
        return self.amount == 0

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Sharpen Y."""
        y, u, v = planes
        blurred = cv2.GaussianBlur(y, (0, 0), self.radius)
        sharp = cv2.addWeighted(y, 1 + self.amount, blurred, -self.amount, 0)
        lowest = shift(as_bytes(cv2.erode(y, _KERNEL)), -_OVERSHOOT)
        highest = shift(as_bytes(cv2.dilate(y, _KERNEL)), _OVERSHOOT)
        return as_bytes(cv2.min(cv2.max(sharp, lowest), highest)), u, v


class Denoise(PlaneEffect):
    """Removes noise: within the frame beside edges, and over time where nothing moves.

    Within the frame: a bilateral filter (Tomasi and Manduchi 1998) of 5x5 pixels on each plane. Over time: a recursive
    average, Y' = P + w (Y - P) with the result P of the frame before and w from 0.2, where the 5x5 pixels around differ
    less than noise would, to 1, where something moves (as the filter hqdn3d of MPlayer, by Daniel Moreno, does). An
    image has no frame before.

    Example:
        >>> flat = np.full((32, 32, 3), 120, np.uint8)
        >>> noise = np.random.default_rng(1).integers(-8, 9, (32, 32, 1))
        >>> clean = Denoise()((flat + noise).astype(np.uint8))
        >>> bool(clean[..., 0].std() < 0.5 * noise.std())
        True
    """

    strength = Number(0, 1, tunable="denoise")
    # A result that is 0.8^40 of something is less than a level of it.
    history: int | None = 40

    def __init__(self, strength: float = 0.5) -> None:
        """Choose the strength.

        Args:
            strength: From 0, which leaves the frames as they are, to 1: noise of some 15 levels.

        Raises:
            ArgumentError: If it is no such number.
        """
        self.strength = strength
        self._earlier: list[NDArray[np.float32]] = []

    @property
    def does_nothing(self) -> bool:
        """Whether the strength is 0."""
        return self.strength == 0

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Filter each plane."""
        spread = 1 + 8 * self.strength + 32 * self.strength**2
        smooth = [as_bytes(cv2.bilateralFilter(np.ascontiguousarray(plane), 5, spread, 2.0)) for plane in planes]
        if info.stream.kind == "image":
            return smooth
        if [plane.shape for plane in self._earlier] != [plane.shape for plane in smooth]:
            self._earlier = [plane.astype(np.float32) for plane in smooth]
            return smooth
        return [self._average(*pair) for pair in zip(smooth, self._earlier, strict=True)]

    def _average(self, plane: NDArray[np.uint8], earlier: NDArray[np.float32]) -> NDArray[np.uint8]:
        step = cv2.subtract(plane, earlier, dtype=cv2.CV_32F)
        # One pixel cannot tell noise from motion; the mean of 25 can.
        motion = cv2.blur(cv2.convertScaleAbs(step), (5, 5))
        cv2.multiply(step, cv2.LUT(motion, _make_weights(self.strength)), dst=step)
        cv2.add(earlier, step, dst=earlier)
        return as_bytes(cv2.convertScaleAbs(earlier))

    def open(self, stream: StreamInfo) -> None:
        """Forget the stream before."""
        self.reset()

    def reset(self) -> None:
        """Forget the frame before."""
        self._earlier = []


@functools.lru_cache(maxsize=16)
def _make_weights(strength: float) -> NDArray[np.float32]:
    """Return the weight of the new frame for each mean difference from the earlier one."""
    noise = 1 + 5 * strength
    return np.interp(np.arange(256), [noise, 2.5 * noise], [0.2, 1.0]).astype(np.float32)
