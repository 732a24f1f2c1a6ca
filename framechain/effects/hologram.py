"""Hologram: a flickering blue projection."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..frame import FrameInfo
from .base import Number, PlaneEffect, Planes, Range, as_bytes, scale_chroma, shift

_BAND_ROWS = 180
_GHOST_COLUMNS = 100
# Codes of U and V: a light blue.
_TINT = 168, 96


class Hologram(PlaneEffect):
    """Turns frames into a blue projection with dark scan lines and ghosts at both sides.

    After `hologram` of Linux-Fake-Background-Webcam, which follows Ben Elder, Open source virtual background, 2020: a
    blue tint, a pattern of dark bands whose brightness changes at random, and two shifted copies. Bands and shifts are
    shares of the frame's size here, the bands move downwards, and the random numbers are those of the frame's index.
    With `Mask` the person alone becomes one.

    Example:
        >>> grey = np.full((180, 320, 3), 128, np.uint8)
        >>> blue, green, red = Hologram()(grey.copy()).mean((0, 1))
        >>> bool(blue > green > red)
        True
    """

    amount = Number(0, 1, tunable="hologram")

    def __init__(self, amount: float = 1.0) -> None:
        """Choose how much of it there is.

        Args:
            amount: From 0, the frame as it is, to 1.

        Raises:
            ArgumentError: If it is no such number.
        """
        self.amount = amount

    @property
    def does_nothing(self) -> bool:
        """Whether the amount is 0."""
        return self.amount == 0

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Tint, darken bands and add ghosts."""
        y, u, v = planes
        height, width = y.shape
        luma = as_bytes(shift(y, -levels.black))
        step = max(1, width // _GHOST_COLUMNS)
        ghosts = cv2.addWeighted(_move(luma, step), 0.5, _move(luma, -step), 0.5, 0)
        mixed = as_bytes(cv2.addWeighted(luma, 0.7, ghosts, 0.45, 0))
        bands = _make_bands(height, info.index)
        # One column of gains for all columns.
        lined = cv2.multiply(mixed, np.repeat(bands[:, None], width, 1), dtype=cv2.CV_8U)
        new = cv2.addWeighted(lined, self.amount, luma, 1 - self.amount, levels.black)
        rest = 1 - 0.8 * self.amount
        # Chroma of limited range has 224 codes.
        share = self.amount * (1 if levels.black == 0 else 224 / 255)
        tints = (share * (code - 128) for code in _TINT)
        tinted = [as_bytes(shift(scale_chroma(plane, rest), tint)) for plane, tint in zip((u, v), tints, strict=True)]
        return as_bytes(new), *tinted


def _move(plane: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return a plane moved to the right; its border is repeated."""
    left, right = max(columns, 0), max(-columns, 0)
    wide = cv2.copyMakeBorder(plane, 0, 0, left, right, cv2.BORDER_REPLICATE)
    return as_bytes(wide[:, right : right + plane.shape[1]])


def _make_bands(height: int, index: int) -> NDArray[np.float32]:
    """Return the gain of each row: three of seven parts of a band are dark."""
    band = max(4.0, 7 * height / _BAND_ROWS / 3)
    phase = (np.arange(height) / band - index / 12) % 1
    random = np.random.default_rng(index)
    depth = 0.45 + 0.1 * random.random()
    # Soft borders: hard ones between two rows would flicker as the bands move.
    dark = np.clip((0.5 - np.abs(phase - 0.5) - 0.2) * band / 2 + 0.5, 0, 1)
    flicker = 1 + 0.06 * (random.random() - 0.5)
    return np.asarray(flicker * (1 - depth * dark), np.float32)
