"""Checks of objects that somebody else writes: for the tests of a package with plug-ins."""

from __future__ import annotations

import contextlib
import pickle  # noqa: TID251  (reads back what it has just written)
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chain import Chain
from .errors import FramechainError, read_message
from .frame import Frame, FrameInfo, StreamInfo
from .results import get_name
from .steering import Skipped

SIZES = ((320, 180), (180, 320), (321, 181), (33, 17), (2, 3), (1, 1))
"""Widths and heights with which an object is tried."""

_FRAMES = 4
_TIMED_SIZE, _TIMED_FRAMES = (1280, 720), 6

Result = NDArray[np.uint8] | None


class CheckError(FramechainError, AssertionError):
    """An object does not keep what `framechain.FrameObject` promises."""


@dataclass(frozen=True, slots=True)
class ObjectReport:
    """What was found about an object that is as it should be.

    Attributes:
        name: Its name.
        seconds: The median time that it takes for a frame of 1280x720.
    """

    name: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.name}: {self.seconds * 1000:.1f} ms per frame of {_TIMED_SIZE[0]}x{_TIMED_SIZE[1]}"


def check_object(
    thing: Callable[..., Any], *, is_deterministic: bool = True, sizes: Sequence[tuple[int, int]] = SIZES
) -> ObjectReport:
    """Check that an object does what the chain relies on.

    - It takes frames of any size, images and videos, BGR and YUV, and returns frames of one size.
    - The same frames give the same results: of a copy, and of itself in the next stream.
    - It neither keeps nor changes what belongs to others: a frame that it has returned, the alpha of a matte.
    - It can be pickled, as `--workers` and `--segments` do, and its copy does the same.
    - If it says `history = 0`, each result depends on its frame alone.

    Args:
        thing: The object: a `FrameObject`, or any callable `frame -> frame`.
        is_deterministic: Whether the same frames must give the same results; False for what draws a clock, or noise.
        sizes: Widths and heights to try.

    Returns:
        What was found; it can be printed.

    Raises:
        CheckError: If the object fails; the sentence says in what.

    Example:
        >>> from framechain.testing import check_object
        >>> check_object(np.invert).name
        'invert'
        >>> check_object(lambda frame: frame[..., 0])
        Traceback (most recent call last):
        ...
        framechain.testing.CheckError: <lambda> cannot be pickled, which --workers and --segments need: ...
    """
    check = _Check(thing, is_deterministic)
    for number, (width, height) in enumerate(sizes):
        with check.doing(f"with frames of {width}x{height}"):
            check.check_stream(width, height, full=number == 0)
    with check.doing("with an image"):
        _run(thing, _make_frames(64, 48, 1), kind="image")
    with check.doing("with frames in YUV"):
        check.check_yuv(64, 48)
    with check.doing("when it is timed"):
        return ObjectReport(check.name, _time(thing))


class _Check:
    """One check of one object."""

    def __init__(self, thing: Callable[..., Any], is_deterministic: bool) -> None:
        self._thing, self._is_deterministic = thing, is_deterministic
        self.name = get_name(thing)
        with self.doing("in a chain"):
            self._adapted = Chain([thing], has_alpha=True).adapted[0]
        self.name = self._adapted.name

    @contextlib.contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Make a context that turns an error into a sentence that says at what it came."""
        try:
            yield
        except CheckError as error:
            raise CheckError(f"{self.name} {error} ({what})") from error.__cause__
        except FramechainError as error:
            raise CheckError(f"{self.name} fails {what}: {error}") from error

    def check_stream(self, width: int, height: int, *, full: bool) -> None:
        """Check a stream; with `full` also what does not depend on the size."""
        frames = _make_frames(width, height, _FRAMES)
        copy = self._copy() if full else None
        results = _run(self._thing, frames)
        _check_sizes(results)
        self._compare(results, _run(self._thing, frames), "gives other results in a second stream of the same frames")
        if copy is not None:
            self._compare(results, _run(copy, frames), "gives other results than its pickled copy")
        spoilt = _run(self._thing, frames, spoils=True)
        self._compare(
            results,
            spoilt,
            "keeps a frame that it was given or that it returned, and later objects draw on it: keep frame.copy()",
        )
        if full and self._adapted.history == 0:
            alone = [_run(self._thing, [frame], first=number)[0] for number, frame in enumerate(frames)]
            self._compare(results, alone, "says history = 0, but its results depend on earlier frames")

    def check_yuv(self, width: int, height: int) -> None:
        """Check that frames in YUV give frames of the same size."""
        frames = _make_frames(width, height, 2)
        for one, other in zip(_run(self._thing, frames), _run(self._thing, frames, is_yuv=True), strict=True):
            if (one is None) != (other is None) or (one is not None and other is not None and one.shape != other.shape):
                raise CheckError("returns other sizes for frames in YUV than for BGR")

    def _copy(self) -> Callable[..., Any]:
        try:
            copy: Callable[..., Any] = pickle.loads(pickle.dumps(self._thing))  # noqa: S301
        except Exception as error:
            raise CheckError(
                f"cannot be pickled, which --workers and --segments need: {type(error).__name__}: {read_message(error)}"
            ) from error
        return copy

    def _compare(self, results: Sequence[Result], others: Sequence[Result], sentence: str) -> None:
        if self._is_deterministic and not all(map(_is_same, results, others)):
            raise CheckError(sentence)


def _is_same(one: Result, other: Result) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def _check_sizes(results: Sequence[Result]) -> None:
    shapes = {result.shape for result in results if result is not None}
    if len(shapes) > 1:
        found = " and ".join(f"{shape[1]}x{shape[0]} with {shape[2]} channels" for shape in sorted(shapes))
        raise CheckError(f"returns frames of several sizes in one stream: {found}")


def _run(
    thing: Callable[..., Any],
    frames: Sequence[NDArray[np.uint8]],
    *,
    kind: str = "video",
    first: int = 0,
    is_yuv: bool = False,
    spoils: bool = False,
) -> list[Result]:
    """Pass frames through an object as a run does.

    Args:
        thing: The object.
        frames: The frames.
        kind: Of the stream.
        first: The number of the first frame.
        is_yuv: Whether the object gets YUV.
        spoils: Whether others draw on each frame afterwards.

    Returns:
        The results; None for a frame that is left out.
    """
    height, width = frames[0].shape[:2]
    stream = StreamInfo("check", kind, width, height, Fraction(1, 25), Fraction(25), len(frames))
    chain = Chain([thing], has_alpha=True)
    results: list[Result] = []
    kept: list[tuple[Frame, NDArray[np.uint8]]] = []
    chain.open(stream)
    try:
        for number, image in enumerate(frames, first):
            given = image.copy()
            frame = Frame(FrameInfo(number, number, 1, stream), bgr=given)
            if is_yuv:
                frame = Frame(frame.info, yuv=frame.yuv, own=True)
            frame.matte_alpha = np.ascontiguousarray(image[..., 0])
            frame.matte_alpha.flags.writeable = False
            try:
                result = chain(frame)
            except Skipped:
                results.append(None)
                continue
            image_then = _read(result)
            results.append(image_then)
            if not spoils:
                kept.append((result, image_then))
                continue
            given[...] = 255 - given
            for plane in result.own_planes():
                plane[...] = 255 - plane
        if not all(np.array_equal(_read(result), before) for result, before in kept):
            raise CheckError("changes a frame that it has returned: return an array of its own for each frame")
    finally:
        chain.close()
    return results


def _read(frame: Frame) -> NDArray[np.uint8]:
    image = frame.read_bgr()
    return image.copy() if frame.alpha is None else np.dstack([image, frame.alpha])


def _make_frames(width: int, height: int, count: int) -> list[NDArray[np.uint8]]:
    """Return frames with a gradient, noise, and a bright box that moves."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    base = np.dstack([255 * x // width, 255 * y // height, 128 + 0 * x]).astype(np.uint8)
    frames = []
    for number in range(count):
        frame = base // 2 + random.integers(0, 64, base.shape, np.uint8)
        left = number * width // (2 * count)
        frame[height // 4 : height // 2 + 1, left : left + width // 3 + 1] = (200, 220, 240)
        frames.append(frame)
    return frames


def _time(thing: Callable[..., Any]) -> float:
    width, height = _TIMED_SIZE
    stream = StreamInfo("check", "video", width, height, Fraction(1, 25), Fraction(25), _TIMED_FRAMES)
    chain = Chain([thing], has_alpha=True)
    seconds = []
    chain.open(stream)
    try:
        for number, image in enumerate(_make_frames(width, height, _TIMED_FRAMES)):
            frame = Frame(FrameInfo(number, number, 1, stream), bgr=image)
            frame.matte_alpha = np.ascontiguousarray(image[..., 0])
            start = time.perf_counter()
            with contextlib.suppress(Skipped):
                chain(frame)
            seconds.append(time.perf_counter() - start)
    finally:
        chain.close()
    return statistics.median(seconds)
