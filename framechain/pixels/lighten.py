"""Dark pictures made lighter: automatic gamma and local equalisation."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from .luma import Planes, Range, as_bytes, fit_luma, scale_chroma, shift

# The slope at black of BT.709's curve: a steeper one shows the noise of the blacks.
STEEPEST = 4.5
# The mean that a dark picture is brought to, and the smallest exponent.
_AIM, _STRONGEST = 0.4, 0.4


def lighten(planes: Planes, levels: Range, strength: float) -> Planes:
    """Return luma and chroma as `framechain.effects.LowLight` describes it.

    Args:
        planes: Y, U and V, uint8.
        levels: Black and white of Y.
        strength: From 0 to 1.
    """
    y, u, v = planes
    # Whole levels of the mean would be seen as flicker.
    mean = round(cv2.mean(fit_luma(y, u))[0], 1)
    stretched = cv2.LUT(y, _make_stretching(levels, mean))
    # Of a tile with few pixels the histogram says nothing.
    tiles = max(1, min(8, y.shape[1] // 32)), max(1, min(8, y.shape[0] // 32))
    equalised = cv2.createCLAHE(1 + strength, tiles).apply(stretched)
    # What is bright enough is not made darker.
    lighter = cv2.max(cv2.LUT(equalised, _make_shrinking(levels)), y)
    new = as_bytes(cv2.addWeighted(lighter, strength, y, 1 - strength, 0))
    before, after = fit_luma(y, u), fit_luma(new, u)
    base = levels.black - 4  # Beside black the quotient would be noise.
    quotient = cv2.divide(shift(after, -base, cv2.CV_32F), shift(before, -base, cv2.CV_32F))
    gain = np.asarray(quotient, np.float32).clip(1, 3)
    return new, scale_chroma(u, gain), scale_chroma(v, gain)


@functools.lru_cache(maxsize=64)
def _make_stretching(levels: Range, mean: float) -> NDArray[np.uint8]:
    """Return Y in full range after the automatic gamma, for each Y."""
    span = levels.white - levels.black
    x = ((np.arange(256) - levels.black) / span).clip(0, 1)
    middle = min(max((mean - levels.black) / span, 0.01), _AIM)
    gamma = max(_STRONGEST, math.log(_AIM) / math.log(middle))
    return as_bytes(np.rint(255 * np.minimum(x**gamma, STEEPEST * x)))


@functools.lru_cache(maxsize=2)
def _make_shrinking(levels: Range) -> NDArray[np.uint8]:
    codes = np.arange(256.0)
    return np.rint(levels.black + codes * (levels.white - levels.black) / 255).astype(np.uint8)
