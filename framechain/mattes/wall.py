"""Plain walls: a model of a wall's brightness, and the wall continued to where a person hides it."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from .arrays import Bytes, Floats, limit_size, make_square, resize_bytes

_THUMBNAIL = 96
# Grey levels by which a pixel of the wall may differ from the wall around it, and the radius of "around" in pixels.
_TOLERANCE, _REACH = 9.0, 4.0
_ROUNDS = 60
# Wall under other light: its brightness is within these factors, and its colour within so many grey levels.
_LIGHT, _COLOUR = (0.4, 1.8), 16.0
# Shares of the image that a slope and a curvature need: with less data the fit diverges where there is none.
_SLOPE_SHARE, _CURVATURE_SHARE = 0.03, 0.25


def extend_wall(image: Floats, region: tuple[int, int, int, int]) -> Floats:
    """Estimate what an image, float32 (H, W, 3), would show if nothing stood in front of its wall.

    The wall grows from a region that shows nothing else, (left, top, right, bottom) in pixels, wherever a pixel is
    like the wall around it; so its light may fall off. The hidden part is filled from its surroundings, nearest first
    (normalised convolution, Knutsson and Westin 1993). Where the image shows the wall, it is kept.

    Example:
        >>> wall = np.full((60, 80, 3), 200, np.float32)
        >>> wall[20:, 30:50] = 60
        >>> float(extend_wall(wall, (0, 0, 20, 60))[40, 40, 0].round())
        200.0
    """
    height, width = image.shape[:2]
    size = limit_size(image, _THUMBNAIL)
    factor = width / size[0]
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
    left, top, right, bottom = (round(value / factor) for value in region)
    seed = np.zeros(small.shape[:2], np.bool_)
    seed[top : max(top + 1, bottom), left : max(left + 1, right)] = True
    colour = np.median(small[seed], axis=0)
    light = small.sum(axis=2) / max(1.0, float(colour.sum()))
    alike = np.abs(small - light[..., None] * colour).max(axis=2) < _COLOUR
    alike &= (light > _LIGHT[0]) & (light < _LIGHT[1])
    wall = seed & alike & (np.abs(small - colour).max(axis=2) < 2 * _TOLERANCE)
    if not wall.any():
        wall = seed
    for _ in range(_ROUNDS):
        around, known = _average_around(small, wall, _REACH)
        more = wall | (alike & (known > 0.02) & (np.abs(small - around).max(axis=2) < _TOLERANCE))
        if np.array_equal(more, wall):
            break
        wall = more
    # The blurred rim of an object is not wall.
    wall = cv2.erode(wall.astype(np.uint8), make_square(3)) > 0 if np.count_nonzero(wall) > 0.02 * wall.size else wall
    smooth = _fill_hidden(small, wall, colour)
    large = np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    seen = resize_bytes(wall.astype(np.uint8), width, height, nearest=True) > 0
    seen &= np.abs(image - large).max(axis=2) < _TOLERANCE
    return np.where(seen[..., None], image, large)


def _fill_hidden(small: Floats, wall: NDArray[np.bool_], colour: Floats) -> Floats:
    filled, reach = small.copy(), 2.0
    filled[~wall] = colour
    missing = ~wall
    while missing.any() and reach < 2 * _THUMBNAIL:
        around, known = _average_around(small, wall, reach)
        near = missing & (known > 0.1)
        filled[near] = around[near]
        missing &= ~near
        reach *= 2
    # The blur hides the steps between one reach and the next.
    blurred = np.asarray(cv2.GaussianBlur(filled, (0, 0), 2.0), np.float32)
    return np.where(wall[..., None], filled, blurred)


def _average_around(image: Floats, where: NDArray[np.bool_], reach: float) -> tuple[Floats, Floats]:
    """Return the mean of the marked pixels around each pixel, and the share of pixels around it that are marked."""
    weight = where.astype(np.float32)
    known = np.asarray(cv2.GaussianBlur(weight, (0, 0), reach), np.float32)
    total = np.asarray(cv2.GaussianBlur(image * weight[..., None], (0, 0), reach), np.float32)
    return np.asarray(total / np.maximum(known, 1e-6)[..., None], np.float32), known


@functools.lru_cache(maxsize=8)
def _make_polynomials(height: int, width: int) -> NDArray[np.float64]:
    """Return 1, x, y, x^2, xy, y^2 for every pixel, x and y from -1 to 1: (H W, 6)."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.stack([term.reshape(-1) for term in (np.ones_like(x), x, y, x * x, x * y, y * y)], axis=1)


def fit_surface(image: Floats, where: Bytes) -> Floats:
    """Fit a smooth surface to a small image, float32 (H, W) or (H, W, C), by least squares, where `where` is not 0.

    Few pixels give a plane or a constant, many a quadric, none 0.
    """
    height, width = where.shape
    at = np.flatnonzero(where)
    if not at.size:
        return np.zeros_like(image)
    terms = 1 if at.size <= _SLOPE_SHARE * where.size else 3 if at.size <= _CURVATURE_SHARE * where.size else 6
    basis = _make_polynomials(height, width)[:, :terms]
    sample = basis[at]
    # Normal equations: well conditioned for six terms on [-1, 1], and several times as fast as lstsq.
    gram = sample.T @ sample + 1e-6 * np.eye(terms)
    levels = np.linalg.solve(gram, sample.T @ image.reshape(where.size, -1)[at].astype(np.float64))
    return np.asarray(basis @ levels, np.float32).reshape(image.shape)


def fit_wall(image: Floats, first: Bytes, tolerance: float = 12.0) -> Floats:
    """Estimate a plain wall in all of a small image, float32 (H, W) or (H, W, C).

    `first` is not 0 where the wall probably is; its pixels may differ from the surface by `tolerance` grey levels.
    """
    where = first
    for _ in range(3):
        surface = fit_surface(image, where)
        difference = np.abs(image - surface)
        like = (difference if difference.ndim == 2 else difference.max(axis=2)) < tolerance
        if np.count_nonzero(like) < 0.02 * like.size:
            break
        where = like.astype(np.uint8)
    return surface
