"""The difference matte: what differs from an image of the empty scene is foreground."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...basics.arguments import check_number
from ...pixels.image import Image, shrink
from ..arrays import Bytes, as_bytes, dilate, limit_size, make_square, subtract_mask, take_channel_maximum, threshold_at
from ..base import SmallMatte
from .exposure import THUMBNAIL, Exposure, mask_clipped
from .shadows import find_shadows

# The lower threshold of the hysteresis, as a share of the upper one.
_LOW_THRESHOLD = 0.6
# How far from strong foreground weak foreground may lie, and how far from the foreground nothing is learnt: shares of
# the shorter side.
_REACH, _MARGIN = 0.017, 0.02
# The threshold is at least this many standard deviations of the noise, which is measured every few frames.
_NOISE_FACTOR, _NOISE_PERIOD = 1.7, 8
# Differences are capped at this many thresholds before the blur: a bright edge must not spread.
_CAP = 2.0
# A pixel of the outline is mixed if it differs by less than this share of what its neighbours inside differ by.
_MIXED = 0.4
# Grey levels by which the 3x3 neighbourhood may widen a pixel's range: a fifth of a pixel of the hardest edge.
_JITTER = 40


class DifferenceMatte(SmallMatte):
    """Base of mattes that compare each frame with an image of the empty scene.

    The scene is brought to the frame's exposure (`Exposure`). A pixel's difference is its distance from the range of
    its 3x3 neighbourhood in the scene, so that a camera that shakes or sharpens by a pixel does not mark every edge.
    A hysteresis joins weak differences to strong ones next to them; shadows are removed.

    Subclasses set `scene`, and may exclude pixels in `find_candidates`.
    """

    def __init__(self, *, threshold: float, shadow_threshold: float, **small: Any) -> None:
        """Set what all difference mattes share.

        Args:
            threshold: Difference in grey levels, 1..255, from which a pixel is foreground; noise above that raises it.
            shadow_threshold: Least brightness of a shadow as a share of the scene's, 0..1: 0.5 = half as bright, 1 =
                no shadow is looked for. A shadow also has the scene's colour and a soft outline.
            small: As for `SmallMatte`.
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
        # The scene at the current exposure, with the lowest and the highest level that each pixel may have.
        self._predicted: tuple[Bytes, Bytes, Bytes] | None = None
        self._predicted_for: Bytes | None = None
        self._last_mask: Bytes | None = None
        self._noise = 0.0
        self._frames_compared = 0

    @property
    def scene(self) -> Image | None:
        """The empty scene, uint8 (h, w, 3) at the working size; None while it is not known."""
        return self._scene

    @scene.setter
    def scene(self, image: Image) -> None:
        self._scene = image
        self._thumbnail = shrink(image, *limit_size(image, THUMBNAIL))
        self._clipped = mask_clipped(image)
        self._predicted = None

    def find_candidates(self, small: Image) -> Bytes | None:
        """Find what may be foreground with a subclass's own model: uint8 (h, w) of 0 and 255; None for everything."""
        return None

    def adapt_exposure(self, small: Image) -> None:
        """Fit the exposure of an image, uint8 (h, w, 3) BGR."""
        assert self._thumbnail is not None
        foreground = np.zeros(small.shape[:2], np.uint8) if self._last_mask is None else self._last_mask
        self.exposure.fit(self._thumbnail, small, foreground)

    def compare(self, small: Image) -> tuple[Bytes, Bytes]:
        """Compare an image of the scene's size with the scene; call `adapt_exposure` first.

        Returns:
            uint8 (h, w) of 0 and 255 each: the clean mask, and the pixels from which the scene must not be learnt.
        """
        scene, low, high = self._predict_scene()
        difference = take_channel_maximum(as_bytes(cv2.max(cv2.subtract(small, high), cv2.subtract(low, small))))
        threshold = max(self.threshold, _NOISE_FACTOR * self._estimate_noise(small))
        capped = np.minimum(difference, np.uint8(min(255.0, _CAP * threshold)))
        blurred = as_bytes(cv2.GaussianBlur(capped, (3, 3), 0))
        changed = threshold_at(blurred, _LOW_THRESHOLD * threshold)
        candidates = self.find_candidates(small)
        if candidates is not None:
            changed &= candidates
        weak = changed
        if self.shadow_threshold < 1 and cv2.hasNonZero(changed):
            weak = subtract_mask(changed, find_shadows(small, scene, changed, self.shadow_threshold))
        strong = threshold_at(blurred, threshold) & weak
        reach = max(1, round(_REACH * min(weak.shape) / 2))
        for _ in range(2):
            strong = dilate(strong, reach) & weak
        mask = self.clean_up.filter_by_area(_trim_mixed_pixels(self.clean_up(strong), difference))
        self._last_mask = mask
        changed = as_bytes(cv2.morphologyEx(changed, cv2.MORPH_OPEN, make_square(3)))
        return mask, dilate(mask | changed, max(1, round(_MARGIN * min(mask.shape))))

    def _predict_scene(self) -> tuple[Bytes, Bytes, Bytes]:
        """Return the scene under the current light, and the lowest and highest level of each of its pixels."""
        assert self._scene is not None
        assert self._clipped is not None
        if self._predicted is None or self._predicted_for is not self.exposure.table:
            scene = self.exposure.apply_to_scene(self._scene)
            low, high = as_bytes(cv2.subtract(scene, self._clipped[0])), as_bytes(cv2.add(scene, self._clipped[1]))
            jitter = np.full_like(scene, _JITTER)
            lowest = cv2.max(cv2.erode(low, make_square(3)), cv2.subtract(low, jitter))
            highest = cv2.min(cv2.dilate(high, make_square(3)), cv2.add(high, jitter))
            self._predicted = scene, as_bytes(lowest), as_bytes(highest)
            self._predicted_for = self.exposure.table
        scene, low, high = self.exposure.add_local_light(*self._predicted)
        return scene, low, high

    def _estimate_noise(self, small: Image) -> float:
        """Return the noise's standard deviation: 1.48 times the median absolute deviation of a sample."""
        assert self._scene is not None
        if self._frames_compared % _NOISE_PERIOD == 0:
            step = max(1, round(max(small.shape) / 80))
            f, s = (image[::step, ::step, 1].astype(np.float32) for image in (small, self._scene))
            rest = f - s * np.float32(self.exposure.gain[1])
            self._noise = 1.48 * float(np.median(np.abs(rest - np.median(rest))))
        self._frames_compared += 1
        return self._noise


def _trim_mixed_pixels(mask: Bytes, difference: Bytes) -> Bytes:
    """Remove mixed pixels from the outline: against a bright wall, a pixel with a tenth of the person differs enough.

    A pixel mixed half and half differs by half of what the pixels just inside differ by.
    """
    inside = cv2.dilate(difference & mask, make_square(5))
    rim = subtract_mask(mask, as_bytes(cv2.erode(mask, make_square(5))))
    mixed = cv2.compare(difference, cv2.addWeighted(inside, _MIXED, inside, 0, 0), cv2.CMP_LT)
    return subtract_mask(mask, as_bytes(mixed) & rim)
