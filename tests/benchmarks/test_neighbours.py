"""neighbours.py counts what it says, and its scenes' truth fits what they show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.benches import import_benchmarks


@pytest.fixture
def neighbours(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The benchmark's module."""
    with import_benchmarks(monkeypatch) as load:
        yield load("neighbours")


@pytest.fixture
def neighbour_scenes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of its scenes."""
    with import_benchmarks(monkeypatch) as load:
        yield load("neighbour_scenes")


def test_neighbour_score_counts_lost_people_heads_and_furniture(neighbours: Any) -> None:
    truth, head, furniture = (np.zeros((100, 100), np.uint8) for _ in range(3))
    truth[:, :40], head[:50, :20], furniture[:, 60:] = 255, 1, 1
    shot = neighbours.Shot(np.zeros((100, 100, 3), np.uint8), truth, [head > 0], furniture > 0)
    answer = np.zeros((100, 100), np.uint8)
    answer[:, 10:40] = answer[:, 60:70] = 255
    score = neighbours.NeighbourScore()
    score.add(truth, shot)
    score.add(answer, shot)
    overlap, _, worst, lost, worst_head, more, taken, _ = score.row
    assert worst == pytest.approx(3000 / 5000)
    assert overlap == pytest.approx((1 + worst) / 2)
    assert (lost, worst_head, more, taken) == pytest.approx((12.5, 50, 12.5, 12.5))


def test_neighbour_score_head_that_is_hardly_seen_does_not_count(neighbours: Any) -> None:
    truth, head = np.full((100, 100), 255, np.uint8), np.zeros((100, 100), np.bool_)
    head[:9, :10] = True
    score = neighbours.NeighbourScore()
    score.add(np.zeros_like(truth), neighbours.Shot(np.zeros((100, 100, 3), np.uint8), truth, [head], head & False))
    assert score.heads == [0]
    assert score.furniture == []


@pytest.mark.slow
def test_sample_scenes_hide_heads_and_furniture_behind_people(neighbour_scenes: Any) -> None:
    scenes = {scene.name: scene for scene in neighbour_scenes.SAMPLE_SCENES}
    backdrop, layers = scenes["one passes before the other"].draw(40)
    shot = neighbour_scenes._compose(backdrop, layers, np.zeros_like(backdrop))
    hidden, front = (int(np.count_nonzero(head)) for head in shot.heads)
    alone = neighbour_scenes._compose(backdrop, layers[:1], np.zeros_like(backdrop))
    assert 0 < hidden < 0.7 * np.count_nonzero(alone.heads[0])
    assert front > hidden
    backdrop, layers = scenes["chair's back"].draw(0)
    shot = neighbour_scenes._compose(backdrop, layers, np.zeros_like(backdrop))
    assert not (shot.furniture & (shot.alpha > 130)).any()
    assert shot.furniture.any()
    # The chair is dark, and what is neither is the bright wall.
    assert shot.frame[shot.furniture].mean() < 50
    assert shot.frame[(shot.alpha == 0) & ~shot.furniture].mean() > 140


def test_place_foot_stands_on_the_frames_bottom(neighbour_scenes: Any) -> None:
    cut = np.zeros((200, 100, 4), np.float32)
    cut[100:, 40:60] = 1
    for scale in (0.5, 2.0):
        for mirrored in (False, True):
            drawn = neighbour_scenes.place(cut, (50.0, 200.0), 0.25, scale, mirrored=mirrored)[..., 3]
            rows, columns = (np.flatnonzero((drawn > 0.5).any(axis=axis)) for axis in (1, 0))
            height = neighbour_scenes.SIZE[1]
            assert rows[-1] >= height - 2
            assert len(rows) == pytest.approx(min(1, scale / 2) * height, abs=6)
            assert columns.mean() == pytest.approx(0.25 * neighbour_scenes.SIZE[0], abs=2)
