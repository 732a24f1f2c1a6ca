"""FindMatte: the finished alpha for later objects, while the pixels stay as they are."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import flat, frame_in_yuv, photo, see, write_clip
from support.streams import LeftThird, Source, covered_ones, raw_blocks, replacement, run_source, texture, watch

from framechain import BackgroundReplacement, Engine, FindMatte, Frame, FrameObject, Matte, Sink
from framechain.backgrounds import Blur, Color, Transparent
from framechain.chain import Chain
from framechain.errors import ArgumentError, ArgumentTypeError
from framechain.frame import make_image_info
from framechain.mattes import MOG2, MediaPipeMatte
from framechain.pixels.colour import ColourSpace
from framechain.pixels.convert import convert_to_yuv


def left_half(frame: Any) -> Any:
    alpha = np.zeros(frame.shape[:2], np.uint8)
    alpha[:, : frame.shape[1] // 2] = 255
    return alpha


class Counting(Matte):
    """A matte of a quarter of the frame's size whose confidence is no alpha yet; it counts its calls."""

    edge = (0.5, 0.0)
    works_on_yuv = True
    mixes_edges = True

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: Any) -> Any:
        raise AssertionError("the frame has left YUV")

    def estimate(self, frame: Frame) -> Any:
        self.calls += 1
        width, height = frame.size
        confidence = np.full((height // 4, width // 4), 51, np.uint8)
        confidence[:, : width // 8] = 204
        return confidence


class Keeping:
    """An object that keeps the alphas that it gets."""

    def __init__(self) -> None:
        self.alphas: list[Any] = []

    def __call__(self, frame: Any, alpha: Any) -> Any:
        self.alphas.append(alpha)
        return frame


def make_frame(width: int = 160, height: int = 120) -> Frame:
    image = photo(width, height)
    return Frame(make_image_info("image", image), bgr=image)


def test_find_matte_pixels_stay_bit_for_bit_in_yuv() -> None:
    colour = ColourSpace(1, False, 1, 1)
    frame = frame_in_yuv(convert_to_yuv(photo(), colour), colour)
    before = frame.yuv
    found = FindMatte(Counting()).process_frame(frame)
    assert found.yuv is before
    assert found.matte_alpha is not None
    # 204 of 255 is above the threshold, 51 below: later objects get the alpha, not the confidence.
    assert np.unique(found.matte_alpha).tolist() == [0, 255]
    np.testing.assert_array_equal(found.matte_alpha, left_half(photo()))


def test_find_matte_runs_once_for_all_later_objects(tmp_path: Path) -> None:
    matte, keeping, later = Counting(), Keeping(), Keeping()

    class Reads(FrameObject):
        needs_alpha = True

        def process_frame(self, frame: Frame) -> Frame:
            later.alphas.append(frame.matte_alpha)
            return frame

        def __call__(self, frame: Any) -> Any:
            raise NotImplementedError

    clip = write_clip(tmp_path / "clip.mp4", [flat(90, 64, 48)] * 3)
    Engine(video_path=clip, custom_objects=[FindMatte(matte), keeping, Reads()], output_path=tmp_path / "o.mp4").run()
    assert matte.calls == len(keeping.alphas) == len(later.alphas) == 3
    for alpha in (*keeping.alphas, *later.alphas):
        np.testing.assert_array_equal(alpha, left_half(flat(90, 64, 48)))


@pytest.mark.parametrize("view", ["result", "matte", "both"])
@pytest.mark.parametrize("background", [Blur(9), Color((0, 0, 0)), Transparent()])
def test_replacement_later_object_gets_the_finished_alpha(background: Any, view: str) -> None:
    keeping = Keeping()
    replace = BackgroundReplacement(left_half, background)
    replace.view = view
    Engine(custom_objects=[replace, keeping]).custom_processing(photo())
    np.testing.assert_array_equal(keeping.alphas[0], left_half(photo()))


def test_later_object_of_two_mattes_gets_the_last_ones_alpha() -> None:
    keeping = Keeping()
    chain = [FindMatte(lambda frame: 255 - left_half(frame)), FindMatte(left_half), keeping]
    Engine(custom_objects=chain).custom_processing(photo())
    np.testing.assert_array_equal(keeping.alphas[0], left_half(photo()))


def test_later_object_after_a_change_of_size_gets_alpha_of_that_size() -> None:
    keeping = Keeping()
    chain = [FindMatte(left_half), lambda frame: np.ascontiguousarray(frame[::2, ::2]), keeping]
    Engine(custom_objects=chain).custom_processing(photo())
    np.testing.assert_array_equal(keeping.alphas[0], left_half(photo(80, 60)))


def test_alpha_found_cannot_be_changed_by_an_object() -> None:
    def clear(frame: Any, alpha: Any) -> Any:
        alpha[:] = 0
        return frame

    with pytest.raises(Exception, match="clear raised ValueError at frame 0: assignment destination is read-only"):
        Engine(custom_objects=[FindMatte(left_half), clear]).custom_processing(photo())


def test_alpha_found_of_a_matte_that_fills_its_array_again_stays() -> None:
    kept = np.zeros((120, 160), np.uint8)

    def refill(frame: Any, info: Any) -> Any:
        kept[:] = 100 + info.index
        return kept

    find = FindMatte(refill)
    first = find.process_frame(make_frame())
    kept[:] = 7
    assert first.matte_alpha is not None
    assert np.unique(first.matte_alpha).tolist() == [100]


def test_subclass_that_overrides_alpha_gives_its_own_to_later_objects() -> None:
    class Top(FindMatte):
        def alpha(self, frame: Any, info: Any = None) -> Any:
            return super().alpha(frame, info).T.copy()

    keeping = Keeping()
    Engine(custom_objects=[Top(left_half), keeping]).custom_processing(photo(120, 120))
    np.testing.assert_array_equal(keeping.alphas[0], left_half(photo(120, 120)).T)


# The alpha as a matte


def test_found_used_as_a_matte_gives_what_its_own_matte_gives(clip: Path, tmp_path: Path) -> None:
    find = FindMatte(MediaPipeMatte())
    chains = {
        "found.mp4": [find, BackgroundReplacement(find.found, Color((0, 255, 0)))],
        "own.mp4": [BackgroundReplacement(MediaPipeMatte(), Color((0, 255, 0)))],
    }
    for name, chain in chains.items():
        Engine(
            video_path=clip,
            custom_objects=chain,
            output_path=tmp_path / name,
            end_video_frame=4,
            break_on_end=True,
        ).run()
    for index in range(5):
        found, own = (see(tmp_path / name).bgr(index).astype(int) for name in chains)
        assert np.abs(found - own).mean() < 0.5


def test_matte_that_asks_for_the_alpha_gets_it() -> None:
    def shrink_it(frame: Any, alpha: Any) -> Any:
        return alpha // 2

    chain = [FindMatte(left_half), BackgroundReplacement(shrink_it, Color((0, 0, 0)))]
    result = Engine(custom_objects=chain).custom_processing(np.full((4, 4, 3), 200, np.uint8))
    assert result[0, :, 0].tolist() == [100, 100, 0, 0]


# Chains without a matte


def border(frame: Any, alpha: Any) -> Any:
    return frame


NO_ALPHA = r"needs the alpha that a matte found, but no object before it finds one: put FindMatte\(matte\)"


@pytest.mark.parametrize(
    "chain",
    [
        [border],
        [border, FindMatte(left_half)],
        [lambda frame: frame, border],
        [BackgroundReplacement(lambda frame, alpha: alpha, Color((0, 0, 0)))],
        [BackgroundReplacement(FindMatte(left_half).found, Color((0, 0, 0)))],
    ],
)
def test_chain_without_a_matte_before_an_object_that_needs_alpha_is_refused(chain: Any) -> None:
    with pytest.raises(ArgumentError, match=NO_ALPHA):
        Engine(custom_objects=chain)


def test_object_whose_alpha_defaults_to_none_runs_without_a_matte() -> None:
    seen: list[Any] = []

    def optional(frame: Any, alpha: Any = None) -> Any:
        seen.append(alpha)
        return frame

    Engine(custom_objects=[optional, FindMatte(left_half), optional]).custom_processing(photo())
    assert seen[0] is None
    np.testing.assert_array_equal(seen[1], left_half(photo()))


def test_object_with_an_alpha_of_its_own_keeps_it() -> None:
    def darken(frame: Any, alpha: float = 0.5) -> Any:
        return (frame * alpha).astype(np.uint8)

    result = Engine(custom_objects=[FindMatte(left_half), darken]).custom_processing(photo())
    np.testing.assert_array_equal(result, (photo() * 0.5).astype(np.uint8))


def test_object_that_promises_alpha_and_gives_none_is_reported() -> None:
    class Promises(FrameObject):
        finds_alpha = True

        def __call__(self, frame: Any) -> Any:
            raise NotImplementedError

        def process_frame(self, frame: Frame) -> Frame:
            return frame

    with pytest.raises(ArgumentError, match=f"border {NO_ALPHA}"):
        Chain([Promises(), border])(make_frame())


# Live streams


def hide_room(frame: Any, alpha: Any) -> Any:
    frame[alpha < 128] = 0
    return frame


def fail_sometimes(index: int) -> bool:
    return index % 3 == 1


@covered_ones
def test_find_matte_live_frame_whose_matte_fails_is_covered() -> None:
    matte = LeftThird(fail_sometimes, lambda: 1 / 0)
    result, viewer = watch(Source(12), FindMatte(matte), hide_room)
    assert result.covered == sum(map(fail_sometimes, viewer.frames)) > 0
    for index, image in viewer.frames.items():
        raw = raw_blocks(image, texture())
        assert not raw[:, 3:].any()
        assert raw[:, :2].any() == (not fail_sometimes(index))


def test_find_matte_live_frames_while_the_matte_learns_are_covered() -> None:
    keeping = Keeping()
    _, viewer = watch(Source(20), FindMatte(MOG2(warm_up=8)), keeping)
    shown = [bool(raw_blocks(viewer.frames[index][:100], texture()[:100]).any()) for index in sorted(viewer.frames)]
    assert shown == [False] * 7 + [True] * 13
    assert not any(alpha.any() for alpha in keeping.alphas[:7])


@covered_ones
def test_fail_closed_cover_is_the_background_that_a_later_object_chose() -> None:
    """FindMatte covers with a blur alone; the object that uses what it found has a background to show."""
    find = FindMatte(LeftThird(fail_sometimes, lambda: 1 / 0))
    _, viewer = watch(Source(6), find, BackgroundReplacement(find.found, Color((0, 200, 0))))
    for index, image in viewer.frames.items():
        assert (image == (0, 200, 0)).all() == fail_sometimes(index)


@covered_ones
def test_fail_closed_covered_frame_has_no_matte_alpha() -> None:
    """A later object failed after the matte had answered: its outline must not be shown either."""
    outlines: list[Any] = []

    def fails(frame: Any, info: Any) -> Any:
        return None if fail_sometimes(info.index) else frame

    class Sees(Sink):
        def write(self, frame: Frame) -> None:
            outlines.append((frame.info.index, frame.matte_alpha is None))

    run_source(Source(6), Chain([replacement(LeftThird(), Blur(31)), fails]), Sees())
    assert outlines
    assert all(is_missing == fail_sometimes(index) for index, is_missing in outlines)


# Arguments, hooks, copies


def test_find_matte_keys_and_tunables_change_the_edge() -> None:
    find = FindMatte(Counting(), threshold=0.9)
    assert set(find.keys) == {"+", "-"}
    assert [tunable.name for tunable in find.tunables] == ["threshold", "softness"]
    assert find.on_key("+")
    assert (find.threshold, find.softness) == (0.9, 0.05)
    assert not find.on_key("m")
    assert FindMatte(left_half).keys == {}


def test_find_matte_wrong_argument_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="the matte is not callable: 'wall'"):
        FindMatte("wall")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="threshold must be a number from 0 to 1"):
        FindMatte(left_half, threshold=3)


def test_find_matte_copy_by_pickle_finds_the_same() -> None:
    twin = pickle.loads(pickle.dumps(FindMatte(left_half, choke=1)))
    found, expected = twin.process_frame(make_frame()), FindMatte(left_half, choke=1).process_frame(make_frame())
    np.testing.assert_array_equal(found.matte_alpha, expected.matte_alpha)
