"""The views of a replacement, and the keys and trackbars of its view and its edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.media import photo

from framechain import BackgroundReplacement, Matte
from framechain.backgrounds import Blur, Color
from framechain.compositing.alpha_shape import AlphaShape
from framechain.errors import ArgumentError
from framechain.objects.replacement_controls import ReplacementControls, join_side_by_side, to_grey_image

ALPHA = np.arange(256, dtype=np.uint8)[None].repeat(200, 0)


def make(threshold: float | None = 0.5) -> tuple[ReplacementControls, AlphaShape]:
    shape = AlphaShape(threshold)
    return ReplacementControls(shape), shape


def test_show_each_view_is_what_it_says() -> None:
    controls, _ = make()
    result = photo(256, 200)
    assert controls.show(result, ALPHA) is result
    controls.view = "matte"
    np.testing.assert_array_equal(controls.show(result, ALPHA), np.dstack([ALPHA] * 3))
    controls.view = "both"
    np.testing.assert_array_equal(controls.show(result, ALPHA), join_side_by_side(to_grey_image(ALPHA), result))


def test_view_unknown_name_is_refused() -> None:
    controls, _ = make()
    with pytest.raises(ArgumentError, match="view must be one of result, matte, both, got 'raw'"):
        controls.view = "raw"
    assert controls.view == "result"


def test_on_key_m_steps_through_the_views() -> None:
    controls, _ = make()
    seen = []
    for _ in range(4):
        assert controls.on_key("m")
        seen.append(controls.view)
    assert seen == ["matte", "both", "result", "matte"]


def test_on_key_plus_and_minus_change_the_softness_within_its_range() -> None:
    controls, shape = make()
    assert (controls.on_key("+"), shape.softness) == (True, 0.25)
    assert (controls.on_key("-"), controls.on_key("-"), shape.softness) == (True, True, 0.15)
    for _ in range(30):
        assert controls.on_key("-")
    assert shape.softness == 0
    for _ in range(30):
        assert controls.on_key("+")
    assert shape.softness == 1
    assert not controls.on_key("x")


def test_keys_and_tunables_without_an_edge_are_only_the_view() -> None:
    controls, shape = make(None)
    assert set(controls.keys) == {"m"}
    assert controls.tunables == []
    assert not controls.on_key("+")
    assert shape.softness == 0.2


def test_tunables_set_threshold_and_softness() -> None:
    controls, shape = make()
    assert [tunable.name for tunable in controls.tunables] == ["threshold", "softness"]
    for tunable, value in zip(controls.tunables, (0.7, 0.1), strict=True):
        tunable.set(value)
        assert tunable.get() == value
    assert (shape.threshold, shape.softness) == (0.7, 0.1)


@pytest.mark.parametrize("width", [1, 2, 7, 160])
def test_join_side_by_side_any_size_keeps_its_shape(width: int) -> None:
    left, right = np.full((90, width, 3), 255, np.uint8), np.zeros((90, width, 3), np.uint8)
    joined = join_side_by_side(left, right)
    assert joined.shape == left.shape
    assert joined.flags.c_contiguous


class Known(Matte):
    edge = (0.5, 0.2)
    keys = {"k": "known", "+": "more of it"}  # noqa: RUF012

    def __init__(self) -> None:
        self.pressed: list[str] = []

    def __call__(self, frame: Any) -> Any:
        return np.zeros(frame.shape[:2], np.uint8)

    def on_key(self, key: str) -> bool:
        self.pressed.append(key)
        return key in self.keys


def test_replacement_key_of_the_matte_is_preferred_to_the_edge() -> None:
    matte = Known()
    replacement = BackgroundReplacement(matte, Color((0, 0, 0)))
    assert replacement.keys["+"] == "more of it"
    assert [replacement.on_key(key) for key in "+-kmx"] == [True, True, True, True, False]
    assert matte.pressed == ["+", "-", "k", "m", "x"]
    assert (replacement.softness, replacement.view) == (pytest.approx(0.15), "matte")


def test_replacement_plus_belongs_to_the_blur_before_the_edge() -> None:
    blur = Blur(35)
    replacement = BackgroundReplacement(lambda f: f[..., 0], blur, threshold=0.5)
    assert replacement.on_key("+")
    assert (blur.kernel, replacement.softness) == ((45, 45), 0.2)
    names = [tunable.name for tunable in replacement.tunables]
    assert names == ["threshold", "softness", "blur"]


def test_replacement_matte_only_is_the_view() -> None:
    replacement = BackgroundReplacement(lambda f: f[..., 0], Color((0, 0, 0)), matte_only=True)
    frame = photo()
    assert replacement.view == "matte"
    np.testing.assert_array_equal(replacement(frame.copy()), np.dstack([frame[..., 0]] * 3))
    replacement.matte_only = False
    assert replacement.view == "result"
