"""Mask: the effect on one side, the other side as it was."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from support.effect_cases import LAYOUTS, copy_planes, make_frame

from framechain import FindMatte
from framechain.chain import Chain
from framechain.effects import Denoise, Gamma, Hologram, Mask, Overlay, Resize, WhiteBalance
from framechain.errors import ArgumentError, ArgumentTypeError, ObjectResultError
from framechain.mattes import Region

LEFT = (0, 0, 32, 48)


def process(chain: list[Any], layout: str) -> list[Any]:
    whole = Chain(chain)
    frame = make_frame(layout)
    whole.open(frame.info.stream)
    return copy_planes(whole(frame))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("where", ["foreground", "background"])
@pytest.mark.parametrize("shares", [False, True], ids=["own matte", "matte found earlier"])
def test_mask_changes_one_side_alone(layout: str, where: str, shares: bool) -> None:
    effect = Hologram()
    chain = (
        [FindMatte(Region(LEFT)), Mask(effect, where=where)] if shares else [Mask(effect, Region(LEFT), where=where)]
    )
    found, before, after = process(chain, layout), copy_planes(make_frame(layout)), process([Hologram()], layout)
    for plane, original, changed in zip(found, before, after, strict=True):
        middle = plane.shape[1] // 2
        # Two pixels beside the border are mixed.
        left, right = np.s_[:, : middle - 2], np.s_[:, middle + 2 :]
        on, off = (left, right) if where == "foreground" else (right, left)
        np.testing.assert_array_equal(plane[on], changed[on])
        np.testing.assert_array_equal(plane[off], original[off])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_mask_of_an_effect_that_draws_in_place_leaves_the_other_side(layout: str) -> None:
    def blacken(frame: Any) -> Any:
        frame[:] = 0
        return frame

    for effect in (blacken, Overlay(np.zeros((4, 4, 3), np.uint8), "right", size=0.3)):
        frame, before = make_frame(layout), make_frame(layout).read_bgr().astype(int)
        found = Chain([Mask(effect, Region(LEFT))])(frame).read_bgr()
        assert abs(found[:, 36:] - before[:, 36:]).max() <= 4


def test_mask_mixes_by_alpha() -> None:
    def half(frame: Any) -> Any:
        return np.full(frame.shape[:2], 100, np.uint8)

    find = FindMatte(half, threshold=None)
    found = Chain([find, Mask(lambda frame: frame * 0 + 200)])(make_frame("BGR")).bgr
    expected = make_frame("BGR").bgr * (155 / 255) + 200 * (100 / 255)
    assert abs(found - expected).max() <= 1.01


def test_mask_without_a_matte_before_it_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"Mask needs the alpha that a matte found"):
        Chain([Mask(Gamma())])


def test_mask_has_the_hooks_of_its_effect() -> None:
    calls: list[str] = []

    class Noting(Denoise):
        keys = MappingProxyType({"n": "more"})

        def open(self, stream: Any) -> None:
            calls.append("open")

        def close(self) -> None:
            calls.append("close")

        def on_key(self, key: str) -> bool:
            calls.append(key)
            return key == "n"

    thing = Mask(Noting(), Region(LEFT))
    assert "n" in thing.keys
    assert "denoise" in [tunable.name for tunable in thing.tunables]
    chain = Chain([thing])
    chain.open(make_frame("BGR").info.stream)
    assert chain.on_key("n")
    chain.close()
    assert calls == ["open", "n", "close"]


def test_mask_history_is_that_of_both() -> None:
    assert Mask(Gamma(), Region(LEFT)).history == 0
    assert Mask(WhiteBalance(), Region(LEFT)).history == 60
    assert Mask(lambda frame: frame, Region(LEFT)).history is None
    assert Mask(Gamma()).history == 0


def test_mask_of_an_effect_that_changes_the_size_says_so() -> None:
    with pytest.raises(ObjectResultError, match="it must keep the size"):
        process([Mask(Resize(10), Region(LEFT))], "BGR")


def test_mask_refuses_another_side_and_no_effect() -> None:
    with pytest.raises(ArgumentError, match="where must be one of foreground, background"):
        Mask(Gamma(), where="left")
    with pytest.raises(ArgumentTypeError, match="is not callable"):
        Mask(5)  # type: ignore[arg-type]


def test_mask_covers_a_live_frame_without_alpha() -> None:
    assert Chain([Mask(Gamma(), Region(LEFT))]).cover is not None
