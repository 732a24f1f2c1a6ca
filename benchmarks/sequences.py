"""Clips with true alpha: cut-outs moved, scaled and swayed over real pictures, with a sensor's noise.

They are made of the pictures in samples/ alone. Like scenes.py, which has still cameras and one person; here it
is people who sway, come in, wave and are cut to, which is what a matte that remembers can get wrong.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import scenes
from numpy.typing import NDArray
from scenes import Bytes, Floats

SIZE = 1280, 720
FRAMES = 72
_HALF = FRAMES // 2


@dataclass(frozen=True)
class Sequence:
    """A clip to be made.

    Attributes:
        name: What happens in it.
        draw: `index -> (backdrop, layers)`, the layers from back to front as float32 (H, W, 4), premultiplied BGR
            and alpha.
        event: The frame of a cut or an entrance, if there is one.
    """

    name: str
    draw: Callable[[int], tuple[Floats, list[Floats]]]
    event: int | None = None

    def frames(self, seed: int = 1) -> Iterator[tuple[Bytes, Bytes]]:
        """Make the frames.

        Args:
            seed: Of the noise.

        Yields:
            uint8 (H, W, 3) BGR, and the true alpha, uint8 (H, W).
        """
        rng = np.random.default_rng(seed)
        # Drawn once, moved for every frame: as good as new noise, and many times as fast.
        noise = rng.normal(0, 3 / 255, (SIZE[1] + 64, SIZE[0] + 64, 3)).astype(np.float32)
        for index in range(FRAMES):
            picture, layers = self.draw(index)
            alpha = np.zeros((SIZE[1], SIZE[0]), np.float32)
            for layer in layers:
                share = layer[..., 3]
                picture = layer[..., :3] + picture * (1 - share[..., None])
                alpha = share + alpha * (1 - share)
            x, y = rng.integers(0, 64, 2)
            picture = picture + noise[y : y + SIZE[1], x : x + SIZE[0]]
            yield _bytes(picture), _bytes(alpha)


def _bytes(values: Floats) -> Bytes:
    return np.clip(np.rint(255 * values), 0, 255).astype(np.uint8)


@functools.cache
def _view() -> Floats:
    return scenes.view(SIZE)


@functools.cache
def _ridges() -> Floats:
    picture = cv2.imread(str(scenes.ROOT / "samples" / "background.jpg"))
    assert picture is not None
    return np.asarray(cv2.resize(picture, SIZE) / 255, np.float32)


def _standing(at: float, *, scale: float = 1.0, lean: float = 0.0, mirrored: bool = False) -> Floats:
    """The sample portrait's person in an otherwise empty frame.

    Args:
        at: Where, as a fraction of the width.
        scale: How large.
        lean: To which side, in radians, about the waist.
        mirrored: Left for right.
    """
    person = scenes.person()
    zoom = scale * SIZE[1] / 360
    cos, sin = zoom * np.cos(lean), zoom * np.sin(lean)
    foot = np.array([205.0, 334.0])
    turn = np.array([[cos, -sin], [sin, cos]])
    if mirrored:
        turn = turn @ np.diag([-1.0, 1.0])
    to = np.array([at * SIZE[0], SIZE[1] + 4])
    matrix = np.hstack([turn, (to - turn @ foot)[:, None]])
    drawn = cv2.warpAffine(person, matrix, SIZE, flags=cv2.INTER_LINEAR)
    return np.asarray(np.clip(drawn, 0, 1), np.float32)


def _sway(moment: float) -> float:
    return float(0.05 * np.sin(2 * np.pi * moment * 2))


def _arm(reach: float) -> Floats:
    """A forearm and hand of her own skin colour, rising from the shoulder's side and swung about the elbow.

    Args:
        reach: The swing, in radians from upright.
    """
    width, height = SIZE
    elbow = np.array([0.66 * width, 0.86 * height])
    long = 0.34 * height
    tip = elbow + long * np.array([np.sin(reach), -np.cos(reach)])
    alpha = np.zeros((height, width), np.float32)
    places = np.linspace(0, 1, 40)
    for t in places:
        at = elbow + t * (tip - elbow)
        cv2.circle(alpha, (round(at[0]), round(at[1])), round((0.055 - 0.018 * t) * height), (1.0,), cv2.FILLED)
    cv2.circle(alpha, (round(tip[0]), round(tip[1])), round(0.06 * height), (1.0,), cv2.FILLED)
    for finger in (-0.5, -0.2, 0.1, 0.4):
        end = tip + 0.12 * height * np.array([np.sin(reach + finger), -np.cos(reach + finger)])
        cv2.line(alpha, _point(tip), _point(end), (1.0,), round(0.026 * height))
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.2), np.float32)
    skin = scenes.person()[90:130, 205:235, :3].mean(axis=(0, 1))
    shade = 0.75 + 0.35 * cv2.GaussianBlur(alpha, (0, 0), 0.02 * height)
    return np.asarray(np.dstack([alpha[..., None] * skin * shade[..., None], alpha]).clip(0, 1), np.float32)


def _point(at: NDArray[Any]) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))


def _swaying(index: int) -> tuple[Floats, list[Floats]]:
    moment = index / FRAMES
    return _view(), [_standing(0.5 + _sway(moment), scale=0.9 + 0.1 * moment, lean=0.06 * np.sin(9 * moment))]


def _entering(index: int) -> tuple[Floats, list[Floats]]:
    first = _standing(0.27 + 0.4 * _sway(index / FRAMES), scale=0.8)
    if index < _HALF:
        return _view(), [first]
    at = np.interp(index - _HALF, [0, 14], [1.12, 0.76])
    return _view(), [_standing(float(at), scale=0.75, mirrored=True), first]


def _leaving(index: int) -> tuple[Floats, list[Floats]]:
    at = np.interp(index, [0, 8, 26, _HALF + 4, _HALF + 16, FRAMES], [0.5, 0.5, 1.25, 1.25, 0.55, 0.5])
    return _ridges(), [] if at > 1.2 else [_standing(float(at), scale=0.85)]


def _waving(index: int) -> tuple[Floats, list[Floats]]:
    return _view(), [_standing(0.5, scale=0.9), _arm(0.35 + 0.75 * float(np.sin(index * 0.55)))]


def _cutting(index: int) -> tuple[Floats, list[Floats]]:
    moment = index / FRAMES
    if index < _HALF:
        return _view(), [_standing(0.25 + _sway(moment), scale=0.7)]
    return _ridges(), [_standing(0.72 + _sway(moment), scale=1.0, mirrored=True)]


SEQUENCES = (
    Sequence("sway", _swaying),
    Sequence("second person enters", _entering, event=_HALF),
    Sequence("leaves and returns", _leaving, event=_HALF + 5),
    Sequence("fast hand", _waving),
    Sequence("scene cut", _cutting, event=_HALF),
)
