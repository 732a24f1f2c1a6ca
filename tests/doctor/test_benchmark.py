"""What the doctor measures, and what it recommends."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from framechain import MPSegmentation
from framechain.doctor import benchmark
from framechain.doctor.benchmark import (
    BenchmarkFacts,
    Measurement,
    compute_rate,
    judge_benchmark,
    make_images,
    measure_all,
    recommend,
)


def facts(rates: dict[int, tuple[float, ...]]) -> BenchmarkFacts:
    widths = {720: 1280, 1080: 1920}
    return BenchmarkFacts(
        tuple(
            Measurement(widths[height], height, quality, rate)
            for height, found in rates.items()
            for quality, rate in zip(("fast", "balanced", "best"), found, strict=False)
        )
    )


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        ({720: (200, 150, 90), 1080: (100, 80, 40)}, "1080p best holds 30 frames/s"),
        ({720: (200, 150, 90), 1080: (100, 80, 20)}, "1080p balanced holds 60 frames/s"),
        ({720: (200, 150, 90), 1080: (100, 31, 20)}, "720p best holds 60 frames/s"),
        ({720: (90, 40, 20), 1080: (50, 25, 12)}, "720p balanced holds 30 frames/s"),
        ({720: (90, 32, 20), 1080: (50, 20, 12)}, "1080p fast holds 30 frames/s"),
        ({720: (24, 18, 11), 1080: (13, 9)}, "720p fast holds 20 frames/s"),
        ({720: (9,)}, "this machine holds no live video of 10 frames/s: process files, or use --matte chroma"),
    ],
)
def test_recommendation_is_fluent_then_of_a_good_edge_then_large(
    rates: dict[int, tuple[float, ...]], sentence: str
) -> None:
    assert recommend(facts(rates)) == sentence


def test_benchmark_lines_have_each_size_and_the_command() -> None:
    verdicts = list(judge_benchmark(facts({720: (200, 150, 90), 1080: (100, 80.4, 20)})))
    assert [verdict.text for verdict in verdicts] == [
        "1280x720: fast 200, balanced 150, best 90 frames/s",
        "1920x1080: fast 100, balanced 80, best 20 frames/s",
        "1080p balanced holds 60 frames/s",
    ]
    assert verdicts[-1].advice == "framechain --camera-size 1920x1080 --quality balanced"
    assert {verdict.state for verdict in verdicts} == {"ok"}


def test_benchmark_of_a_slow_machine_is_a_note() -> None:
    for rates in ({720: (24.0, 18.0)}, {720: (9.0,)}):
        assert [verdict.state for verdict in judge_benchmark(facts(rates))] == ["ok", "note"]


def test_rate_leaves_out_the_warm_up() -> None:
    moments = [0.0, 0.3, *(0.3 + 0.02 * number for number in range(1, 11))]
    assert compute_rate(moments) == pytest.approx(50)
    assert compute_rate([1.0]) == 0.0
    assert compute_rate([1.0, 1.05]) == pytest.approx(20)


def test_scene_has_a_person_who_moves() -> None:
    first, later = (cv2.imdecode(image, cv2.IMREAD_COLOR) for image in make_images(320, 180)[:7:6])
    assert first.shape == (180, 320, 3)
    assert np.abs(first.astype(int) - later).mean() > 2
    green = MPSegmentation(bg_color=(0, 255, 0), quality="fast")(first)
    kept = (np.abs(green.astype(int) - first).max(axis=2) < 30).mean()
    assert 0.2 < kept < 0.7


def test_measurement_runs_the_engine() -> None:
    found = measure_all([(160, 90)], seconds=0.02).measurements
    assert [(one.width, one.height) for one in found] == [(160, 90)] * len(found)
    assert [one.quality for one in found] == ["fast", "balanced", "best"][: len(found)]
    assert all(one.frames_per_second > 0 for one in found)


def test_measurement_of_what_is_hopeless_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is slow at 720p is slower at 1080p, and a better quality is slower, too."""
    rates = {(1280, "fast"): 25.0, (1280, "balanced"): 9.0, (1920, "fast"): 12.0}
    asked = []

    def measure(images: object, width: int, height: int, quality: str, seconds: float) -> float:
        asked.append((width, quality))
        return rates[width, quality]

    monkeypatch.setattr(benchmark, "_measure", measure)
    monkeypatch.setattr(benchmark, "make_images", lambda width, height: [])
    measure_all()
    assert asked == [(1280, "fast"), (1280, "balanced"), (1920, "fast")]
