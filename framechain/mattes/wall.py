"""A plain wall seen in part, continued to where it is hidden."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from ._pixels import Bytes, Floats, as_bytes, scaled, square, thumbnail_size

_THUMBNAIL = 96
_ROUNDS = 8
# Grey levels by which a pixel of the wall may be off its smooth surface.
_TOLERANCE = 12.0
# A slope needs so much of the frame to be told, a curvature so much: less, and it runs off where there is no data.
_FOR_SLOPE, _FOR_CURVATURE = 0.03, 0.25


def continued_wall(picture: Floats, region: tuple[int, int, int, int]) -> Floats:
    """What a picture would look like if nothing were in front of its wall.

    The wall's brightness is taken for a smooth surface, of second degree at most, as lamps and a lens's vignette make
    it. It is fitted to the region first, then, round by round, to all that continues it; where the picture
    shows the wall, the picture itself is kept.

    Args:
        picture: float32 (H, W, 3).
        region: (left, top, right, bottom) in pixels: where there is nothing but wall.

    Returns:
        float32 (H, W, 3).

    Example:
        >>> wall = np.full((60, 80, 3), 200, np.float32)
        >>> wall[20:, 30:50] = 60
        >>> float(continued_wall(wall, (0, 0, 20, 60))[40, 40, 0].round())
        200.0
    """
    height, width = picture.shape[:2]
    size = thumbnail_size(picture, _THUMBNAIL)
    factor = width / size[0]
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    wall = np.zeros(small.shape[:2], np.uint8)
    left, top, right, bottom = (round(value / factor) for value in region)
    wall[top : max(top + 1, bottom), left : max(left + 1, right)] = 1
    core = wall.copy()
    surface = smooth_surface(small, wall)
    for _ in range(_ROUNDS):
        like = (np.abs(small - surface).max(axis=2) < _TOLERANCE).astype(np.uint8) | core
        _, labels = cv2.connectedComponents(like, connectivity=4)
        grown = np.isin(labels, np.unique(labels[core > 0])).astype(np.uint8) & like
        if np.array_equal(grown, wall):
            break
        wall = grown
        surface = smooth_surface(small, wall)
    smooth = np.asarray(cv2.resize(surface, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    # A thing's blurred rim is no wall.
    seen = scaled(as_bytes(cv2.erode(wall, square(3))), width, height, hard=True) > 0
    seen &= np.abs(picture - smooth).max(axis=2) < _TOLERANCE
    return np.where(seen[..., None], picture, smooth)


@functools.lru_cache(maxsize=8)
def _polynomials(height: int, width: int) -> NDArray[np.float64]:
    """1, x, y, x^2, xy, y^2 for every pixel of a picture, x and y from -1 to 1: (H W, 6)."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.stack([term.reshape(-1) for term in (np.ones_like(x), x, y, x * x, x * y, y * y)], axis=1)


def smooth_surface(picture: Floats, where: Bytes) -> Floats:
    """The smooth surface through some pixels of a small picture, by least squares.

    Args:
        picture: float32 (H, W) or (H, W, C).
        where: uint8 (H, W): not 0 at the pixels that count; the more of them, the more the surface may bend.

    Returns:
        float32 of the picture's shape; all 0 if no pixel counts.
    """
    height, width = where.shape
    at = np.flatnonzero(where)
    if not at.size:
        return np.zeros_like(picture)
    terms = 1 if at.size <= _FOR_SLOPE * where.size else 3 if at.size <= _FOR_CURVATURE * where.size else 6
    basis = _polynomials(height, width)[:, :terms]
    sample = basis[at]
    # The normal equations of so few terms on [-1, 1] are harmless, and several times as fast as lstsq.
    gram = sample.T @ sample + 1e-6 * np.eye(terms)
    levels = np.linalg.solve(gram, sample.T @ picture.reshape(where.size, -1)[at].astype(np.float64))
    return np.asarray(basis @ levels, np.float32).reshape(picture.shape)


def plain_wall(picture: Floats, first: Bytes, tolerance: float = _TOLERANCE) -> Floats:
    """The brightness of a plain wall all over a small picture, from a guess at where it is seen.

    Args:
        picture: float32 (H, W) or (H, W, C).
        first: uint8 (H, W): not 0 where the wall probably is.
        tolerance: Grey levels by which a pixel of it may be off.

    Returns:
        float32 of the picture's shape.
    """
    where = first
    for _ in range(3):
        surface = smooth_surface(picture, where)
        off = np.abs(picture - surface)
        like = (off if off.ndim == 2 else off.max(axis=2)) < tolerance
        if np.count_nonzero(like) < 0.02 * like.size:
            break
        where = like.astype(np.uint8)
    return surface
