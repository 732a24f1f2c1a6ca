"""Edges of a matte aligned with the edges of the image: a guided filter."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, Floats, as_bytes


class GuidedFilter(NamedTuple):
    """A matte as a linear function of the image's brightness around each pixel: gain x grey + offset.

    A guided filter (He, Sun and Tang 2010) with a small window. Its two maps are computed at the model's size and may
    be applied to a larger image, whose finer edges the matte then has ("Fast Guided Filter", He and Sun 2015).

    Attributes:
        gain: float32 (h, w).
        offset: float32 (h, w), in 0..255.
    """

    gain: Floats
    offset: Floats

    def apply(self, grey: Bytes) -> Bytes:
        """Compute the matte, uint8 (H, W), of an image of any size from its brightness, uint8 (H, W)."""
        size = grey.shape[1], grey.shape[0]
        gain, offset = (cv2.resize(part, size, interpolation=cv2.INTER_LINEAR) for part in self)
        cv2.multiply(grey, gain, dst=gain, dtype=cv2.CV_32F)
        return as_bytes(cv2.add(gain, offset, dtype=cv2.CV_8U))


def fit_guided_filter(confidence: Bytes, grey: Bytes, *, radius: int = 2, contrast: float = 10.0) -> GuidedFilter:
    """Fit a guided filter to a matte, uint8 (h, w), and the brightness of its image, uint8 (h, w).

    Args:
        confidence: The matte.
        grey: The brightness.
        radius: Radius of the window in pixels. A large one lets the edge follow edges of the background.
        contrast: Standard deviation in grey levels above which a window's edges are followed.
    """
    window = (2 * radius + 1,) * 2

    def average(plane: NDArray[Any]) -> Floats:
        return np.asarray(cv2.boxFilter(plane, cv2.CV_32F, window), np.float32)

    mean_grey, mean_confidence = average(grey), average(confidence)
    # Products of bytes fit in 16 bits, and their means take half the time of floats' means.
    wide_grey = grey.astype(np.uint16)
    variance, gain = average(wide_grey * wide_grey), average(wide_grey * confidence)
    variance -= mean_grey * mean_grey
    variance += np.float32(contrast * contrast)
    gain -= mean_grey * mean_confidence
    gain /= variance
    mean_grey *= gain
    mean_confidence -= mean_grey
    return GuidedFilter(average(gain), average(mean_confidence))
