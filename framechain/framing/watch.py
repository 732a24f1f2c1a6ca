"""Who is in the picture: the faces of several looks, joined to people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from ..faces.detector import TILE_SIDES
from ..faces.face import Face
from ..faces.tiles import Region, make_tiles, make_whole
from ..frame import Frame
from .composition import Limits, Subject, fits, read_subject

# Seconds between two looks: people move by a fraction of a face in that time.
INTERVAL = 0.12
# A face counts from so many looks on in which it has this score: what is no face is mostly seen once, and backs of
# heads get less. Afterwards the lower score is enough, so that a person who turns aside stays one.
_SURE, _CLEARLY = 2, 0.6
LOWEST_SCORE = 0.4
# Whoever has this score when a stream begins is shown at once.
_AT_FIRST = 0.5
# Seconds after which a person who is not seen is no longer waited for, and after which another one may be shown.
_LINGER, _ABSENT = 2.0, 0.4
# The same for what was seen once.
_DOUBTFUL = 2.5 * INTERVAL
# Where all faces are larger than this share of the shorter side, small ones are looked for only in each fourth look.
_LARGE, _RARELY = 0.15, 4
# A face belongs to a person if it is this near, in face sizes, and a little farther for each second in between, and at
# most so many times larger or smaller.
_REACH, _FARTHER, _GROWTH = 1.0, 2.0, 1.8
# Seconds for which somebody who is not seen is believed to walk on.
_PREDICTED = 0.5
# The share of the largest shot that a group may take, and may take when somebody joins it.
_ROOM, _ROOM_FOR_MORE = 1.0, 0.92
# Seconds over which size, turn and speed are averaged; they are less sure than the place.
_SIZE_TIME, _TURN_TIME, _SPEED_TIME = 0.4, 0.8, 0.2
# Speeds in face sizes per second: what is seen of a face that rests, and what is believed at most.
_UNSTEADY, _FASTEST = 0.5, 4.0


class Detector(Protocol):
    """What finds faces: a `FaceDetector`, or a detector of your own."""

    def detect(self, frame: Frame, regions: Iterable[Region] | None = None) -> Sequence[Face]:
        """Return the faces of a frame, looking at parts of it only if some are given."""

    def close(self) -> None:
        """Release what is held."""


class _Person:
    """One person."""

    def __init__(self, face: Face, time: float, looks: int) -> None:
        self.subject = read_subject(face)
        self.seen = time
        self.looks = looks
        self._speeds = [0.0, 0.0]

    @property
    def is_sure(self) -> bool:
        return self.looks >= _SURE

    def measure_distance(self, face: Face, time: float) -> float:
        """Return how far a face is from where it is expected, as a share of the reach; infinity if it is another's."""
        passed = time - self.seen
        found, known = read_subject(face), self.subject.predict(min(passed, _PREDICTED))
        size = max(found.size, known.size)
        if size > _GROWTH * min(found.size, known.size):
            return math.inf
        distance = math.hypot(found.eyes[0] - known.eyes[0], found.eyes[1] - known.eyes[1]) / size
        return distance / (_REACH + _FARTHER * passed)

    def see(self, face: Face, time: float) -> None:
        """Take a face as this person's."""
        found, known, passed = read_subject(face), self.subject, time - self.seen
        size = _approach(known.size, found.size, passed, _SIZE_TIME)
        turn = _approach(known.turn, found.turn, passed, _TURN_TIME)
        if passed > 0:
            speeds = [(new - old) / passed for old, new in zip(known.eyes, found.eyes, strict=True)]
            self._speeds = [_approach(*pair, passed, _SPEED_TIME) for pair in zip(self._speeds, speeds, strict=True)]
        x, y = (_ignore_little(speed / size, _UNSTEADY, _FASTEST) * size for speed in self._speeds)
        self.subject = Subject(found.eyes, size, turn, (x, y))
        self.seen = time
        self.looks += face.score >= _CLEARLY


def _ignore_little(value: float, little: float, most: float) -> float:
    return math.copysign(min(max(0.0, abs(value) - little), most), value)


def _approach(value: float, target: float, passed: float, span: float) -> float:
    return target + (value - target) * math.exp(-passed / span)


class Watch:
    """Looks at every few frames, and knows who is there."""

    def __init__(self, detector: Detector, *, group: bool) -> None:
        """Take a detector.

        Args:
            detector: What finds faces.
            group: Whether everybody counts, or one person alone: the largest, who stays the one while seen.
        """
        self.detector = detector
        self.group = group
        self._people: list[_Person] = []
        self._shown: list[_Person] = []
        self._last: float | None = None
        self._looks = self._tile = 0

    def forget(self) -> None:
        """Forget everybody, as at a cut."""
        self._people, self._shown, self._last = [], [], None

    def look(self, frame: Frame, time: float, *, once: bool = False) -> bool:
        """Look at a frame, if it is time.

        Args:
            frame: The frame.
            time: Its time in seconds.
            once: Whether there is no other frame: all of it is looked at closely.

        Returns:
            Whether it was looked at.
        """
        if self._last is not None and 0 <= time - self._last < INTERVAL - 1e-6:
            return False
        is_first = self._last is None
        self._last = time
        faces = self.detector.detect(frame, None if once else self._choose_regions(frame, thorough=is_first))
        for face in self._find_owners(faces, time):
            is_shown = is_first and face.score >= _AT_FIRST
            self._people.append(_Person(face, time, looks=_SURE if is_shown else int(face.score >= _CLEARLY)))
        self._people = [one for one in self._people if time - one.seen < (_LINGER if one.is_sure else _DOUBTFUL)]
        return True

    def _find_owners(self, faces: Sequence[Face], time: float) -> list[Face]:
        """Give each face to the person who is nearest; return those that are nobody's."""
        left = dict(enumerate(faces))
        waiting = dict(enumerate(self._people))
        pairs = [
            (one.measure_distance(face, time), who, which)
            for who, one in waiting.items()
            for which, face in left.items()
        ]
        for distance, who, which in sorted(pairs):
            if who in waiting and which in left and distance < 1:
                waiting.pop(who).see(left.pop(which), time)
        return list(left.values())

    def _choose_regions(self, frame: Frame, *, thorough: bool) -> list[Region]:
        """Return the whole frame, and mostly a tile in which small faces are large enough, each time the next one."""
        width, height = frame.size
        whole = make_whole(width, height)
        self._looks += 1
        sizes = [person.subject.size for person in self._shown]
        if not thorough and self._looks % _RARELY and sizes and min(sizes) > _LARGE * min(width, height):
            return [whole]
        tiles = make_tiles(width, height, TILE_SIDES[0])
        if thorough:
            # Else the camera would move at once, to those who are found next.
            return [whole, *tiles]
        self._tile += 1
        return [whole, tiles[self._tile % len(tiles)]]

    def find_subjects(self, limits: Limits) -> list[Subject]:
        """Return who is to be shown; none if nobody is there.

        Args:
            limits: Of a group that is too wide for a shot, those are shown who were shown before, then the largest.
        """
        people = [person for person in self._people if person.is_sure]
        self._shown = self._choose_group(people, limits) if self.group else self._choose_one(people)
        return [person.subject for person in self._shown]

    def _choose_one(self, people: list[_Person]) -> list[_Person]:
        assert self._last is not None
        present = [one for one in people if self._last - one.seen < _ABSENT]
        kept = [one for one in self._shown if one in people]
        if kept and (kept[0] in present or not present):
            return kept[:1]
        return sorted(present or people, key=lambda one: -one.subject.size)[:1]

    def _choose_group(self, people: list[_Person], limits: Limits) -> list[_Person]:
        kept = [one for one in self._shown if one in people]
        others = sorted((one for one in people if one not in kept), key=lambda one: -one.subject.size)
        shown: list[_Person] = []
        for person in [*kept, *others]:
            subjects = [one.subject for one in (*shown, person)]
            if not shown or fits(subjects, limits, _ROOM if person in kept else _ROOM_FOR_MORE):
                shown.append(person)
        return shown
