"""Plain callables as objects, mattes and backgrounds; subclasses that override only `__call__`."""

from __future__ import annotations

from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.media import photo

from framechain import Background, Frame, FrameObject, Matte, StreamInfo, Tunable
from framechain.adapters import (
    adapt_background,
    adapt_matte,
    adapt_object,
    is_overridden,
    unwrap,
)
from framechain.backgrounds import Blur, Color
from framechain.errors import ArgumentTypeError
from framechain.frame import make_image_info
from framechain.mattes import ChromaKey
from framechain.objects.overlays import FPSmetric

INFO = make_image_info("image", photo())
STREAM = StreamInfo("clip", "video", 160, 120)


def make_frame() -> Frame:
    return Frame(INFO, bgr=photo())


def render(background: Background) -> Any:
    out = np.zeros((120, 160, 3), np.uint8)
    background.render((out,), (photo(),), (np.full((120, 160), 9, np.uint8),), INFO)
    return out


# Objects


def test_adapt_object_frame_object_is_returned_itself() -> None:
    metric = FPSmetric()
    assert adapt_object(metric) is metric
    assert unwrap(adapt_object(metric)) is metric


def test_adapt_object_function_gets_bgr_and_info() -> None:
    seen: list[Any] = []

    def negative(frame: Any, info: Any) -> Any:
        seen.append(info)
        return 255 - frame

    adapted = adapt_object(negative)
    np.testing.assert_array_equal(adapted.process_frame(make_frame()).bgr, 255 - photo())
    assert seen == [INFO]
    assert adapted.name == "negative"
    assert unwrap(adapted) is negative


def test_adapt_object_plain_function_has_the_defaults() -> None:
    adapted = adapt_object(lambda frame: frame)
    assert (adapted.gives_alpha, adapted.hides_background, adapted.status, adapted.draws_status) == (
        False, False, None, False,
    )  # fmt: skip
    assert (dict(adapted.keys), list(adapted.tunables), adapted.on_key("a")) == ({}, [], False)
    adapted.open(STREAM)
    adapted.reset()
    adapted.close()


class Duck:
    """Has the hooks without inheriting anything."""

    gives_alpha = True
    hides_background = True
    status = "learning"
    draws_status = True
    keys = MappingProxyType({"k": "quack"})

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.tunables = [Tunable("level", lambda: 1, self.log.append, 0, 2)]

    def __call__(self, frame: Any) -> Any:
        return frame

    def open(self, stream: StreamInfo) -> None:
        self.log.append(stream)

    def reset(self) -> None:
        self.log.append("reset")

    def close(self) -> None:
        self.log.append("close")

    def on_key(self, key: str) -> int:
        self.log.append(key)
        return 1

    def cover(self, frame: Any, info: Any) -> Any:
        return frame + 1


def test_adapt_object_hooks_of_any_object_are_used() -> None:
    duck = Duck()
    adapted = adapt_object(duck)
    adapted.open(STREAM)
    adapted.reset()
    assert adapted.on_key("k") is True
    adapted.close()
    assert duck.log == [STREAM, "reset", "k", "close"]
    assert (adapted.gives_alpha, adapted.hides_background, adapted.status, dict(adapted.keys)) == (
        True, True, "learning", {"k": "quack"},
    )  # fmt: skip
    assert [tunable.name for tunable in adapted.tunables] == ["level"]
    assert adapted.cover(np.zeros((1, 1, 3), np.uint8), INFO).tolist() == [[[1, 1, 1]]]
    assert adapted.draws_status
    adapted.draws_status = False
    assert not duck.draws_status


@pytest.mark.parametrize(("hides", "expected"), [(None, True), (False, False), (True, True)])
def test_adapt_object_cover_means_hides_background_unless_it_is_said(hides: bool | None, expected: bool) -> None:
    class Covers:
        def __call__(self, frame: Any) -> Any:
            return frame

        def cover(self, frame: Any, info: Any) -> Any:
            return frame

    thing = Covers()
    if hides is not None:
        thing.hides_background = hides  # type: ignore[attr-defined]
    assert adapt_object(thing).hides_background is expected


def test_adapt_object_subclass_with_only_call_is_not_bypassed() -> None:
    class Loud(FPSmetric):
        def __call__(self, frame: Any = None) -> Any:  # type: ignore[override]
            return 255 - frame

    np.testing.assert_array_equal(adapt_object(Loud()).process_frame(make_frame()).bgr, 255 - photo())


# Mattes


def test_adapt_matte_function_becomes_bytes() -> None:
    adapted = adapt_matte(lambda frame, info: np.full(frame.shape[:2], info.index + 0.5, np.float32))
    alpha = adapted.estimate(make_frame())
    assert (alpha.dtype, np.unique(alpha).tolist()) == (np.uint8, [128])
    assert (adapted.edge, adapted.status, adapted.mixes_edges, adapted.works_on_yuv, adapted.can_prepare) == (
        None, None, False, False, False,
    )  # fmt: skip


def test_adapt_matte_attributes_of_any_object_are_used() -> None:
    class Soft:
        edge, status, mixes_edges, corrects_foreground = (0.3, 0.1), "learning", True, True

        def __call__(self, frame: Any) -> Any:
            return frame[..., 0]

        def correct_foreground(self, frame: Any, alpha: Any) -> Any:
            return frame + alpha[..., None]

    adapted = adapt_matte(Soft())
    assert (adapted.edge, adapted.status, adapted.mixes_edges, adapted.corrects_foreground) == (
        (0.3, 0.1), "learning", True, True,
    )  # fmt: skip
    one = np.ones((1, 1), np.uint8)
    assert adapted.correct_foreground(np.zeros((1, 1, 3), np.uint8), one).tolist() == [[[1, 1, 1]]]


def test_adapt_matte_with_its_own_estimate_is_returned_itself() -> None:
    class Whole(Matte):
        def estimate(self, frame: Frame) -> Any:
            return np.full((1, 1), 255, np.uint8)

    class Empty(Whole):
        def __call__(self, frame: Any) -> Any:
            return np.zeros(frame.shape[:2], np.uint8)

    whole, empty = Whole(), Empty()
    assert adapt_matte(whole) is whole
    assert adapt_matte(empty) is not empty
    assert not adapt_matte(empty).estimate(make_frame()).any()


# Backgrounds


def test_adapt_background_function_gets_alpha_and_info() -> None:
    adapted = adapt_background(lambda frame, alpha, info: frame // 2 + alpha[..., None] + info.index)
    np.testing.assert_array_equal(render(adapted), photo() // 2 + 9)
    assert (adapted.shows_scene, adapted.gives_alpha, adapted.works_on_yuv) == (False, False, False)


def test_adapt_background_attributes_of_any_object_are_used() -> None:
    adapted = adapt_background(
        type("Scene", (), {"shows_scene": True, "gives_alpha": True, "__call__": lambda self, frame: frame})()
    )
    assert (adapted.shows_scene, adapted.gives_alpha) == (True, True)


def test_adapt_background_subclass_with_only_call_is_not_bypassed() -> None:
    class Dark(Color):
        def __call__(self, frame: Any, *rest: Any) -> Any:
            return np.zeros_like(frame)

    class Named(Blur):
        name = "soft focus"

    dark, named = Dark((9, 9, 9)), Named(9)
    assert adapt_background(named) is named
    assert not render(adapt_background(dark)).any()
    assert render(Color((9, 9, 9))).min() == 9


@pytest.mark.parametrize(("adapt", "role"), [(adapt_matte, "matte"), (adapt_background, "background")])
def test_adapt_what_is_not_callable_is_refused(adapt: Any, role: str) -> None:
    with pytest.raises(ArgumentTypeError, match=rf"the {role} is not callable: 'wall.jpg' \(str\)"):
        adapt("wall.jpg")


@pytest.mark.parametrize(
    ("adapt", "thing", "message"),
    [
        (adapt_matte, FPSmetric(), r"FPSmetric is an object of the chain, .* such as MediaPipeMatte\(\)"),
        (adapt_matte, Blur(), "Blur is a background, which returns images, where a matte is needed"),
        (adapt_background, ChromaKey(), "the background is the matte ChromaKey: give what returns images"),
    ],
)
def test_adapt_what_is_made_for_another_role_is_refused(adapt: Any, thing: Any, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        adapt(thing)


def test_is_overridden_looks_at_the_most_derived_class_first() -> None:
    class Both(FrameObject):
        def __call__(self, frame: Any) -> Any:
            return frame

        def process_frame(self, frame: Frame) -> Frame:
            return frame

    class Later(Both):
        def prepare(self, frame: Frame) -> None:
            return None

    assert not is_overridden(Both(), "process_frame", "__call__")
    assert not is_overridden(Later(), "process_frame", "__call__")
    assert not is_overridden(SimpleNamespace(), "process_frame", "__call__")
    assert is_overridden(Both(), "prepare", "__call__")
    assert not is_overridden(Later(), "prepare", "__call__")
