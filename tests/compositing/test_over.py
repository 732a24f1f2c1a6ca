"""Laying a foreground over a background, against the formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media import photo

from framechain.compositing.alpha import upsample_alpha
from framechain.compositing.over import composite_in_place, composite_planes, find_foreground_boxes

RANDOM = np.random.default_rng(7)


def composite(front: Any, back: Any, alpha: Any) -> Any:
    """Lay an image over a copy of another."""
    result = back.copy()
    composite_planes([result], [front], [alpha])
    return result


def make_random_image(height: int, width: int) -> Any:
    return RANDOM.integers(0, 256, (height, width, 3), np.uint8)


def mix(front: Any, back: Any, alpha: Any) -> Any:
    """Apply the definition, in floats."""
    a = alpha[..., None] / 255.0
    return a * front + (1 - a) * back


@pytest.mark.parametrize("size", [(256, 256), (1, 256), (256, 1), (37, 512)])
def test_composite_every_alpha_follows_the_formula(size: tuple[int, int]) -> None:
    front, back = make_random_image(*size), make_random_image(*size)
    alpha = np.resize(np.arange(256, dtype=np.uint8), size)
    expected = mix(front, back, alpha)
    result = composite(front.copy(), back, alpha)
    assert np.abs(result - expected).max() < 1


def test_composite_black_and_white_are_exact() -> None:
    """Black, white and every alpha: where rounding errors would show first."""
    alpha = np.arange(256, dtype=np.uint8)[None]
    black, white = np.zeros((1, 256, 3), np.uint8), np.full((1, 256, 3), 255, np.uint8)
    assert composite(white.copy(), black, alpha)[0, :, 1].tolist() == list(range(256))
    assert composite(black.copy(), white, alpha)[0, :, 1].tolist() == list(range(255, -1, -1))
    assert (composite(white.copy(), white, alpha) == 255).all()


@pytest.mark.parametrize("value", [0, 255])
def test_composite_constant_alpha_copies_one_side(value: int) -> None:
    front, back = make_random_image(40, 50), make_random_image(40, 50)
    before, background = front.copy(), back.copy()
    result = composite(front, back, np.full((40, 50), value, np.uint8))
    np.testing.assert_array_equal(result, before if value else background)
    np.testing.assert_array_equal(back, background)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(width=st.integers(1, 60), height=st.integers(1, 60), seed=st.integers(0, 2**32 - 1), share=st.floats(0, 0.02))
def test_foreground_boxes_hold_all_of_the_foreground(width: int, height: int, seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    half = (height + 1) // 2, (width + 1) // 2
    alpha_half: Any = np.where(random.random(half) < share, random.integers(1, 256, half), 0).astype(np.uint8)
    alphas = upsample_alpha(alpha_half, width, height), alpha_half, alpha_half
    for box, alpha in zip(find_foreground_boxes(alphas), alphas, strict=True):
        layer, base = (random.integers(0, 256, alpha.shape).astype(np.uint8) for _ in range(2))
        left, top, across, down = box
        outside = alpha.copy()
        outside[top : top + down, left : left + across] = 0
        assert not outside.any()
        assert left + across <= alpha.shape[1]
        assert top + down <= alpha.shape[0]
        expected = base.copy()
        composite_in_place(expected, layer, alpha)
        composite_in_place(base, layer, alpha, box)
        np.testing.assert_array_equal(base, expected)


@pytest.mark.parametrize("colours", [(), (3,)])
def test_composite_in_place_changes_only_the_foregrounds_box(colours: tuple[int, ...]) -> None:
    for _ in range(100):
        height, width = RANDOM.integers(1, 40, 2)
        whole = RANDOM.integers(0, 256, (height + 4, width + 9, *colours), np.uint8)
        layer = RANDOM.integers(0, 256, (height, width, *colours), np.uint8)
        alpha = np.zeros((height, width), np.uint8)
        alpha[height // 3 :, : width // 2 + 1] = RANDOM.integers(0, 256, alpha[height // 3 :, : width // 2 + 1].shape)
        before = whole.copy()
        # Rows padded in memory, as a decoder's are.
        composite_in_place(whole[2:-2, 3:-6], layer, alpha)
        share = alpha.reshape(alpha.shape + (1,) * len(colours)) / 255
        before[2:-2, 3:-6] = np.round(share * layer + (1 - share) * before[2:-2, 3:-6])
        assert np.abs(whole.astype(int) - before).max() <= 1


def test_composite_in_place_empty_alpha_changes_nothing() -> None:
    base = photo()
    before = base.copy()
    composite_in_place(base, 255 - base, np.zeros(base.shape[:2], np.uint8))
    np.testing.assert_array_equal(base, before)
