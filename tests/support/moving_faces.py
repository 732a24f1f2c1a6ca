"""Faces that move on known paths, and a detector that sees them with some error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from framechain import Frame, FrameInfo, StreamInfo
from framechain.faces import Face

RATE = 25
Path = Callable[[float], Sequence[tuple[float, float, float]]]
"""Returns x and y of the eyes and the size of each face at a time in seconds."""


def make_face(x: float, y: float, size: float, *, turn: float = 0.0, score: float = 0.9) -> Face:
    """Return a face with its eyes at a place; a turned one has its nose aside."""
    eyes = ((x - size / 4, y), (x + size / 4, y), (x + 0.2 * turn * size, y + 0.3 * size))
    return Face(x - size / 2, y - 0.3 * size, size, size, score, (*eyes, *[(x, y)] * 3))


class MovingFaces:
    """Finds faces where a path says that they are, a little beside."""

    def __init__(self, path: Path, *, noise: float = 0.0) -> None:
        """Take a path; the noise is the standard deviation of places and sizes, in face sizes."""
        self.path, self.noise = path, noise
        self.looks = 0
        self.is_closed = False

    def detect(self, frame: Frame, regions: Iterable[Sequence[int]] | None = None) -> list[Face]:
        """Return the faces of a frame."""
        self.looks += 1
        return self.find(frame.info.time, frame.info.index)

    def find(self, time: float, seed: int) -> list[Face]:
        """Return the faces of a time, with the error of this frame."""
        random = np.random.default_rng(seed)
        faces = []
        for x, y, size in self.path(time):
            dx, dy, growth = self.noise * random.standard_normal(3)
            faces.append(make_face(x + dx * size, y + dy * size, size * (1 + growth)))
        return faces

    def close(self) -> None:
        self.is_closed = True


def make_frames(count: int, width: int = 64, height: int = 36, kind: str = "video") -> Iterable[Any]:
    """Yield grey frames."""
    stream = StreamInfo("faces", kind, width, height, rate=RATE)
    for index in range(count):
        image = np.full((height, width, 3), 90, np.uint8)
        yield Frame(FrameInfo(index, 1000 * index // RATE, 1000 // RATE, stream), bgr=image)
