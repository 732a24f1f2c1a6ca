"""Inference with test-time augmentation: a horizontal flip, overlapping tiles, and the mean of several answers."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...models.views import Crop, View
from ...steering import leave_if_stopped
from ..arrays import Bytes, Floats, as_bytes
from .edges import GuidedFilter
from .model import SelfieModel

# Share of a tile's side over which its answer fades in where another tile overlaps.
_FADE = 0.4
# Share of the sides of a strip: two strips overlap.
_STRIP = 0.7


def run_model(model: SelfieModel, rgb: Bytes, *, flip: bool = False) -> Bytes:
    """Run a model on an image of its size: uint8 (h, w), the confidence that a pixel belongs to a person.

    Args:
        model: The model.
        rgb: uint8 (h, w, 3).
        flip: True for the mean with the answer for the flipped image, which takes twice the time.
    """
    confidence = model(rgb)
    if flip:
        flipped = model(np.ascontiguousarray(rgb[:, ::-1]))[:, ::-1]
        with np.errstate(under="ignore"):  # Half of the smallest confidence is none.
            confidence = np.float32(0.5) * (confidence + flipped)
    return (confidence * 255).astype(np.uint8)


def convert_to_grey(rgb: Bytes) -> Bytes:
    """Return the brightness of an RGB image: uint8 (h, w)."""
    return as_bytes(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


class Mosaic:
    """The weighted mean of the mattes of many crops, at the frame's size."""

    def __init__(self, view: View) -> None:
        """Start with nothing."""
        self._view = view
        self._sum = np.zeros((view.height, view.width), np.float32)
        self._weight = np.zeros_like(self._sum)

    def add(self, tiles: Sequence[tuple[Crop, GuidedFilter]], within: Crop, weight: float = 1.0) -> None:
        """Add tiles that together cover one crop; overlapping tiles fade into each other.

        Args:
            tiles: Each tile and its matte.
            within: The crop that they cover.
            weight: Their weight in the mean.
        """
        total = np.zeros((within.height, within.width), np.float32)
        weights = np.full_like(total, 1e-6)
        for tile, guided in tiles:
            leave_if_stopped()  # A large image takes seconds for a tile.
            fades = np.outer(
                _make_fade(tile.height, tile.top > within.top, tile.bottom < within.bottom),
                _make_fade(tile.width, tile.left > within.left, tile.right < within.right),
            )
            rows = slice(tile.top - within.top, tile.bottom - within.top)
            columns = slice(tile.left - within.left, tile.right - within.left)
            total[rows, columns] += fades * guided.apply(self._view.crop_grey(tile, tile.width, tile.height))
            weights[rows, columns] += fades
        self._sum[within.top : within.bottom, within.left : within.right] += weight * total / weights
        # Also outside the crop, where its answer is "background".
        self._weight += weight

    def compute_mean(self) -> Bytes:
        """Return the mean matte: uint8 (H, W)."""
        return np.rint(self._sum / np.maximum(self._weight, 1)).astype(np.uint8)


def split_in_strips(crop: Crop) -> list[Crop]:
    """Split a crop in two overlapping strips along its longer side."""
    if crop.height >= crop.width:
        spans = _place_spans(crop.top, crop.bottom, 2, _STRIP)
        return [Crop(crop.left, top, crop.right, bottom) for top, bottom in spans]
    return [Crop(left, crop.top, right, crop.bottom) for left, right in _place_spans(crop.left, crop.right, 2, _STRIP)]


def split_in_tiles(crop: Crop, count: int, share: float) -> list[Crop]:
    """Split a crop in `count` x `count` overlapping tiles, each with this share of its sides."""
    rows, columns = (_place_spans(*span, count, share) for span in ((crop.top, crop.bottom), (crop.left, crop.right)))
    return [Crop(left, top, right, bottom) for top, bottom in rows for left, right in columns]


def _place_spans(start: int, end: int, count: int, share: float) -> list[tuple[int, int]]:
    """Place overlapping spans along a side, each from an even number; one span if it covers the whole side."""
    length = max(2, int((end - start) * share))
    if length >= end - start:
        return [(start, end)]
    begins = [int(begin) // 2 * 2 for begin in np.linspace(start, end - length, count)]
    return [(begin, end if begin == begins[-1] else begin + length) for begin in begins]


def _make_fade(length: int, at_start: bool, at_end: bool) -> Floats:
    ramp = np.minimum(1, (np.arange(length) + 1) / (_FADE * length)).astype(np.float32)
    fade = np.ones(length, np.float32)
    if at_start:
        fade = np.minimum(fade, ramp)
    return np.minimum(fade, ramp[::-1]) if at_end else fade
