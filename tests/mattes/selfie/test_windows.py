"""Inference on wide crops in windows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.benches import import_benchmarks

from framechain import StreamInfo
from framechain.mattes import MediaPipeMatte
from framechain.mattes.selfie.model import GENERAL, SelfieModel
from framechain.mattes.selfie.windows import compute_size, count_windows, run_in_windows
from framechain.models.views import Crop


class RedIsPeople:
    """A model for tests: whatever is red is a person, but for what it sees less than `least` columns of."""

    size = 256, 256

    def __init__(self, least: int = 0) -> None:
        self.least = least
        self.asked = 0

    def __call__(self, rgb: Any) -> Any:
        self.asked += 1
        assert rgb.shape == (256, 256, 3)
        answer = (rgb[..., 0] / 255).astype(np.float32)
        return answer if answer.any(axis=0).sum() >= self.least else np.zeros_like(answer)


def crop(ratio: float) -> Crop:
    return Crop(0, 0, round(200 * ratio), 200)


@pytest.mark.parametrize(
    ("ratio", "before", "count"),
    [(1.5, 1, 1), (1.5, 2, 2), (1.3, 2, 1), (1.7, 1, 2), (1.9, 2, 2), (1.9, 3, 3), (2.1, 1, 3), (1.7, 3, 2), (9, 1, 3)],
)
def test_count_windows_between_two_numbers_keeps_the_one_before(ratio: float, before: int, count: int) -> None:
    assert count_windows(crop(ratio), before) == count


@pytest.mark.parametrize("count", [1, 2, 3])
def test_run_in_windows_covers_all_of_the_image(count: int) -> None:
    model: Any = RedIsPeople()
    width, height = compute_size(SelfieModel(GENERAL), count)
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[::7, ::5, 0] = 255
    answer = run_in_windows(model, rgb)
    assert model.asked == count
    assert answer.shape == (height, width)
    assert (np.abs(answer.astype(int) - rgb[..., 0]) <= 1).all()


def test_run_in_windows_person_of_whom_one_window_shows_an_arm_stays_whole() -> None:
    model: Any = RedIsPeople(least=80)
    rgb = np.zeros((256, 426, 3), np.uint8)
    # Columns 170 to 255 are in both windows; the second one sees 50 columns of the person.
    rgb[100:, 90:220, 0] = 255
    assert (run_in_windows(model, rgb)[100:, 90:220] > 250).all()


@pytest.fixture
def scenes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The benchmark's module that draws people beside each other."""
    with import_benchmarks(monkeypatch) as load:
        yield load("neighbour_scenes")


@pytest.mark.skipif(sys.platform == "darwin", reason="Macs with Intel have no LiteRT, which the second network needs")
def test_media_pipe_matte_small_person_far_beside_a_large_one_stays_found(scenes: Any) -> None:
    # One square input squeezed her, and she was lost in every frame.
    layers = [scenes._draw_sample(0.8, 0.35, mirrored=True), scenes._draw_sample(0.25, 0.9)]
    shot = scenes._compose(scenes.scenes.make_view(scenes.SIZE), layers, np.zeros((*scenes.SIZE[::-1], 3), np.float32))
    with MediaPipeMatte(quality="balanced") as matte:
        matte.open(StreamInfo("test", "video", 0, 0))
        for _ in range(8):
            alpha = matte(shot.frame)
            far, near = (float((alpha[head] > 127).mean()) for head in shot.heads)
            assert far > 0.8
            assert near > 0.95
