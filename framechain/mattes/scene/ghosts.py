"""What seems to be in front but is a hole in the scene that was learnt: somebody who has left since."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, as_bytes, square
from .patches import Patches

# The outline must be so much clearer in the learnt scene than in the frame, and by so many grey levels a pixel.
_CLEARER, _LEVELS = 1.4, 3.0
# Of a shorter outline, as a share of the picture's two sides together, there is too little to tell.
_SHORTEST = 0.05
# So often in a row: a hand that stops for a moment is no ghost.
_OFTEN = 12


class Ghosts:
    """Finds foreground that has no outline in the frame, but has one in the learnt scene.

    A thing that was there while the scene was learnt, and has gone, leaves foreground of its shape that selective
    learning would keep for ever. But its outline is an edge of the learnt scene, not of the frame (Cucchiara, Grana,
    Piccardi and Prati 2003 tell ghosts by their not moving; edges tell sooner, and spare who stands still).

    Example:
        >>> scene = np.full((60, 80, 3), 200, np.uint8)
        >>> scene[20:40, 20:40] = 60
        >>> empty = np.full_like(scene, 200)
        >>> mask = cv2.inRange(scene[..., 0], 0, 100)
        >>> ghosts = Ghosts()
        >>> found = [ghosts.look(mask, empty, scene).any() for _ in range(20)]
        >>> bool(found[0]), bool(found[-1])
        (False, True)
    """

    def __init__(self) -> None:
        self._times: NDArray[np.uint8] | None = None

    def look(self, mask: Bytes, frame: Bytes, scene: Bytes) -> Bytes:
        """Look at one frame.

        Args:
            mask: uint8 (H, W): what is in front, 255.
            frame: uint8 (H, W, 3) BGR.
            scene: uint8 (H, W, 3): the learnt scene under the light of the frame.

        Returns:
            uint8 (H, W): 255 on what has been a ghost for long enough.
        """
        if self._times is None or self._times.shape != mask.shape:
            self._times = np.zeros_like(mask)
        patches = Patches(mask)
        if not patches.count:
            self._times[:] = 0
            return np.zeros_like(mask)
        rim = np.flatnonzero(mask & ~as_bytes(cv2.erode(mask, square(5))))
        labels = patches.labels.reshape(-1)[rim]
        length = np.bincount(labels, minlength=patches.count + 1)
        now, then = (
            np.bincount(labels, _edges(picture).reshape(-1)[rim], patches.count + 1) / np.maximum(length, 1)
            for picture in (frame, scene)
        )
        long_enough = length >= _SHORTEST * sum(mask.shape)
        ghost = patches.select((long_enough & (then > _CLEARER * now + _LEVELS))[1:])
        self._times = np.where(ghost > 0, np.minimum(self._times, 254) + 1, 0).astype(np.uint8)
        return as_bytes(cv2.inRange(self._times, _OFTEN, 255))


def _edges(picture: Bytes) -> Bytes:
    """How steep a picture is within a pixel of each place, in grey levels a pixel; leaves and noise do not count."""
    grey = cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 5)
    across, down = (cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, *way), alpha=1 / 8) for way in ((1, 0), (0, 1)))
    return as_bytes(cv2.dilate(cv2.max(across, down), square(3)))
