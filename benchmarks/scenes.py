"""Sequences with ground truth: the sample portrait's person in front of a real view, a wall or a green screen.

Everything is seeded, and made of the images in samples/ alone. Truth is labelled as in CDnet (changedetection.net,
Goyette et al. 2012): 0 background, 50 shadow, 170 unknown, 255 foreground. Unknown pixels are part person, part
background; they do not count. Shadow counts as background.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # This checkout, not an installed one.

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from framechain.media.native_messages import hide_native_messages  # noqa: E402

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

BACKGROUND, SHADOW, UNKNOWN, FOREGROUND = 0, 50, 170, 255
SIZE = 640, 360
# Columns in which the clip's first frames show no person.
_LEFT, _RIGHT = slice(0, 190), slice(556, 640)
# The cut-out's point that stands on the frame's bottom edge, as in samples/make_samples.py.
_FOOT = 205.0, 334.0
_GREEN = 60, 180, 50


@dataclass(frozen=True)
class Shot:
    """One frame and its ground truth.

    Attributes:
        frame: uint8 (H, W, 3) BGR.
        truth: uint8 (H, W): CDnet's labels.
        alpha: float32 (H, W) in [0, 1].
    """

    frame: Bytes
    truth: Bytes
    alpha: Floats


@dataclass
class Score:
    """Counts of pixels over a sequence, by CDnet's rules."""

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0
    alpha_errors: list[float] = field(default_factory=list)

    def add(self, answer: Bytes, shot: Shot) -> None:
        """Count one frame.

        Args:
            answer: uint8 (H, W): a matte's answer; 128 and more is foreground.
            shot: The frame.
        """
        found = answer >= 128
        self.hits += int(np.count_nonzero(found & (shot.truth == FOREGROUND)))
        self.misses += int(np.count_nonzero(~found & (shot.truth == FOREGROUND)))
        background = (shot.truth == BACKGROUND) | (shot.truth == SHADOW)
        self.false_alarms += int(np.count_nonzero(found & background))
        self.alpha_errors.append(float(np.abs(answer / 255 - shot.alpha).mean()))

    @property
    def precision(self) -> float:
        """The share of the found pixels that are foreground."""
        return self.hits / max(1, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """The share of the foreground that was found."""
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f_measure(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.hits / max(1, 2 * self.hits + self.false_alarms + self.misses)

    @property
    def alpha_error(self) -> float:
        """Mean absolute error of alpha over all pixels, including unknown ones."""
        return float(np.mean(self.alpha_errors))


def evaluate(matte: Callable[[Bytes], Bytes], warm_up: Iterable[Shot], shots: Iterable[Shot]) -> Score:
    """Run a matte on a warm-up, whose answers do not count, and score it on the shots."""
    for shot in warm_up:
        matte(shot.frame)
    score = Score()
    for shot in shots:
        score.add(matte(shot.frame.copy()), shot)
    return score


def _load_sample_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", ROOT / "samples" / "make_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def cut_out_person() -> Floats:
    """Return the portrait's person: float32 (512, 512, 4) in [0, 1], BGR multiplied by alpha, then alpha."""
    maker = _load_sample_maker()
    portrait = cv2.imread(str(ROOT / "samples" / "portrait.jpg"))
    assert portrait is not None
    with hide_native_messages(""):  # MediaPipe prints about itself.
        cut = maker.cut_out(np.ascontiguousarray(portrait[..., ::-1]), maker.MODEL)
    return np.ascontiguousarray(cut[..., [2, 1, 0, 3]], np.float32)


@functools.cache
def make_view(size: tuple[int, int] = SIZE) -> Floats:
    """Return a real view without the person, float32 (H, W, 3) in [0, 1], BGR.

    It is what the sample clip shows beside the person, with its mirror image between.
    """
    still = _read_still()
    left, right = still[:, _LEFT], still[:, _RIGHT]
    wide = np.hstack([left, left[:, ::-1], right, right[:, ::-1], right, right[:, ::-1]])[:, : SIZE[0]]
    return _resize(np.asarray(wide / 255, np.float32), size)


@functools.cache
def _read_still() -> Bytes:
    """Return what the clip's first frames have in common."""
    capture = cv2.VideoCapture(str(ROOT / "samples" / "clip.mp4"))
    frames: list[NDArray[Any]] = []
    while len(frames) < 12:
        found, frame = capture.read()
        assert found
        frames.append(frame)
    capture.release()
    return np.asarray(np.median(np.stack(frames), axis=0), np.uint8)


def make_wall(size: tuple[int, int] = SIZE, bgr: tuple[float, float, float] = (222, 226, 230)) -> Floats:
    """Return a plain bright wall that is a tenth darker in the corners than in the middle."""
    return np.asarray(_make_plain(size, bgr) * _make_vignette(size, 0.1), np.float32)


def make_green_screen(size: tuple[int, int] = SIZE) -> Floats:
    """Return a green screen with slightly uneven light, brighter at the upper left."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    light = 1.06 - 0.14 * (x / size[0]) - 0.06 * (y / size[1])
    return np.asarray(_make_plain(size, _GREEN) * light[..., None], np.float32)


def _make_plain(size: tuple[int, int], bgr: tuple[float, float, float]) -> Floats:
    return np.full((size[1], size[0], 3), np.array(bgr) / 255, np.float32)


def _make_vignette(size: tuple[int, int], depth: float) -> Floats:
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    return np.asarray(1 - depth * (x * x + y * y)[..., None] / 2, np.float32)


def _resize(image: Floats, size: tuple[int, int]) -> Floats:
    if image.shape[:2] == (size[1], size[0]):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).clip(0, 1), np.float32)


def walk(moment: float) -> float:
    """Return the person's position at a moment in [0, 1]: from beyond the left edge to the right, and to the middle.

    Returns:
        The foot's position as a fraction of the width.
    """
    return float(np.interp(moment, [0, 0.6, 0.8, 1], [-0.15, 0.8, 0.45, 0.5]))


def place_person(at: float, size: tuple[int, int] = SIZE, scale: float = 0.9) -> Floats:
    """Return the person in an otherwise empty frame.

    Args:
        at: The foot's position as a fraction of the width.
        size: (width, height) of the frame.
        scale: Size, 1 = as in the portrait, for a frame of 360 rows.

    Returns:
        float32 (H, W, 4): BGR multiplied by alpha, then alpha.
    """
    zoom = scale * size[1] / SIZE[1]
    # The middle of the last row belongs to the frame; the next row would show the cut below the person.
    where = np.array([[zoom, 0, at * size[0] - zoom * _FOOT[0]], [0, zoom, size[1] - zoom * _FOOT[1]]])
    drawn = cv2.warpAffine(cut_out_person(), where, size, flags=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    return np.asarray(np.clip(drawn, 0, 1), np.float32)


def _cast_shadow(at: float, size: tuple[int, int], strength: float) -> Floats:
    """Return the light that a cast shadow leaves: an ellipse with a soft rim to the right of the person."""
    width, height = size
    light = np.zeros((height, width), np.float32)
    centre = round((at + 0.2) * width), round(0.62 * height)
    cv2.ellipse(light, centre, (round(0.13 * width), round(0.33 * height)), 12, 0, 360, 1.0, cv2.FILLED)
    return np.asarray(1 - strength * cv2.GaussianBlur(light, (0, 0), 0.008 * width), np.float32)


def make_shots(
    backdrop: Floats,
    count: int,
    *,
    where: Callable[[float], float | None] = walk,
    drift: float = 0.0,
    shadow: float = 0.0,
    noise: float = 3.0,
    seed: int = 1,
    scale: float = 0.9,
    motion_blur: bool = False,
    spill: float = 0.0,
    step: int = 1,
) -> Iterator[Shot]:
    """Make a sequence.

    Args:
        backdrop: float32 (H, W, 3) in [0, 1]: the empty scene.
        count: Number of frames.
        where: The person's position at a moment in [0, 1], as a fraction of the width; None for an empty frame.
        drift: Relative change of the exposure until the end: 0.15 = 15 % brighter.
        shadow: The share of light that the cast shadow removes.
        noise: Standard deviation of the sensor's noise in grey levels.
        seed: Seed of the noise.
        scale: Size of the person.
        motion_blur: Whether motion blurs the person's edges, with an exposure of the whole frame time.
        spill: The share of the backdrop's light that falls on the person.
        step: Make only every step-th of the frames.

    Yields:
        Frames with their ground truth.
    """
    rng = np.random.default_rng(seed)
    height, width = backdrop.shape[:2]
    for index in range(0, count, step):
        moment = index / max(1, count - 1)
        at = where(moment)
        layer = np.zeros((height, width, 4), np.float32)
        light = np.ones((height, width), np.float32)
        if at is not None:
            positions = [at]
            if motion_blur:
                before = where(max(0.0, moment - 1 / max(1, count - 1)))
                start = at if before is None else before
                positions = list(np.linspace(start, at, min(24, 1 + round(abs(at - start) * width / 2))))
            layer = np.asarray(
                np.mean([place_person(p, (width, height), scale) for p in positions], axis=0), np.float32
            )
            if shadow:
                light = _cast_shadow(at, (width, height), shadow)
        alpha = layer[..., 3]
        # Spill is light that the screen adds: its colour in proportion to alpha.
        lit = layer[..., :3] + spill * backdrop * alpha[..., None]
        image = lit + backdrop * light[..., None] * (1 - alpha[..., None])
        image = 255 * image * (1 + drift * moment) + rng.normal(0, noise, image.shape)
        truth = np.where(light < 0.97, SHADOW, BACKGROUND).astype(np.uint8)
        truth[alpha > 0.02] = UNKNOWN
        truth[alpha > 0.98] = FOREGROUND
        yield Shot(np.clip(np.rint(image), 0, 255).astype(np.uint8), truth, alpha)


def make_empty_shots(backdrop: Floats, count: int, *, noise: float = 3.0, seed: int = 0) -> Iterator[Shot]:
    """Make shots of the empty scene, for a matte to learn."""
    return make_shots(backdrop, count, where=lambda _: None, noise=noise, seed=seed)
