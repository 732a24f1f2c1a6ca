"""A matte that takes one colour out: the green screen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arguments import check_bgr, check_number
from ..contracts import Matte
from ..errors import ArgumentError
from ..pixels.image import Image, shrink
from .arrays import Bytes, Floats, as_bytes, at_least, grown, scaled, square, thumbnail_size, without
from .cleanup import CleanUp
from .wall import plain_wall

_THUMBNAIL = 48
_GREY = 128
# A screen's chroma is at least so far from grey, and within this angle of the colour asked for.
_LEAST_CHROMA, _HUE = 12.0, math.radians(50)
# It is found by mean shift (Comaniciu and Meer 2002) with this radius in the chroma plane.
_RADIUS, _SHIFTS = 14.0, 4
_FEWEST = 0.01
# Lighting may change the screen's chroma so much from its mean.
_UNEVEN = 0.5, 1.6
_SLOWLY = 0.2
# From the outline, as a share of the shorter side.
_DEEP = 0.04

# Up to this alpha a pixel is screen for certain; so wide is the rim along it, to both sides together, and so much less
# than usual does another hue count there.
_SCREEN, _RIM, _RIM_SLOPE = 50, 9, 0.25


class ChromaKey(Matte):
    """What has not the colour of a screen is in front; hair and motion blur are partly.

    Use it before an evenly lit screen of one strong colour that nobody wears. It needs nothing learnt, and gives
    the only matte here with true partial alpha. It fails where the screen is far from evenly lit or in hard shadow,
    where something in front has its hue, and where the colour is so weak that noise is as strong.

    Each pixel's chroma (Cb, Cr) is turned so that X points to the screen's colour and Z across; the key is
    K = X - |Z| / tan(angle / 2) (Jack, "Video Demystified", chroma keying). K is linear in how much screen is mixed
    into a pixel, so alpha = 1 - K / K of the screen there. `color` need only be near: the screen's own colour, and how
    its light falls off, are taken from the picture.

    Example:
        >>> frame = np.full((90, 160, 3), (60, 180, 50), np.uint8)
        >>> frame[30:, 60:100] = (120, 140, 200)
        >>> alpha = ChromaKey()(frame)
        >>> int(alpha[60, 80]), int(alpha[10, 10])
        (255, 0)
    """

    edge: tuple[float, float] | None = None
    status: str | None = None

    corrects_foreground = True

    def __init__(
        self,
        color: Sequence[int] = (0, 255, 0),
        *,
        tolerance: float = 0.12,
        softness: float = 0.78,
        spill: float = 1.0,
        angle: float = 90,
        speck_size: float = 0.0005,
        hole_size: float = 0.002,
    ) -> None:
        """Choose the colour, and what counts as it.

        Args:
            color: (blue, green, red), 0..255 each, of the screen, about.
            tolerance: Share of the screen's colour, 0..1, by which a pixel may fall short of it and be screen yet.
            softness: Share of it over which alpha then rises from 0 to 1: tolerance + softness = 1 keeps partial
                alpha as it is, less makes the matte harder.
            spill: How much of the screen's light on the person is taken away by `correct_foreground`, 0..1; less where
                the screen's hue is near that of skin, as yellow is, which else turns pale.
            angle: Degrees of hue, 1..179, that count as the screen's colour, to both sides together.
            speck_size: Patches of foreground below this share of the frame's area go.
            hole_size: Holes in it below this share are closed.

        Raises:
            ArgumentError: If a value is out of range, or the colour is a grey.
        """
        self.color = check_bgr("color", color)
        self.tolerance = check_number("tolerance", tolerance, 0, 1)
        self.softness = check_number("softness", softness, 0, 1)
        self.spill = check_number("spill", spill, 0, 1)
        self.angle = check_number("angle", angle, 1, 179)
        self.clean_up = CleanUp(speck_size, hole_size, 0)
        self._nominal = _chroma(np.array([[self.color]], np.uint8))[0, 0]
        if math.hypot(*self._nominal) < _LEAST_CHROMA:
            raise ArgumentError(f"color must not be a grey, of which a screen cannot be told by its hue: got {color!r}")
        self.reset()

    def reset(self) -> None:
        """Drop which colour the screen was found to have."""
        self._centre: NDArray[np.float64] | None = None
        self._screen: Floats | None = None

    def open(self, stream: object) -> None:
        """A new stream begins, with another screen perhaps.

        Args:
            stream: Not needed.
        """
        self.reset()

    def __call__(self, frame: Image) -> Bytes:
        """Find what is not the screen.

        Args:
            frame: uint8 (H, W, 3) BGR.

        Returns:
            uint8 (H, W): alpha, 255 = in front.
        """
        height, width = frame.shape[:2]
        strength = self._look(frame)
        key = cv2.multiply(self._key(frame), cv2.resize(1 / strength, (width, height), interpolation=cv2.INTER_LINEAR))
        # alpha = (1 - key - tolerance) / softness
        gain = 255 / max(self.softness, 1e-3)
        alpha = cv2.addWeighted(key, -gain, key, 0, gain * (1 - self.tolerance), dtype=cv2.CV_8U)
        return self._cleaned(as_bytes(alpha))

    def correct_foreground(self, frame: Image, alpha: Bytes) -> Image:
        """Take the screen's colour out of what is in front.

        Where the screen shines through, its part of the pixel is subtracted, F = (C - (1 - a) S) / a; what is left of
        its hue, as the light that it throws on skin and hair, is brought to neutral.

        Args:
            frame: uint8 (H, W, 3) BGR; written to.
            alpha: uint8 (H, W) as this matte gave for it.

        Returns:
            The frame.
        """
        if self.spill == 0:
            return frame
        left, top, width, height = cv2.boundingRect(alpha)
        if not width:
            return frame
        if self._screen is not None:
            self._unmix(frame, alpha)
        part = slice(top, top + height), slice(left, left + width)
        pixels, share = np.ascontiguousarray(frame[part]), alpha[part]
        along, across = self._axes(pixels)
        key = self._key_of(along, across)
        # Right at the screen a pixel that has a little of its hue has it from there, also if it is of another hue
        # besides, as skin is; elsewhere it may be the person's own.
        rim = cv2.dilate(as_bytes(cv2.inRange(alpha, 0, _SCREEN)), square(_RIM))[part]
        np.copyto(key, along - _RIM_SLOPE * across, where=rim > 0)
        tinted = np.flatnonzero((key > 1) & (share > 0))
        if tinted.size:
            flat = pixels.reshape(-1, 3)
            clean = flat[tinted] - key.reshape(-1, 1)[tinted] * (self.spill * self._per_key())
            flat[tinted] = np.clip(clean + 0.5, 0, 255)
            frame[part] = pixels
        return frame

    def _unmix(self, frame: Image, alpha: Bytes) -> None:
        """Subtract the screen from the pixels that are part screen."""
        assert self._screen is not None
        height, width = alpha.shape
        edge = np.flatnonzero(as_bytes(cv2.inRange(alpha, 1, 254)).view(np.bool_))
        if not edge.size:
            return
        rows, columns = np.divmod(edge, width)
        screen = self._screen[rows * self._screen.shape[0] // height, columns * self._screen.shape[1] // width]
        share = alpha.reshape(-1)[edge].astype(np.float32)[:, None] / 255
        seen = frame[rows, columns].astype(np.float32)
        # Of a pixel that is nearly all screen the rest is noise: there is little of it, so it may stay dark.
        front = (seen - (1 - share) * screen) / np.maximum(share, 0.1)
        mixed = seen + self.spill * (front - seen)
        frame[rows, columns] = np.clip(mixed + 0.5, 0, 255)

    def _direction(self) -> tuple[float, float]:
        centre = self._nominal if self._centre is None else self._centre
        length = math.hypot(*centre)
        return float(centre[0]) / length, float(centre[1]) / length

    def _axes(self, frame: Image, *, blur: bool = False) -> tuple[Floats, Floats]:
        """X and |Z| of every pixel: float32 (H, W) each."""
        _, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_BGR2YCrCb))
        if blur:
            red, blue = cv2.GaussianBlur(red, (3, 3), 0), cv2.GaussianBlur(blue, (3, 3), 0)
        r, b = self._direction()
        along = cv2.addWeighted(red, r, blue, b, -_GREY * (r + b), dtype=cv2.CV_32F)
        across = np.asarray(cv2.addWeighted(red, -b, blue, r, -_GREY * (r - b), dtype=cv2.CV_32F), np.float32)
        return np.asarray(along, np.float32), np.abs(across, out=across)

    def _key_of(self, along: Floats, across: Floats) -> Floats:
        """K of X and |Z|."""
        return np.asarray(cv2.scaleAdd(across, -1 / math.tan(math.radians(self.angle / 2)), along), np.float32)

    def _key(self, frame: Image, *, blur: bool = True) -> Floats:
        """K of every pixel: float32 (H, W)."""
        return self._key_of(*self._axes(frame, blur=blur))

    def _per_key(self) -> Floats:
        """By what blue, green and red change with one unit of K, brightness left as it is (BT.601, as in OpenCV)."""
        r, b = self._direction()
        return np.array([1.773 * b, -0.714 * r - 0.344 * b, 1.403 * r], np.float32)

    def _look(self, frame: Image) -> Floats:
        """Look what colour the screen has, and how strong it is where: float32 (h, w), small."""
        small = shrink(frame, *thumbnail_size(frame, _THUMBNAIL))
        chroma = _chroma(small)
        centre = self._mean_shift(chroma.reshape(-1, 2))
        if centre is None:
            strength = math.hypot(*(self._nominal if self._centre is None else self._centre))
            return np.full(small.shape[:2], strength, np.float32)
        self._centre = centre if self._centre is None else self._centre + _SLOWLY * (centre - self._centre)
        length = math.hypot(*self._centre)
        near = np.hypot(*(chroma - self._centre).transpose(2, 0, 1)) < 0.35 * length
        wall = plain_wall(
            np.dstack([self._key(small, blur=False), small.astype(np.float32)]), near.astype(np.uint8), 0.25 * length
        )
        self._screen = wall[..., 1:]
        return np.clip(wall[..., 0], _UNEVEN[0] * length, _UNEVEN[1] * length).astype(np.float32)

    def _mean_shift(self, chroma: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The densest place in the chroma plane near the colour asked for; None if hardly a pixel is near it."""
        distance = np.hypot(chroma[:, 0], chroma[:, 1])
        cosine = chroma @ self._nominal / np.maximum(distance * math.hypot(*self._nominal), 1e-6)
        near = chroma[(cosine > math.cos(_HUE)) & (distance > _LEAST_CHROMA)]
        if len(near) < _FEWEST * len(chroma):
            return None
        centre = np.median(near, axis=0) if self._centre is None else self._centre
        for _ in range(_SHIFTS):
            around = near[np.hypot(*(near - centre).T) < _RADIUS]
            if not len(around):
                centre = np.median(near, axis=0)
                continue
            centre = around.mean(axis=0)
        return np.asarray(centre, np.float64)

    def _cleaned(self, alpha: Bytes) -> Bytes:
        """Alpha without specks and holes, else as it is."""
        height, width = alpha.shape
        half = shrink(alpha, max(1, width // 2), max(1, height // 2))
        mask = at_least(half, 128)
        clean = self.clean_up(mask)
        # Gaps between hairs are holes too, but not so deep inside.
        side = 2 * max(1, round(_DEEP * min(mask.shape))) + 1
        deep = as_bytes(cv2.erode(clean, square(side)))
        for wrong, value in ((without(mask, clean), 0), (without(clean, mask) & deep, 255)):
            if wrong.any():
                alpha[scaled(grown(wrong, 2), width, height, hard=True) > 0] = value
        return alpha


def _chroma(picture: Image) -> NDArray[np.float64]:
    """Cr and Cb of a picture, 0 for grey: float64 (H, W, 2)."""
    return cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb)[..., 1:].astype(np.float64) - _GREY
