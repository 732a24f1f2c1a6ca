"""The matte of a single image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from framechain import MPSegmentation


def test_estimate_still_same_image_gives_the_same_matte(samples: Path) -> None:
    image: Any = cv2.imread(str(samples / "portrait.jpg"))
    with MPSegmentation() as segmentation:
        np.testing.assert_array_equal(segmentation.alpha(image), segmentation.alpha(image))
