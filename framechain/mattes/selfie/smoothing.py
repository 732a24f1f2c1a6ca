"""A matte held steady in time, without a ghost behind what moves."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, as_bytes
from .views import Box


def uncertainty() -> Bytes:
    """How unsure a confidence is, 0..255: the polynomial of MediaPipe's segmentation smoothing calculator.

    Returns:
        uint8 (256,): 255 for a confidence of a half, 0 near 0 and 255.
    """
    x = (np.arange(256) / 255 - 0.5) ** 2
    sure = x * (5.68842 + x * (-0.748699 + x * (-57.8051 + x * (291.309 - 624.717 * x))))
    return as_bytes(np.rint(255 * (1 - np.minimum(1, sure))).astype(np.uint8))


class Smoother:
    """Mixes the last matte in where the new one is unsure and the picture has not changed.

    Where it has not, nobody came or went either: there the matte turns from one to the other over some frames, so
    that a thing which the model takes for a part of the person in a single frame is not seen at all.

    Works on the part of the frame that was looked at; when that moves, the last matte moves with it.
    """

    def __init__(
        self, *, strength: float = 0.9, floor: float = 0.3, still: float = 6, moving: float = 18, step: float = 48
    ) -> None:
        """Set how much is kept.

        Args:
            strength: The last matte's share where the new one knows nothing and the picture stands still.
            floor: Its share of that where the new one is sure.
            still: Change of brightness, in grey levels, up to which the picture stands still.
            moving: And from which it moves: there the last matte has no share.
            step: By how much of 255 the matte may change from one frame to the next where the picture stands still.
        """
        unsure = uncertainty().astype(np.float32) / 255
        self._share = (strength * (floor + (1 - floor) * unsure) * 255).astype(np.uint8)
        change = np.arange(256, dtype=np.float32)
        self._stillness = (255 * np.clip((moving - change) / (moving - still), 0, 1)).astype(np.uint8)
        # Holding a sure answer back is worse where something dark moves before something dark: half the change.
        self._step = np.interp(change, [still / 2, moving / 2], [step, 255]).astype(np.uint8)
        self.reset()

    def reset(self) -> None:
        """Forget the last matte."""
        self._last: tuple[Bytes, Bytes, Box] | None = None

    @property
    def box(self) -> Box | None:
        """The part of the frame that the last matte is of."""
        return None if self._last is None else self._last[2]

    def __call__(self, confidence: Bytes, grey: Bytes, box: Box, outside: Bytes | None = None) -> Bytes:
        """Hold a matte steady.

        Args:
            confidence: uint8 (h, w).
            grey: uint8 (h, w): the brightness of the picture it was found in.
            box: The part of the frame that this is.
            outside: uint8 (h, w): how much the picture has changed, in grey levels, for where the last box did not
                reach; None if that is not known.

        Returns:
            uint8 (h, w).
        """
        if self._last is not None:
            last, last_grey, known = self._moved(box, confidence.shape[1], confidence.shape[0])
            change = cv2.dilate(cv2.blur(cv2.absdiff(grey, last_grey), (5, 5)), np.ones((5, 5), np.uint8))
            if known is not None:
                np.copyto(change, 255 if outside is None else outside, where=known == 0)
            stillness = cv2.LUT(change, self._stillness)
            step = cv2.LUT(change, self._step)
            share = cv2.multiply(cv2.LUT(confidence, self._share), stillness, scale=1 / 255)
            kept = cv2.multiply(last, share, scale=1 / 255)
            new = cv2.multiply(confidence, cv2.bitwise_not(share), scale=1 / 255)
            mixed = cv2.add(kept, new)
            confidence = as_bytes(cv2.max(cv2.min(mixed, cv2.add(last, step)), cv2.subtract(last, step)))
        self._last = confidence, grey, box
        return confidence

    def shown(self, matte: Bytes) -> None:
        """Take note of what was made of the last matte.

        Args:
            matte: uint8 (h, w): what is to be held on to.
        """
        assert self._last is not None
        self._last = matte, *self._last[1:]

    def _moved(self, box: Box, width: int, height: int) -> tuple[Bytes, Bytes, Bytes | None]:
        """The last matte and picture as seen through another box, and where they are known."""
        assert self._last is not None
        last, grey, before = self._last
        if before == box and last.shape == (height, width):
            return last, grey, None
        matrix = placement(before, last.shape[::-1], box, (width, height))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = width, height
        moved = [as_bytes(cv2.warpAffine(plane, matrix, size, flags=how)) for plane in (last, grey)]
        columns = _inside(matrix[0, 0] * np.arange(width) + matrix[0, 2], last.shape[1])
        rows = _inside(matrix[1, 1] * np.arange(height) + matrix[1, 2], last.shape[0])
        return moved[0], moved[1], rows[:, None] & columns[None]


def placement(before: Box, before_size: tuple[int, int], box: Box, size: tuple[int, int]) -> NDArray[np.float64]:
    """Where a part of the frame lies in another one, for `cv2.warpAffine` with WARP_INVERSE_MAP.

    Args:
        before: The part that there is a picture of.
        before_size: The picture's (width, height).
        box: The part that is wanted.
        size: (width, height) of what is wanted.

    Returns:
        float64 (2, 3).
    """
    # Pixels there per pixel of the frame, and per pixel here; from pixels' centres to pixels' centres.
    there = before_size[0] / before.width, before_size[1] / before.height
    across, down = there[0] * box.width / size[0], there[1] * box.height / size[1]
    return np.array(
        [
            [across, 0, (box.left - before.left) * there[0] + (across - 1) / 2],
            [0, down, (box.top - before.top) * there[1] + (down - 1) / 2],
        ]
    )


def _inside(places: NDArray[np.float64], length: int) -> Bytes:
    """255 for the places between the first and the last of so many pixels; OpenCV rounds them to 1/32."""
    inside = (places > -1 / 64) & (places < length - 1 + 1 / 64)
    return as_bytes(inside * np.uint8(255))
