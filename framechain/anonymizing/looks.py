"""How the detector looks at a clip: at a part of each frame in turn, and closely at each face that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..faces.box import Box
from ..faces.detector import TILE_SIDES, FaceDetector
from ..faces.face import Face
from ..faces.tiles import Region, make_tiles, make_whole
from ..frame import Frame

_TILES, _TILES_OF_IMAGE = TILE_SIDES[:2], (*TILE_SIDES, 0.3)
"""Sides of tiles as shares of the frame's shorter side: an image is looked at in smaller ones, too."""

_SMALLEST_TILE = 96
"""Pixels: half the network's input; a smaller tile shows nothing more."""

_AROUND, _WIDE_AROUND = (3.5, 5.0), 3.5
"""How much the two networks see of what is around a face that they look at closely, in sides of its box. What is no
face seldom looks like one with more and with less of what is around, so the first one takes turns."""

_AROUND_IN_IMAGE = (2.5, 4.0, 5.0)
"""The same where there is no other frame: all of them."""

_SMALLEST = 32
"""Pixels: a smaller part of a frame holds nothing that the network could tell from a face."""


class Looks:
    """Looks for faces. `glance` may be called in another thread than the other methods."""

    def __init__(self, low: float) -> None:
        """Choose the score from which on a face is returned."""
        self._turn = 0
        # A network is used by one thread.
        self._broad, self._close = FaceDetector(min_score=low), FaceDetector(min_score=low)

    def open(self) -> None:
        """Load the networks."""
        self._broad.open()
        self._close.open()

    def close(self) -> None:
        """Release the networks."""
        self._broad.close()
        self._close.close()

    def glance(self, frame: Frame, *, everywhere: bool) -> list[Face]:
        """Look at the next part of the frame in turn: all of it, or a tile.

        Args:
            frame: The frame; it stays as it is.
            everywhere: Whether to look at all parts now: where nothing is known yet.
        """
        parts = _list_parts(*frame.size, _TILES)
        if not everywhere:
            # Neighbours follow each other in the list: with this step those of one size take turns with the others.
            parts = [parts[self._turn * _find_step(len(parts)) % len(parts)]]
            self._turn += 1
        return self._broad.detect(frame, parts)

    def study(self, frame: Frame) -> list[Face]:
        """Look at an image, of which there is no other frame: in all tiles, and again at each place closely.

        Returns:
            The faces; a score is the mean of the tile's and of those with which each network sees it closely.
        """
        faces = []
        for face in self._broad.detect(frame, _list_parts(*frame.size, _TILES_OF_IMAGE)):
            box = Box(face.x, face.y, face.width, face.height)
            means = [face.score]
            for near in (True, False):
                scores = [self._score(frame, box, around, near=near) for around in _AROUND_IN_IMAGE]
                means.append(sum(scores) / len(scores))
            faces.append(replace(face, score=sum(means) / len(means)))
        return faces

    def _score(self, frame: Frame, box: Box, around: float, *, near: bool) -> float:
        """Return the best score of a close look at a place."""
        seen = self._close.detect(frame, [_make_region(box, around, frame.size)], near=near)
        boxes = [(one.score, Box(one.x, one.y, one.width, one.height)) for one in seen]
        return max((score for score, other in boxes if box.distance(other) < 0.5), default=0.0)

    def look_at(self, frame: Frame, boxes: Sequence[Box], *, wide: bool = False) -> list[Face]:
        """Look closely at parts of the frame.

        Args:
            frame: The frame; it stays as it is.
            boxes: Where faces are expected.
            wide: Whether to use the network that sees more of a turned face, and takes three times as long.
        """
        around = _WIDE_AROUND if wide else _AROUND[frame.info.index % len(_AROUND)]
        return self._close.detect(frame, [_make_region(box, around, frame.size) for box in boxes], near=not wide)


def _list_parts(width: int, height: int, sides: Sequence[float]) -> list[Region]:
    """Return the whole frame and its tiles."""
    large = [side for side in sides if side * min(width, height) >= _SMALLEST_TILE]
    return [make_whole(width, height), *(tile for side in large for tile in make_tiles(width, height, side))]


def _find_step(count: int) -> int:
    """Return a step that visits each of so many places, and does not go to the next one."""
    return next((step for step in (5, 3, 7) if count % step), 1)


def _make_region(box: Box, around: float, size: tuple[int, int]) -> Region:
    """Return a square around a box: within the frame, unless the frame's border cuts the box."""
    (x, y), half = box.centre, max(_SMALLEST, max(box.width, box.height) * around) / 2
    if box.is_cut(*size):
        return x - half, y - half, x + half, y + half
    # What lies beyond the frame is grey, and makes hands at the border look like a face.
    return max(0, x - half), max(0, y - half), min(size[0], x + half), min(size[1], y + half)
