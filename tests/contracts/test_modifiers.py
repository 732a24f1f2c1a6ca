"""What modifiers do to confidences: edges that are shared, outlines that move."""

from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import pytest

from framechain.compositing.alpha import make_edge_curve
from framechain.contracts.modifiers import make_growth, share_edge, translate
from framechain.frame import Frame, make_image_info

LEVELS = np.arange(256, dtype=np.uint8)[None]
EDGES = [
    None,
    (0.5, 0.2),
    (0.6, 0.3),
    (0.5, 0.5),
    (0.3, 0.05),
    (0.7, 0.25),
    (0.4, 0.0),
    (0.8, 0.0),
    (0.2, 0.4),
    (0.9, 0.4),
]
# A level of confidence is worth up to 0.75 / softness levels of alpha: half of that is the rounding.
ROUNDING = 0.375


def to_alpha(confidence: Any, edge: Any) -> Any:
    return confidence if edge is None else cv2.LUT(confidence, make_edge_curve(*edge))


@pytest.mark.parametrize(("first", "second"), list(itertools.product(EDGES, EDGES)))
def test_share_edge_of_two_edges_keeps_the_alpha_of_both(first: Any, second: Any) -> None:
    shared = share_edge(first, second)
    # Next to 0 or 1 a side is narrower than the softness.
    narrowest = 0 if shared is None else min(shared[1], shared[0], 1 - shared[0])
    tolerance = 0 if shared is None or narrowest == 0 else ROUNDING / narrowest + 1
    for edge in (first, second):
        translated = to_alpha(translate(LEVELS, edge, shared), shared)
        difference = np.abs(translated.astype(int) - to_alpha(LEVELS, edge)).max()
        assert difference <= (0 if edge == shared else tolerance)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ((0.5, 0.2), (0.5, 0.2), (0.5, 0.2)),
        ((0.5, 0.2), (0.4, 0.2), (0.5, 0.2)),
        ((0.5, 0.2), (0.6, 0.3), (0.6, 0.3)),
        (None, (0.5, 0.2), (0.5, 0.2)),
        ((0.5, 0.0), None, None),
        ((0.4, 0.0), (0.8, 0.0), (0.4, 0.0)),
        ((0.2, 0.4), (0.5, 0.1), (0.5, 0.5)),
        (None, None, None),
    ],
)
def test_share_edge_chooses_the_softer(first: Any, second: Any, shared: Any) -> None:
    assert share_edge(first, second) == shared


@pytest.mark.parametrize("edge", [edge for edge in EDGES if edge is not None])
def test_translate_alpha_keeps_what_is_sure(edge: Any) -> None:
    levels = translate(LEVELS, None, edge)[0].astype(int)
    assert (levels[0], levels[255]) == (0, 255)
    assert (np.diff(levels) >= 0).all()


def grow(confidence: Any, pixels: float, frame_size: tuple[int, int]) -> Any:
    image = np.zeros((*frame_size[::-1], 3), np.uint8)
    frame = Frame(make_image_info("image", image), bgr=image)
    return make_growth(pixels).apply([confidence], [None], frame).astype(float) / 255


def make_disc(size: tuple[int, int], radii: tuple[float, float]) -> Any:
    """An ellipse with a smooth outline in the middle of a mask of this size."""
    large = np.zeros((8 * size[1], 8 * size[0]), np.uint8)
    axes = round(8 * radii[0]), round(8 * radii[1])
    cv2.ellipse(large, (4 * size[0], 4 * size[1]), axes, 0, 0, 360, 255, -1)
    return cv2.resize(large, size, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("pixels", [-12, -5, -2.5, -1, 0, 0.5, 1, 3.25, 7, 20])
@pytest.mark.parametrize("scale", [(1, 1), (2, 2), (4, 4), (6, 4)])
def test_growth_of_a_disc_is_by_pixels_of_the_frame(pixels: float, scale: tuple[int, int]) -> None:
    frame_size, radius = (240, 160), 40
    size = frame_size[0] // scale[0], frame_size[1] // scale[1]
    grown = grow(make_disc(size, (radius / scale[0], radius / scale[1])), pixels, frame_size)
    expected = radius + pixels
    across = grown[size[1] // 2].sum() * scale[0] / 2
    down = grown[:, size[0] // 2].sum() * scale[1] / 2
    area = np.sqrt(grown.sum() * scale[0] * scale[1] / np.pi)
    tolerance = 0.4 + 0.2 * max(scale)
    assert across == pytest.approx(expected, abs=tolerance)
    assert down == pytest.approx(expected, abs=tolerance)
    assert area == pytest.approx(expected, abs=tolerance + 0.04 * abs(pixels))


@pytest.mark.parametrize("pixels", [-7, -3.25, -0.5, 0.5, 1, 2, 3.25, 7])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_growth_of_a_straight_edge_is_exact(pixels: float, scale: int, turn: int) -> None:
    half = np.zeros((60, 60), np.uint8)
    half[:, :30] = 255
    grown = grow(np.rot90(half, turn).copy(), pixels, (60 * scale, 60 * scale))
    assert np.rot90(grown, -turn).sum(axis=1).tolist() == pytest.approx([30 + pixels / scale] * 60, abs=0.01)


def test_growth_at_the_frame_border_leaves_what_the_frame_cuts() -> None:
    person = np.zeros((60, 80), np.uint8)
    person[20:, 30:50] = 255
    shrunk = grow(person, -5, (80, 60))
    assert shrunk[:, 40].tolist() == [0] * 25 + [1] * 35
