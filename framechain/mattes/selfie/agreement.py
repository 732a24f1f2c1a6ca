"""Two networks that err in other places: one decides what is a person, the other where the edge is."""

from __future__ import annotations

import cv2
import numpy as np

from ..arrays import Bytes, Floats, as_bytes, limit_size, resize_bytes
from .people import PERSON_THRESHOLD, erase_components, label_components

# Confidences are sure below this, and above 1 minus this.
_CLIP = 0.01
# Longer side of the images on which regions are compared: their borders are smooth.
_LONGEST = 720
# Longer side of the images whose components are labelled.
_LABELLED = 256
# Half the width, as a share of the image's diagonal, from which a difference is no longer one of edges; and how far
# from its middle the other matte takes over, in such half widths.
_THIN, _REACH = 0.005, 2.5
# Confidence below which a matte doubts what the other is sure of, and mean of an area that is kept all the same.
_DOUBT, _SETTLED = 150, 120
# The mean confidence from which a pixel is surely a person: the lower one where the first look at the whole image is
# sure of it, too. A tenth of what is no person, such as rocks, reaches 222 and 127; a tenth of people in photographs
# 246, or 216 and 236.
_SURE, _SURE_TWICE, _SURE_AT_FIRST = 235, 200, 180
# Least share of a component with such a confidence.
_SURE_SHARE = 0.1


def average(one: Bytes, other: Bytes) -> Bytes:
    """Return the mean of two mattes by their log odds, uint8 (H, W): whoever is sure has more weight."""
    levels, confidences = _make_tables()
    return as_bytes(cv2.LUT(cv2.add(cv2.LUT(one, levels), cv2.LUT(other, levels)), confidences))


def _make_tables() -> tuple[Bytes, Bytes]:
    """Return each confidence's log odds in 0..127, and the confidence that belongs to the sum of two of them."""
    most = np.log((1 - _CLIP) / _CLIP)
    share = np.clip(np.arange(256) / 255, _CLIP, 1 - _CLIP)
    levels = np.rint(127 * (np.log(share / (1 - share)) / most + 1) / 2)
    means = 1 / (1 + np.exp(-most * (np.minimum(np.arange(256), 254) / 127 - 1)))
    # Two that are sure give 0 or 255.
    confidences = np.rint(255 * (means - _CLIP) / (1 - 2 * _CLIP))
    return levels.astype(np.uint8), confidences.astype(np.uint8)


def join(fine: Bytes, coarse: Bytes) -> Bytes:
    """Join two mattes of an image, of any sizes: `coarse` decides what is a person, `fine` where the edge is.

    Where the two differ in a thin strip, they agree on the person and differ on the edge: there `fine` is kept.
    Where they differ in a wide area, `coarse` replaces it, with a soft seam.

    Args:
        fine: uint8 (H, W).
        coarse: uint8 (h, w).

    Returns:
        uint8 (H, W), an array of its own or `fine`.
    """
    size = limit_size(fine, _LONGEST)
    small_fine, small_coarse = (as_bytes(cv2.resize(one, size, interpolation=cv2.INTER_AREA)) for one in (fine, coarse))
    small_coarse = _settle_doubts(small_fine, small_coarse)
    differs = ((small_fine > 127) != (small_coarse > 127)).view(np.uint8)
    half_width = _THIN * float(np.hypot(*size))
    is_wide = cv2.distanceTransform(differs, cv2.DIST_L2, 3) > half_width
    if not is_wide.any():
        return fine
    distance = cv2.distanceTransform((~is_wide).view(np.uint8), cv2.DIST_L2, 3)
    weight = np.clip((_REACH + 0.5) - distance / max(half_width, 1), 0, 1).astype(np.float32)
    return _mix(fine, small_coarse, weight)


def _settle_doubts(fine: Bytes, coarse: Bytes) -> Bytes:
    """Return `coarse` with things that are held kept whole, without holes.

    Where `fine` sees a person and `coarse` doubts, each connected area whose mean is nearly one half is `fine`'s.
    """
    doubted = as_bytes(cv2.inRange(coarse, 0, _DOUBT - 1)) & as_bytes(cv2.inRange(fine, 128, 255))
    labels, areas = label_components(doubted)
    sums = np.bincount(labels.ravel(), weights=coarse.ravel(), minlength=len(areas) + 1)[1:]
    stays = np.concatenate([[False], sums >= _SETTLED * areas])
    return np.where(stays[labels], fine, coarse)


def _mix(fine: Bytes, coarse: Bytes, weight: Floats) -> Bytes:
    """Return the weighted mean of two mattes at the first one's size; `weight` is that of the second, in [0, 1]."""
    height, width = fine.shape
    large = np.asarray(cv2.resize(weight, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    left, top, wide, high = cv2.boundingRect((large > 0).view(np.uint8))
    part = slice(top, top + high), slice(left, left + wide)
    change = cv2.subtract(resize_bytes(coarse, width, height)[part], fine[part], dtype=cv2.CV_32F)
    mixed: Bytes = fine.copy()
    mixed[part] = as_bytes(cv2.add(fine[part], cv2.multiply(change, large[part]), dtype=cv2.CV_8U))
    return mixed


def remove_doubtful(matte: Bytes, mean: Bytes, first: Bytes) -> Bytes:
    """Remove the components that the networks are not sure of: rocks, sofas and clothes on a hook.

    Args:
        matte: uint8 (H, W).
        mean: uint8 (h, w), the mean confidence of both networks.
        first: uint8 (h, w), the confidence of the first look at the whole image.

    Returns:
        uint8 (H, W); all 0 if there is nobody.
    """
    size = limit_size(matte, _LABELLED)
    small, small_mean, small_first = (
        as_bytes(cv2.resize(one, size, interpolation=cv2.INTER_AREA)) for one in (matte, mean, first)
    )
    labels, areas = label_components(as_bytes(cv2.inRange(small, PERSON_THRESHOLD, 255)))
    is_sure = (small_mean >= _SURE) | ((small_mean >= _SURE_TWICE) & (small_first >= _SURE_AT_FIRST))
    sure_areas = np.bincount(labels[is_sure], minlength=len(areas) + 1)[1:]
    stays = sure_areas >= _SURE_SHARE * areas
    if not stays.any():
        return np.zeros_like(matte)
    if stays.all():
        return matte
    return erase_components(matte, np.concatenate([[False], ~stays])[labels].view(np.uint8))
