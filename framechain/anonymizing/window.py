"""The brightness of the latest frames, and the search for a face in it that the detector does not see."""

from __future__ import annotations

from collections import OrderedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces.box import Box
from ..frame import Frame

Luma = NDArray[np.uint8]
"""uint8 (h, w): the brightness of a frame, made smaller."""

LONGEST_SIDE = 640
"""Pixels: a face that is smaller than a template there is enlarged, a larger one is made smaller anyway."""

_SIDE = 24
"""Pixels of a template: so many show how a face lies, and one search takes some 50 microseconds."""

_REACH = 0.6
"""How far a face is looked for, in sides of its box: more than a face moves from one frame to the next."""

_SCALES = (1.0, 0.95, 1.05)
_FLATTEST = 4.0
"""Levels of standard deviation: a template with less has nothing that could be found again."""

# A cut: little of the arrangement of light and dark remains, and the change is large. A flash keeps the arrangement,
# and a pan changes little of it from one frame to the next.
_CUT_SIZE, _CUT_LIKENESS, _CUT_LEVELS = (32, 18), 0.5, 12.0


class SceneDetector:
    """Finds cuts by the brightness of frames."""

    def __init__(self) -> None:
        self._tiny: NDArray[np.float32] | None = None

    def is_cut(self, luma: Luma) -> bool:
        """Return whether a frame shows another scene than the one before it; the first one does, too."""
        before, self._tiny = self._tiny, cv2.resize(luma, _CUT_SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
        return before is None or _is_other_scene(before, self._tiny)


class Window:
    """The brightness of the latest frames.

    Attributes:
        frames: How many frames are kept.
    """

    def __init__(self, frames: int) -> None:
        """Make an empty window for so many frames."""
        self.frames = frames
        self._lumas: OrderedDict[int, Luma] = OrderedDict()
        self._scale = 1.0

    def add(self, index: int, luma: Luma, width: int, *, is_cut: bool) -> None:
        """Keep a frame's brightness.

        Args:
            index: The frame.
            luma: Its brightness, made smaller.
            width: The frame's width in pixels.
            is_cut: Whether it is the first one of a scene: those before it are forgotten.
        """
        self._scale = luma.shape[1] / width
        if is_cut:
            self._lumas.clear()
        self._lumas[index] = luma
        while len(self._lumas) > self.frames:
            self._lumas.popitem(last=False)

    def holds(self, index: int) -> bool:
        """Return whether a frame is kept."""
        return index in self._lumas

    def follow(self, box: Box, start: int, end: int) -> tuple[Box, float] | None:
        """Look in one frame for what a box shows in another one, which is close to it in time.

        Args:
            box: The box in frame `start`.
            start: A frame by its index.
            end: The other one.

        Returns:
            Where it is, and the normalised correlation, -1 to 1. None if a frame is not kept, or there is nothing in
            the box that could be found again.
        """
        before, after = self._lumas.get(start), self._lumas.get(end)
        if before is None or after is None:
            return None
        small = Box(*(value * self._scale for value in (box.x, box.y, box.width, box.height)))
        template = _cut_out(before, small, _SIDE)
        if template is None or float(template.std()) < _FLATTEST:
            return None
        best: tuple[Box, float] | None = None
        for scale in _SCALES:
            scaled = small.scale(scale)
            side = round(_SIDE * (1 + 2 * _REACH))
            area = _cut_out(after, scaled.scale(1 + 2 * _REACH), side)
            if area is None:
                continue
            scores = cv2.matchTemplate(area, template, cv2.TM_CCOEFF_NORMED)
            _, score, _, (left, top) = cv2.minMaxLoc(scores)
            if best is None or score > best[1] + 0.01:  # A change of size must be worth it.
                half = (scores.shape[1] - 1) / 2
                step_x, step_y = scaled.width / _SIDE, scaled.height / _SIDE
                best = scaled.move((left - half) * step_x, (top - half) * step_y), float(score)
        if best is None:
            return None
        found, score = best
        return Box(*(value / self._scale for value in (found.x, found.y, found.width, found.height))), score


def shrink_luma(frame: Frame) -> Luma:
    """Return a frame's brightness, made smaller."""
    plane = frame.planes[0]
    if plane.ndim == 3:
        plane = np.asarray(cv2.cvtColor(frame.read_bgr(), cv2.COLOR_BGR2GRAY), np.uint8)
    height, width = plane.shape
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return np.array(plane)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cut_out(luma: Luma, box: Box, side: int) -> Luma | None:
    """Return what a box shows, (side, side); beyond the frame its edge is repeated. None if it lies outside of it."""
    height, width = luma.shape
    left, top = round(box.x), round(box.y)
    right, bottom = max(left + 2, round(box.x + box.width)), max(top + 2, round(box.y + box.height))
    inner = luma[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if inner.shape[0] < 2 or inner.shape[1] < 2:
        return None
    if left < 0 or top < 0 or right > width or bottom > height:
        sides = max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width)
        inner = np.asarray(cv2.copyMakeBorder(inner, *sides, cv2.BORDER_REPLICATE), np.uint8)
    how = cv2.INTER_AREA if min(inner.shape) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(inner, (side, side), interpolation=how), np.uint8)


def _is_other_scene(before: NDArray[np.float32], after: NDArray[np.float32]) -> bool:
    if float(np.abs(after - before).mean()) < _CUT_LEVELS:
        return False
    likeness = float(cv2.matchTemplate(after, before, cv2.TM_CCOEFF_NORMED)[0, 0])
    return likeness < _CUT_LIKENESS
