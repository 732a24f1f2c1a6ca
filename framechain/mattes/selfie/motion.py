"""A model's answer that is moved along with the image: between two looks of the model, while little changes."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from ...models.views import Crop
from ..arrays import Bytes, Floats, as_bytes

# Motion is found at a size that is so many times smaller: a camera's noise is averaged, and it takes little time.
_SHRINKING = 2
# How far things may have moved, in pixels of the answer: what moves further uncovers what the model has not seen ...
_FARTHEST = 3.0
# ... and how much change, in grey levels, motion may leave unexplained, such as something that appears.
_UNEXPLAINED = 24.0
# Frames between two looks of the model; each of them allows half of the change that the one before allows.
_MOST = 2


class AnswerMover:
    """Moves the model's last answer along with the image.

    The motion is that of a dense optical flow ("Fast Optical Flow using Dense Inverse Search", Kroeger et al. 2016), in
    a twentieth of the model's time. What the smoother and the guided filter do with an answer they do with this one.
    """

    def __init__(self) -> None:
        """Begin without an answer."""
        self.reset()

    def reset(self) -> None:
        """Forget the last answer: the model must look."""
        self._last: tuple[Bytes, Bytes, Crop] | None = None
        self._moved = 0

    def note(self, answer: Bytes, grey: Bytes, crop: Crop) -> None:
        """Take in an answer of the model.

        Args:
            answer: uint8 (h, w).
            grey: uint8 (h, w): the brightness of its image.
            crop: The crop that both show.
        """
        self._last, self._moved = (answer, _shrink(grey), crop), 0

    def __call__(self, grey: Bytes, crop: Crop) -> Bytes | None:
        """Return the last answer as it fits to the next image, uint8 (h, w); None if the model must look.

        Args:
            grey: uint8 (h, w): the brightness of the image.
            crop: The crop that it shows.
        """
        if self._last is None or self._moved == _MOST:
            return None
        answer, before, known = self._last
        if known != crop or answer.shape != grey.shape:
            return None
        now, share = _shrink(grey), 0.5**self._moved
        # From each pixel to where it was.
        flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST).calc(now, before, None)  # type: ignore[call-overload]
        if np.abs(flow).max() * _SHRINKING > _FARTHEST * share:
            return None
        change = cv2.blur(cv2.absdiff(_move(before, flow), now), (5, 5))
        if change.max() > _UNEXPLAINED * share:
            return None
        self._moved += 1
        size = grey.shape[1], grey.shape[0]
        return _move(answer, cv2.resize(flow, size, interpolation=cv2.INTER_LINEAR) * np.float32(_SHRINKING))


def _shrink(grey: Bytes) -> Bytes:
    size = grey.shape[1] // _SHRINKING, grey.shape[0] // _SHRINKING
    return as_bytes(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def _move(plane: Bytes, flow: Floats) -> Bytes:
    grid = cv2.add(_make_grid(plane.shape[0], plane.shape[1]), flow)
    return as_bytes(cv2.remap(plane, grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))  # type: ignore[call-overload]


@functools.lru_cache(maxsize=8)
def _make_grid(height: int, width: int) -> Floats:
    """Return the position of each pixel, float32 (h, w, 2): x and y."""
    rows, columns = np.indices((height, width), np.float32)
    return np.dstack([columns, rows])
