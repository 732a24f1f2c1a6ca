"""Vignette: darker corners."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..frame import FrameInfo
from ..pixels.luma import Planes, Range, as_bytes
from .base import Number, PlaneEffect

Floats = NDArray[np.float32]


class Vignette(PlaneEffect):
    """Darkens the corners, as a lens does.

    Light that comes in at an angle t is weaker by cos(t)^4 (natural vignetting; Ray, Applied Photographic Optics, 3rd
    edition, 13.3): each pixel is multiplied by 1 / (1 + (r / f)^2)^2, where r is its distance from the middle and f is
    such that the corners are multiplied by 1 - strength. Rounding is dithered, so that plain walls show no rings.

    Example:
        >>> grey = np.full((61, 81, 3), 200, np.uint8)
        >>> dark = Vignette(strength=0.5)(grey)
        >>> int(dark[30, 40, 0]), bool(abs(int(dark[0, 0, 0]) - 100) <= 2)
        (200, True)
    """

    strength = Number(0, 0.95, tunable="vignette")

    def __init__(self, strength: float = 0.5) -> None:
        """Choose the strength.

        Args:
            strength: By how much the corners are darker, from 0 to 0.95.

        Raises:
            ArgumentError: If it is no such number.
        """
        self.strength = strength
        self._maps: dict[tuple[int, ...], tuple[tuple[float, Range], Floats, Floats]] = {}

    @property
    def does_nothing(self) -> bool:
        """Whether the strength is 0."""
        return self.strength == 0

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Multiply each plane."""
        blacks = levels.black, 128, 128
        return [self._multiply(plane, black, levels) for plane, black in zip(planes, blacks, strict=True)]

    def _multiply(self, plane: NDArray[np.uint8], black: int, levels: Range) -> NDArray[np.uint8]:
        key, wanted = (*plane.shape, black), (self.strength, levels)
        if self._maps.get(key, (None,))[0] != wanted:
            self._maps = {known: made for known, made in self._maps.items() if made[0] == wanted}
            self._maps[key] = (wanted, *_make_maps(plane.shape, self.strength, black))
        _, gain, rest = self._maps[key]
        product = cv2.multiply(plane, gain, dtype=cv2.CV_32F)
        return as_bytes(cv2.add(product, rest, dtype=cv2.CV_8U))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_maps": {}}


def _make_maps(shape: tuple[int, ...], strength: float, black: int) -> tuple[Floats, Floats]:
    """Return what a plane is multiplied by, and what is added then: black's share and noise below one level."""
    height, width = shape
    y, x = np.ogrid[:height, :width]
    squares = ((x - (width - 1) / 2) ** 2 + (y - (height - 1) / 2) ** 2).astype(np.float32)
    corner = float(squares[0, 0]) or 1.0
    gain = (1 + squares / corner * ((1 - strength) ** -0.5 - 1)) ** -2
    noise = np.random.default_rng(0).random(shape, np.float32) - np.float32(0.5)
    return gain.astype(np.float32), (black * (1 - gain) + 0.98 * noise).astype(np.float32)
