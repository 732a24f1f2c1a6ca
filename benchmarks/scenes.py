"""Sequences whose truth is known: the sample portrait's person before a real picture, a wall or a green screen.

Everything is seeded, and made of the pictures in samples/ alone. Truth is labelled as in CDnet
(changedetection.net, Goyette et al. 2012): 0 background, 50 shadow, 170 unknown, 255 foreground. Unknown are
the pixels that are part person, part background; they do not count, and shadow counts as background.
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
    sys.path.insert(0, str(ROOT))  # This checkout, whatever is installed.

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from framechain.media.native_messages import hide_native_messages  # noqa: E402

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

BACKGROUND, SHADOW, UNKNOWN, FOREGROUND = 0, 50, 170, 255
SIZE = 640, 360
# Where the clip's first frames show no person: a real picture, if not a wide one.
_LEFT, _RIGHT = slice(0, 190), slice(556, 640)
# The cut-out's point that stands on the frame's bottom edge, as in samples/make_samples.py.
_FOOT = 205.0, 334.0
_GREEN = 60, 180, 50


@dataclass(frozen=True)
class Shot:
    """One frame and what is known of it.

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
            answer: uint8 (H, W): a matte's answer; from 128 on it is foreground.
            shot: The frame it is for.
        """
        found = answer >= 128
        self.hits += int(np.count_nonzero(found & (shot.truth == FOREGROUND)))
        self.misses += int(np.count_nonzero(~found & (shot.truth == FOREGROUND)))
        behind = (shot.truth == BACKGROUND) | (shot.truth == SHADOW)
        self.false_alarms += int(np.count_nonzero(found & behind))
        self.alpha_errors.append(float(np.abs(answer / 255 - shot.alpha).mean()))

    @property
    def precision(self) -> float:
        """The share of what was found that is there."""
        return self.hits / max(1, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """The share of what is there that was found."""
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f_measure(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.hits / max(1, 2 * self.hits + self.false_alarms + self.misses)

    @property
    def alpha_error(self) -> float:
        """Mean absolute error of alpha over all pixels, unknown ones too."""
        return float(np.mean(self.alpha_errors))


def evaluate(matte: Callable[[Bytes], Bytes], warm_up: Iterable[Shot], shots: Iterable[Shot]) -> Score:
    """Show a matte the empty scene, then let it answer for every frame.

    Args:
        matte: What is tried.
        warm_up: Frames for which it is not asked.
        shots: Frames that count.

    Returns:
        The counts.
    """
    for shot in warm_up:
        matte(shot.frame)
    score = Score()
    for shot in shots:
        score.add(matte(shot.frame.copy()), shot)
    return score


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", ROOT / "samples" / "make_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def person() -> Floats:
    """The portrait's person: float32 (512, 512, 4) in [0, 1], BGR already multiplied by alpha, then alpha."""
    maker = _maker()
    portrait = cv2.imread(str(ROOT / "samples" / "portrait.jpg"))
    assert portrait is not None
    with hide_native_messages(""):  # MediaPipe tells about itself.
        cut = maker.cut_out(np.ascontiguousarray(portrait[..., ::-1]), maker.MODEL)
    return np.ascontiguousarray(cut[..., [2, 1, 0, 3]], np.float32)


@functools.cache
def view(size: tuple[int, int] = SIZE) -> Floats:
    """A real picture without the person: what the sample clip shows beside her, with its mirror image between.

    Args:
        size: (width, height) in pixels.

    Returns:
        float32 (H, W, 3) in [0, 1], BGR.
    """
    capture = cv2.VideoCapture(str(ROOT / "samples" / "clip.mp4"))
    frames: list[NDArray[Any]] = []
    while len(frames) < 12:
        found, frame = capture.read()
        assert found
        frames.append(frame)
    capture.release()
    still = np.median(np.stack(frames), axis=0).astype(np.uint8)
    left, right = still[:, _LEFT], still[:, _RIGHT]
    wide = np.hstack([left, left[:, ::-1], right, right[:, ::-1], right, right[:, ::-1]])[:, : SIZE[0]]
    return _resized(np.asarray(wide / 255, np.float32), size)


def wall(size: tuple[int, int] = SIZE, bgr: tuple[float, float, float] = (222, 226, 230)) -> Floats:
    """A plain bright wall that is a tenth darker in the corners than in the middle."""
    return np.asarray(_plain(size, bgr) * _vignette(size, 0.1), np.float32)


def green_screen(size: tuple[int, int] = SIZE) -> Floats:
    """A green screen that is lit a little unevenly: brighter to the upper left."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    light = 1.06 - 0.14 * (x / size[0]) - 0.06 * (y / size[1])
    return np.asarray(_plain(size, _GREEN) * light[..., None], np.float32)


def _plain(size: tuple[int, int], bgr: tuple[float, float, float]) -> Floats:
    return np.full((size[1], size[0], 3), np.array(bgr) / 255, np.float32)


def _vignette(size: tuple[int, int], depth: float) -> Floats:
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    return np.asarray(1 - depth * (x * x + y * y)[..., None] / 2, np.float32)


def _resized(picture: Floats, size: tuple[int, int]) -> Floats:
    if picture.shape[:2] == (size[1], size[0]):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).clip(0, 1), np.float32)


def walk(moment: float) -> float:
    """Where she is at a moment in [0, 1]: from beyond the left edge to the right one and back to the middle.

    Returns:
        The foot's place as a fraction of the width.
    """
    return float(np.interp(moment, [0, 0.6, 0.8, 1], [-0.15, 0.8, 0.45, 0.5]))


def placed(at: float, size: tuple[int, int] = SIZE, scale: float = 0.9) -> Floats:
    """The person in an otherwise empty frame.

    Args:
        at: Where, as a fraction of the width.
        size: (width, height) of the frame.
        scale: How large, 1 = as in the portrait, for a frame of 360 pixels' height.

    Returns:
        float32 (H, W, 4): BGR multiplied by alpha, then alpha.
    """
    zoom = scale * size[1] / SIZE[1]
    # The middle of the last row belongs to the frame, the one after it would show below her cut.
    where = np.array([[zoom, 0, at * size[0] - zoom * _FOOT[0]], [0, zoom, size[1] - zoom * _FOOT[1]]])
    drawn = cv2.warpAffine(person(), where, size, flags=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    return np.asarray(np.clip(drawn, 0, 1), np.float32)


def _cast_shadow(at: float, size: tuple[int, int], strength: float) -> Floats:
    """What light is left where she casts a shadow: an ellipse to her right with a soft rim."""
    width, height = size
    light = np.zeros((height, width), np.float32)
    centre = round((at + 0.2) * width), round(0.62 * height)
    cv2.ellipse(light, centre, (round(0.13 * width), round(0.33 * height)), 12, 0, 360, 1.0, cv2.FILLED)
    return np.asarray(1 - strength * cv2.GaussianBlur(light, (0, 0), 0.008 * width), np.float32)


def shots(
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
) -> Iterator[Shot]:
    """Make a sequence.

    Args:
        backdrop: float32 (H, W, 3) in [0, 1]: the empty scene.
        count: How many frames.
        where: The person's place at a moment in [0, 1], as a fraction of the width; None for an empty frame.
        drift: By how much the exposure has changed at the end: 0.15 = 15 % brighter.
        shadow: The share of light that her cast shadow takes away.
        noise: Standard deviation of the sensor's noise, in grey levels.
        seed: Of the noise.
        scale: How large she is.
        motion_blur: Whether her edges are blurred by her own motion, as at an exposure of the whole frame time.
        spill: The share of the backdrop's light that falls on her.

    Yields:
        Frames with their truth.
    """
    rng = np.random.default_rng(seed)
    height, width = backdrop.shape[:2]
    for index in range(count):
        moment = index / max(1, count - 1)
        at = where(moment)
        layer = np.zeros((height, width, 4), np.float32)
        light = np.ones((height, width), np.float32)
        if at is not None:
            places = [at]
            if motion_blur:
                before = where(max(0.0, moment - 1 / max(1, count - 1)))
                start = at if before is None else before
                places = list(np.linspace(start, at, min(24, 1 + round(abs(at - start) * width / 2))))
            layer = np.asarray(np.mean([placed(p, (width, height), scale) for p in places], axis=0), np.float32)
            if shadow:
                light = _cast_shadow(at, (width, height), shadow)
        alpha = layer[..., 3]
        # Spill is light added by the screen: its colour in proportion to how much of her is there.
        lit = layer[..., :3] + spill * backdrop * alpha[..., None]
        picture = lit + backdrop * light[..., None] * (1 - alpha[..., None])
        picture = 255 * picture * (1 + drift * moment) + rng.normal(0, noise, picture.shape)
        truth = np.where(light < 0.97, SHADOW, BACKGROUND).astype(np.uint8)
        truth[alpha > 0.02] = UNKNOWN
        truth[alpha > 0.98] = FOREGROUND
        yield Shot(np.clip(np.rint(picture), 0, 255).astype(np.uint8), truth, alpha)


def empty(backdrop: Floats, count: int, *, noise: float = 3.0, seed: int = 0) -> Iterator[Shot]:
    """The scene without her, for a matte to learn."""
    return shots(backdrop, count, where=lambda _: None, noise=noise, seed=seed)
