"""PencilSketch, Cartoon and Hologram: frames as if they were drawn or projected."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..frame import FrameInfo
from ..pixels.luma import Planes, Range, as_bytes, blur_widely, scale_chroma, shift
from .base import Number, PlaneEffect

# Without it the noise of the blacks would be drawn.
_FLOOR = 12
# Lines are as wide, relative to the frame, in each size.
_SKETCH_ROWS, _CARTOON_ROWS = 100, 540
# Hologram.
_BAND_ROWS = 180
_GHOST_COLUMNS = 100
# Codes of U and V: a light blue.
_TINT = 168, 96


class PencilSketch(PlaneEffect):
    """Turns frames into a pencil drawing.

    Colour dodge of Y with its own blurred negative (the recipe of image editors; the blend mode is that of W3C
    Compositing and Blending Level 1, 10.1.6): D = min(1, Y / G Y), where G is a Gaussian of 1/100 of the height; 12
    levels are added above and below the line for the noise of the blacks. Lines are darkened to D^1.5, and the paper
    is as bright as 1 - shading + shading G Y.

    Example:
        >>> grey = np.full((40, 40, 3), 128, np.uint8)
        >>> PencilSketch(shading=0)(grey.copy())[0, 0].tolist()
        [255, 255, 255]
    """

    amount = Number(0, 1, tunable="sketch")
    shading = Number(0, 1, tunable="sketch_shading")
    colour = Number(0, 1, tunable="sketch_colour")

    def __init__(self, amount: float = 1.0, shading: float = 0.25, colour: float = 0.0) -> None:
        """Choose how much is drawn.

        Args:
            amount: From 0, the frame as it is, to 1: the drawing alone.
            shading: From 0, white paper between the lines, to 1: as dark as the frame, blurred.
            colour: From 0, grey, to 1: the frame's colours.

        Raises:
            ArgumentError: If one is no such number.
        """
        self.amount, self.shading, self.colour = amount, shading, colour

    @property
    def does_nothing(self) -> bool:
        """Whether the amount is 0."""
        return self.amount == 0

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Draw Y and take colour out of U and V."""
        y, u, v = planes
        span = levels.white - levels.black
        # Black at 0 for the quotient.
        luma = as_bytes(shift(y, _FLOOR - levels.black))
        around = blur_widely(luma, max(0.5, y.shape[0] / _SKETCH_ROWS))
        lines = cv2.LUT(as_bytes(cv2.divide(luma, around, scale=255)), _DARKER)
        shaded = cv2.LUT(around, _make_shading(self.shading, span))
        drawn = cv2.multiply(lines, shaded, scale=span / 255**2)
        result = cv2.addWeighted(drawn, self.amount, y, 1 - self.amount, self.amount * levels.black)
        gain = 1 - self.amount * (1 - self.colour)
        return as_bytes(result), scale_chroma(u, gain), scale_chroma(v, gain)


_DARKER = np.rint(255 * (np.arange(256) / 255) ** 1.5).astype(np.uint8)


def _make_shading(shading: float, span: int) -> NDArray[np.uint8]:
    """Return how bright the paper is for each blurred luma, 255 = white."""
    luma = ((np.arange(256) - _FLOOR) / span).clip(0, 1)
    return np.rint(255 * (1 - shading + shading * luma)).astype(np.uint8)


class Cartoon(PlaneEffect):
    """Turns frames into a cartoon: smooth areas in few tones, and dark lines around them.

    Winnemöller, Olsen and Gooch, Real-time video abstraction, 2006: a bilateral filter, run twice; luminance in steps
    with soft borders, which do not flicker; edges by a difference of Gaussians, E = 1 if D > 0, else
    1 + tanh(sharpness D), with D = G1 Y - 0.98 G1.6 Y. It works on a copy of at most 540 rows.

    Example:
        >>> noise = np.random.default_rng(1).integers(100, 130, (40, 40, 3)).astype(np.uint8)
        >>> bool(Cartoon(lines=0)(noise.copy()).std() < 0.6 * noise.std())
        True
    """

    amount = Number(0, 1, tunable="cartoon")
    lines = Number(0, 1, tunable="cartoon_lines")
    tones = Number(3, 20, tunable="cartoon_tones", step=1)

    def __init__(self, amount: float = 1.0, lines: float = 0.7, tones: float = 8) -> None:
        """Choose the look.

        Args:
            amount: From 0, the frame as it is, to 1.
            lines: How dark the lines are, from 0 to 1.
            tones: How many steps of brightness there are, from 3 to 20.

        Raises:
            ArgumentError: If one is no such number.
        """
        self.amount, self.lines, self.tones = amount, lines, tones

    @property
    def does_nothing(self) -> bool:
        """Whether the amount is 0."""
        return self.amount == 0

    def change(self, planes: Planes, levels: Range, info: FrameInfo) -> Planes:
        """Draw a small copy and enlarge it."""
        height, width = planes[0].shape
        factor = min(1.0, _CARTOON_ROWS / height)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        small = [as_bytes(cv2.resize(plane, size, interpolation=cv2.INTER_AREA)) for plane in planes]
        lines = self._find_lines(small[0])
        picture = cv2.merge(small)
        for _ in range(2):
            picture = cv2.bilateralFilter(picture, 7, 30, 4)
        tones = cv2.LUT(np.ascontiguousarray(picture[..., 0]), _make_steps(round(self.tones), levels))
        inked = (tones - np.float32(levels.black)) * lines + np.float32(levels.black)
        drawn = [inked, *cv2.split(picture)[1:]]
        results = []
        for plane, new in zip(planes, drawn, strict=True):
            if new.shape != plane.shape:
                new = cv2.resize(new, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
            results.append(as_bytes(cv2.addWeighted(new, self.amount, plane, 1 - self.amount, 0, dtype=cv2.CV_8U)))
        return results

    def _find_lines(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return what brightness is multiplied by: 1 without a line."""
        sigma = max(0.6, 1.4 * luma.shape[0] / _CARTOON_ROWS)
        values = luma.astype(np.float32)
        near, far = (cv2.GaussianBlur(values, (0, 0), width) for width in (sigma, 1.6 * sigma))
        difference = np.asarray(near - np.float32(0.98) * far, np.float32)
        ink = np.tanh(np.minimum(difference, 0) * np.float32(0.6))
        return np.asarray(1 + np.float32(self.lines) * ink, np.float32)


def _make_steps(tones: int, levels: Range) -> NDArray[np.float32]:
    """Return the stepped Y of each Y: to the nearest step, and over its border along tanh."""
    span = levels.white - levels.black
    width = span / tones
    x = (np.arange(256.0) - levels.black).clip(0, span)
    nearest = np.floor(x / width + 0.5) * width
    soft = nearest + width / 2 * np.tanh(4 * (x - nearest) / width)
    return np.asarray(levels.black + soft.clip(0, span), np.float32)


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
