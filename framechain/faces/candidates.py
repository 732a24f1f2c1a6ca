"""What BlazeFace says about one face several times over, joined to one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .face import Face

Candidates = NDArray[np.float32]
"""(n, 17): the score, left, top, right and bottom of the box, then x and y of the six points."""

COLUMNS = 17
# MediaPipe's own value: boxes that share more are of one face.
_SAME_FACE = 0.3
# A box that lies in another one by so much of its own area is a part of that face, such as an eye or a nose.
_PART_OF_FACE = 0.65


def make_no_candidates() -> Candidates:
    """Return an array without candidates."""
    return np.zeros((0, COLUMNS), np.float32)


def join_candidates(candidates: Candidates, min_score: float) -> list[Face]:
    """Join the candidates by weighted non-maximum suppression.

    Those that overlap the best one are of the same face: the mean of their boxes and points, weighted by their scores,
    jitters less than the best one alone. Source: V. Bazarevsky et al., BlazeFace, 2019, section 3.3.

    Args:
        candidates: Of any number of looks at one frame, in its pixels.
        min_score: Faces below it are left out.

    Returns:
        The faces, the surest first.
    """
    rest = candidates[candidates[:, 0] >= min_score]
    rest = rest[np.argsort(-rest[:, 0], kind="stable")]
    faces = []
    while len(rest):
        best = rest[0]
        shared, areas = _intersect(best, rest), _measure(rest)
        same = shared > _SAME_FACE * (areas[0] + areas - shared)
        same[0] = True
        group = rest[same].astype(np.float64)
        mean = np.average(group[:, 1:], axis=0, weights=group[:, 0])
        faces.append(_make_face(float(best[0]), mean))
        part = shared > _PART_OF_FACE * np.minimum(areas, areas[0])
        rest = rest[~(same | part)]
    return faces


def _measure(boxes: Candidates) -> NDArray[np.float32]:
    area: NDArray[np.float32] = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
    return area


def _intersect(best: Candidates, boxes: Candidates) -> NDArray[np.float32]:
    width = np.minimum(boxes[:, 3], best[3]) - np.maximum(boxes[:, 1], best[1])
    height = np.minimum(boxes[:, 4], best[4]) - np.maximum(boxes[:, 2], best[2])
    shared: NDArray[np.float32] = width.clip(0) * height.clip(0)
    return shared


def _make_face(score: float, numbers: NDArray[np.float64]) -> Face:
    left, top, right, bottom, *places = numbers.tolist()
    points = tuple(zip(places[::2], places[1::2], strict=True))
    return Face(left, top, right - left, bottom - top, score, points)
