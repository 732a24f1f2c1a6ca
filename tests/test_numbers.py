"""NumPy's numbers are as good as Python's for every number of every public class: they become Python's at the door."""

from __future__ import annotations

import inspect
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from support.media import flats, see, write_clip

import framechain
from framechain import ArgumentError, Engine, FPSmetric, FrameInfo, StreamInfo, backgrounds, mattes, sinks, sources


def matte(frame: Any) -> Any:
    return np.zeros(frame.shape[:2], np.uint8)


def keep(frame: Any) -> Any:
    return frame


CLIP = str(Path(__file__).resolve().parents[1] / "samples" / "clip.mp4")
STREAM = StreamInfo("numbers", "video", 64, 48)
# What the constructors need besides numbers.
NEEDED: dict[str, dict[str, Any]] = {
    "ArraySource": {"images": [np.zeros((48, 64, 3), np.uint8)]},
    "BackgroundReplacement": {"matte": matte, "background": keep},
    "Batch": {"inputs": "numbers", "segments": "auto"},
    "Broadcast": {"url": "udp://127.0.0.1:5000"},
    "FindMatte": {"matte": matte},
    "FrameInfo": {"stream": STREAM},
    "StreamInfo": {"name": "numbers", "kind": "video"},
    "Video": {"path": CLIP},
    "Writing": {"output": "numbers.mp4"},
    "Tunable": {"name": "level", "get": lambda: 0.5, "set": keep},
}
# Numbers without a default that is one; 2 for the others.
SAMPLES: dict[str, Any] = {
    "bitrate": 50_000,
    "duration": 2,
    "fps": 25,
    "frame_count": 50,
    "height": 48,
    "index": 3,
    "limit": 3,
    "matte_timeout": 2.5,
    "maximum": 1,
    "minimum": 0,
    "object_timeout": 2.5,
    "pts": 120,
    "rate": 25,
    "roi": (0, 0, 4, 4),
    "size": (640, 480),
    "softness": 0.25,
    "threads": 1,
    "threshold": 0.5,
    "width": 64,
    "x": 0.5,
    "y": 0.5,
    "bg_color": (1, 2, 3),
    "bgr": (1, 2, 3),
}
# What framechain makes itself, and what reads something when it is made: the latter have tests below.
# Image is an alias, which Python 3.10 takes for a class.
OTHERS = {"Image", "Progress", "RunResult", "OnnxMatte", "OnnxFamily", "CameraSource", "Reader"}


def find_numbers() -> Iterator[tuple[str, type, str, Any]]:
    """Yield every number that a public class takes: the class and its name, the parameter, and a value."""
    found = set()
    for module in (framechain, mattes, backgrounds, sources, sinks):
        for name in module.__all__:
            kind = getattr(module, name)
            if not inspect.isclass(kind) or issubclass(kind, BaseException) or kind in found or name in OTHERS:
                continue
            found.add(kind)
            for parameter in inspect.signature(kind).parameters.values():
                if is_number(str(parameter.annotation)):
                    default = parameter.default
                    yield name, kind, parameter.name, default if is_value(default) else SAMPLES.get(parameter.name, 2)


def is_number(annotation: str) -> bool:
    return bool(re.search(r"\b(int|float|Fraction|Time)\b", annotation)) and "Callable" not in annotation


def is_value(default: Any) -> bool:
    return isinstance(default, int | float | tuple | Fraction) and not isinstance(default, bool) and default != ()


def make_equals(value: Any) -> list[Any]:
    """Return NumPy's numbers of several kinds with the value of Python's."""
    if isinstance(value, tuple):
        return [tuple(np.int64(item) for item in value), np.array(value), np.array(value, np.uint16)]
    if value != int(value):
        return [np.float32(value), np.float64(value), np.float16(value)]
    kinds = [np.int64, np.int32, np.uint16, *([np.uint8] if value < 256 else [])]
    return [kind(int(value)) for kind in kinds] + ([np.float32(value)] if isinstance(value, float) else [])


def find_numpys(thing: Any, place: str, seen: set[int]) -> Iterator[str]:
    """Yield where an object holds a number of NumPy's."""
    if isinstance(thing, np.generic):
        yield f"{place} = {thing!r}"
    if id(thing) in seen or isinstance(thing, type | ModuleType | np.ndarray):
        return
    seen.add(id(thing))
    if isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from find_numpys(value, f"{place}[{key!r}]", seen)
    elif isinstance(thing, list | tuple | set | frozenset | deque):
        for value in thing:
            yield from find_numpys(value, f"{place}[]", seen)
    elif isinstance(thing, Fraction):
        yield from find_numpys((thing.numerator, thing.denominator), place, seen)
    elif type(thing).__module__.startswith("framechain"):
        slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
        for name in sorted({*getattr(thing, "__dict__", ()), *slots} - {"__weakref__"}):
            yield from find_numpys(getattr(thing, name, None), f"{place}.{name}", seen)


NUMBERS = list(find_numbers())
NAMES = [f"{name}.{parameter}" for name, _, parameter, _ in NUMBERS]


@pytest.mark.parametrize(("kind", "parameter", "value"), [number[1:] for number in NUMBERS], ids=NAMES)
def test_public_class_takes_numpys_numbers_as_pythons(kind: Callable[..., Any], parameter: str, value: Any) -> None:
    usual = {**NEEDED.get(kind.__name__, {})}
    for other in inspect.signature(kind).parameters.values():  # What else it must have.
        if other.default is other.empty and other.name not in usual and other.name in SAMPLES:
            usual[other.name] = SAMPLES[other.name]
    kind(**{**usual, parameter: value})
    for equal in make_equals(value):
        thing = kind(**{**usual, parameter: equal})
        assert list(find_numpys(thing, kind.__name__, set())) == [], f"{parameter}={equal!r}"


def test_public_class_numbers_are_found() -> None:
    assert len(NUMBERS) > 70


# The functions


def count_read(start: Any, end: Any) -> Any:
    with framechain.read(CLIP, start=start, end=end) as frames:
        return [frame.info.index for frame in frames]


def read_arrays(fps: Any) -> Any:
    return [frame.info.time for frame in framechain.read(flats(3), fps=fps)]


def open_arrays(fps: Any) -> Any:
    return [frame.info.time for frame in framechain.open_source(flats(3), fps=fps)]


def write_arrays(fps: Any, folder: Path) -> Any:
    with framechain.write(folder / "out.mp4", fps=fps) as out:
        for image in flats(4):
            out(image)
    return see(folder / "out.mp4").times


def write_times(times: Any, folder: Path) -> Any:
    with framechain.write(folder / "out.mp4") as out:
        for time, image in zip(times, flats(3), strict=True):
            out(image, time=time)
    return see(folder / "out.mp4").times


# `show` takes no numbers.
FUNCTIONS = {"anonymize", "cut_out", "frame_at", "open_sink", "open_source", "read", "load_chain", "show", "write"}


def test_public_functions_numpy_numbers_do_as_pythons(tmp_path: Path) -> None:
    found = {name for name in framechain.__all__ if inspect.isfunction(getattr(framechain, name))}
    assert found == FUNCTIONS, "a new function: if it takes numbers, it is to be tried here"
    assert count_read(np.float32(0.5), np.int64(1)) == count_read(0.5, 1) != []
    assert count_read(np.uint8(1), np.float64(1.25)) == count_read(1, 1.25) != []
    for fps in (np.uint8(25), np.int64(25), np.float32(25)):
        assert read_arrays(fps) == open_arrays(fps) == read_arrays(25) == [0.0, 0.04, 0.08]
        assert write_arrays(fps, tmp_path) == write_arrays(25, tmp_path)
    assert write_times(np.array([0, 1, 3], np.uint8), tmp_path) == write_times([0, 1, 3], tmp_path) == [0, 1, 3]
    assert write_times(np.float32([0, 0.25, 0.5]), tmp_path) == [0, 0.25, 0.5]


def test_matte_grow_numpy_number_does_as_pythons() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[12:36, 16:48] = (0, 0, 200)
    image[image.sum(axis=2) == 0] = (0, 255, 0)
    usual = mattes.ChromaKey().grow(3)(image)
    assert (usual != mattes.ChromaKey()(image)).any()
    for pixels in (np.uint8(3), np.int64(3), np.float32(3)):
        assert (mattes.ChromaKey().grow(pixels)(image) == usual).all()


def test_engine_numpy_bound_that_is_the_largest_of_its_kind_keeps_all_frames(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(10))
    bound: Any = np.uint8(255)
    result = Engine(video_path=source, end_video_frame=bound, break_on_end=True, progress=False).run()
    assert result.frames_written == see(tmp_path / "clip_out.mp4").count == 10


def test_fps_metric_numpy_numbers_draw_as_pythons() -> None:
    def draw(**numbers: Any) -> Any:
        ticks = iter([0.0, 0.5, 1.0])
        metric = FPSmetric(clock=lambda: next(ticks), **numbers)
        image = np.zeros((90, 160, 3), np.uint8)
        for _ in range(3):
            metric(image)
        return image

    usual = draw(range_average=3, position=(9, 60), fontFace=1, fontScale=2, color=(9, 8, 7), thickness=2, lineType=8)
    numbers = np.array([3, 1, 2, 8], np.uint8)
    equal = draw(
        range_average=numbers[0], position=np.array([9, 60]), fontFace=numbers[1], fontScale=np.float32(2),
        color=np.array([9, 8, 7], np.uint8), thickness=numbers[2], lineType=numbers[3],
    )  # fmt: skip
    assert usual.any()
    assert (usual == equal).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("position", 5), ("position", "ab"), ("position", (1, 2, 3)), ("position", (1, True)), ("position", (0, 1e30)),
        ("fontFace", -1), ("fontFace", "x"), ("fontScale", "x"), ("fontScale", -1), ("fontScale", 1e5),
        ("fontScale", float("inf")), ("thickness", 2.5), ("thickness", None), ("lineType", 8.5), ("range_average", 0),
    ],
)  # fmt: skip
def test_fps_metric_other_value_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ArgumentError, match=f"^{name} must be "):
        FPSmetric(**{name: value})


def test_fps_metric_average_over_any_number_of_calls_is_taken() -> None:
    assert FPSmetric(range_average=10**30)() == 0.0


def test_stream_info_and_frame_info_numpy_numbers_do_not_overflow() -> None:
    small: Any = np.uint8
    rate: Any = np.float32(25)
    stream = StreamInfo("s", "video", small(64), small(48), Fraction(1, 25), rate)
    info = FrameInfo(small(200), small(200), small(100), stream)
    assert (stream.rate, info.time) == (25, 8.0)
    assert (info.pts + info.duration, info.index + 100) == (300, 300)
