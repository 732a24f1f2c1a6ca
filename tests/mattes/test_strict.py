"""`StrictMatte` around any matte, in each layout, and `strict=True` up to the decoded output."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import BT709, frame_in_yuv, see, write_clip

from framechain import BackgroundReplacement, Engine, Frame, FrameInfo, MPSegmentation, StreamInfo
from framechain.backgrounds import Color
from framechain.contracts import Matte
from framechain.errors import ArgumentTypeError
from framechain.mattes import StrictMatte
from framechain.pixels.convert import convert_to_yuv
from framechain.sources.video import VideoSource

WIDTH, HEIGHT = 320, 180
GREEN = 0, 255, 0
PERSON = 30, 60, 220
STREAM = StreamInfo("made", "video", WIDTH, HEIGHT, colour=BT709)


def make_room() -> Any:
    noise = np.random.default_rng(4).integers(0, 256, (HEIGHT // 20, WIDTH // 20, 3), np.uint8)
    soft = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(soft * (0.4, 0.3, 0.1) + (120, 30, 10), np.uint8)


def make_truth(left: int) -> Any:
    truth = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(truth, (left + 50, 130), (40, 90), 0, 0, 360, 255, -1)
    return truth


def make_frame(left: int) -> Any:
    frame = make_room()
    frame[make_truth(left) > 0] = PERSON
    return frame


def find_too_much(frame: Any) -> Any:
    """A matte that errs by 9 pixels at each edge."""
    red = np.where(frame[..., 2].astype(int) > frame[..., 0].astype(int) + 60, 255, 0).astype(np.uint8)
    return cv2.dilate(red, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19)))


class SmallMatte(Matte):
    """The same at a fifth of the size, with an edge of its own; counts what is done to it."""

    edge = (0.6, 0.3)
    works_on_yuv = True
    mixes_edges = True
    opened = closed = 0

    def estimate(self, frame: Frame) -> Any:
        return cv2.resize(find_too_much(frame.read_bgr()), (WIDTH // 5, HEIGHT // 5), interpolation=cv2.INTER_AREA)

    def open(self, stream: StreamInfo) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1


def estimate_all(matte: Matte, lefts: list[int], *, yuv: bool = False, kind: str = "video") -> list[Any]:
    stream = StreamInfo("made", kind, WIDTH, HEIGHT, colour=BT709)
    matte.open(stream)
    found = []
    for index, left in enumerate(lefts):
        image, info = make_frame(left), FrameInfo(index, index, 1, stream)
        frame = frame_in_yuv(convert_to_yuv(image, BT709), BT709) if yuv else Frame(info, bgr=image)
        found.append(matte.estimate(frame))
        if not yuv:
            image[:] = 255  # A later object draws on it.
    matte.close()
    return found


WALK = [20, 20, 20, *range(25, 180, 5)]


@pytest.mark.slow
def test_strict_matte_yuv_frames_are_answered_as_bgr_frames_are() -> None:
    by_bgr, by_yuv = (estimate_all(StrictMatte(SmallMatte()), WALK, yuv=yuv) for yuv in (False, True))
    for one, other in zip(by_bgr[1:], by_yuv[1:], strict=True):
        assert one.shape == other.shape
        assert ((one > 127) ^ (other > 127)).mean() < 0.02
    assert not by_bgr[0].any()
    assert not by_yuv[0].any()


@pytest.mark.parametrize("kind", ["video", "image"])
def test_strict_matte_any_frame_is_never_above_the_matte(kind: str) -> None:
    plain, strict = SmallMatte(), StrictMatte(SmallMatte())
    for loose, tight in zip(estimate_all(plain, WALK, kind=kind), estimate_all(strict, WALK, kind=kind), strict=True):
        enlarged = cv2.resize(loose, tight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        assert (tight <= enlarged).all()
    assert (strict.edge, strict.mixes_edges, strict.works_on_yuv) == (plain.edge, True, True)


def test_strict_matte_image_keeps_the_person_and_moves_the_edge_inwards() -> None:
    for _ in range(2):  # Each image stands for itself.
        (tight,) = estimate_all(StrictMatte(find_too_much), [100], kind="image")
        loose = find_too_much(make_frame(100))
        lost = np.count_nonzero(loose) - np.count_nonzero(tight)
        assert 0 < lost < 0.2 * np.count_nonzero(loose)
        assert tight[130, 150] == 255


def test_strict_matte_large_answer_keeps_its_size() -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    image[200:, 400:800] = PERSON
    stream = StreamInfo("made", "video", 1280, 720)
    strict = StrictMatte(lambda frame: np.where(frame[..., 2] > 100, 255, 0).astype(np.uint8))
    strict.open(stream)
    for index in range(2):
        found = strict.estimate(Frame(FrameInfo(index, index, 1, stream), bgr=image))
    assert found.shape == (720, 1280)
    assert found[450, 600] == 255
    assert found[450, 402] == 0


def test_strict_matte_hooks_are_those_of_its_matte() -> None:
    inner = SmallMatte()
    strict = StrictMatte(inner)
    estimate_all(strict, [20])
    assert (inner.opened, inner.closed) == (1, 1)
    assert strict.matte is inner
    assert strict.name == "StrictMatte(SmallMatte)"
    with pytest.raises(ArgumentTypeError, match="the matte is not callable"):
        StrictMatte(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("again", [lambda matte: matte.open(STREAM), lambda matte: matte.reset()])
def test_strict_matte_within_an_expression_forgets_the_stream(again: Callable[[Matte], None]) -> None:
    def find_nobody(frame: Any) -> Any:
        return np.zeros(frame.shape[:2], np.uint8)

    joined = StrictMatte(find_too_much) | find_nobody
    joined.open(STREAM)
    frames = [Frame(FrameInfo(index, index, 1, STREAM), bgr=make_frame(100)) for index in range(3)]
    assert [bool(joined.estimate(frame).any()) for frame in frames[:2]] == [False, True]
    again(joined)
    assert [bool(joined.estimate(frame).any()) for frame in frames[1:]] == [False, True]


ENTER = [-120, -120, -120, *range(-105, 180, 5)]


def count_recovered(path: Path, lefts: list[int]) -> tuple[int, int]:
    """How many of the room's pixels a written video shows in at least one frame, and of the person's it loses."""
    shown, room = see(path), make_room().astype(int)
    recovered, lost = np.zeros((HEIGHT, WIDTH), np.bool_), 0
    for index, left in enumerate(lefts):
        image, truth = shown.bgr(index).astype(int), make_truth(left) > 0
        recovered |= (np.abs(image - room).max(axis=2) <= 40) & ~truth
        lost += np.count_nonzero((np.abs(image - GREEN).max(axis=2) < 60) & truth)
    return np.count_nonzero(recovered), lost


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("strict") / "walk.mp4"
    return write_clip(path, [make_frame(left) for left in ENTER], options={"crf": "8"}, colour=BT709)


@pytest.mark.slow
@pytest.mark.parametrize("matte", [find_too_much, SmallMatte()], ids=["bgr", "small, yuv"])
def test_replacement_strict_output_shows_a_fifth_of_the_room_at_most(matte: Any, source: str, tmp_path: Path) -> None:
    counts = {}
    for strict in (False, True):
        out = tmp_path / f"{strict}.mp4"
        replacement = BackgroundReplacement(matte, Color(GREEN), strict=strict)
        Engine("", source, custom_objects=[replacement], output_path=out, progress=False).run()
        counts[strict] = count_recovered(out, ENTER)
    assert counts[False][0] > 5000
    assert counts[True][0] <= counts[False][0] / 5
    assert counts[True][1] < 0.06 * sum(np.count_nonzero(make_truth(left)) for left in ENTER)


def test_replacement_strict_matte_that_is_set_is_strict_too() -> None:
    replacement = BackgroundReplacement(find_too_much, Color(GREEN), strict=True)
    assert replacement.matte is find_too_much
    found = SmallMatte()
    replacement.open(STREAM)
    frames = [Frame(FrameInfo(index, index, 1, STREAM), bgr=make_frame(100)) for index in range(4)]
    for frame in frames[:2]:
        replacement.process_frame(frame)
    replacement.matte = found
    shown = [replacement.process_frame(frame).matte_alpha for frame in frames[2:]]
    replacement.close()
    assert replacement.matte is found
    assert [bool(alpha is not None and alpha.any()) for alpha in shown] == [False, True]
    assert (found.opened, found.closed) == (1, 1)


def test_replacement_strict_matte_is_not_made_strict_twice() -> None:
    strict = StrictMatte(SmallMatte())
    replacement = BackgroundReplacement(strict, Color(GREEN), strict=True)
    assert replacement.matte is strict
    plain = BackgroundReplacement(StrictMatte(SmallMatte()), Color(GREEN))
    plain.open(STREAM)
    replacement.open(STREAM)
    for index in range(6):
        frames = [Frame(FrameInfo(index, index, 1, STREAM), bgr=make_frame(100 + 3 * index)) for _ in range(2)]
        np.testing.assert_array_equal(replacement.process_frame(frames[0]).bgr, plain.process_frame(frames[1]).bgr)


def test_segmentation_strict_video_has_less_foreground(clip: Path) -> None:
    areas: dict[bool, list[int]] = {False: [], True: []}
    for strict, found in areas.items():
        with MPSegmentation(bg_color=GREEN, strict=strict) as segmentation, VideoSource(str(clip)) as source:
            segmentation.open(source.info)
            for frame in itertools.islice(source, 6):
                result = segmentation.process_frame(frame).bgr.astype(int)
                found.append(np.count_nonzero(np.abs(result - GREEN).max(axis=2) > 60))
    assert areas[True][0] == 0
    assert all(0.85 * loose < tight < loose for tight, loose in zip(areas[True][2:], areas[False][2:], strict=True))


def test_segmentation_strict_image_keeps_the_person() -> None:
    portrait = cv2.imread("samples/portrait.jpg")
    assert portrait is not None
    loose, tight = (
        MPSegmentation(bg_color=GREEN, quality="fast", strict=strict).alpha(portrait) for strict in (False, True)
    )
    assert 0.85 * np.count_nonzero(loose > 127) < np.count_nonzero(tight > 127) < np.count_nonzero(loose > 127)
