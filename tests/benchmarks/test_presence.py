"""presence.py counts what it says, with mattes whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.benches import import_benchmarks


@pytest.fixture
def presence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The benchmark's module."""
    with import_benchmarks(monkeypatch) as load:
        yield load("presence")


class Answers:
    """A cutter whose answers are given: frame index -> alpha."""

    def __init__(self, answers: list[Any]) -> None:
        self._answers = iter(answers)

    def begin(self, kind: str) -> None:
        assert kind == "video"

    def __call__(self, frame: Any) -> Any:
        return next(self._answers)


def shares(*per_cent: int) -> list[Any]:
    """Mattes of 10x10 pixels, each with so many per cent of people."""
    return [np.where(np.arange(100).reshape(10, 10) < share, 255, 0).astype(np.uint8) for share in per_cent]


def test_measure_nobody_two_frames_pass_unseen_and_three_count(presence: Any) -> None:
    frames = [np.zeros((10, 10, 3), np.uint8)] * 6
    assert presence.measure_nobody(Answers(shares(0, 30, 30, 0, 0, 0)), frames) == (10, 0)
    assert presence.measure_nobody(Answers(shares(0, 30, 20, 25, 0, 0)), frames) == (12.5, 20)


def test_measure_moments_counts_from_the_first_empty_and_the_first_whole_frame(presence: Any) -> None:
    truths = shares(40, 40, 0, 0, 0, 0, 20, 40, 40, 40)
    found = shares(40, 40, 40, 40, 0, 0, 0, 0, 40, 40)
    pairs = [(np.zeros((10, 10, 3), np.uint8), truth) for truth in truths]
    assert presence.measure_moments(Answers(found), pairs) == (2, 1)


@pytest.mark.parametrize("height", [1 / 2, 1 / 4])
def test_shrink_person_has_the_height_that_is_asked_for_and_stands_on_the_frames_bottom(
    presence: Any, height: float
) -> None:
    truth = np.zeros((200, 160), np.uint8)
    truth[40:, 40:120] = 255
    person, backdrop = np.full((200, 160, 3), 200, np.uint8), np.zeros((360, 640, 3), np.uint8)
    image, alpha = presence.shrink_person((person, truth), backdrop, height)
    rows = np.flatnonzero((alpha > 127).any(axis=1))
    assert rows[-1] == 359
    assert len(rows) == pytest.approx(height * 360, abs=2)
    assert (image[alpha > 250] > 190).all()
    assert not image[alpha == 0].any()


def test_film_sways_without_borders(presence: Any) -> None:
    frames = list(presence.film(np.full((90, 160, 3), 128, np.uint8), 8))
    assert len(frames) == 8
    assert min(frame.min() for frame in frames) > 100
    ramp = np.repeat(np.linspace(0, 255, 160, dtype=np.uint8)[None, :, None], 90, axis=0).repeat(3, axis=2)
    means = {round(float(frame[:, 70:90].mean())) for frame in presence.film(ramp, 8)}
    assert len(means) > 2
