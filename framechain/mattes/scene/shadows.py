"""Which of the changed pixels are only in shadow: darker, of the same colour, and without an outline of their own."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..arrays import Bytes, Floats, as_bytes, at_least, scaled, square

# Further off than this the colour is another one: the distance from the grey axis's ray over the scene's brightness.
_CHROMA, _CHROMA_FLOOR = 0.085, 100.0
# More uneven than this within a few pixels is cloth or skin, not light on a wall.
_UNEVEN = 0.08
_LIGHTEST = 0.97
# An outline towards the lit scene that falls by this share of its depth within some three pixels is a thing's; light
# falls off softly. The less of the outline is towards the lit scene, the less it takes: a cast shadow has foreground
# on one side of it, a dark patch of foreground all around.
_SHARP, _SHARP_ENCLOSED, _MORE = 0.84, 0.1, 1.2
# Patches of fewer pixels have no outline to speak of.
_SMALLEST, _FEW = 15, 8
_AROUND, _NEAR = square(3), square(5)
_SUM = np.ones((1, 3), np.float32)


def find_shadows(frame: Bytes, scene: Bytes, changed: Bytes, darkest: float) -> Bytes:
    """Tell cast shadows from dark things.

    Pixel by pixel as Horprasert, Harwood and Davis (1999): the frame's colour is split into a brightness, relative to
    the scene's, and what is left of the colour. A grey shirt before a white wall passes that test too. So patch by
    patch: the brightness within must be even, and fall off softly towards the lit scene, as cast shadows do in rooms.

    Args:
        frame: uint8 (H, W, 3) BGR.
        scene: uint8 (H, W, 3): the scene as it would look now without anybody.
        changed: uint8 (H, W): what differs from it, 255.
        darkest: The brightness, relative to the lit scene, below which nothing counts as shadow.

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
    # Some lit scene around it belongs to the look of an outline. Light needs no more than half the rows.
    bottom, right = min(changed.shape[0], top + height + 10), min(changed.shape[1], left + width + 10)
    top, left = max(0, top - 10), max(0, left - 10)
    # Halving is fast where it comes out even.
    box = slice(top, bottom - (bottom - top) % 2), slice(left, right - (right - left) % 2)
    rows, columns = changed[box].shape
    if min(rows, columns) < 2:
        return result
    light, colour_off = _split(_halved(frame[box]), _halved(scene[box]))
    part = at_least(_halved(changed[box]), 128)
    mean = cv2.blur(light, (3, 3))
    variance = cv2.blur(light * light, (3, 3)) - mean * mean
    candidates = as_bytes(cv2.inRange(light, darkest, _LIGHTEST)) & part
    candidates[(colour_off > 0) | (variance > _UNEVEN**2)] = 0
    candidates = as_bytes(cv2.morphologyEx(candidates, cv2.MORPH_OPEN, _AROUND))
    result[box] = scaled(_soft_patches(candidates, part, light), columns, rows, hard=True) & changed[box]
    return result


def _halved(picture: Bytes) -> Bytes:
    half = picture.shape[1] // 2, picture.shape[0] // 2
    return as_bytes(cv2.resize(picture, half, interpolation=cv2.INTER_AREA))


def _split(frame: Bytes, scene: Bytes) -> tuple[Floats, Floats]:
    """Brightness relative to the scene, and by how much the colour is off beyond tolerance (below 0: within)."""
    f, s = (picture.astype(np.float32) + 1 for picture in (frame, scene))
    # Sums over the channels: six times as fast as einsum.
    ff, fs, ss = (np.asarray(cv2.transform(a * b, _SUM), np.float32) for a, b in ((f, f), (f, s), (s, s)))
    light = fs / ss
    # The squared distance of f from its projection onto s.
    off = ff - light * fs - (_CHROMA * (np.sqrt(ss) + _CHROMA_FLOOR)) ** 2
    return np.asarray(light, np.float32), np.asarray(off, np.float32)


def _soft_patches(candidates: Bytes, changed: Bytes, light: Floats) -> Bytes:
    count, found = cv2.connectedComponents(candidates, connectivity=4, ltype=cv2.CV_16U)
    if count <= 1:
        return np.zeros_like(candidates)
    labels = np.asarray(found, np.uint16)
    near, beside = (np.asarray(cv2.dilate(labels, around), np.uint16) for around in (_NEAR, _AROUND))
    lit = cv2.bitwise_not(changed)
    area, brightness = _means(labels, labels > 0, light, count)
    # A strip along the outline on either side of it: some three pixels apart.
    inner = (cv2.dilate(lit, _NEAR) > 0) & (cv2.dilate(lit, _AROUND) == 0) & (labels > 0)
    outer = (near > 0) & (beside == 0) & (lit > 0)
    inner_area, inside = _means(labels, inner, light, count)
    outer_area, outside = _means(near, outer, light, count)
    ring = (beside > 0) & (labels == 0)
    at_lit, around = (_means(beside, where, light, count)[0] for where in (ring & (lit > 0), ring))
    fall = (outside - inside) / np.maximum(1 - brightness, 1e-3)
    # Too little of a soft outline to tell: a hard edge is neither even nor lit, and so between the two strips.
    fall[(inner_area <= _FEW) | (outer_area <= _FEW)] = 3 * _SHARP_ENCLOSED
    needed = np.minimum(_SHARP, _SHARP_ENCLOSED + _MORE * at_lit / np.maximum(around, 1))
    kept = np.where((area >= _SMALLEST) & (fall > needed), 0, 255).astype(np.uint8)
    kept[0] = 0
    return as_bytes(kept[labels])


def _means(
    labels: NDArray[np.uint16], where: NDArray[np.bool_], light: Floats, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many pixels of `where` each patch has, and their mean brightness."""
    at = np.flatnonzero(where)
    patches = labels.reshape(-1)[at]
    area = np.bincount(patches, minlength=count)
    return area, np.bincount(patches, light.reshape(-1)[at], count) / np.maximum(area, 1)
