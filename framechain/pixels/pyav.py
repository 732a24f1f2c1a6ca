"""The one place that imports PyAV; ruff refuses it elsewhere.

OpenCV and PyAV each bundle libxcb. On Linux the order `av`, then `cv2` freezes `cv2.imshow` until the process ends; the
other order works.
"""

from __future__ import annotations

import gc
import os
import sys

import cv2  # noqa: F401  (must come first)

import av  # noqa: TID251  # isort: skip

__all__ = ["av"]

if sys.platform != "win32":
    # A decoder that is garbage has threads, which a forked process does not have: collecting it there would wait for
    # their end for ever.
    os.register_at_fork(after_in_child=gc.freeze)
