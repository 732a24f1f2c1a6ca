"""Frames of a video that a program hands over one by one, as if each were an image of its own."""

from __future__ import annotations

import cv2

from ..basics.remarks import is_in_run
from ..basics.warner import warn
from .arrays import Bytes

# After so many images in a row that are alike and not the same it is a video.
_COUNT = 15
# Mean difference of two thumbnails in levels. In 22 clips, frames in a row differed by 0 to 14, median below 6;
# 60 photographs by 25 to 186.
_ALIKE = 12.0


class LoneImages:
    """Warns once if the images come from a video.

    Example:
        >>> import warnings
        >>> import numpy as np
        >>> images = LoneImages()
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     for level in range(40):
        ...         images.note("MediaPipeMatte", (640, 360), np.full((18, 32), level, np.uint8))
        >>> len(caught)
        1
    """

    def __init__(self) -> None:
        """Begin without an image."""
        self._last: tuple[tuple[int, int], Bytes] | None = None
        self._count = 0

    def note(self, name: str, size: tuple[int, int], thumbnail: Bytes) -> None:
        """Note an image.

        Args:
            name: Who got it, for the warning.
            size: Its width and height.
            thumbnail: Its brightness in few pixels, uint8.
        """
        last, self._last = self._last, (size, thumbnail)
        if self._count >= _COUNT:
            return
        difference = _compare(last[1], thumbnail) if last is not None and last[0] == size else _ALIKE
        if difference == 0 or is_in_run():  # The same image again, or a run that has its own remark.
            return
        self._count = self._count + 1 if difference < _ALIKE else 0
        if self._count == _COUNT:
            warn(
                f"{name} got {_COUNT} images in a row that look like frames of a video, and took the time of a single "
                "image for each: iterate framechain.read(source, objects=[...]), which is many times faster and "
                "steady, or choose a quality, such as quality='fast'"
            )


def _compare(one: Bytes, other: Bytes) -> float:
    return float(cv2.mean(cv2.absdiff(one, other))[0])
