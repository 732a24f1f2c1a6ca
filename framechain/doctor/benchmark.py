"""What this machine can hold live: the engine itself on a person before a wall, for about five seconds."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .verdict import Verdict

SIZES = ((1280, 720), (1920, 1080))
QUALITIES = ("fast", "balanced", "best")

# A run steps down when nine frames in ten take longer than this share of the time between two; see live/pace.py.
_SHARE = 0.9
_RATES = (60, 30, 25, 20, 15, 10)
_FLUENT = 30
# Below the lowest rate, better qualities and larger sizes need not be measured.
_HOPELESS = 10.0
_WARM_UP_SECONDS, _SECONDS, _LONGEST = 0.1, 0.55, 1.2
_LEAST_FRAMES = 12
# Frames of one sway of the person, and its width as a share of the frame's.
_POSES, _SWAY = 24, 0.02
_JPEG_QUALITY = 90
_WALL = (150, 120, 100)


@dataclass(frozen=True, slots=True)
class Measurement:
    """How fast a size and a quality are.

    Attributes:
        width: In pixels.
        height: In pixels.
        quality: Of the matte.
        frames_per_second: With a JPEG decoded for each frame, as a webcam sends it, and the background blurred.
    """

    width: int
    height: int
    quality: str
    frames_per_second: float

    @property
    def holds(self) -> int:
        """The highest usual rate that a camera may have; 0 for none."""
        return next((rate for rate in _RATES if rate <= _SHARE * self.frames_per_second), 0)

    @property
    def command(self) -> str:
        """The command line that runs like this."""
        return f"framechain --camera-size {self.width}x{self.height} --quality {self.quality}"


@dataclass(frozen=True, slots=True)
class BenchmarkFacts:
    """What was measured; what a machine is much too slow for is left out."""

    measurements: tuple[Measurement, ...]


def measure_all(sizes: Sequence[tuple[int, int]] = SIZES, seconds: float = _SECONDS) -> BenchmarkFacts:
    """Measure each size with each quality.

    Args:
        sizes: (width, height), the smaller first.
        seconds: How long each is measured.
    """
    found: list[Measurement] = []
    for width, height in sizes:
        images = make_images(width, height)
        for quality in QUALITIES:
            slower = [one for one in found if one.quality == quality or (one.width, one.height) == (width, height)]
            if any(one.frames_per_second < _HOPELESS for one in slower):
                break
            rate = _measure(images, width, height, quality, seconds)
            found.append(Measurement(width, height, quality, round(rate, 1)))
    return BenchmarkFacts(tuple(found))


def make_images(width: int, height: int) -> list[Any]:
    """Return the frames of a camera before which a person sways, as JPEGs.

    Args:
        width: In pixels.
        height: In pixels.
    """
    from importlib import resources

    import cv2
    import numpy as np

    data = np.frombuffer((resources.files("framechain") / "assets" / "person.webp").read_bytes(), np.uint8)
    picture: Any = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    person = cv2.resize(picture, (height, height), interpolation=cv2.INTER_LINEAR)
    alpha = cv2.merge([person[..., 3]] * 3)
    # A wall with the light of a window, which the camera sees with some noise.
    light = np.linspace(0.6, 1.2, width, dtype=np.float32)[None, :, None]
    wall: Any = np.broadcast_to(light * np.array(_WALL, np.float32), (height, width, 3)).astype(np.uint8)
    wall = cv2.add(wall, np.random.default_rng(0).integers(0, 6, wall.shape, np.uint8))
    images = []
    for pose in range(_POSES):
        left = (width - height) // 2 + round(_SWAY * width * math.sin(2 * math.pi * pose / _POSES))
        image = wall.copy()
        part = image[:, left : left + height]
        lit = cv2.multiply(person[..., :3], alpha, scale=1 / 255)
        cv2.add(cv2.multiply(part, 255 - alpha, scale=1 / 255), lit, dst=part)
        images.append(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1])
    return images


def _measure(images: Sequence[Any], width: int, height: int, quality: str, seconds: float) -> float:
    import cv2

    from ..contracts import Source
    from ..engine.engine import Engine
    from ..frame import Frame, FrameInfo, StreamInfo
    from ..objects.segmentation import MPSegmentation
    from ..sinks.target import NO_OUTPUT
    from ..steering import Stop

    class Scene(Source):
        """It waits for the chain, as a file does: the chain's own speed is seen, no frame is decoded for nothing."""

        info = StreamInfo("the benchmark", "video", width, height)

        def __iter__(self) -> Iterator[Frame]:
            for index in itertools.count():
                image: Any = cv2.imdecode(images[index % len(images)], cv2.IMREAD_COLOR)
                yield Frame(FrameInfo(index, index, 1, self.info), bgr=image)

    moments: list[float] = []

    def note(frame: Any) -> Any:
        moments.append(time.perf_counter())
        spent = moments[-1] - moments[0] - _WARM_UP_SECONDS
        if spent > _LONGEST or (spent > seconds and len(moments) > _LEAST_FRAMES):
            raise Stop
        return frame

    chain: list[Callable[..., Any]] = [MPSegmentation(quality=quality), note]
    Engine(source=Scene(), custom_objects=chain, output_path=NO_OUTPUT, progress=False).run()
    return compute_rate(moments)


def compute_rate(moments: Sequence[float]) -> float:
    """Return frames per second after the warm-up.

    Args:
        moments: When each frame was done, in seconds.

    Example:
        >>> round(compute_rate([0.0, 0.5, 0.6, 0.7, 0.8]), 6)
        10.0
    """
    warm = [moment for moment in moments if moment - moments[0] >= _WARM_UP_SECONDS]
    if len(warm) < 2:
        warm = list(moments)
    return (len(warm) - 1) / (warm[-1] - warm[0]) if len(warm) > 1 else 0.0


def judge_benchmark(facts: BenchmarkFacts) -> Iterable[Verdict]:
    """Return how fast each size is, and what to use."""
    for size in dict.fromkeys((one.width, one.height) for one in facts.measurements):
        here = [one for one in facts.measurements if (one.width, one.height) == size]
        rates = ", ".join(f"{one.quality} {one.frames_per_second:.0f}" for one in here)
        yield Verdict("ok", f"{size[0]}x{size[1]}: {rates} frames/s")
    best = choose(facts.measurements)
    yield Verdict("ok" if best and best.holds >= _FLUENT else "note", recommend(facts), best.command if best else "")


def choose(measurements: Sequence[Measurement]) -> Measurement | None:
    """Return what to use: what is fluent, then a good edge, then many pixels; None if nothing holds a usual rate.

    Args:
        measurements: What was measured.
    """

    def rank(one: Measurement) -> tuple[int, bool, int, int]:
        is_good = one.quality != "fast"
        return min(one.holds, _FLUENT), is_good, one.height, QUALITIES.index(one.quality)

    return max((one for one in measurements if one.holds), key=rank, default=None)


def recommend(facts: BenchmarkFacts) -> str:
    """Return what this machine can hold, as a sentence."""
    best = choose(facts.measurements)
    if best is None:
        return f"this machine holds no live video of {_RATES[-1]} frames/s: process files, or use --matte chroma"
    return f"{best.height}p {best.quality} holds {best.holds} frames/s"
