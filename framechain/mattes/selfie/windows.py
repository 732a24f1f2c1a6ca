"""Inference on a wide crop, several people side by side, in windows that overlap.

One square input would squeeze a group, and the smaller of its people would be lost.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...models.views import Crop
from ..arrays import Bytes, as_bytes
from .augmentation import run_model
from .model import SelfieModel

# Hysteresis of a crop's width over height: from the first value on there is one window more, below the second not.
_MORE_WINDOWS = (1.6, 1.35), (2.0, 1.8)
# Distance between two windows as a share of their width: they overlap by the rest.
_STEP = 2 / 3
# Columns over which an answer fades out at its window's border.
_FADE = 24


def count_windows(crop: Crop, before: int) -> int:
    """Return how many windows, 1 to 3, show a crop without squeezing it much.

    Args:
        crop: The crop.
        before: The number for the last crop, which is kept where both would do.
    """
    count = 1
    for more, (on, off) in enumerate(_MORE_WINDOWS, 1):
        if crop.width > (off if before > more else on) * crop.height:
            count = more + 1
    return count


def compute_size(model: SelfieModel, count: int) -> tuple[int, int]:
    """Return the (width, height) of a crop's image for so many windows of a model.

    Example:
        >>> compute_size(SelfieModel(0), 1), compute_size(SelfieModel(0), 2)
        ((256, 256), (426, 256))
    """
    width, height = model.size
    return width + (count - 1) * _compute_step(width), height


def _compute_step(width: int) -> int:
    return int(_STEP * width)


def run_in_windows(model: SelfieModel, rgb: Bytes, *, flip: bool = False) -> Bytes:
    """Run a model on an image of `compute_size`: uint8 (h, w), the confidence that a pixel belongs to a person.

    Args:
        model: The model.
        rgb: uint8 (h, w, 3).
        flip: As for `run_model`.
    """
    width = model.size[0]
    if rgb.shape[1] == width:
        return run_model(model, rgb, flip=flip)
    step = _compute_step(width)
    joint = np.empty(rgb.shape[:2], np.uint8)
    for left in range(0, rgb.shape[1] - width + 1, step):
        answer = run_model(model, np.ascontiguousarray(rgb[:, left : left + width]), flip=flip)
        overlap = slice(left, left + width - step) if left else slice(0, 0)
        before = joint[:, overlap].copy()
        joint[:, left : left + width] = answer
        if left:
            joint[:, overlap] = _join(before, answer[:, : width - step])
    return joint


def _join(left: Bytes, right: Bytes) -> Bytes:
    """Return the larger of two answers for the same columns: a window that shows only an arm may not find it.

    Each fades out at its own window's border, so that there is no upright line where only one sees something.
    """
    ramp = np.minimum(1, (np.arange(left.shape[1]) + 1) / _FADE).astype(np.float32)
    return as_bytes(np.rint(cv2.max(left * ramp[::-1], right * ramp)))
