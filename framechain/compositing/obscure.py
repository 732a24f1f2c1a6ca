"""Blurring an image beyond recognition."""

from __future__ import annotations

import cv2
import numpy as np

from ..pixels.image import Image, shrink

# So few rows show a person only as a patch of colour.
_ROWS = 12


def obscure(frame: Image) -> Image:
    """Reduce an image, uint8 (H, W, 3), to large patches of colour: a new array of that shape.

    Example:
        >>> fine = np.indices((90, 160)).sum(axis=0) % 2 * 255
        >>> blurred = obscure(np.dstack([fine] * 3).astype(np.uint8))
        >>> int(blurred.min()), int(blurred.max())
        (128, 128)
    """
    height, width = frame.shape[:2]
    scale = _ROWS / min(height, width)
    size = max(1, min(width, round(width * scale))), max(1, min(height, round(height * scale)))
    tiny = cv2.GaussianBlur(shrink(frame, *size), (3, 3), 0)
    return cv2.resize(tiny, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)
