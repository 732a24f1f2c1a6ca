"""Ghosts: false foreground where somebody has left who was there while the scene was learnt."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, as_bytes, make_square
from .components import Components

# A ghost's outline is steeper in the scene than in the frame, by this factor and so many grey levels per pixel.
_FACTOR, _LEVELS = 1.4, 3.0
# Least length of an outline, as a share of the sum of the image's sides.
_MIN_LENGTH = 0.05
# Number of detections in a row: a hand that rests for a moment is no ghost.
_REPEATS = 12


class GhostDetector:
    """Finds foreground whose outline is an edge of the scene, but not of the frame.

    Selective learning would keep a ghost for ever. Cucchiara, Grana, Piccardi and Prati (2003) detect ghosts because
    they do not move; their missing edges show earlier, and people who stand still are not taken for ghosts.

    Example:
        >>> scene = np.full((60, 80, 3), 200, np.uint8)
        >>> scene[20:40, 20:40] = 60
        >>> empty = np.full_like(scene, 200)
        >>> mask = cv2.inRange(scene[..., 0], 0, 100)
        >>> ghosts = GhostDetector()
        >>> found = [ghosts.detect(mask, empty, scene).any() for _ in range(20)]
        >>> bool(found[0]), bool(found[-1])
        (False, True)
    """

    def __init__(self) -> None:
        self._counts: NDArray[np.uint8] | None = None

    def detect(self, mask: Bytes, frame: Bytes, scene: Bytes) -> Bytes:
        """Detect ghosts in a mask's foreground: uint8 (H, W), 255 on what was one in enough frames in a row."""
        if self._counts is None or self._counts.shape != mask.shape:
            self._counts = np.zeros_like(mask)
        components = Components(mask)
        if not components.count:
            self._counts[:] = 0
            return np.zeros_like(mask)
        rim = np.flatnonzero(mask & ~as_bytes(cv2.erode(mask, make_square(5))))
        labels = components.labels.reshape(-1)[rim]
        length = np.bincount(labels, minlength=components.count + 1)
        in_frame, in_scene = (
            np.bincount(labels, _measure_edges(image).reshape(-1)[rim], components.count + 1) / np.maximum(length, 1)
            for image in (frame, scene)
        )
        is_long = length >= _MIN_LENGTH * sum(mask.shape)
        ghosts = components.select((is_long & (in_scene > _FACTOR * in_frame + _LEVELS))[1:])
        self._counts = np.where(ghosts > 0, np.minimum(self._counts, 254) + 1, 0).astype(np.uint8)
        return as_bytes(cv2.inRange(self._counts, _REPEATS, 255))


def _measure_edges(image: Bytes) -> Bytes:
    """Return the steepest edge within a pixel of each place, in grey levels per pixel; the median removes noise."""
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), 5)
    across, down = (cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, *way), alpha=1 / 8) for way in ((1, 0), (0, 1)))
    return as_bytes(cv2.dilate(cv2.max(across, down), make_square(3)))
