"""The one place that imports PyAV.

OpenCV and PyAV each bundle libxcb. On Linux the order `av`, then `cv2` freezes `cv2.imshow` for good; the
other order works. Everything in this package that needs PyAV takes it from here.
"""

from __future__ import annotations

from typing import Any

import cv2  # noqa: F401  (first: see above)
import av  # isort: skip

LENIENT_METADATA: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""Tags in files need not be UTF-8. PyAV 19 sees to that itself and knows the argument no more."""

__all__ = ["LENIENT_METADATA", "av"]
