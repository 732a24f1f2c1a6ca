"""The one place that imports PyAV.

OpenCV and PyAV each bundle libxcb. On Linux the order `av`, then `cv2` freezes `cv2.imshow` for good; the
other order works. Everything in this package that needs PyAV takes it from here.
"""

from __future__ import annotations

import cv2  # noqa: F401  (first: see above)

import av  # isort: skip

__all__ = ["av"]
