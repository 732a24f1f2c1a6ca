"""The one place that imports PyAV; ruff refuses it elsewhere.

OpenCV and PyAV each bundle libxcb. On Linux the order `av`, then `cv2` freezes `cv2.imshow` until the process ends; the
other order works.
"""

from __future__ import annotations

import cv2  # noqa: F401  (must come first)

import av  # noqa: TID251  # isort: skip

__all__ = ["av"]
