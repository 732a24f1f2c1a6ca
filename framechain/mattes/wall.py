"""A plain wall seen in part, continued to where it is hidden."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from .arrays import Bytes, Floats, scaled, square, thumbnail_size

_THUMBNAIL = 96
# Grey levels by which a pixel of the wall may be off what its surroundings promise, and how far they reach, in pixels.
_TOLERANCE, _REACH = 9.0, 4.0
_ROUNDS = 60
# What is lit otherwise is still wall within these factors, and if its colour is off by no more than so many levels.
_LIGHT, _COLOUR = (0.4, 1.8), 16.0
# A slope needs so much of the picture to be told, a curvature so much: less, and it runs off where there is no data.
_FOR_SLOPE, _FOR_CURVATURE = 0.03, 0.25


def continued_wall(picture: Floats, region: tuple[int, int, int, int]) -> Floats:
    """What a picture would look like if nothing were in front of its wall.

    From the region the wall is followed as far as it goes on, each pixel compared with the wall around it, so that
    light may fall off from one end to the other. What hides it is filled in from its surroundings, near ones first
    (normalised convolution, Knutsson and Westin 1993); where the picture shows the wall, the picture itself is kept.

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
    left, top, right, bottom = (round(value / factor) for value in region)
    core = np.zeros(small.shape[:2], np.bool_)
    core[top : max(top + 1, bottom), left : max(left + 1, right)] = True
    colour = np.median(small[core], axis=0)
    light = small.sum(axis=2) / max(1.0, float(colour.sum()))
    alike = np.abs(small - light[..., None] * colour).max(axis=2) < _COLOUR
    alike &= (light > _LIGHT[0]) & (light < _LIGHT[1])
    wall = core & alike & (np.abs(small - colour).max(axis=2) < 2 * _TOLERANCE)
    if not wall.any():
        wall = core
    for _ in range(_ROUNDS):
        around, known = _spread(small, wall, _REACH)
        more = wall | (alike & (known > 0.02) & (np.abs(small - around).max(axis=2) < _TOLERANCE))
        if np.array_equal(more, wall):
            break
        wall = more
    # A thing's blurred rim is no wall.
    wall = cv2.erode(wall.astype(np.uint8), square(3)) > 0 if np.count_nonzero(wall) > 0.02 * wall.size else wall
    filled, reach = small.copy(), 2.0
    filled[~wall] = colour
    missing = ~wall
    while missing.any() and reach < 2 * _THUMBNAIL:
        around, known = _spread(small, wall, reach)
        near = missing & (known > 0.1)
        filled[near] = around[near]
        missing &= ~near
        reach *= 2
    # The fill changes from one reach to the next in steps.
    smooth = np.where(wall[..., None], filled, cv2.GaussianBlur(filled, (0, 0), 2.0)).astype(np.float32)
    large = np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    seen = scaled(wall.astype(np.uint8), width, height, hard=True) > 0
    seen &= np.abs(picture - large).max(axis=2) < _TOLERANCE
    return np.where(seen[..., None], picture, large)


def _spread(picture: Floats, where: NDArray[np.bool_], reach: float) -> tuple[Floats, Floats]:
    """The mean of some pixels around each pixel, and how much of them there is around it."""
    weight = where.astype(np.float32)
    known = np.asarray(cv2.GaussianBlur(weight, (0, 0), reach), np.float32)
    total = np.asarray(cv2.GaussianBlur(picture * weight[..., None], (0, 0), reach), np.float32)
    return np.asarray(total / np.maximum(known, 1e-6)[..., None], np.float32), known


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


def plain_wall(picture: Floats, first: Bytes, tolerance: float = 12.0) -> Floats:
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
