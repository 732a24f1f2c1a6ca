"""What every effect must do, whatever it looks like."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest
from support.effect_cases import CASES, COLOURS, LAYOUTS, SIZES, copy_planes, crop_photo, lay_out, make_frame

from framechain import Frame, FrameObject, effects
from framechain.batch.fingerprint import make_fingerprint
from framechain.chain import Chain
from framechain.errors import ArgumentError

for_all_effects = pytest.mark.parametrize("name", CASES)
# BT.709 differs from BT.601 in numbers alone.
in_all_layouts = pytest.mark.parametrize(
    "layout", [pytest.param(name, marks=[pytest.mark.slow] * (name == "BT.709")) for name in LAYOUTS]
)
NEUTRAL = [name for name, case in CASES.items() if case.neutral is not None]


def run(thing: Any, layout: str, count: int = 3, size: tuple[int, int] = (64, 48)) -> list[Any]:
    """The planes of some frames of a stream, after an effect."""
    chain, results = Chain([thing]), []
    chain.open(make_frame(layout, size).info.stream)
    for index in range(count):
        results.append(copy_planes(chain(make_frame(layout, size, index=index))))
    chain.close()
    return results


def assert_equal(first: list[Any], second: list[Any]) -> None:
    for planes, others in zip(first, second, strict=True):
        for plane, other in zip(planes, others, strict=True):
            np.testing.assert_array_equal(plane, other)


def test_effects_all_have_a_case() -> None:
    assert {*CASES, "OnnxStyle"} == set(effects.__all__)  # It needs a file.


@for_all_effects
@in_all_layouts
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_effect_with_any_size_gives_a_frame_of_the_size_promised(name: str, layout: str, size: Any) -> None:
    case = CASES[name]
    for planes in run(case.make(), layout, size=size):
        width, height = case.resize(*size)
        assert planes[0].shape[:2] == (height, width)
        assert all(plane.dtype == np.uint8 for plane in planes)
        if len(planes) == 3:
            assert planes[1].shape == planes[2].shape == ((height + 1) // 2, (width + 1) // 2)


@for_all_effects
@in_all_layouts
def test_effect_of_the_same_stream_gives_the_same_frames(name: str, layout: str) -> None:
    thing = CASES[name].make()
    first = run(thing, layout)
    assert_equal(first, run(CASES[name].make(), layout))
    assert_equal(first, run(thing, layout))  # `open` forgets the stream before.


@for_all_effects
@pytest.mark.parametrize("colour", COLOURS)
def test_effect_on_a_frame_of_the_decoder_leaves_its_planes_alone(name: str, colour: str) -> None:
    frame = make_frame(colour)
    kept, image = copy_planes(frame), frame.yuv
    chain = Chain([CASES[name].make()])
    chain.open(frame.info.stream)
    chain(frame)
    assert_equal([copy_planes(Frame(frame.info, yuv=image))], [kept])


@for_all_effects
@pytest.mark.parametrize("colour", COLOURS)
def test_effect_in_yuv_looks_as_in_bgr(name: str, colour: str) -> None:
    case = CASES[name]
    image = lay_out(crop_photo((150, 110)), colour).read_bgr()  # What YUV cannot hold is no difference.
    found = []
    for layout in ("BGR", colour):
        chain = Chain([case.make()])
        frame = lay_out(image, layout)
        chain.open(frame.info.stream)
        found.append(chain(frame).read_bgr().astype(int))
    assert abs(found[0] - found[1]).mean() < case.difference


@for_all_effects
@in_all_layouts
def test_effect_on_a_transparent_frame_keeps_the_alphas(name: str, layout: str) -> None:
    case = CASES[name]
    frame = make_frame(layout)
    ramp = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    frame.alpha, frame.matte_alpha = ramp, 255 - ramp
    chain = Chain([case.make()], has_alpha=True)
    chain.open(frame.info.stream)
    result = chain(frame)
    assert result.alpha is not None
    assert result.matte_alpha is not None
    width, height = case.resize(64, 48)
    assert result.alpha.shape == result.matte_alpha.shape == (height, width)
    if (width, height) == (64, 48):
        if case.keeps_alpha:
            np.testing.assert_array_equal(result.alpha, ramp)
        if case.keeps_matte_alpha:
            np.testing.assert_array_equal(result.matte_alpha, 255 - ramp)


@for_all_effects
@in_all_layouts
@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
def test_effect_sent_to_another_process_gives_the_same_frames(name: str, layout: str, used: bool) -> None:
    thing = CASES[name].make()
    if used:
        run(thing, layout)
    assert_equal(run(thing, layout), run(pickle.loads(pickle.dumps(thing)), layout))


@for_all_effects
def test_effect_is_told_from_one_with_other_numbers_by_a_batch(name: str) -> None:
    thing, twin = CASES[name].make(), CASES[name].make()
    assert make_fingerprint(thing) == make_fingerprint(twin)
    for tunable in thing.tunables:
        before = make_fingerprint(thing)
        tunable.turn(tunable.position - 1 if tunable.position else 1)
        assert make_fingerprint(thing) != before


@pytest.mark.parametrize("name", NEUTRAL)
@in_all_layouts
def test_effect_that_changes_nothing_passes_the_frame_on_bit_for_bit(name: str, layout: str) -> None:
    make = CASES[name].neutral
    assert make is not None
    frame = make_frame(layout)
    expected = copy_planes(frame)
    result = Chain([make()])(frame)
    assert_equal([copy_planes(result)], [expected])


@for_all_effects
@in_all_layouts
def test_effect_numbers_may_be_turned_to_each_end_while_running(name: str, layout: str) -> None:
    thing = CASES[name].make()
    chain = Chain([thing])
    chain.open(make_frame(layout).info.stream)
    for tunable in thing.tunables:
        seen = []
        for position in (0, tunable.positions):
            tunable.turn(position)
            assert tunable.position == position
            seen.append(chain(make_frame(layout, index=len(seen))).size)
        assert seen[0] == seen[1]  # No size changes within a stream.


@for_all_effects
def test_effect_numbers_are_refused_outside_of_their_range(name: str) -> None:
    thing = CASES[name].make()
    for tunable in thing.tunables:
        for value in (tunable.minimum - 1, tunable.maximum + 1, float("nan")):
            with pytest.raises(ArgumentError, match="must be a number from"):
                tunable.set(value)


def test_effects_have_trackbars_with_names_of_their_own() -> None:
    names = [[tunable.name for tunable in case.make().tunables] for name, case in CASES.items() if name != "Mask"]
    flat = list(itertools.chain.from_iterable(names))
    assert len(flat) == len(set(flat))


@for_all_effects
def test_effect_called_with_an_image_gives_the_image_that_a_run_gives(name: str) -> None:
    thing: FrameObject = CASES[name].make()
    image = crop_photo((64, 48))
    info = lay_out(image, "BGR").info
    alone = thing(image.copy(), info) if "info" in thing.__call__.__code__.co_varnames else thing(image.copy())
    again = Chain([CASES[name].make()])(lay_out(image, "BGR"))
    np.testing.assert_array_equal(alone, again.to_array())


@for_all_effects
@in_all_layouts
def test_effect_with_a_short_history_says_the_truth(name: str, layout: str) -> None:
    thing = CASES[name].make()
    if thing.history is None:
        pytest.skip("it depends on all frames")
    count = thing.history + 2
    whole = run(thing, layout, count)[-1]
    chain = Chain([CASES[name].make()])
    chain.open(make_frame(layout).info.stream)
    for index in range(count - 1 - thing.history, count):
        last = chain(make_frame(layout, index=index))
    for plane, other in zip(copy_planes(last), whole, strict=True):
        error = abs(plane.astype(int) - other)
        assert error.max() <= (2 if thing.history else 0)
        assert error.mean() < 0.05
