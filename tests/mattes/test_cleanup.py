"""The clean-up of masks."""

from __future__ import annotations

import numpy as np

from framechain.mattes.cleanup import CleanUp


def test_clean_up_sizes_are_relative_to_the_frame() -> None:
    for scale in (1, 3):
        mask = np.zeros((120 * scale, 200 * scale), np.uint8)
        mask[20 * scale : 110 * scale, 40 * scale : 160 * scale] = 255
        mask[60 * scale : 67 * scale, 60 * scale : 67 * scale] = 0  # 0.2 % of the area: closed
        mask[60 * scale : 80 * scale, 100 * scale : 120 * scale] = 0  # 1.7 %: a hole
        mask[5 * scale : 10 * scale, 5 * scale : 10 * scale] = 255  # 0.1 %: a speck
        clean = CleanUp()(mask)
        points = [(63, 63), (70, 110), (7, 7), (100, 50)]
        assert [int(clean[y * scale, x * scale]) for y, x in points] == [255, 0, 0, 255]
