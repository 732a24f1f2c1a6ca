"""The green screen: a matte that removes one colour."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_bgr, check_number
from ..errors import ArgumentError
from ..frame import StreamInfo
from ..pixels.image import Image, shrink
from .arrays import Bytes, Floats, as_bytes, dilate, limit_size, make_square, resize_bytes, subtract_mask, threshold_at
from .cleanup import CleanUp
from .opened import OpenedMatte
from .wall import fit_wall

_THUMBNAIL = 48
_GREY = 128
# Least distance of the screen's chroma from grey, and largest angle between it and the given colour.
_MIN_CHROMA, _HUE = 12.0, math.radians(50)
# Radius of the mean shift in the chroma plane (Comaniciu and Meer 2002), and its number of steps.
_RADIUS, _SHIFTS = 14.0, 4
# Share of the pixels that must have the screen's hue.
_MIN_SHARE = 0.01
# Factors by which uneven light may change the strength of the screen's chroma.
_UNEVEN = 0.5, 1.6
# Share by which each frame moves the screen's chroma: it follows slow changes of the light and ignores noise.
_FOLLOW_RATE = 0.2
# Holes are closed only at this distance from the outline, a share of the shorter side.
_DEEP = 0.04
# Alpha up to which a pixel is screen for certain, side of the structuring element that makes the rim around it, and
# the weight of |Z| there: the rim takes also pixels of other hues as spill.
_SCREEN, _RIM, _RIM_SLOPE = 50, 9, 0.25


class ChromaKey(OpenedMatte):
    """Everything that does not have the colour of a screen is foreground; hair and motion blur get partial alpha.

    Use it with an evenly lit screen of one strong colour that nobody wears. It needs no learning, and is the only
    matte here with true partial alpha. It fails where the screen is lit very unevenly or in hard shadow, where the
    foreground has its hue, and where its colour is as weak as the noise.

    Each pixel's chroma (Cb, Cr) is rotated so that X points to the screen's colour and Z across; the key is
    K = X - |Z| / tan(angle / 2) (Jack, "Video Demystified", chroma keying). K is linear in the share of screen in a
    pixel, so alpha = 1 - K / K of the screen there. `color` need only be near: the screen's own colour, and how its
    light falls off, are measured in the image.

    Example:
        >>> frame = np.full((90, 160, 3), (60, 180, 50), np.uint8)
        >>> frame[30:, 60:100] = (120, 140, 200)
        >>> alpha = ChromaKey()(frame)
        >>> int(alpha[60, 80]), int(alpha[10, 10])
        (255, 0)
    """

    corrects_foreground = True
    # After so many frames the weight of what came before is below 1 % of the screen's chroma.
    memory = 25

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
        """Choose the colour and its tolerances.

        Args:
            color: (blue, green, red), 0..255 each: the screen's approximate colour.
            tolerance: Share of the screen's colour, 0..1, that a pixel may lack and still have alpha 0.
            softness: Share of it over which alpha then rises from 0 to 1. tolerance + softness = 1 keeps partial
                alpha as it is; less makes the matte harder.
            spill: Share of the screen's light on the person that `correct_foreground` removes (despill), 0..1. Use
                less where the screen's hue is near that of skin, as yellow is: skin would turn pale.
            angle: Range of hues in degrees, 1..179, that count as the screen's colour.
            speck_size: Specks of foreground below this share of the frame's area are removed.
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
        self._nominal = _to_chroma(np.array([[self.color]], np.uint8))[0, 0]
        if math.hypot(*self._nominal) < _MIN_CHROMA:
            raise ArgumentError(f"color must not be a grey, because the screen is found by its hue: got {color!r}")
        self.reset()

    def reset(self) -> None:
        """Drop the measured colour of the screen."""
        self._chroma: NDArray[np.float64] | None = None
        self._screen: Floats | None = None

    def open(self, stream: StreamInfo) -> None:
        """Begin a new stream, which may have another screen."""
        super().open(stream)
        self.reset()

    def __call__(self, frame: Image) -> Bytes:
        """Return alpha, uint8 (H, W), of what is not the screen."""
        self._check_open()
        height, width = frame.shape[:2]
        inverse = cv2.resize(1 / self._measure_screen(frame), (width, height), interpolation=cv2.INTER_LINEAR)
        key = cv2.multiply(self._compute_key(frame), inverse)
        # alpha = (1 - key - tolerance) / softness
        gain = 255 / max(self.softness, 1e-3)
        alpha = cv2.addWeighted(key, -gain, key, 0, gain * (1 - self.tolerance), dtype=cv2.CV_8U)
        return self._clean_alpha(as_bytes(alpha))

    def correct_foreground(self, frame: Image, alpha: Bytes) -> Image:
        """Remove the screen's colour from the foreground; `frame` is written to.

        In mixed pixels the screen's part is subtracted, F = (C - (1 - a) S) / a. What is left of its hue, such as its
        light on skin and hair, becomes neutral (despill).
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
        along, across = self._project(pixels)
        key = self._combine_axes(along, across)
        # Next to the screen a trace of its hue is spill, also in a pixel of another hue such as skin; elsewhere it
        # may be the person's own colour.
        rim = cv2.dilate(as_bytes(cv2.inRange(alpha, 0, _SCREEN)), make_square(_RIM))[part]
        np.copyto(key, along - _RIM_SLOPE * across, where=rim > 0)
        tinted = np.flatnonzero((key > 1) & (share > 0))
        if tinted.size:
            flat = pixels.reshape(-1, 3)
            clean = flat[tinted] - key.reshape(-1, 1)[tinted] * (self.spill * self._compute_key_color())
            flat[tinted] = np.clip(clean + 0.5, 0, 255)
            frame[part] = pixels
        return frame

    def _unmix(self, frame: Image, alpha: Bytes) -> None:
        """Subtract the screen from pixels with partial alpha."""
        assert self._screen is not None
        height, width = alpha.shape
        edge = np.flatnonzero(as_bytes(cv2.inRange(alpha, 1, 254)).view(np.bool_))
        if not edge.size:
            return
        rows, columns = np.divmod(edge, width)
        screen = self._screen[rows * self._screen.shape[0] // height, columns * self._screen.shape[1] // width]
        share = alpha.reshape(-1)[edge].astype(np.float32)[:, None] / 255
        seen = frame[rows, columns].astype(np.float32)
        # The limit keeps noise from growing where a pixel is nearly all screen; such pixels may stay dark.
        foreground = (seen - (1 - share) * screen) / np.maximum(share, 0.1)
        unmixed = seen + self.spill * (foreground - seen)
        frame[rows, columns] = np.clip(unmixed + 0.5, 0, 255)

    def _get_direction(self) -> tuple[float, float]:
        chroma = self._nominal if self._chroma is None else self._chroma
        length = math.hypot(*chroma)
        return float(chroma[0]) / length, float(chroma[1]) / length

    def _project(self, frame: Image, *, blur: bool = False) -> tuple[Floats, Floats]:
        """Return X and |Z| of every pixel: float32 (H, W) each."""
        _, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_BGR2YCrCb))
        if blur:
            red, blue = cv2.GaussianBlur(red, (3, 3), 0), cv2.GaussianBlur(blue, (3, 3), 0)
        r, b = self._get_direction()
        along = cv2.addWeighted(red, r, blue, b, -_GREY * (r + b), dtype=cv2.CV_32F)
        across = np.asarray(cv2.addWeighted(red, -b, blue, r, -_GREY * (r - b), dtype=cv2.CV_32F), np.float32)
        return np.asarray(along, np.float32), np.abs(across, out=across)

    def _combine_axes(self, along: Floats, across: Floats) -> Floats:
        """Return K for X and |Z|."""
        return np.asarray(cv2.scaleAdd(across, -1 / math.tan(math.radians(self.angle / 2)), along), np.float32)

    def _compute_key(self, frame: Image, *, blur: bool = True) -> Floats:
        """Return K of every pixel: float32 (H, W)."""
        return self._combine_axes(*self._project(frame, blur=blur))

    def _compute_key_color(self) -> Floats:
        """Return the blue, green and red of one unit of K at constant brightness (BT.601, as in OpenCV)."""
        r, b = self._get_direction()
        return np.array([1.773 * b, -0.714 * r - 0.344 * b, 1.403 * r], np.float32)

    def _measure_screen(self, frame: Image) -> Floats:
        """Measure the screen's colour; return K of the screen at each place: float32 (h, w), small."""
        small = shrink(frame, *limit_size(frame, _THUMBNAIL))
        chroma = _to_chroma(small)
        found = self._find_screen_chroma(chroma.reshape(-1, 2))
        if found is None:
            strength = math.hypot(*(self._nominal if self._chroma is None else self._chroma))
            return np.full(small.shape[:2], strength, np.float32)
        self._chroma = found if self._chroma is None else self._chroma + _FOLLOW_RATE * (found - self._chroma)
        length = math.hypot(*self._chroma)
        near = np.hypot(*(chroma - self._chroma).transpose(2, 0, 1)) < 0.35 * length
        key_and_color = np.dstack([self._compute_key(small, blur=False), small.astype(np.float32)])
        wall = fit_wall(key_and_color, near.astype(np.uint8), 0.25 * length)
        self._screen = wall[..., 1:]
        return np.clip(wall[..., 0], _UNEVEN[0] * length, _UNEVEN[1] * length).astype(np.float32)

    def _find_screen_chroma(self, chroma: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Find the densest point of the chroma plane near the given colour; None if too few pixels are near it."""
        distance = np.hypot(chroma[:, 0], chroma[:, 1])
        cosine = chroma @ self._nominal / np.maximum(distance * math.hypot(*self._nominal), 1e-6)
        near = chroma[(cosine > math.cos(_HUE)) & (distance > _MIN_CHROMA)]
        if len(near) < _MIN_SHARE * len(chroma):
            return None
        centre = np.median(near, axis=0) if self._chroma is None else self._chroma
        for _ in range(_SHIFTS):
            around = near[np.hypot(*(near - centre).T) < _RADIUS]
            if not len(around):
                centre = np.median(near, axis=0)
                continue
            centre = around.mean(axis=0)
        return np.asarray(centre, np.float64)

    def _clean_alpha(self, alpha: Bytes) -> Bytes:
        """Remove specks and close holes; all other alpha stays as it is."""
        height, width = alpha.shape
        half = shrink(alpha, max(1, width // 2), max(1, height // 2))
        mask = threshold_at(half, 128)
        clean = self.clean_up(mask)
        # Gaps between hairs are small holes too: only holes far inside the outline are closed.
        side = 2 * max(1, round(_DEEP * min(mask.shape))) + 1
        deep = as_bytes(cv2.erode(clean, make_square(side)))
        for wrong, value in ((subtract_mask(mask, clean), 0), (subtract_mask(clean, mask) & deep, 255)):
            if wrong.any():
                alpha[resize_bytes(dilate(wrong, 2), width, height, nearest=True) > 0] = value
        return alpha


def _to_chroma(image: Image) -> NDArray[np.float64]:
    """Return Cr and Cb of an image, 0 for grey: float64 (H, W, 2)."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 1:].astype(np.float64) - _GREY
