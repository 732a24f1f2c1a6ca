"""The shot that shows people well: eyes on the upper third, room where they look, everybody within."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..faces.face import Face, Point

# Eyes without points: this far down BlazeFace's box.
_EYE_LEVEL = 0.33
# Where the eyes are in a shot, from its top (the rule of thirds).
_EYES = 1 / 3
# A person in face sizes from the eyes: to either side, up to the hair with headroom, and down to the collar.
_WELL = 1.3, 0.95, 1.2
# The same for the head alone.
_CLOSE = 0.65, 0.8, 0.8
# The nose of a face turned by some 45 degrees is this far, in face sizes, from the middle of the eyes.
_TURNED = 0.2
# The middle of such a head is so far behind the eyes.
_BEHIND = 0.3
# Look room: how far the shot moves for such a face, as a share of its width.
_LOOK_ROOM = 0.08


class Subject(NamedTuple):
    """A person as a camera operator sees one.

    Attributes:
        eyes: The middle of the eyes, in pixels.
        size: The height of the face, from the brow to the chin.
        turn: Where the face looks: from -1, to the left of the picture, to 1.
        velocity: Of the eyes, in pixels per second.
    """

    eyes: Point
    size: float
    turn: float = 0.0
    velocity: Point = (0.0, 0.0)

    def predict(self, seconds: float) -> Subject:
        """Return where the person will be if nothing changes."""
        x, y = (place + seconds * speed for place, speed in zip(self.eyes, self.velocity, strict=True))
        return self._replace(eyes=(x, y))


class Shot(NamedTuple):
    """A part of a frame: its middle and its height in pixels; its width follows from the output's proportions."""

    x: float
    y: float
    height: float


class Limits(NamedTuple):
    """What shots of a frame may be.

    Attributes:
        width: Of the frame in pixels.
        height: Of the frame.
        aspect: Width of a shot over its height.
        face: The share of the shot's height that a face takes, unless a limit of the zoom is reached.
        min_zoom: How many times smaller than the largest shot one is at least.
        max_zoom: How many times smaller at most.
    """

    width: int
    height: int
    aspect: float
    face: float
    min_zoom: float
    max_zoom: float

    @property
    def largest(self) -> float:
        """The height of the largest shot in the frame."""
        return min(self.height, self.width / self.aspect)

    def make_widest(self) -> Shot:
        """Return the widest shot that is allowed, in the middle of the frame."""
        return Shot(self.width / 2, self.height / 2, self.largest / self.min_zoom)


def read_subject(face: Face) -> Subject:
    """Return what an operator sees of a face."""
    size = (face.width + face.height) / 2
    if len(face.points) < 3:
        return Subject((face.x + face.width / 2, face.y + _EYE_LEVEL * face.height), size)
    right, left, nose = face.points[:3]
    eyes = (right[0] + left[0]) / 2, (right[1] + left[1]) / 2
    turn = (nose[0] - eyes[0]) / (_TURNED * max(size, 1e-6))
    return Subject(eyes, size, min(1.0, max(-1.0, turn)))


def find_height(subjects: Sequence[Subject], limits: Limits) -> float:
    """Return the height of the tightest shot that shows everybody and no face too large.

    Args:
        subjects: At least one.
        limits: What is allowed.
    """
    left, top, right, bottom = _enclose(subjects)
    wanted = max(max(one.size for one in subjects) / limits.face, bottom - top, (right - left) / limits.aspect)
    return min(limits.largest / limits.min_zoom, max(limits.largest / limits.max_zoom, wanted))


def fits(subjects: Sequence[Subject], limits: Limits, share: float) -> bool:
    """Return whether the faces of all fit into a share of the largest shot.

    Args:
        subjects: At least one.
        limits: What is allowed.
        share: Of the sides of the largest shot.
    """
    left, top, right, bottom = _enclose(subjects, _CLOSE)
    height = share * limits.largest / limits.min_zoom
    return bottom - top <= height and right - left <= height * limits.aspect


def compose(subjects: Sequence[Subject], height: float, limits: Limits) -> Shot:
    """Return the shot of a height that shows people best; it lies within the frame.

    Args:
        subjects: At least one.
        height: The shot's.
        limits: What is allowed.

    Example:
        >>> compose([Subject((960, 400), 120)], 540, Limits(1920, 1080, 16 / 9, 0.22, 1, 2))
        Shot(x=960.0, y=490.0, height=540)
    """
    left, top, right, bottom = _enclose(subjects)
    width = height * limits.aspect
    look = sum(one.turn for one in subjects) / len(subjects)
    x = (left + right) / 2 + look * _LOOK_ROOM * width
    y = sum(one.eyes[1] for one in subjects) / len(subjects) + (0.5 - _EYES) * height
    # Of people beyond the edge the shot would show less; in a shot that is too small for all, the middle is shown.
    x = _keep_within(x, right - width / 2, left + width / 2)
    y = _keep_within(y, bottom - height / 2, top + height / 2)
    x = _keep_within(x, width / 2, limits.width - width / 2)
    y = _keep_within(y, height / 2, limits.height - height / 2)
    return Shot(x, y, height)


def _enclose(
    subjects: Sequence[Subject], reach: tuple[float, float, float] = _WELL
) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the people."""
    side, above, below = reach
    return (
        min(one.eyes[0] - (_BEHIND * one.turn + side) * one.size for one in subjects),
        min(one.eyes[1] - above * one.size for one in subjects),
        max(one.eyes[0] - (_BEHIND * one.turn - side) * one.size for one in subjects),
        max(one.eyes[1] + below * one.size for one in subjects),
    )


def _keep_within(value: float, low: float, high: float) -> float:
    return (low + high) / 2 if low > high else min(high, max(low, value))
