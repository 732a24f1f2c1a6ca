"""Gamma and LowLight: brightness by a curve, chroma in proportion."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from ..frame import FrameInfo
from ..pixels.lighten import STEEPEST, lighten
from ..pixels.luma import Planes, Range, as_bytes, fit_luma, make_luma_table, scale_chroma
from .base import Number, PlaneEffect


class Gamma(PlaneEffect):
    """Brightens or darkens the midtones by a power law; black and white stay.

    Y' = Y^(1 / gamma), with Y in [0, 1], and at most 4.5 Y (the slope of ITU-R BT.709 at black); chroma is multiplied
    by Y' / Y, which keeps hue and saturation. Source: Gonzalez and Woods, Digital Image Processing, 4th edition, 3.2.

    Example:
        >>> Gamma(2.0)(np.full((1, 1, 3), 64, np.uint8))[0, 0].tolist()
        [128, 128, 128]
    """

    gamma = Number(0.1, 5, tunable="gamma")

    def __init__(self, gamma: float = 1.3) -> None:
        """Choose the exponent.

        Args:
            gamma: From 0.1 to 5: above 1 is brighter, below 1 darker, 1 leaves the frames as they are.

        Raises:
            ArgumentError: If it is no such number.
        """
        self.gamma = gamma

    @property
    def does_nothing(self) -> bool:
        """Whether gamma is 1."""
        return self.gamma == 1

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Apply the curve."""
        y, u, v = planes
        luma, gains = _make_gamma_tables(self.gamma, levels)
        gain = np.asarray(cv2.LUT(fit_luma(y, u), gains), np.float32)
        return as_bytes(cv2.LUT(y, luma)), scale_chroma(u, gain), scale_chroma(v, gain)


@functools.lru_cache(maxsize=16)
def _make_gamma_tables(gamma: float, levels: Range) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the new Y and the gain of chroma for each Y."""
    table = make_luma_table(lambda x: np.minimum(x ** (1 / gamma), STEEPEST * x), levels)
    return np.rint(table).clip(0, 255).astype(np.uint8), make_gains(table, levels)


def make_gains(table: NDArray[np.float64], levels: Range) -> NDArray[np.float32]:
    """Return what chroma is multiplied by for each Y: Y' / Y; beside black the gain of the darkest grey."""
    span = levels.white - levels.black
    x = ((np.arange(256) - levels.black) / span).clip(1 / span, 1)
    first = (table[levels.black + 1] - levels.black) / span
    new = ((table - levels.black) / span).clip(min(first, 1), 1)
    return np.asarray(new / x, np.float32)


class LowLight(PlaneEffect):
    """Lightens what is dark, less where the frame is bright already, and brings out local contrast.

    Y is raised to log 0.4 / log(mean of Y), between 0.4 and 1, which brings the mean to 0.4 (automatic gamma), then
    equalised in tiles with a limit of 1 + strength (CLAHE; Zuiderveld, Graphics Gems IV, 1994), and averaged with Y by
    `strength`; no pixel becomes darker. Chroma is multiplied by Y' / Y, at most by 3. The noise of the dark becomes
    lighter too: `Denoise` before it helps.

    Example:
        >>> dark = np.tile(np.arange(64, dtype=np.uint8)[:, None, None], (1, 64, 3))
        >>> bool(LowLight()(dark.copy()).mean() > 1.2 * dark.mean())
        True
    """

    strength = Number(0, 1, tunable="low_light")

    def __init__(self, strength: float = 0.6) -> None:
        """Choose the strength.

        Args:
            strength: From 0, which leaves the frames as they are, to 1.

        Raises:
            ArgumentError: If it is no such number.
        """
        self.strength = strength

    @property
    def does_nothing(self) -> bool:
        """Whether the strength is 0."""
        return self.strength == 0

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Equalise Y."""
        return lighten(planes, levels, self.strength)
