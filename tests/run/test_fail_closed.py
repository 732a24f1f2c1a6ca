"""Fail closed: whichever object fails on a live stream, no raw frame is shown."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support import streams
from support.media import flats, write_clip
from support.streams import (
    HEIGHT,
    PERSON,
    WIDTH,
    LeftThird,
    Source,
    Viewer,
    broken,
    covered_ones,
    raw_blocks,
    replacement,
    run_source,
    texture,
    watch,
)

from framechain import Engine, Frame, FramechainWarning, Matte
from framechain.backgrounds import Blur, Color, Transparent
from framechain.chain import Chain
from framechain.compositing.obscure import obscure
from framechain.errors import ArgumentError, ObjectError, ObjectResultError
from framechain.mattes import KNN, MOG2, ReferenceFrame, RunningAverage
from framechain.run.fail_closed import FailClosed


@pytest.fixture(params=["bgr", "yuv"], autouse=True)
def _layout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give frames as webcams do and as network cameras do: the two take different ways through an object."""
    monkeypatch.setattr(streams, "LAYOUT", request.param)


def every_third(index: int) -> bool:
    return index % 3 == 1


def check_nobody_sees_the_room(frames: dict[int, Any], fails: Any = every_third) -> None:
    """Check that frames that failed show nothing raw, and the others only the person that LeftThird finds."""
    assert any(map(fails, frames))
    assert not all(map(fails, frames))
    for index, image in frames.items():
        raw = raw_blocks(image, texture())
        assert not raw[:, PERSON + 1 :].any(), f"the room is seen in frame {index}"
        assert raw[:, :PERSON].any() == (not fails(index)), f"frame {index}"


def test_raw_blocks_finds_every_raw_block() -> None:
    raw = texture()
    assert raw_blocks(raw, raw).all()
    assert raw_blocks(cv2.addWeighted(raw, 0.5, np.zeros_like(raw), 0.5, 0), raw).all()
    corner = obscure(raw)
    assert not raw_blocks(corner, raw).any()
    corner[:20, :20] = raw[:20, :20]
    assert raw_blocks(corner, raw).sum() == 1


# What may fail


@pytest.mark.slow
@covered_ones
@pytest.mark.parametrize("how", [broken, lambda: None, lambda: np.zeros((3, 3), np.uint8), lambda: 1 / 0])
def test_fail_closed_failing_matte_is_covered(how: Any) -> None:
    result, viewer = watch(Source(24), replacement(LeftThird(every_third, how), Blur(31)))
    check_nobody_sees_the_room(viewer.frames)
    assert result.covered == sum(map(every_third, viewer.frames))
    assert result.frames_written == result.frames_processed


@covered_ones
def test_fail_closed_cover_is_the_chosen_background() -> None:
    _, viewer = watch(Source(12), replacement(LeftThird(every_third, broken), Color((0, 200, 0))))
    for index, image in viewer.frames.items():
        expected = 0 if every_third(index) else WIDTH // 3 * HEIGHT
        assert (image != (0, 200, 0)).any(axis=2).sum() <= expected
        assert every_third(index) or (image != (0, 200, 0)).any()


@covered_ones
def test_fail_closed_weak_blur_is_covered_too() -> None:
    _, viewer = watch(Source(12), replacement(LeftThird(every_third, broken), Blur(1)))
    for index, image in viewer.frames.items():
        assert raw_blocks(image, texture()).any() == (not every_third(index))


@covered_ones
@pytest.mark.parametrize("before", [True, False])
def test_fail_closed_failing_neighbour_is_covered(before: bool) -> None:
    def fails(frame: Any, info: Any) -> Any:
        frame[:] = 255 - frame  # Half done with it.
        if every_third(info.index):
            raise RuntimeError("a mistake")
        frame[:] = 255 - frame
        return frame

    hides = replacement(LeftThird(), Blur(31))
    _, viewer = watch(Source(24), *((fails, hides) if before else (hides, fails)))
    check_nobody_sees_the_room(viewer.frames)


@covered_ones
def test_fail_closed_failing_background_is_covered() -> None:
    def behind(frame: Any, info: Any) -> Any:
        if every_third(info.index):
            raise RuntimeError("no image")
        return np.zeros_like(frame)

    _, viewer = watch(Source(24), replacement(LeftThird(), behind))
    check_nobody_sees_the_room(viewer.frames)


@covered_ones
@pytest.mark.parametrize("view", ["matte", "both"])
def test_fail_closed_other_views_are_covered_too(view: str) -> None:
    hides = replacement(LeftThird(every_third, broken), Blur(31))
    hides.view = view
    _, viewer = watch(Source(12), hides)
    assert not any(raw_blocks(image, texture()).any() for image in viewer.frames.values())


@covered_ones
def test_fail_closed_transparent_frame_is_transparent_altogether() -> None:
    _, viewer = watch(Source(12), replacement(LeftThird(every_third, broken), Transparent()))
    for index, image in viewer.frames.items():
        assert image.shape[2] == 4
        assert image[..., 3].any() == (not every_third(index))


@covered_ones
def test_fail_closed_covered_frame_has_the_size_of_the_others() -> None:
    def halve(frame: Any) -> Any:
        return cv2.resize(frame, (WIDTH // 2, HEIGHT // 2))

    fails = every_third
    _, viewer = watch(Source(24), replacement(LeftThird(fails, broken), Blur(31)), halve)
    assert {image.shape for image in viewer.frames.values()} == {(HEIGHT // 2, WIDTH // 2, 3)}
    assert any(map(fails, viewer.frames))
    # Before the first good frame the size is not known: nothing is written.
    result, viewer = watch(Source(24), replacement(LeftThird(lambda index: index < 6, broken), Blur(31)), halve)
    assert min(viewer.frames) >= 6
    assert result.covered > 0


@covered_ones
def test_fail_closed_late_object_is_covered_and_the_run_goes_on() -> None:
    """Its own cover would wait for it: meanwhile the blur alone covers."""

    def stalls(frame: Any, info: Any) -> Any:
        if info.index == 6:
            time.sleep(0.8)
        return frame

    viewer = Viewer()
    chain = Chain([replacement(LeftThird(), Blur(31)), stalls])
    result = run_source(Source(45, wait=0.04), chain, viewer, object_timeout=0.3)
    raw = {index: raw_blocks(image, texture()) for index, image in viewer.frames.items()}
    assert not any(blocks[:, PERSON + 1 :].any() for blocks in raw.values())
    covered = [index for index, blocks in raw.items() if not blocks[:, :PERSON].any()]
    assert covered[0] == 6
    assert len(covered) == result.covered > 1  # While it hangs, the frames after it are covered too.
    assert "took longer than 0.3 s (object_timeout)" in result.warnings[0]
    assert max(raw) > max(covered)


@pytest.mark.slow
def test_fail_closed_object_that_hangs_for_good_ends_the_run() -> None:
    def hangs(frame: Any, info: Any) -> Any:
        if info.index == 6:
            time.sleep(1.2)
        return frame

    with pytest.raises(ObjectError, match="5 frames in a row could not be processed"):
        run_source(
            Source(60, wait=0.04),
            Chain([replacement(LeftThird(), Blur(31)), hangs]),
            object_timeout=0.3,
            max_failures=5,
        )


def test_live_run_without_a_hiding_object_raises() -> None:
    with pytest.raises(ObjectError, match="a mistake"):
        watch(Source(5), lambda frame: broken_with("a mistake"))


def broken_with(text: str) -> Any:
    raise RuntimeError(text)


def test_file_run_failing_matte_is_an_error(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", flats(12))
    hides = replacement(LeftThird(every_third, broken), Blur(31))
    with pytest.raises(ObjectError, match="a hiccup"):
        Engine(video_path=clip, custom_objects=[hides], output_path=tmp_path / "o.mp4", progress=False).run()
    assert not (tmp_path / "o.mp4").exists()


# How often


def test_fail_closed_covered_frames_are_a_warning() -> None:
    with pytest.warns(FramechainWarning, match=r"frames? could not be processed and w\w+ covered: .*a hiccup"):
        result, _ = watch(Source(12), replacement(LeftThird(every_third, broken), Blur(31)))
    assert len(result.warnings) == 1


def test_fail_closed_too_many_failures_in_a_row_end_the_run() -> None:
    matte = LeftThird(lambda index: index >= 4, broken)
    with pytest.raises(ObjectError, match=r"5 frames in a row could not be processed: .*a hiccup"):
        watch(Source(200), replacement(matte, Blur(31)), max_failures=5)
    assert sum(index >= 4 for index in matte.asked) == 5


@pytest.mark.slow
@covered_ones
def test_fail_closed_separate_failures_do_not_add_up() -> None:
    result, _ = watch(Source(40), replacement(LeftThird(every_third, broken), Blur(31)), max_failures=3)
    assert result.covered > 3


@pytest.mark.parametrize("value", [0, -1, True, 2.5])
def test_fail_closed_max_failures_must_be_a_count(value: Any) -> None:
    from framechain.chain import Chain

    with pytest.raises(ArgumentError, match="max_failures must be a whole number"):
        FailClosed(Chain([]), max_failures=value)


# The first frames


@pytest.mark.parametrize(
    "make_matte",
    [*(pytest.param(matte, marks=pytest.mark.slow) for matte in (MOG2, KNN)), RunningAverage, ReferenceFrame],
)
@pytest.mark.parametrize(
    "make_background",
    [
        pytest.param(lambda: Blur(3), id="weak-blur"),
        pytest.param(lambda: Blur(31), id="blur", marks=pytest.mark.slow),
        pytest.param(lambda: Color((9, 9, 9)), id="colour", marks=pytest.mark.slow),
    ],
)
def test_fail_closed_learning_matte_is_covered(make_matte: Any, make_background: Any) -> None:
    matte = make_matte() if make_matte is ReferenceFrame else make_matte(warm_up=15)
    behind = make_background()

    def room(index: int) -> Any:
        image = texture()
        if index >= 25:  # Somebody comes.
            image[30:100, 50:110] = 255 - image[30:100, 50:110]
        return image

    _, viewer = watch(Source(60, image=room), replacement(matte, behind))
    learning = 1 if isinstance(matte, ReferenceFrame) else 14
    seen = sorted(viewer.frames)
    for index in seen[:learning]:
        image = viewer.frames[index]
        if isinstance(behind, Blur) and behind.kernel == (3, 3) and isinstance(matte, ReferenceFrame):
            continue  # The matte has answered: nobody. The rest is the blur that was asked for.
        assert not raw_blocks(image[:110], texture()[:110]).any(), index


@pytest.mark.slow
def test_fail_closed_matte_that_starts_over_is_covered_again() -> None:
    matte = MOG2(warm_up=5)
    hides = replacement(matte, Blur(1))
    started_over: list[int] = []

    def start_over(frame: Any, info: Any) -> Any:
        if len(started_over) == 0 and info.index >= 20:
            assert hides.on_key("r")
            started_over.append(info.index)
        return frame

    _, viewer = watch(Source(40), start_over, hides)
    seen = [bool(raw_blocks(viewer.frames[index][:100], texture()[:100]).any()) for index in sorted(viewer.frames)]
    again = sorted(viewer.frames).index(started_over[0])
    # Blur(1) is no blur at all: raw is what the matte answered for, and nothing else.
    assert not any(seen[:4])
    assert seen[again - 1]
    assert not any(seen[again : again + 4])
    assert seen[-1]


@pytest.mark.parametrize(
    "answer",
    [None, np.ones((HEIGHT, WIDTH), np.float32), np.ones((60, 80, 3), np.uint8), np.full((60, 80), 255), np.uint8(255)],
)
def test_matte_on_yuv_wrong_result_is_an_error(answer: Any) -> None:
    class OfPlanes(Matte):
        works_on_yuv = True

        def estimate(self, frame: Any) -> Any:
            return answer

        def __call__(self, frame: Any) -> Any:
            raise AssertionError("the frame has left YUV")

    raw = next(iter(Source(1)))
    frame = Frame(raw.info, yuv=raw.yuv)
    with pytest.raises(ObjectResultError, match=r"matte OfPlanes returned .+ instead of uint8"):
        replacement(OfPlanes(), Color((0, 0, 0))).process_frame(frame)


def test_matte_wrong_size_is_an_error() -> None:
    hides = replacement(lambda frame: np.zeros((2, 2), np.uint8), Blur(31))
    with pytest.raises(ObjectResultError):
        hides(texture())
