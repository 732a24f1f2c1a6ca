"""What of a matte is people: patches large enough beside the largest one, without pinholes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ._pixels import Bytes, as_bytes, grown
from .views import Box

PERSON = 102
"""Confidence, 0..255, from which a pixel counts as found."""

Extent = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels of the frame, not rounded."""

# Patches are told apart in a matte of this size at most: counting them costs by the pixel.
_COUNTED = 128


@dataclass(frozen=True)
class People:
    """Cleans a matte and tells how far people reach in it.

    Attributes:
        least_share: Patches below this share of the largest one's area go.
        hole_share: Holes below this share of it are closed; between an arm and the body is no hole.
        least: Nobody is there where the largest patch is below this share of the picture.
    """

    least_share: float = 0.04
    hole_share: float = 0.003
    least: float = 0.002

    def __call__(self, confidence: Bytes, box: Box) -> tuple[Bytes, Extent | None]:
        """Clean a matte.

        Args:
            confidence: uint8 (h, w): the matte of a part of the frame.
            box: Which part.

        Returns:
            uint8 (h, w), and the box around everybody in it; None if nobody is there.
        """
        height, width = confidence.shape
        size = min(width, _COUNTED), min(height, _COUNTED)
        small = as_bytes(cv2.resize(confidence, size, interpolation=cv2.INTER_AREA))
        mask = as_bytes(cv2.inRange(small, PERSON, 255))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4, ltype=cv2.CV_16U)
        areas = stats[1:, cv2.CC_STAT_AREA]
        if not areas.size or areas.max() < self.least * mask.size:
            return confidence, None
        largest = int(areas.max())
        stays = np.concatenate([[True], areas >= self.least_share * largest])
        if not stays.all():
            confidence = _without(confidence, (~stays)[labels].view(np.uint8))
        holes = self._holes(mask, largest)
        if holes is not None:
            confidence = as_bytes(cv2.max(confidence, as_bytes(_enlarged(holes, width, height) * 255)))
        kept = stats[1:][stays[1:]]
        left, top = kept[:, cv2.CC_STAT_LEFT], kept[:, cv2.CC_STAT_TOP]
        right, bottom = left + kept[:, cv2.CC_STAT_WIDTH], top + kept[:, cv2.CC_STAT_HEIGHT]
        across, down = box.width / size[0], box.height / size[1]
        extent = (
            box.left + float(left.min()) * across,
            box.top + float(top.min()) * down,
            box.left + float(right.max()) * across,
            box.top + float(bottom.max()) * down,
        )
        return confidence, extent

    def _holes(self, mask: Bytes, largest: int) -> Bytes | None:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(255 - mask, connectivity=4, ltype=cv2.CV_16U)
        small = stats[:, cv2.CC_STAT_AREA] < self.hole_share * largest
        small[0] = False
        return small[labels].view(np.uint8) if small.any() else None


def _without(confidence: Bytes, patches: Bytes) -> Bytes:
    # Grown, as the confidence falls off around a patch, too; but not into what stays.
    gone = _enlarged(grown(patches, 2), confidence.shape[1], confidence.shape[0])
    stays = as_bytes(cv2.inRange(confidence, PERSON, 255)) & ~_enlarged(
        grown(patches, 1) * 255, *confidence.shape[::-1]
    )
    return np.where((gone > 0) & (stays == 0), 0, confidence).astype(np.uint8)


def _enlarged(mask: Bytes, width: int, height: int) -> Bytes:
    return as_bytes(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST))
