"""Connected patches of a mask, and what can be said of each."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, as_bytes

# Means over a patch are taken from every second row and column: as good, in a quarter of the time.
_STEP = 2


class Patches:
    """The connected patches of a mask.

    Example:
        >>> mask = np.zeros((8, 12), np.uint8)
        >>> mask[:, :4] = mask[:, 8:] = 255
        >>> patches = Patches(mask)
        >>> patches.count, patches.areas().tolist()
        (2, [32, 32])
        >>> patches.select(np.array([True, False]))[0, [0, 10]].tolist()
        [255, 0]
    """

    def __init__(self, mask: Bytes) -> None:
        """Find them.

        Args:
            mask: uint8 (H, W): not 0 on a patch.
        """
        found, labels = cv2.connectedComponents(mask, connectivity=4, ltype=cv2.CV_16U)
        self.count = found - 1
        self.labels = np.asarray(labels, np.uint16)

    def areas(self) -> NDArray[np.int64]:
        """Each patch's area in pixels, about: int64 (count,)."""
        return self._counts(self.labels[::_STEP, ::_STEP]) * _STEP**2

    def means(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """The mean of some values over each patch, about.

        Args:
            values: (H, W).

        Returns:
            float64 (count,); 0 for a patch too small to be met.
        """
        labels = np.ravel(self.labels[::_STEP, ::_STEP])
        sums = np.bincount(labels, np.ravel(values[::_STEP, ::_STEP]), self.count + 1)[1:]
        return sums / np.maximum(self._counts(labels), 1)

    def on(self, *lines: tuple[slice | int, slice | int]) -> NDArray[np.int64]:
        """How many pixels each patch has on some lines.

        Args:
            lines: Rows and columns, as indices of an array (H, W).

        Returns:
            int64 (count,).
        """
        return self._counts(np.concatenate([np.atleast_1d(self.labels[line]) for line in lines]))

    def select(self, flags: NDArray[np.bool_]) -> Bytes:
        """Some of the patches.

        Args:
            flags: bool (count,).

        Returns:
            uint8 (H, W): 255 on those, else 0.
        """
        values = np.zeros(max(256, self.count + 1), np.uint8)
        values[1 : self.count + 1][flags] = 255
        if self.count < 256:
            return as_bytes(cv2.LUT(self.labels.astype(np.uint8), values))
        return np.asarray(values[self.labels], np.uint8)

    def _counts(self, labels: NDArray[np.uint16]) -> NDArray[np.int64]:
        return np.bincount(np.ravel(labels), minlength=self.count + 1)[1:]
