"""Cast shadows: changed pixels that are darker, have the scene's colour, and no outline of their own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, Floats, as_bytes, make_square, resize_bytes, threshold_at

# Tolerance of the colour: the distance from the ray through the scene's colour, relative to the scene's brightness.
_CHROMA, _CHROMA_FLOOR = 0.085, 100.0
# Standard deviation of the relative brightness above which pixels are cloth or skin, not light on a wall.
_UNEVEN = 0.08
_LIGHTEST = 0.97
# An outline towards the lit scene that falls by this share of the shadow's depth within some three pixels belongs to a
# thing; light falls off softly. The less of the outline touches the lit scene, the lower the limit: a cast shadow has
# foreground on one side, a dark part of the foreground all around.
_SHARP, _SHARP_ENCLOSED, _SHARP_SLOPE = 0.84, 0.1, 1.2
# Least area of a component, and of the strips along its outline, in pixels.
_MIN_AREA, _MIN_STRIP = 15, 8
_SQUARE_3, _SQUARE_5 = make_square(3), make_square(5)
_SUM = np.ones((1, 3), np.float32)


def find_shadows(frame: Bytes, scene: Bytes, changed: Bytes, darkest: float) -> Bytes:
    """Separate cast shadows from dark things.

    Each pixel as in Horprasert, Harwood and Davis (1999): the frame's colour is split into a brightness relative to
    the scene's and the rest. A grey shirt in front of a white wall passes that test, too. So each component must also
    have even brightness, and fall off softly towards the lit scene, as cast shadows do in rooms.

    Args:
        frame: uint8 (H, W, 3) BGR.
        scene: uint8 (H, W, 3): the scene under the frame's light.
        changed: uint8 (H, W): 255 where the frame differs from it.
        darkest: Least brightness of a shadow, relative to the scene's.

    Returns:
        uint8 (H, W), 255 = shadow; a part of `changed`.

    Example:
        >>> scene = np.full((80, 80, 3), 200, np.uint8)
        >>> light = np.ones((80, 80), np.float32)
        >>> light[20:60, 20:60] = 0.7
        >>> cast = scene * cv2.GaussianBlur(light, (0, 0), 5)[..., None]
        >>> changed = np.where(cast[..., 0] < 185, 255, 0).astype(np.uint8)
        >>> int(find_shadows(cast.astype(np.uint8), scene, changed, 0.5)[40, 40])
        255
        >>> shirt = (scene * light[..., None]).astype(np.uint8)
        >>> int(find_shadows(shirt, scene, changed, 0.5)[40, 40])
        0
    """
    result = np.zeros_like(changed)
    left, top, width, height = cv2.boundingRect(changed)
    if not width or darkest >= _LIGHTEST:
        return result
    # With ten pixels of the lit scene around, to judge the outline.
    bottom, right = min(changed.shape[0], top + height + 10), min(changed.shape[1], left + width + 10)
    top, left = max(0, top - 10), max(0, left - 10)
    # Half the rows are enough for light, and even sides make halving fast.
    box = slice(top, bottom - (bottom - top) % 2), slice(left, right - (right - left) % 2)
    rows, columns = changed[box].shape
    if min(rows, columns) < 2:
        return result
    light, colour_excess = _split_colour(_halve(frame[box]), _halve(scene[box]))
    part = threshold_at(_halve(changed[box]), 128)
    mean = cv2.blur(light, (3, 3))
    variance = cv2.blur(light * light, (3, 3)) - mean * mean
    candidates = as_bytes(cv2.inRange(light, darkest, _LIGHTEST)) & part
    candidates[(colour_excess > 0) | (variance > _UNEVEN**2)] = 0
    candidates = as_bytes(cv2.morphologyEx(candidates, cv2.MORPH_OPEN, _SQUARE_3))
    soft = _select_soft_components(candidates, part, light)
    result[box] = resize_bytes(soft, columns, rows, nearest=True) & changed[box]
    return result


def _halve(image: Bytes) -> Bytes:
    half = image.shape[1] // 2, image.shape[0] // 2
    return as_bytes(cv2.resize(image, half, interpolation=cv2.INTER_AREA))


def _split_colour(frame: Bytes, scene: Bytes) -> tuple[Floats, Floats]:
    """Return the brightness relative to the scene, and how far the colour is beyond tolerance (below 0: within)."""
    f, s = (image.astype(np.float32) + 1 for image in (frame, scene))
    # Sums over the channels: six times as fast as einsum.
    ff, fs, ss = (np.asarray(cv2.transform(a * b, _SUM), np.float32) for a, b in ((f, f), (f, s), (s, s)))
    light = fs / ss
    # The squared distance of f from its projection onto s.
    excess = ff - light * fs - (_CHROMA * (np.sqrt(ss) + _CHROMA_FLOOR)) ** 2
    return np.asarray(light, np.float32), np.asarray(excess, np.float32)


def _select_soft_components(candidates: Bytes, changed: Bytes, light: Floats) -> Bytes:
    count, found = cv2.connectedComponents(candidates, connectivity=4, ltype=cv2.CV_16U)
    if count <= 1:
        return np.zeros_like(candidates)
    labels = np.asarray(found, np.uint16)
    near, beside = (np.asarray(cv2.dilate(labels, element), np.uint16) for element in (_SQUARE_5, _SQUARE_3))
    lit = cv2.bitwise_not(changed)
    area, brightness = _average_by_label(labels, labels > 0, light, count)
    # Two strips along the outline, one inside and one outside, some three pixels apart.
    inner = (cv2.dilate(lit, _SQUARE_5) > 0) & (cv2.dilate(lit, _SQUARE_3) == 0) & (labels > 0)
    outer = (near > 0) & (beside == 0) & (lit > 0)
    inner_area, inside = _average_by_label(labels, inner, light, count)
    outer_area, outside = _average_by_label(near, outer, light, count)
    ring = (beside > 0) & (labels == 0)
    lit_length, length = (_average_by_label(beside, where, light, count)[0] for where in (ring & (lit > 0), ring))
    fall = (outside - inside) / np.maximum(1 - brightness, 1e-3)
    # Without enough of both strips the outline cannot be judged: a hard edge is neither even nor lit.
    fall[(inner_area <= _MIN_STRIP) | (outer_area <= _MIN_STRIP)] = 3 * _SHARP_ENCLOSED
    limit = np.minimum(_SHARP, _SHARP_ENCLOSED + _SHARP_SLOPE * lit_length / np.maximum(length, 1))
    kept = np.where((area >= _MIN_AREA) & (fall > limit), 0, 255).astype(np.uint8)
    kept[0] = 0
    return as_bytes(kept[labels])


def _average_by_label(
    labels: NDArray[np.uint16], where: NDArray[np.bool_], light: Floats, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the number of marked pixels with each label, and their mean brightness."""
    at = np.flatnonzero(where)
    marked = labels.reshape(-1)[at]
    area = np.bincount(marked, minlength=count)
    return area, np.bincount(marked, light.reshape(-1)[at], count) / np.maximum(area, 1)
