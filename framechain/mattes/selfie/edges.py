"""An edge that follows the picture's own."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, Floats, as_bytes


class Follower(NamedTuple):
    """The matte as a linear function of the picture's brightness around each pixel: gain x grey + offset.

    A guided filter (He, Sun and Tang 2010) of a small window: its two maps are made at the model's size, and may
    be applied to a larger picture, whose finer edges the matte then has ("Fast Guided Filter", He and Sun 2015).

    Attributes:
        gain: float32 (h, w).
        offset: float32 (h, w), in 0..255.
    """

    gain: Floats
    offset: Floats

    def at(self, grey: Bytes) -> Bytes:
        """The matte of a picture.

        Args:
            grey: uint8 (H, W): the picture's brightness, at any size.

        Returns:
            uint8 (H, W).
        """
        size = grey.shape[1], grey.shape[0]
        gain, offset = (cv2.resize(part, size, interpolation=cv2.INTER_LINEAR) for part in self)
        cv2.multiply(grey, gain, dst=gain, dtype=cv2.CV_32F)
        return as_bytes(cv2.add(gain, offset, dtype=cv2.CV_8U))


def follow(confidence: Bytes, grey: Bytes, *, radius: int = 2, contrast: float = 10.0) -> Follower:
    """Fit a matte to the picture it was found in.

    Args:
        confidence: uint8 (h, w).
        grey: uint8 (h, w): the picture's brightness.
        radius: Of the window, in pixels. Large ones let the edge run after edges of the background.
        contrast: Standard deviation, in grey levels, above which a window's edges are followed.

    Returns:
        What gives the matte at any size.
    """
    window = (2 * radius + 1,) * 2

    def mean(plane: NDArray[Any]) -> Floats:
        return np.asarray(cv2.boxFilter(plane, cv2.CV_32F, window), np.float32)

    mean_grey, mean_confidence = mean(grey), mean(confidence)
    # Products of bytes fit into 16 bits, whose means take half the time of those of floats; the rest is in place.
    wide_grey = grey.astype(np.uint16)
    variance, gain = mean(wide_grey * wide_grey), mean(wide_grey * confidence)
    variance -= mean_grey * mean_grey
    variance += np.float32(contrast * contrast)
    gain -= mean_grey * mean_confidence
    gain /= variance
    mean_grey *= gain
    mean_confidence -= mean_grey
    return Follower(mean(gain), mean(mean_confidence))
