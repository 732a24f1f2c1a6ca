"""What BlazeFace says several times over, joined."""

from __future__ import annotations

import numpy as np
import pytest

from framechain.faces.candidates import Candidates, join_candidates, make_no_candidates


def make(*rows: tuple[float, float, float, float, float]) -> Candidates:
    """Make candidates from score, left, top, right and bottom."""
    found = np.zeros((len(rows), 17), np.float32)
    found[:, :5] = rows
    found[:, 5:] = found[:, 1:2]
    return found


def test_join_candidates_of_one_face_gives_their_weighted_mean() -> None:
    [face] = join_candidates(make((0.9, 0, 0, 10, 10), (0.3, 4, 0, 14, 10)), 0.2)
    assert face.score == pytest.approx(0.9)
    assert (face.x, face.y, face.width, face.height) == pytest.approx((1, 0, 10, 10))
    assert face.points == ((pytest.approx(1), pytest.approx(1)),) * 6


def test_join_candidates_side_by_side_are_two_faces() -> None:
    found = join_candidates(make((0.6, 0, 0, 10, 10), (0.9, 7, 0, 17, 10), (0.1, 40, 0, 50, 10)), 0.5)
    assert [(face.x, face.score) for face in found] == [(7, pytest.approx(0.9)), (0, pytest.approx(0.6))]


def test_join_candidates_part_of_a_face_is_left_out_of_it() -> None:
    [face] = join_candidates(make((0.9, 0, 0, 40, 40), (0.8, 5, 5, 15, 15)), 0.5)
    assert (face.x, face.width) == (0, 40)


def test_join_candidates_none_gives_no_face() -> None:
    assert join_candidates(make_no_candidates(), 0.5) == []
