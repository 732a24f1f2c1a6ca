"""Arrays of a program as a video."""

from __future__ import annotations

import gc
import itertools
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import flat, flats, level, see
from support.patience import PATIENCE, eventually

from framechain import ArgumentError, ArgumentTypeError, Engine, MediaError, ObjectError, open_source
from framechain.sources import ArraySource


def values(source: Any) -> list[int]:
    return [int(frame.bgr[0, 0, 0]) for frame in source]


def ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "framechain-images"]


@pytest.mark.parametrize("kind", ["list", "tuple", "iterator", "stack"])
def test_open_source_arrays_are_a_video_in_order(kind: str) -> None:
    images = flats(5)
    given: Any = {"list": images, "tuple": tuple(images), "iterator": iter(images), "stack": np.stack(images)}[kind]
    with open_source(given) as source:
        assert (source.info.kind, source.info.width, source.info.height, source.info.rate) == ("video", 64, 48, 25)
        assert source.info.frame_count == (None if kind == "iterator" else 5)
        assert values(source) == [int(image[0, 0, 0]) for image in images]


@pytest.mark.parametrize(
    ("fps", "times"),
    [
        (None, [0, 0.04, 0.08]),
        (10, [0, 0.1, 0.2]),
        (np.float32(0.5), [0, 2, 4]),
        (Fraction(30000, 1001), [0, 1001 / 30000, 2002 / 30000]),
        (29.97, [0, 100 / 2997, 200 / 2997]),
    ],
)
def test_open_source_fps_gives_the_times(fps: Any, times: list[float]) -> None:
    with open_source(flats(3), fps=fps) as source:
        assert [frame.info.time for frame in source] == pytest.approx(times, abs=1e-9)


@pytest.mark.parametrize("fps", [0, -1, 1001, float("nan"), True, "25"])
def test_open_source_wrong_fps_is_refused(fps: Any) -> None:
    with pytest.raises(ArgumentError, match=r"fps must be a number of frames per second from 0\.001 to 1000, got "):
        open_source(flats(3), fps=fps)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.full((4, 6), 7, np.uint8), 7),
        (np.full((4, 6, 1), 7, np.uint8), 7),
        (np.full((4, 6, 4), [7, 7, 7, 255], np.uint8), 7),
        (np.full((4, 6, 4), [7, 7, 7, 0], np.uint8), 255),
        (np.full((4, 6, 3), 65535, np.uint16), 255),
        (np.full((4, 6, 3), 0.2, np.float32), 51),
    ],
)
def test_open_source_arrays_of_any_kind_become_frames(image: Any, expected: int) -> None:
    for frame in open_source([image]):
        assert frame.bgr.shape == (4, 6, 3)
        assert np.all(frame.bgr == expected)


@pytest.mark.parametrize(
    ("images", "kind", "message"),
    [
        ([], MediaError, "the given list: it gives no array"),
        (iter([]), MediaError, "it gives no array"),
        ([flat(1), flat(1, 32, 24)], ArgumentError, "frame 1 of the given list is 32x24 and the first was 64x48"),
        ([flat(1), None], ArgumentTypeError, "frame 1 of the given list: .* numpy array, got NoneType"),
        (["1.png"], ArgumentTypeError, "frame 0 of the given list is a path, not an array: give .cv2.imread"),
        ([5], ArgumentTypeError, "frame 0 of the given list: .* numpy array, got int"),
        ([np.zeros((4, 4, 3), np.int64)], ArgumentTypeError, "frame 0 .* got int64"),
        ((1 // number for number in [0]), ObjectError, "the given generator raised ZeroDivisionError at frame 0: "),
        (itertools.chain([flat(1)], (1 // number for number in [0])), ObjectError, "ZeroDivisionError at frame 1"),
    ],
)
def test_open_source_wrong_arrays_are_named(images: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message), open_source(images) as source:
        list(source)


def test_array_source_iterable_that_cannot_be_iterated_is_named() -> None:
    class Broken:
        def __iter__(self) -> Iterator[Any]:
            raise RuntimeError("not ready")

    with pytest.raises(ObjectError, match="the given Broken raised RuntimeError at frame 0: not ready"):
        ArraySource(Broken())


def test_open_source_iterable_of_frames_points_to_their_source(clip: Any) -> None:
    with open_source(clip) as video, pytest.raises(ArgumentTypeError, match=r"is a Frame: give its frame\.bgr, or"):
        open_source(iter(video))


def test_array_source_frames_are_copies() -> None:
    image = flat(10)
    with ArraySource([image]) as source:
        for frame in source:
            frame.bgr[:] = 0
    assert np.all(image == 10)


def test_array_source_generator_that_reuses_its_array_gives_each_image() -> None:
    image = flat(0)

    def generate() -> Iterator[Any]:
        for number in range(5):
            image[:] = number
            yield image

    with ArraySource(generate()) as source:
        assert values(list(source)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("end", ["close", "last frame", "abandoned", "wrong array"])
def test_array_source_end_closes_the_generator_and_its_thread(end: str) -> None:
    closed = threading.Event()

    def generate() -> Iterator[Any]:
        try:
            yield from flats(3)
            if end == "wrong array":
                yield None
            while end != "last frame":
                yield flat(0)
        finally:
            closed.set()

    source = ArraySource(generate())
    if end == "last frame":
        assert len(list(source)) == 3
    elif end == "wrong array":
        with pytest.raises(ArgumentTypeError), source:
            list(source)
    elif end == "close":
        source.close()
    else:
        del source
        gc.collect()
    assert closed.wait(PATIENCE)
    eventually(lambda: not ours(), "the end of the thread")


def test_array_source_generator_that_hangs_is_closed_once_it_returns() -> None:
    free, closed = threading.Event(), threading.Event()

    def generate() -> Iterator[Any]:
        try:
            yield flat(0)
            free.wait(PATIENCE)
            yield flat(1)
        finally:
            closed.set()

    source = ArraySource(generate())
    frames = iter(source)
    next(frames)
    stopping = threading.Timer(0.1, source.stop)
    stopping.start()
    began = time.monotonic()
    assert next(frames, None) is None
    source.close()
    assert time.monotonic() - began < PATIENCE / 10
    assert not closed.is_set()
    free.set()
    assert closed.wait(PATIENCE)


def test_open_source_fps_of_what_has_its_own_rate_is_refused(clip: Any) -> None:
    for given in (clip, 0, flat(1), b"content", ArraySource(flats(2))):
        with pytest.raises(ArgumentError, match=r"fps is the rate of an iterable of arrays, and .* has its own"):
            open_source(given, fps=25)


def test_open_source_floats_of_0_to_255_name_the_frame() -> None:
    source = open_source([np.zeros((4, 4, 3)), np.full((4, 4, 3), 128.0)])
    with pytest.raises(ArgumentError, match="frame 1 of the given list: an image of floats must lie between 0 and 1"):
        list(source)
    with pytest.raises(ArgumentError, match="an image of floats must lie between 0 and 1"):
        open_source(np.full((4, 4, 3), 128.0))


# Pairs of an array and its time


@pytest.mark.parametrize("kind", [list, iter])
@pytest.mark.parametrize("begin", [0, 16754.25, 1.8e9])
def test_array_source_pairs_have_their_times_from_0_in_objects_and_in_the_output(
    kind: Any, begin: float, tmp_path: Path
) -> None:
    times = [0, 0.048, 0.129, 0.164]
    seen: list[float] = []

    def look(frame: Any, info: Any) -> Any:
        seen.append(info.time)
        return frame

    given = kind([(image, np.float64(begin + time)) for image, time in zip(flats(4), times, strict=True)])
    Engine(source=given, custom_objects=[look], output_path=tmp_path / "o.mp4").run()
    assert seen == pytest.approx(times, abs=0.0001)
    written = see(tmp_path / "o.mp4")
    assert [float(time) for time in written.times] == pytest.approx(times, abs=0.0001)
    assert [round(grey / 8) for grey in written.greys()] == [round(level(index) / 8) for index in range(4)]


@pytest.mark.parametrize(
    ("given", "fps", "kind", "message"),
    [
        ([(flat(1), 0)], 25, ArgumentError, "the given list gives a time with each array, and fps=25 is a rate: leave"),
        ([(flat(1), 0), flat(2)], None, ArgumentError, r"frame 1 of the given list is no pair \(array, seconds\)"),
        ([flat(1), (flat(2), 1)], None, ArgumentError, "frame 1 of the given list has a time, and the first had none"),
        (
            [(flat(1), 5), (flat(2), 5)],
            None,
            ArgumentError,
            "frame 1 .* is at 5 s, and the frame before it was not ear",
        ),
        ([(0.1, flat(1))], None, ArgumentTypeError, r"got tuple; to give times yield \(array, seconds\)"),
        ([(flat(1), float("inf"))], None, ArgumentTypeError, r"got tuple; to give times yield \(array, seconds\)"),
        ([(None, 1)], None, ArgumentTypeError, "frame 0 of the given list: an image must be .* got NoneType"),
    ],
)
def test_array_source_pairs_that_make_no_sense_are_refused(given: Any, fps: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        list(ArraySource(given, fps=fps))
