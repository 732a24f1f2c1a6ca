"""Clips with true alpha: cut-outs moved, scaled and swayed over real images, with sensor noise.

They are made from the images in samples/ only. scenes.py has still cameras and one person; here people sway, enter and
wave, and scenes are cut, which a matte with temporal smoothing can get wrong.
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
    """A clip to render.

    Attributes:
        name: What happens in the clip.
        draw: `index -> (backdrop, layers)`, the layers from back to front as float32 (H, W, 4), premultiplied BGR
            and alpha.
        event: The frame of a cut or an entrance; None for neither.
    """

    name: str
    draw: Callable[[int], tuple[Floats, list[Floats]]]
    event: int | None = None

    def frames(self, seed: int = 1) -> Iterator[tuple[Bytes, Bytes]]:
        """Render the frames.

        Args:
            seed: The seed of the noise.

        Yields:
            uint8 (H, W, 3) BGR, and the true alpha, uint8 (H, W).
        """
        rng = np.random.default_rng(seed)
        # The noise is drawn once and shifted for each frame: as good as new noise, and much faster.
        noise = rng.normal(0, 3 / 255, (SIZE[1] + 64, SIZE[0] + 64, 3)).astype(np.float32)
        for index in range(FRAMES):
            image, layers = self.draw(index)
            alpha = np.zeros((SIZE[1], SIZE[0]), np.float32)
            for layer in layers:
                share = layer[..., 3]
                image = layer[..., :3] + image * (1 - share[..., None])
                alpha = share + alpha * (1 - share)
            x, y = rng.integers(0, 64, 2)
            image = image + noise[y : y + SIZE[1], x : x + SIZE[0]]
            yield _to_bytes(image), _to_bytes(alpha)


def _to_bytes(values: Floats) -> Bytes:
    return np.clip(np.rint(255 * values), 0, 255).astype(np.uint8)


@functools.cache
def _make_view() -> Floats:
    return scenes.make_view(SIZE)


@functools.cache
def _make_ridges() -> Floats:
    image = cv2.imread(str(scenes.ROOT / "samples" / "background.jpg"))
    assert image is not None
    return np.asarray(cv2.resize(image, SIZE) / 255, np.float32)


def _draw_person(at: float, *, scale: float = 1.0, lean: float = 0.0, mirrored: bool = False) -> Floats:
    """Draw the sample portrait's person in an empty frame.

    Args:
        at: The horizontal position as a fraction of the width.
        scale: The size; 1 fills the height.
        lean: The rotation in radians.
        mirrored: Whether left and right are exchanged.
    """
    person = scenes.cut_out_person()
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


def _compute_sway(moment: float) -> float:
    return float(0.05 * np.sin(2 * np.pi * moment * 2))


def _draw_arm(reach: float) -> Floats:
    """Draw a forearm and hand of the person's skin colour, rotated about the elbow.

    Args:
        reach: The rotation in radians from upright.
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
        cv2.line(alpha, _round_point(tip), _round_point(end), (1.0,), round(0.026 * height))
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 1.2), np.float32)
    skin = scenes.cut_out_person()[90:130, 205:235, :3].mean(axis=(0, 1))
    shade = 0.75 + 0.35 * cv2.GaussianBlur(alpha, (0, 0), 0.02 * height)
    return np.asarray(np.dstack([alpha[..., None] * skin * shade[..., None], alpha]).clip(0, 1), np.float32)


def _round_point(at: NDArray[Any]) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))


def _draw_swaying(index: int) -> tuple[Floats, list[Floats]]:
    moment = index / FRAMES
    return _make_view(), [
        _draw_person(0.5 + _compute_sway(moment), scale=0.9 + 0.1 * moment, lean=0.06 * np.sin(9 * moment))
    ]


def _draw_entering(index: int) -> tuple[Floats, list[Floats]]:
    first = _draw_person(0.27 + 0.4 * _compute_sway(index / FRAMES), scale=0.8)
    if index < _HALF:
        return _make_view(), [first]
    at = np.interp(index - _HALF, [0, 14], [1.12, 0.76])
    return _make_view(), [_draw_person(float(at), scale=0.75, mirrored=True), first]


def _draw_leaving(index: int) -> tuple[Floats, list[Floats]]:
    at = np.interp(index, [0, 8, 26, _HALF + 4, _HALF + 16, FRAMES], [0.5, 0.5, 1.25, 1.25, 0.55, 0.5])
    return _make_ridges(), [] if at > 1.2 else [_draw_person(float(at), scale=0.85)]


def _draw_waving(index: int) -> tuple[Floats, list[Floats]]:
    return _make_view(), [_draw_person(0.5, scale=0.9), _draw_arm(0.35 + 0.75 * float(np.sin(index * 0.55)))]


def _draw_cutting(index: int) -> tuple[Floats, list[Floats]]:
    moment = index / FRAMES
    if index < _HALF:
        return _make_view(), [_draw_person(0.25 + _compute_sway(moment), scale=0.7)]
    return _make_ridges(), [_draw_person(0.72 + _compute_sway(moment), scale=1.0, mirrored=True)]


SEQUENCES = (
    Sequence("sway", _draw_swaying),
    Sequence("second person enters", _draw_entering, event=_HALF),
    Sequence("leaves and returns", _draw_leaving, event=_HALF + 5),
    Sequence("fast hand", _draw_waving),
    Sequence("scene cut", _draw_cutting, event=_HALF),
)
