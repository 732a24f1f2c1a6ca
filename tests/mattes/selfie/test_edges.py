"""Edges of the matte that follow the edges of the image."""

from __future__ import annotations

import cv2
import numpy as np

from framechain.mattes.selfie.edges import fit_guided_filter


def test_guided_filter_larger_image_edge_is_followed() -> None:
    large = np.full((512, 512), 60, np.uint8)
    large[:, 262:] = 190  # The true edge, not quite where the matte has it.
    small = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
    matte = np.zeros((128, 128), np.uint8)
    matte[:, 65:] = 255
    matte = cv2.GaussianBlur(matte, (0, 0), 1.5).astype(np.uint8)
    truth = np.where(large > 100, 255, 0).astype(int)
    plain = np.abs(cv2.resize(matte, (512, 512)).astype(int) - truth).mean()
    followed = np.abs(fit_guided_filter(matte, small).apply(large).astype(int) - truth).mean()
    assert followed < 0.8 * plain
    flat = np.full((128, 128), 99, np.uint8)
    assert (
        np.abs(fit_guided_filter(matte, flat).apply(flat).astype(int) - matte).max() < 60
    )  # Nothing to fit_guided_filter: only softer.
