"""Clips of a face that moves, and what remains of the face in what was made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from support.media import Array, see, write_clip

PORTRAIT = Path(__file__).resolve().parents[2] / "samples" / "portrait.jpg"
SIZE = (320, 240)
SIDE = 56
"""Pixels of the face's box in these clips, as the detector draws it."""


def place_face(left: int, top: int) -> Array:
    """Return a grey frame, (240, 320, 3) BGR, with the sample's face, whose box has this left and top."""
    portrait = cv2.imread(str(PORTRAIT))[20:210, 120:325]
    scale = SIDE / 104
    face = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frame = np.full((SIZE[1] + 400, SIZE[0] + 400, 3), 127, np.uint8)
    x, y = left + 200 - round(52 * scale), top + 200 - round(50 * scale)
    frame[y : y + face.shape[0], x : x + face.shape[1]] = face
    return np.ascontiguousarray(frame[200 : 200 + SIZE[1], 200 : 200 + SIZE[0]])


def write_face_clip(path: Path, places: list[tuple[int, int] | None], **options: Any) -> str:
    """Write a clip with the face at these places; None for a frame of another scene."""
    rng = np.random.default_rng(3)
    scene = cv2.resize(rng.integers(0, 256, (6, 8, 3), np.uint8), SIZE, interpolation=cv2.INTER_NEAREST)
    return write_clip(path, [scene if place is None else place_face(*place) for place in places], **options)


def take_detail(image: Array, left: float, top: float, side: float = SIDE) -> Array:
    """Return the brightness of a part of an image without what is broad: where eyes, nose and mouth are."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    detail = grey - cv2.GaussianBlur(grey, (0, 0), side / 10)
    x, y = round(left), round(top)
    return np.asarray(detail[max(0, y) : y + round(side), max(0, x) : x + round(side)])


def measure_likeness(source: Array, result: Array, left: float, top: float, side: float = SIDE) -> float:
    """Return the correlation of the detail of two images in a square: 1 where nothing was changed."""
    before, after = take_detail(source, left, top, side), take_detail(result, left, top, side)
    return float(np.corrcoef(before.ravel(), after.ravel())[0, 1]) if after.std() > 0.05 else 0.0


def list_likenesses(source: Path | str, result: Path | str, places: list[tuple[int, int]]) -> list[float]:
    """Return how much of the face remains in each frame of a clip."""
    before, after = see(source), see(result)
    return [measure_likeness(before.bgr(at), after.bgr(at), *place) for at, place in enumerate(places)]
