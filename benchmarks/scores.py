"""Scores of a matte against the true one, for single images and for what changes between frames."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from paper_scores import PaperScore

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

BAND = 0.01
"""Width of the band inside a mask's edge, as a share of the image's diagonal (Cheng et al. 2021 take 0.02)."""
LOW = 0.5
"""An IoU below which an image counts as failed."""
_RECENT = 5
_SETTLED = 0.95
# Blinking is measured at this size, where no pixel nearby changes by more than _STILL grey levels.
_COARSE = 160, 90
_STILL = 8


def compute_iou(one: Mask, other: Mask) -> float:
    """Return the intersection over union; 1 for two empty masks."""
    union = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / union if union else 1.0


def find_band(mask: Mask) -> Mask:
    """Return the part of a mask near its edge; the image's border is no edge."""
    radius = max(1, round(BAND * float(np.hypot(*mask.shape))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return mask & ~np.asarray(cv2.erode(mask.astype(np.uint8), disc), np.bool_)


@dataclass
class ImageScore:
    """Scores of single images, one entry for each."""

    overlaps: list[float] = field(default_factory=list)
    boundaries: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    paper: PaperScore = field(default_factory=PaperScore)

    def add(self, alpha: Bytes, truth: Bytes) -> None:
        """Score one image.

        Args:
            alpha: uint8 (H, W), as estimated.
            truth: uint8 (H, W), the true alpha.
        """
        found, there = alpha > 127, truth > 127
        self.overlaps.append(compute_iou(found, there))
        self.boundaries.append(compute_iou(find_band(found), find_band(there)))
        self.errors.append(float(cv2.absdiff(alpha, truth).mean()) / 255)
        self.paper.add(alpha, truth)

    @property
    def failed(self) -> int:
        """How many images are below LOW."""
        return sum(value < LOW for value in self.overlaps)


@dataclass
class VideoScore:
    """Scores of one clip."""

    images: ImageScore = field(default_factory=lambda: ImageScore(paper=PaperScore(is_video=True)))
    flickers: list[float] = field(default_factory=list)
    ghosts: list[float] = field(default_factory=list)
    _alpha: Bytes | None = None
    _truths: list[Bytes] = field(default_factory=list)

    def add(self, alpha: Bytes, truth: Bytes) -> None:
        """Score the next frame.

        Args:
            alpha: uint8 (H, W), as estimated.
            truth: uint8 (H, W), the true alpha.
        """
        self.images.add(alpha, truth)
        if self._alpha is not None:
            change = cv2.subtract(alpha, self._alpha, dtype=cv2.CV_16S)
            true_change = cv2.subtract(truth, self._truths[-1], dtype=cv2.CV_16S)
            self.flickers.append(float(cv2.absdiff(change, true_change).mean()) / 255)
            self.ghosts.append(self._measure_ghost(alpha, truth))
        self._alpha = alpha
        self._truths = [*self._truths[-_RECENT + 1 :], truth]

    def _measure_ghost(self, alpha: Bytes, truth: Bytes) -> float:
        """Return the mean alpha in [0, 1] of the area that people left within the last frames; NaN if it is small."""
        radius = max(1, round(BAND * float(np.hypot(*truth.shape))))
        near = cv2.dilate(truth, np.ones((2 * radius + 1,) * 2, np.uint8)) > 127
        left = (np.max(self._truths, axis=0) > 127) & ~near
        area = np.count_nonzero(left)
        return float(alpha[left].mean()) / 255 if area >= 50 else np.nan

    @property
    def flicker(self) -> float:
        """1000 x the mean absolute difference between the change of alpha and the change of truth."""
        return 1000 * float(np.mean(self.flickers))

    @property
    def ghosting(self) -> float:
        """Per cent of the area that people left within the last frames and that is still foreground."""
        known = [value for value in self.ghosts if not np.isnan(value)]
        return 100 * float(np.mean(known)) if known else 0.0

    def count_recovery_frames(self, event: int) -> int:
        """Return how many frames pass after an event until IoU reaches 95 % of its median after the event.

        Args:
            event: The index of the first frame after the event.
        """
        after = self.images.overlaps[event:]
        good = _SETTLED * float(np.median(after))
        return next((index for index, value in enumerate(after) if value >= good), len(after))


@dataclass
class Steadiness:
    """How much alpha changes where the image does not, in a clip whose truth is not known."""

    changes: list[float] = field(default_factory=list)
    _last: tuple[Bytes, Bytes] | None = None

    def add(self, frame: Bytes, alpha: Bytes) -> None:
        """Score the next frame.

        Args:
            frame: uint8 (H, W, 3) BGR.
            alpha: uint8 (H, W), as estimated.
        """
        size = _COARSE
        grey = cv2.cvtColor(np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA)), cv2.COLOR_BGR2GRAY)
        small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        if self._last is not None:
            moved = cv2.dilate(cv2.absdiff(grey, self._last[0]), np.ones((5, 5), np.uint8))
            change = np.where(moved < _STILL, cv2.absdiff(small, self._last[1]), 0)
            self.changes.append(1000 * float(change.mean()) / 255)
        self._last = np.asarray(grey, np.uint8), np.asarray(small, np.uint8)
