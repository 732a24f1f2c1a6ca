"""Mattes that know the empty scene: what differs from it is in front."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...arguments import check_number
from ...pixels.image import Image, shrink
from ..arrays import Bytes, as_bytes, at_least, grown, largest, square, thumbnail_size, without
from ..base import SmallMatte
from .exposure import THUMBNAIL, Exposure, clipped
from .shadows import find_shadows

# What is this share of the threshold away from the scene is in front if it lies next to what surely is.
_WEAK = 0.6
# How far from sure foreground weak foreground may lie, and how far around the foreground nothing is learnt: shares
# of the shorter side.
_REACH, _MARGIN = 0.017, 0.02
# By this many of its standard deviations noise must not pass for foreground, once blurred; looked at every so often.
_NOISE, _LOOK_AT_NOISE = 1.7, 8
# Differences beyond this many thresholds say nothing more; below this share of the neighbours' a pixel is mixed.
_CAP, _MIXED = 2.0, 0.4
# How far in grey levels the 3x3 neighbourhood may widen the range of a pixel: a fifth of a pixel of the hardest edge.
_JITTER = 40


class SceneMatte(SmallMatte):
    """Base of mattes that compare each frame with a picture of the empty scene.

    The picture is brought to the frame's exposure (`Exposure`). A pixel differs by how far it is outside the range of
    its 3x3 neighbourhood in the scene, so that a camera that shakes or sharpens by a pixel does not draw every edge.
    What differs clearly is in front, and what differs a little next to it (hysteresis); shadows are not.

    Subclasses set `scene` and may refine the answer in `confirm`.
    """

    def __init__(self, *, threshold: float, shadow_threshold: float, **small: Any) -> None:
        """Set what is common to all.

        Args:
            threshold: Difference in grey levels, 1..255, from which on a pixel is in front; more where the picture
                is noisier than that.
            shadow_threshold: What is darker than the scene by no more than down to this share of its brightness, of
                the same colour and softly outlined, is a shadow: 0.5 = half as bright; 1 = nothing is.
            small: As for `SmallMatte`.

        Raises:
            ArgumentError: If a value is out of range.
        """
        super().__init__(**small)
        self.threshold = check_number("threshold", threshold, 1, 255)
        self.shadow_threshold = check_number("shadow_threshold", shadow_threshold, 0, 1)
        self.forget()

    def forget(self) -> None:
        """Drop the scene."""
        self.exposure = Exposure()
        self._scene: Image | None = None
        self._thumbnail: Image | None = None
        self._clipped: tuple[Bytes, Bytes] | None = None
        # The scene in the exposure of now, and the lowest and highest level that each pixel of it may have.
        self._expected: tuple[Bytes, Bytes, Bytes] | None = None
        self._expected_for: Bytes | None = None
        self._last: Bytes | None = None
        self._noise = 0.0
        self._asked = 0

    @property
    def scene(self) -> Image | None:
        """The empty scene, uint8 (h, w, 3) at the size worked at; None while it is not known."""
        return self._scene

    @scene.setter
    def scene(self, picture: Image) -> None:
        self._scene = picture
        self._thumbnail = shrink(picture, *thumbnail_size(picture, THUMBNAIL))
        self._clipped = clipped(picture)
        self._expected = None

    def confirm(self, small: Image) -> Bytes | None:
        """Ask a subclass's own model.

        Args:
            small: uint8 (h, w, 3) BGR in the exposure of now.

        Returns:
            uint8 (h, w): 255 where a pixel may be in front; None for anywhere.
        """
        return None

    def adapt_exposure(self, small: Image) -> None:
        """Look how the exposure is now.

        Args:
            small: uint8 (h, w, 3) BGR.
        """
        assert self._thumbnail is not None
        last = np.zeros(small.shape[:2], np.uint8) if self._last is None else self._last
        self.exposure.fit(self._thumbnail, small, last)

    def compare(self, small: Image) -> tuple[Bytes, Bytes]:
        """Find what is in front of the scene.

        Args:
            small: uint8 (h, w, 3) BGR, of the scene's size; the exposure is adapted to it already.

        Returns:
            uint8 (h, w) of 0 and 255: the clean mask, and where nothing of the scene can be learnt.
        """
        scene, low, high = self._what_to_expect()
        difference = largest(as_bytes(cv2.max(cv2.subtract(small, high), cv2.subtract(low, small))))
        threshold = max(self.threshold, _NOISE * self._noise_level(small))
        # Against noise; capped, or a bright edge would be smeared beyond itself.
        capped = np.minimum(difference, np.uint8(min(255.0, _CAP * threshold)))
        blurred = as_bytes(cv2.GaussianBlur(capped, (3, 3), 0))
        changed = at_least(blurred, _WEAK * threshold)
        allowed = self.confirm(small)
        if allowed is not None:
            changed &= allowed
        weak = changed
        if self.shadow_threshold < 1 and cv2.hasNonZero(changed):
            weak = without(changed, find_shadows(small, scene, changed, self.shadow_threshold))
        strong = at_least(blurred, threshold) & weak
        reach = max(1, round(_REACH * min(weak.shape) / 2))
        for _ in range(2):
            strong = grown(strong, reach) & weak
        mask = self.clean_up.by_size(_trimmed(self.clean_up(strong), difference))
        self._last = mask
        changed = as_bytes(cv2.morphologyEx(changed, cv2.MORPH_OPEN, square(3)))
        return mask, grown(mask | changed, max(1, round(_MARGIN * min(mask.shape))))

    def _what_to_expect(self) -> tuple[Bytes, Bytes, Bytes]:
        """The scene under the light of now, and between which levels its pixels may be."""
        assert self._scene is not None
        assert self._clipped is not None
        if self._expected is None or self._expected_for is not self.exposure.table:
            scene = self.exposure.of_now(self._scene)
            low, high = as_bytes(cv2.subtract(scene, self._clipped[0])), as_bytes(cv2.add(scene, self._clipped[1]))
            jitter = np.full_like(scene, _JITTER)
            lowest = cv2.max(cv2.erode(low, square(3)), cv2.subtract(low, jitter))
            highest = cv2.min(cv2.dilate(high, square(3)), cv2.add(high, jitter))
            self._expected = scene, as_bytes(lowest), as_bytes(highest)
            self._expected_for = self.exposure.table
        scene, low, high = self.exposure.with_local(*self._expected)
        return scene, low, high

    def _noise_level(self, small: Image) -> float:
        """The standard deviation of frame minus scene, from a sample, robustly (1.48 times the median deviation)."""
        assert self._scene is not None
        if self._asked % _LOOK_AT_NOISE == 0:
            step = max(1, round(max(small.shape) / 80))
            f, s = (picture[::step, ::step, 1].astype(np.float32) for picture in (small, self._scene))
            rest = f - s * np.float32(self.exposure.gain[1])
            self._noise = 1.48 * float(np.median(np.abs(rest - np.median(rest))))
        self._asked += 1
        return self._noise


def _trimmed(mask: Bytes, difference: Bytes) -> Bytes:
    """Take the mixed pixels off the outline: where the person is against a bright wall, a tenth of her differs enough.

    Mixed half and half, a pixel differs by half of what the pixels just inside differ by.
    """
    inside = cv2.dilate(difference & mask, square(5))
    rim = without(mask, as_bytes(cv2.erode(mask, square(5))))
    mixed = cv2.compare(difference, cv2.addWeighted(inside, _MIXED, inside, 0, 0), cv2.CMP_LT)
    return without(mask, as_bytes(mixed) & rim)
