"""A face over time, as far as it is known: only earlier frames count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .face import Face, Point
from .follow import Patch

# From so many sightings on a face is no chance find.
SURE_SIGHTINGS = 3
# Of eighteen clips' faces each reached 0.82 within some frames, and nothing but the back of a head more than 0.7.
_MANY_SIGHTINGS, _GOOD_SCORE = 24, 0.75
# Shares by which a sighting moves the place and the size; a face that grows is followed at once, so that all of it is
# covered.
_MOVE, _GROW, _SHRINK = 0.85, 0.9, 0.4
_STEER = 0.5
# Seconds after which half of the motion of a face that is not seen is left: people stop and turn.
_HALF_LIFE = 0.25
# After a longer pause nobody knows where it went.
_LONGEST_STEP = 0.2
# Intersection over union of a track's place and a face of it, with a high score and with a low one.
_LEAST_OVERLAP, _WEAK_OVERLAP = 0.2, 0.4
_SURE_SCORE = 0.5
# A face that moved fast: how far, in widths, and how many times larger or smaller it may be.
_NEAR = 0.6
_LARGEST_CHANGE = 1.8


@dataclass
class Track:
    """A face that is watched.

    Attributes:
        face: Where it is now: seen, followed or presumed.
        seen: When it was seen last, in seconds.
        sightings: How often it was seen.
        best: The highest score with which it was seen.
        since: Seconds since it was seen or followed.
        speed: Pixels per second to the right and down.
        patch: Its last picture.
        is_followed: Whether its picture was found in this frame, though no face was seen.
        origin: Its middle one frame ago.
        step: How many seconds ago that was.
    """

    face: Face
    seen: float
    sightings: int = 1
    best: float = 0.0
    since: float = 0.0
    speed: tuple[float, float] = (0.0, 0.0)
    patch: Patch | None = None
    is_followed: bool = False
    origin: Point = (0.0, 0.0)
    step: float = 0.0

    @property
    def is_false(self) -> bool:
        """Whether it was seen often and never well: leaves, hands and the like are seen so."""
        return self.sightings >= _MANY_SIGHTINGS and self.best < _GOOD_SCORE

    @property
    def is_sure(self) -> bool:
        """Whether it was seen more than by chance."""
        return self.sightings >= SURE_SIGHTINGS

    def predict(self, seconds: float) -> None:
        """Move it on as it moved."""
        self.origin, self.step = self.face.centre, seconds
        if self.since > 0:
            fading = 0.5 ** (seconds / _HALF_LIFE)
            self.speed = self.speed[0] * fading, self.speed[1] * fading
        self.since += seconds
        self.is_followed = False
        step = min(seconds, _LONGEST_STEP)
        self.shift(self.speed[0] * step, self.speed[1] * step)

    def shift(self, across: float, down: float) -> None:
        """Move it by some pixels."""
        face = self.face
        points = tuple((x + across, y + down) for x, y in face.points)
        self.face = replace(face, x=face.x + across, y=face.y + down, points=points)

    def follow(self, across: float, down: float) -> None:
        """Note that its picture was found so many pixels beside the place where it was presumed."""
        self.shift(across, down)
        self.is_followed = True
        self._steer()

    def see(self, found: Face, time: float) -> None:
        """Note that it was seen, and when, in seconds."""
        width, height = _blend(self.face.width, found.width), _blend(self.face.height, found.height)
        (old_x, old_y), (new_x, new_y) = self.face.centre, found.centre
        x, y = old_x + _MOVE * (new_x - old_x), old_y + _MOVE * (new_y - old_y)
        points = tuple((across + x - new_x, down + y - new_y) for across, down in found.points)
        self.face = Face(x - width / 2, y - height / 2, width, height, found.score, points)
        self.seen, self.since, self.is_followed, self.sightings = time, 0.0, False, self.sightings + 1
        self.best = max(self.best, found.score)
        self._steer()

    def _steer(self) -> None:
        if self.step > 0:
            (x, y), (old_x, old_y) = self.face.centre, self.origin
            across, down = (x - old_x) / self.step, (y - old_y) / self.step
            self.speed = (
                self.speed[0] + _STEER * (across - self.speed[0]),
                self.speed[1] + _STEER * (down - self.speed[1]),
            )


def _blend(old: float, new: float) -> float:
    return old + (_GROW if new > old else _SHRINK) * (new - old)


def match(tracks: Sequence[Track], faces: Sequence[Face]) -> list[tuple[Track, Face]]:
    """Find which face is which track's: the pairs that overlap most come first.

    A face that overlaps no track's place belongs to one if it is sure, near and of a similar size: it moved fast.

    Returns:
        Pairs; each track and each face is in one of them at most.
    """
    likeness = {
        (one, other): _compare(track.face, face) for one, track in enumerate(tracks) for other, face in enumerate(faces)
    }
    pairs: list[tuple[Track, Face]] = []
    used: set[tuple[str, int]] = set()
    for one, other in sorted(likeness, key=lambda pair: -likeness[pair]):
        names = {("track", one), ("face", other)}
        if likeness[one, other] > 0 and not names & used:
            used |= names
            pairs.append((tracks[one], faces[other]))
    return pairs


def _compare(track: Face, found: Face) -> float:
    overlap = track.measure_overlap(found)
    if overlap >= (_LEAST_OVERLAP if found.score >= _SURE_SCORE else _WEAK_OVERLAP):
        return 1 + overlap
    ratio = max(track.width, 1e-6) / max(found.width, 1e-6)
    if found.score < _SURE_SCORE or not 1 / _LARGEST_CHANGE < ratio < _LARGEST_CHANGE:
        return 0.0
    (x, y), (other_x, other_y) = track.centre, found.centre
    return 1 - math.hypot(x - other_x, y - other_y) / (_NEAR * (track.width + found.width))
