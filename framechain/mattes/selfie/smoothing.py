"""Temporal smoothing: the matte is held steady where nothing moves, and leaves no ghost behind what moves."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...models.views import Crop
from ..arrays import Bytes, as_bytes


def make_uncertainty_table() -> Bytes:
    """Return how uncertain each confidence is, uint8 (256,): 255 for one half, 0 near 0 and 255.

    It is the polynomial of MediaPipe's segmentation smoothing calculator.
    """
    x = (np.arange(256) / 255 - 0.5) ** 2
    certainty = x * (5.68842 + x * (-0.748699 + x * (-57.8051 + x * (291.309 - 624.717 * x))))
    return as_bytes(np.rint(255 * (1 - np.minimum(1, certainty))).astype(np.uint8))


class MatteSmoother:
    """Mixes in the last matte where the new one is uncertain and the image has not changed.

    Where the image has not changed, nobody came or went either: there the matte changes over some frames, so that a
    thing which the model takes for a part of the person in a single frame does not appear at all.

    It works on crops; when the crop moves, the last matte moves with it.
    """

    def __init__(
        self, *, strength: float = 0.9, floor: float = 0.3, still: float = 6, moving: float = 18, step: float = 48
    ) -> None:
        """Set the strength.

        Args:
            strength: The last matte's share where the new one is fully uncertain and the image is still.
            floor: Its share of that where the new one is certain.
            still: Change of brightness in grey levels up to which the image is still.
            moving: Change from which it moves: there the last matte has no share.
            step: Largest change of the matte from one frame to the next, of 255, where the image is still.
        """
        uncertainty = make_uncertainty_table().astype(np.float32) / 255
        self._share = (strength * (floor + (1 - floor) * uncertainty) * 255).astype(np.uint8)
        change = np.arange(256, dtype=np.float32)
        self._stillness = (255 * np.clip((moving - change) / (moving - still), 0, 1)).astype(np.uint8)
        # Half the change lifts this limit: it does more harm where something dark moves in front of something dark.
        self._step = np.interp(change, [still / 2, moving / 2], [step, 255]).astype(np.uint8)
        self.reset()

    def reset(self) -> None:
        """Forget the last matte."""
        self._last: tuple[Bytes, Bytes, Crop] | None = None
        # The least and the most that each pixel of the matte may have in this frame.
        self._limits: tuple[Bytes, Bytes] | None = None

    @property
    def crop(self) -> Crop | None:
        """The crop of the last matte."""
        return None if self._last is None else self._last[2]

    def __call__(self, confidence: Bytes, grey: Bytes, crop: Crop, motion: Bytes | None = None) -> Bytes:
        """Smooth a matte.

        Args:
            confidence: uint8 (h, w).
            grey: uint8 (h, w): the brightness of the image it was found in.
            crop: The crop that both show.
            motion: uint8 (h, w): change of the image in grey levels, used where the last crop did not reach; None if
                it is not known.

        Returns:
            uint8 (h, w).
        """
        if self._last is not None:
            last, last_grey, known = self._warp_last(crop, confidence.shape[1], confidence.shape[0])
            change = cv2.dilate(cv2.blur(cv2.absdiff(grey, last_grey), (5, 5)), np.ones((5, 5), np.uint8))
            if known is not None:
                np.copyto(change, 255 if motion is None else motion, where=known == 0)
            stillness = cv2.LUT(change, self._stillness)
            step = cv2.LUT(change, self._step)
            share = cv2.multiply(cv2.LUT(confidence, self._share), stillness, scale=1 / 255)
            kept = cv2.multiply(last, share, scale=1 / 255)
            new = cv2.multiply(confidence, cv2.bitwise_not(share), scale=1 / 255)
            mixed = cv2.add(kept, new)
            self._limits = as_bytes(cv2.subtract(last, step)), as_bytes(cv2.add(last, step))
            confidence = self._limit(as_bytes(mixed))
        self._last = confidence, grey, crop
        return confidence

    def begin(self, matte: Bytes, grey: Bytes, crop: Crop) -> None:
        """Begin with a last matte that was found in another way; see `__call__`."""
        self._last = matte, grey, crop

    def replace_last(self, matte: Bytes) -> Bytes:
        """Replace the last matte by what was made of it, uint8 (h, w).

        Returns:
            uint8 (h, w): where the image is still, it too differs from the frame before by no more than the step, so
            that a component that is removed fades.
        """
        assert self._last is not None
        matte = self._limit(matte)
        self._last = matte, *self._last[1:]
        return matte

    def _limit(self, matte: Bytes) -> Bytes:
        if self._limits is None:
            return matte
        return as_bytes(cv2.max(cv2.min(matte, self._limits[1]), self._limits[0]))

    def _warp_last(self, crop: Crop, width: int, height: int) -> tuple[Bytes, Bytes, Bytes | None]:
        """Return the last matte and image as another crop shows them, and where they are known."""
        assert self._last is not None
        last, grey, before = self._last
        if before == crop and last.shape == (height, width):
            return last, grey, None
        matrix = make_crop_transform(before, last.shape[::-1], crop, (width, height))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = width, height
        warped = [as_bytes(cv2.warpAffine(plane, matrix, size, flags=flags)) for plane in (last, grey)]
        columns = _mark_inside(matrix[0, 0] * np.arange(width) + matrix[0, 2], last.shape[1])
        rows = _mark_inside(matrix[1, 1] * np.arange(height) + matrix[1, 2], last.shape[0])
        return warped[0], warped[1], rows[:, None] & columns[None]


def make_crop_transform(
    before: Crop, before_size: tuple[int, int], crop: Crop, size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the matrix, float64 (2, 3), that maps a crop's pixels to those of an earlier one, for `cv2.warpAffine`.

    Args:
        before: The crop that the given image shows.
        before_size: (width, height) of that image.
        crop: The crop that is wanted.
        size: (width, height) of the wanted image. The flag WARP_INVERSE_MAP is needed.
    """
    # Pixels of the given image per pixel of the frame, then per pixel of the wanted one; between pixel centres.
    scale = before_size[0] / before.width, before_size[1] / before.height
    across, down = scale[0] * crop.width / size[0], scale[1] * crop.height / size[1]
    return np.array(
        [
            [across, 0, (crop.left - before.left) * scale[0] + (across - 1) / 2],
            [0, down, (crop.top - before.top) * scale[1] + (down - 1) / 2],
        ]
    )


def _mark_inside(positions: NDArray[np.float64], length: int) -> Bytes:
    """Return 255 for positions from the first to the last pixel; OpenCV rounds positions to 1/32 pixel."""
    inside = (positions > -1 / 64) & (positions < length - 1 + 1 / 64)
    return as_bytes(inside * np.uint8(255))
