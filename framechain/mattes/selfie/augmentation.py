"""Asking a model about parts of a frame: one look, mirrored looks, several looks put together."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..arrays import Bytes, Floats, as_bytes
from .crop_tracking import around
from .edges import Follower, follow
from .model import SelfieModel
from .people import People
from .views import Box, View, whole

# The second look takes in the people and this much around them, as shares of their extent: two answers that err
# in different places.
_MARGINS = 0.1, 0.2
# Then closer ones, at overlapping parts of that: (across, down) as shares.
_STRIP, _QUARTER, _PIECE = 0.7, 0.75, 0.5
# Over this share of its side an answer fades in, where another one goes on.
_FADE = 0.4
# The first look, which alone sees everything around the people, counts this much beside each closer one.
_FIRST_SHARE = 0.25
# Where looks contradict each other their mean is near neither, and most often one of them has lost a part of the
# person: what this confidence was becomes a half.
_MIDDLE = 0.4


def look(model: SelfieModel, rgb: Bytes, *, mirrored: bool = False) -> Bytes:
    """Ask about a picture of the model's size.

    Args:
        model: Whom to ask.
        rgb: uint8 (h, w, 3).
        mirrored: Whether to ask about its mirror image, too, and take the mean: twice the time.

    Returns:
        uint8 (h, w): the confidence that a pixel belongs to a person.
    """
    confidence = model(rgb)
    if mirrored:
        confidence = np.float32(0.5) * (confidence + model(np.ascontiguousarray(rgb[:, ::-1]))[:, ::-1])
    return (confidence * 255).astype(np.uint8)


def grey_of(rgb: Bytes) -> Bytes:
    """The brightness of a picture: uint8 (h, w)."""
    return as_bytes(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


class Canvas:
    """A matte of the whole frame, put together from looks at parts of it."""

    def __init__(self, view: View) -> None:
        """Begin with nothing.

        Args:
            view: The frame.
        """
        self._view = view
        self._sum = np.zeros((view.height, view.width), np.float32)
        self._weight = np.zeros_like(self._sum)

    def add(self, answers: Sequence[tuple[Box, Follower]], within: Box, share: float = 1.0) -> None:
        """Put in answers that together cover one box, fading from one to the next where they overlap.

        Args:
            answers: The parts and what was found there.
            within: The box.
            share: How much they count beside others.
        """
        total = np.zeros((within.height, within.width), np.float32)
        weights = np.full_like(total, 1e-6)
        for box, found in answers:
            fades = np.outer(
                _fade(box.height, box.top > within.top, box.bottom < within.bottom),
                _fade(box.width, box.left > within.left, box.right < within.right),
            )
            rows = slice(box.top - within.top, box.bottom - within.top)
            columns = slice(box.left - within.left, box.right - within.left)
            total[rows, columns] += fades * found.at(self._view.grey(box, box.width, box.height))
            weights[rows, columns] += fades
        self._sum[within.top : within.bottom, within.left : within.right] += share * total / weights
        self._weight += share

    def matte(self) -> Bytes:
        """The mean of all that was put in: uint8 (H, W); what no look reached is background."""
        return np.rint(self._sum / np.maximum(self._weight, 1)).astype(np.uint8)


def still_matte(view: View, finders: Sequence[SelfieModel], cutter: SelfieModel, people: People) -> Bytes:
    """The best matte of a lone picture: a first look to find people, then closer ones from several distances.

    Args:
        view: The picture.
        finders: Look at the whole of it; the mean of what they say counts.
        cutter: Looks closer.
        people: What counts as such.

    Returns:
        uint8 (H, W).
    """
    frame = whole(view)
    answers = [look(finder, view.rgb(frame, *finder.size), mirrored=True) for finder in finders]
    sizes = [(min(view.width, 256), min(view.height, 256))] * len(answers)
    first = as_bytes(np.mean([cv2.resize(a, size) for a, size in zip(answers, sizes, strict=True)], axis=0))
    _, extent = people(first, frame)
    if extent is None:
        return as_bytes(cv2.resize(first, (view.width, view.height), interpolation=cv2.INTER_LINEAR))
    canvas = Canvas(view)
    small_grey = view.grey(frame, *sizes[0])
    canvas.add([(frame, follow(first, small_grey, radius=1, contrast=8))], frame, _FIRST_SHARE)
    near, far = (around(extent, view.width, view.height, margin) for margin in _MARGINS)
    for within, parts, mirrored in (
        (near, [near], True),
        (far, [far], True),
        (near, strips(near), True),
        (near, parts_of(near, 2, _QUARTER), True),
        (near, parts_of(near, 3, _PIECE), False),
    ):
        canvas.add([(part, _closer(cutter, view, part, mirrored)) for part in parts], within)
    levels = 255 * (np.arange(256) / 255) ** (np.log(0.5) / np.log(_MIDDLE))
    matte, _ = people(as_bytes(cv2.LUT(canvas.matte(), np.rint(levels).astype(np.uint8))), frame)
    return matte


def _closer(cutter: SelfieModel, view: View, box: Box, mirrored: bool) -> Follower:
    rgb = view.rgb(box, *cutter.size)
    # The closer the look, the smaller the window that holds an edge.
    return follow(look(cutter, rgb, mirrored=mirrored), grey_of(rgb), radius=1, contrast=8)


def strips(box: Box) -> list[Box]:
    """Two overlapping parts of a box, one after the other along its longer side."""
    if box.height >= box.width:
        return [Box(box.left, top, box.right, bottom) for top, bottom in _steps(box.top, box.bottom, 2, _STRIP)]
    return [Box(left, box.top, right, box.bottom) for left, right in _steps(box.left, box.right, 2, _STRIP)]


def parts_of(box: Box, count: int, share: float) -> list[Box]:
    """`count` times `count` overlapping parts of a box, each with this share of its sides."""
    rows, columns = _steps(box.top, box.bottom, count, share), _steps(box.left, box.right, count, share)
    return [Box(left, top, right, bottom) for top, bottom in rows for left, right in columns]


def _steps(start: int, end: int, count: int, share: float) -> list[tuple[int, int]]:
    """Parts from the start to the end of a side, beginning at even numbers; one if that is all of it."""
    length = max(2, int((end - start) * share))
    if length >= end - start:
        return [(start, end)]
    begins = [int(begin) // 2 * 2 for begin in np.linspace(start, end - length, count)]
    return [(begin, end if begin == begins[-1] else begin + length) for begin in begins]


def _fade(length: int, at_start: bool, at_end: bool) -> Floats:
    ramp = np.minimum(1, (np.arange(length) + 1) / (_FADE * length)).astype(np.float32)
    fade = np.ones(length, np.float32)
    if at_start:
        fade = np.minimum(fade, ramp)
    return np.minimum(fade, ramp[::-1]) if at_end else fade
