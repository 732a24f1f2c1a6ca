"""Decontamination: the foreground's own colour at soft edges, without the old background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..pixels.image import Plane, shrink

# The colours of both sides are spread over the edge on a frame this many times smaller ...
_SHRINKING = 8
# ... but on no fewer pixels a side than this.
_MIN_SIDE = 90
# Standard deviation of that blur as a share of the shorter side.
_REACH = 0.012
# A smaller sum of weights says nothing about the colour.
_MIN_WEIGHT = 0.002
# To the fourth power: little of a mixed pixel's colour is the side's own.
_WEIGHTS = ((np.arange(256) / 255) ** 4).astype(np.float32)
_SHARES = (np.arange(256) / 255).astype(np.float32)


def decontaminate(plane: Plane, alpha: Plane) -> Plane:
    """Estimate the foreground's colour where it is mixed with the background.

    Weighted blurs spread the colours of both sides over the edge and predict the mixture there; the difference between
    a pixel and that prediction is the foreground's own detail and stays ("Approximate Fast Foreground Colour
    Estimation", Forte 2021).

    Args:
        plane: uint8 (H, W) or (H, W, 3): one plane or a BGR image; not changed.
        alpha: uint8 (H, W), 255 = foreground.

    Returns:
        uint8 of the plane's shape; the same where alpha is 0 or 255.

    Example:
        >>> alpha = cv2.GaussianBlur(np.repeat([[0, 255]], 180, axis=1).repeat(360, axis=0).astype(np.uint8), (0, 0), 4)
        >>> mixed = (40 * (alpha / 255.0) + 200 * (1 - alpha / 255.0)).astype(np.uint8)
        >>> half = (alpha > 100) & (alpha < 155)
        >>> int(mixed[half].mean()), int(decontaminate(mixed, alpha)[half].mean())
        (119, 66)
    """
    return decontaminate_planes([plane], [alpha])[0]


def decontaminate_planes(planes: Sequence[Plane], alphas: Sequence[Plane]) -> list[Plane]:
    """Decontaminate planes, each with an alpha of its size; what two planes with the same alpha share is found once."""
    edges: dict[int, _Edge] = {}
    cleaned = []
    for plane, alpha in zip(planes, alphas, strict=True):
        if id(alpha) not in edges:
            edges[id(alpha)] = _Edge(alpha)
        cleaned.append(edges[id(alpha)].clean(plane))
    return cleaned


class _Edge:
    """The soft edge of an alpha, and how the colours of both sides are spread over it."""

    def __init__(self, alpha: Plane) -> None:
        height, width = alpha.shape
        left, top, wide, high = cv2.boundingRect(alpha)
        part = alpha[top : top + high, left : left + wide]
        found = np.flatnonzero(cv2.inRange(part, 1, 254).view(np.bool_)) if part.size else np.empty(0, np.intp)
        self._is_empty = not found.size
        if self._is_empty:
            return
        shrinking = max(1, min(_SHRINKING, min(width, height) // _MIN_SIDE))
        self._small = max(1, width // shrinking), max(1, height // shrinking)
        self._sigma = max(1.0, _REACH * min(self._small))
        small_alpha = shrink(alpha, *self._small)
        self._weights = [_WEIGHTS[small_alpha], _WEIGHTS[255 - small_alpha]]
        totals = [self._blur(weight) for weight in self._weights]
        rows, columns = np.divmod(found.astype(np.int32), np.int32(wide))
        rows += top
        columns += left
        across, down = (np.arange(side) * few // side for side, few in zip((width, height), self._small, strict=True))
        at = (down * self._small[0]).take(rows) + across.take(columns)
        known = ((totals[0] > _MIN_WEIGHT) & (totals[1] > _MIN_WEIGHT)).ravel().take(at)
        if not known.all():
            rows, columns, at = rows[known], columns[known], at[known]
        self._rows, self._columns, self._at = rows, columns, at
        self._totals = [np.maximum(total, 1e-6) for total in totals]
        self._share = _SHARES.take(alpha[rows, columns])

    def clean(self, plane: Plane) -> Plane:
        """Return a copy of a plane or an image with the foreground's own colours on the edge."""
        if self._is_empty:
            return plane
        inside, outside = self._spread(shrink(plane, *self._small).astype(np.float32))
        share, place = self._share, (self._rows, self._columns)
        if plane.ndim == 3:
            share = share[:, None]
        # inside + a (pixel - a inside - (1 - a) outside), by falling powers of a.
        own = inside - outside
        own *= share
        own += inside
        own *= 1 - share
        own += share * plane[place]
        own += np.float32(0.5)
        cleaned: Plane = plane.copy()
        cleaned[place] = np.clip(own, 0, 255, out=own).astype(np.uint8)
        return cleaned

    def _spread(self, plane: NDArray[Any]) -> list[Any]:
        """Return the weighted mean of the foreground around each pixel of the edge, and that of the background."""
        means = []
        for weight, total in zip(self._weights, self._totals, strict=True):
            is_image = plane.ndim == 3
            mean = self._blur(plane * (weight[..., None] if is_image else weight))
            mean /= total[..., None] if is_image else total
            means.append(mean.reshape(-1, 3).take(self._at, axis=0) if is_image else mean.ravel().take(self._at))
        return means

    def _blur(self, plane: NDArray[Any]) -> Any:
        return cv2.GaussianBlur(plane, (0, 0), self._sigma, borderType=cv2.BORDER_REFLECT)
