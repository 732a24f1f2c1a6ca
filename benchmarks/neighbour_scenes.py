"""Clips whose truth is known, of people beside what a matte may mistake: other people, dark curtains, furniture.

Cut-outs are laid over each other and over drawn or photographed furniture. Those of samples/ need nothing else; those
of a media folder use its keyed people (masks/video/) and photographs (backgrounds/).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import scenes

# isort: split
import cv2
import numpy as np
import sequences
from labelled import find_composites, read_keyed_clip
from scenes import Bytes, Floats
from scores import Mask

SIZE = 960, 540
FRAMES = 72
# Half the width of a head, as a share of its height.
_HEAD_WIDTH = 0.55


class Layer(NamedTuple):
    """What is drawn over what is behind it.

    Attributes:
        pixels: float32 (H, W, 4) in [0, 1]: BGR multiplied by alpha, then alpha.
        head: The share of a person's height, from the top, that is the head; None for furniture.
    """

    pixels: Floats
    head: float | None = None


class Shot(NamedTuple):
    """One frame and its truth.

    Attributes:
        frame: uint8 (H, W, 3) BGR.
        alpha: uint8 (H, W), of all people.
        heads: bool (H, W) for each person: the part of the head that can be seen.
        furniture: bool (H, W): the furniture that can be seen.
    """

    frame: Bytes
    alpha: Bytes
    heads: list[Mask]
    furniture: Mask


@dataclass(frozen=True)
class Scene:
    """A clip to render.

    Attributes:
        name: What is seen.
        draw: `index -> (backdrop, layers)`, float32 (H, W, 3) in [0, 1], and the layers from back to front.
    """

    name: str
    draw: Callable[[int], tuple[Floats, list[Layer]]]

    def shots(self, seed: int = 1) -> Iterator[Shot]:
        """Render the frames, with a sensor's noise of 3 grey levels."""
        rng = np.random.default_rng(seed)
        noise = rng.normal(0, 3 / 255, (SIZE[1] + 64, SIZE[0] + 64, 3)).astype(np.float32)
        for index in range(FRAMES):
            image, layers = self.draw(index)
            x, y = rng.integers(0, 64, 2)
            yield _compose(image, layers, noise[y : y + SIZE[1], x : x + SIZE[0]])


def _compose(image: Floats, layers: list[Layer], noise: Floats) -> Shot:
    alpha, furniture = np.zeros(image.shape[:2], np.float32), np.zeros(image.shape[:2], np.float32)
    heads: list[Floats] = []
    for layer in layers:
        share = layer.pixels[..., 3]
        rest = 1 - share
        image = layer.pixels[..., :3] + image * rest[..., None]
        alpha, furniture, heads = alpha * rest, furniture * rest, [head * rest for head in heads]
        if layer.head is None:
            furniture = furniture + share
        else:
            alpha = alpha + share
            heads.append(_cut_head(share, layer.head))
    return Shot(_to_bytes(image + noise), _to_bytes(alpha), [head > 0.5 for head in heads], furniture > 0.5)


def _cut_head(alpha: Floats, share: float) -> Floats:
    """Return the alpha of a person's head: the upper rows, without a hand beside it."""
    there = (alpha > 0.5).astype(np.uint8)
    rows = np.flatnonzero(there.any(axis=1))
    head = np.zeros_like(alpha)
    if not rows.size or not share:
        return head
    bottom = rows[0] + round(share * (rows[-1] + 1 - rows[0]))
    # The head is where the largest circle fits in.
    distance = cv2.distanceTransform(there[rows[0] : bottom], cv2.DIST_L2, 3)
    middle, half = int(distance.max(axis=0).argmax()), round(_HEAD_WIDTH * (bottom - rows[0]))
    part = slice(rows[0], bottom), slice(max(0, middle - half), middle + half)
    head[part] = alpha[part]
    return head


def _to_bytes(values: Floats) -> Bytes:
    return np.clip(np.rint(255 * values), 0, 255).astype(np.uint8)


def place(cut: Floats, foot: tuple[float, float], at: float, scale: float, *, mirrored: bool = False) -> Floats:
    """Draw a cut-out in an empty frame.

    Args:
        cut: float32 (h, w, 4), BGR multiplied by alpha, then alpha.
        foot: The cut-out's point, (x, y), that stands on the frame's bottom edge.
        at: Where it stands, as a fraction of the width.
        scale: Height of what is above the foot, as a fraction of the frame's.
        mirrored: Whether left and right are exchanged.
    """
    zoom = scale * SIZE[1] / foot[1]
    if zoom < 1:
        small = max(1, round(cut.shape[1] * zoom)), max(1, round(cut.shape[0] * zoom))
        # Averages first: an affine transform alone would skip pixels.
        cut = np.asarray(cv2.resize(cut, small, interpolation=cv2.INTER_AREA), np.float32)
        foot, zoom = (foot[0] * zoom, foot[1] * zoom), 1.0
    across = -zoom if mirrored else zoom
    # A little lower, so that the cut below the foot is not seen.
    down = SIZE[1] - zoom * (foot[1] - 1.5)
    # A pixel's middle lies half a pixel from its corner.
    matrix = np.array([[across, 0, at * SIZE[0] - 0.5 - across * (foot[0] - 0.5)], [0, zoom, down]])
    return np.asarray(np.clip(cv2.warpAffine(cut, matrix, SIZE, flags=cv2.INTER_LINEAR), 0, 1), np.float32)


# The sample portrait's head, as a share of what is drawn of her above the waist.
_SAMPLE_HEAD = 0.45


def _draw_sample(at: float, scale: float, *, mirrored: bool = False, light: float = 1.0) -> Layer:
    pixels = place(scenes.cut_out_person(), (205.0, 334.0), at, scale, mirrored=mirrored)
    pixels[..., :3] *= light
    return Layer(pixels, _SAMPLE_HEAD)


@functools.cache
def make_room() -> Floats:
    """Return a plain wall, a little darker in the corners."""
    return scenes.make_wall(SIZE, (176, 188, 196))


@functools.cache
def draw_curtain(left: float, right: float) -> Layer:
    """Draw a dark curtain with folds from one fraction of the width to another."""
    rng = np.random.default_rng(4)
    width, height = SIZE
    x = np.arange(width) / width
    folds = sum(np.sin(2 * np.pi * (rate * x + rng.uniform())) / number for number, rate in enumerate((17, 29, 53), 1))
    light = 0.085 + 0.04 * np.asarray(folds) / 1.8
    down = np.linspace(1.1, 0.8, height)
    shade = down[:, None] * light[None] + rng.normal(0, 0.006, (height, width))
    colour = np.clip(shade[..., None] * np.array([1.15, 0.95, 1.0]), 0, 1)
    inside = ((x >= left) & (x < right))[None, :, None] * np.ones((height, 1, 1))
    alpha = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0)[..., None]
    return Layer(np.concatenate([colour * alpha, alpha], axis=2).astype(np.float32))


@functools.cache
def draw_chair(at: float, top: float, width: float, shade: float = 0.13) -> Layer:
    """Draw the padded back of an office chair.

    Args:
        at: Its middle, as a fraction of the frame's width.
        top: Its upper edge, as a fraction of the height.
        width: Its width, as a fraction of the height.
        shade: Its brightness in [0, 1].
    """
    columns, rows = SIZE
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    # A superellipse, with a seam and a soft light from the upper left.
    u, v = (x - at * columns) / (width * rows / 2), (y - (top + 0.45) * rows) / (0.45 * rows)
    body = np.clip((1 - (np.abs(u) ** 4 + np.abs(v) ** 6)) * 30, 0, 1)
    below = np.clip((1 - np.abs(u) * 1.05) * 40, 0, 1) * (v > 0)
    alpha = np.maximum(body, below)[..., None]
    light = shade * (1 + 0.5 * np.exp(-((u + 0.55) ** 2 + (v + 0.6) ** 2) * 4) - 0.25 * np.abs(u))
    light -= 0.4 * shade * np.exp(-((np.abs(u) - 0.72) ** 2) * 900)
    colour = np.clip(light[..., None] * np.array([1.1, 1.0, 0.95]), 0, 1)
    return Layer(np.concatenate([colour * alpha, alpha], axis=2).astype(np.float32))


def _sway(index: int, rate: float = 1.0) -> float:
    return 0.012 * float(np.sin(0.22 * rate * index))


def _draw_touching(index: int) -> tuple[Floats, list[Layer]]:
    one = _draw_sample(0.33 + _sway(index), 0.85)
    return make_room(), [_draw_sample(0.63 + _sway(index, 1.3), 0.8, mirrored=True, light=0.9), one]


def _draw_passing(index: int) -> tuple[Floats, list[Layer]]:
    at = float(np.interp(index, [0, 12, FRAMES], [-0.25, -0.25, 1.2]))
    return scenes.make_view(SIZE), [_draw_sample(0.5 + _sway(index), 0.75), _draw_sample(at, 0.95, mirrored=True)]


def _draw_reaching(index: int) -> tuple[Floats, list[Layer]]:
    # The arm of somebody beside the camera is people, too, but no head.
    arm = place(_make_arm(), (_make_arm().shape[1] / 2, _make_arm().shape[0]), *_reach(index))
    return make_room(), [_draw_sample(0.5 + _sway(index), 0.85), Layer(arm, 0.0)]


def _reach(index: int) -> tuple[float, float]:
    return float(np.interp(index, [0, 12, 42, FRAMES], [1.1, 1.1, 0.42, 1.1])), 0.85


@functools.cache
def _make_arm() -> Floats:
    arm = sequences._draw_arm(0.0)
    left, top, wide, high = cv2.boundingRect((arm[..., 3] > 0.01).astype(np.uint8))
    return np.ascontiguousarray(arm[top : top + high, left : left + wide])


def _draw_before_curtain(index: int) -> tuple[Floats, list[Layer]]:
    # Her hair is as dark as the curtain.
    return make_room(), [draw_curtain(0.0, 0.55), _draw_sample(0.52 + _sway(index), 0.85, light=0.6)]


def _draw_on_chair(index: int) -> tuple[Floats, list[Layer]]:
    return make_room(), [draw_chair(0.53, 0.22, 0.85), _draw_sample(0.48 + _sway(index), 0.85)]


SAMPLE_SCENES = (
    Scene("two who touch", _draw_touching),
    Scene("one passes before the other", _draw_passing),
    Scene("an arm before a face", _draw_reaching),
    Scene("dark curtain", _draw_before_curtain),
    Scene("chair's back", _draw_on_chair),
)


class _Person(NamedTuple):
    cuts: list[Floats]
    foot: tuple[float, float]
    head: float

    def draw(self, index: int, at: float, scale: float, *, mirrored: bool = False) -> Layer:
        """Draw the person; the clip is played to and fro."""
        count = len(self.cuts)
        turn = index % (2 * count - 2)
        cut = self.cuts[turn if turn < count else 2 * count - 2 - turn]
        return Layer(place(cut, self.foot, at, scale, mirrored=mirrored), self.head)


def _read_person(clip: Path, first: int, waist: float, head: float) -> _Person:
    """Read a keyed person.

    Args:
        clip: The clip.
        first: The first frame.
        waist: What stands on the frame's bottom, as a fraction of the clip's height.
        head: The head, as a share of what is above the waist.
    """
    cuts: list[Floats] = []
    for frame, alpha in list(read_keyed_clip(clip))[first : first + FRAMES]:
        share = np.asarray(alpha, np.float32)[..., None] / 255
        cuts.append(np.concatenate([frame * share / 255, share], axis=2).astype(np.float32))
    middle = float(np.median([np.flatnonzero(cut[..., 3].max(axis=0) > 0.5).mean() for cut in cuts]))
    return _Person(cuts, (middle, waist * cuts[0].shape[0]), head)


def _read_backdrop(path: Path, part: tuple[float, float, float, float]) -> Floats:
    image = cv2.imread(str(path))
    assert image is not None, path
    left, top, right, bottom = (round(share * side) for share, side in zip(part, 2 * image.shape[1::-1], strict=True))
    return np.asarray(cv2.resize(image[top:bottom, left:right], SIZE, interpolation=cv2.INTER_AREA) / 255, np.float32)


def make_media_scenes(media: Path) -> list[Scene]:
    """Return the scenes of a folder's keyed people: masks/video/, backgrounds/*.jpg.

    Raises:
        SystemExit: If they are missing.
    """
    clips = {clip.name.split("_")[0]: clip for clip in find_composites(media / "masks" / "video")}
    photographs = {path.stem.split("_")[-1]: path for path in sorted((media / "backgrounds").glob("*.jpg"))}
    if not {"d0", "rant"} <= clips.keys() or not {"living_room", "office"} <= {
        path.stem[len("twilio_") :] for path in photographs.values()
    }:
        raise SystemExit(f"neighbours.py: {media} lacks masks/video/ (d0, rant) or backgrounds/ (living room, office)")
    talker, gesturer = _read_person(clips["d0"], 0, 1.0, 0.72), _read_person(clips["rant"], 90, 0.68, 0.32)
    room, office = photographs["room"], photographs["office"]
    lounge = _read_backdrop(room, (0.0, 0.0, 1.0, 0.75))
    sofa = _read_backdrop(room, (0.25, 0.5, 0.75, 0.875))
    chairs = _read_backdrop(office, (0.1, 0.38, 0.6, 0.88))

    def walk(index: int) -> float:
        return float(np.interp(index, [0, 10, FRAMES], [-0.1, -0.1, 1.3]))

    return [
        Scene("talker, gesturer touch", lambda i: (lounge, [gesturer.draw(i, 0.62, 0.9), talker.draw(i, 0.33, 0.8)])),
        Scene("gesturer passes talker", lambda i: (lounge, [talker.draw(i, 0.5, 0.8), gesturer.draw(i, walk(i), 1.0)])),
        Scene(
            "talker passes gesturer", lambda i: (lounge, [gesturer.draw(i, 0.5, 0.85), talker.draw(i, walk(i), 0.9)])
        ),
        Scene("near and far", lambda i: (lounge, [gesturer.draw(i, 0.8, 0.5), talker.draw(i, 0.3, 0.8)])),
        Scene(
            "four, half to third",
            lambda i: (
                lounge,
                [
                    gesturer.draw(i, 0.2, 0.5),
                    gesturer.draw(i + 20, 0.8, 0.6, mirrored=True),
                    talker.draw(i, 0.25, 0.4),
                    talker.draw(i + 30, 0.62, 0.5, mirrored=True),
                ],
            ),
        ),
        Scene(
            "talker, dark curtain",
            lambda i: (make_room(), [draw_curtain(0.0, 0.55), talker.draw(i, 0.5 + _sway(i), 0.9)]),
        ),
        Scene(
            "gesturer, dark curtain",
            lambda i: (make_room(), [draw_curtain(0.45, 1.0), gesturer.draw(i, 0.5, 0.95)]),
        ),
        Scene(
            "talker, chair's back",
            lambda i: (make_room(), [draw_chair(0.56, 0.3, 1.0), talker.draw(i, 0.5 + _sway(i), 0.85)]),
        ),
        Scene(
            "gesturer, chair's back",
            lambda i: (make_room(), [draw_chair(0.45, 0.35, 0.75), gesturer.draw(i, 0.5, 0.95)]),
        ),
        Scene("talker, sofa", lambda i: (sofa, [talker.draw(i, 0.5 + _sway(i), 0.85)])),
        Scene("gesturer, sofa", lambda i: (sofa, [gesturer.draw(i, 0.5, 0.95)])),
        Scene("talker, black chairs", lambda i: (chairs, [talker.draw(i, 0.45 + _sway(i), 0.85)])),
        Scene("gesturer, black chairs", lambda i: (chairs, [gesturer.draw(i, 0.5, 0.95)])),
    ]
