"""Links what the detector sees in each frame to tracks, and searches for a face that it lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..faces.box import Box
from ..faces.face import Face
from .tracks import Spot, Track
from .window import Window


class Look(Protocol):
    """Looks for faces around the given boxes of the current frame, again with more effort if `wide`."""

    def __call__(self, boxes: Sequence[Box], *, wide: bool = False) -> Sequence[Face]: ...  # noqa: D102


_LIKENESS = 0.6
"""The correlation from which on a template counts as found."""

_DOUBT = 5
"""For how many frames a face is searched for that was never seen with certainty."""

_AT_BORDER = 3
"""The same for a face that the frame's border cuts: it leaves the frame, and what is left of it is a shoulder."""

_BEGINNING = 0.4
"""The score from which on a face that belongs to no track begins one."""

_MOST_LOOKS = 6
"""At how many known faces the detector looks closely in one frame; the others take turns."""


_MOST_WIDE_LOOKS = 2
"""At how many of those that it does not see then it looks again, which takes longer."""


@dataclass(slots=True)
class _Live:
    """A track that may go on."""

    track: Track
    last: int
    box: Box
    motion: tuple[float, float] = (0.0, 0.0)
    lost: int = 0
    is_sure: bool = False
    hits: int = 0
    trust: float = 0.5
    age: int = 0
    looked: int = -1

    def predict(self, index: int) -> Box:
        steps = min(index - self.last, 5)  # Nobody keeps a speed for long.
        return self.box.move(self.motion[0] * steps, self.motion[1] * steps)

    def put(self, index: int, spot: Spot) -> None:
        (x, y), (old_x, old_y), steps = spot.box.centre, self.box.centre, max(1, index - self.last)
        share = 0.5 if len(self.track.spots) > 1 else 1.0
        self.motion = tuple(  # type: ignore[assignment]
            old * (1 - share) + new / steps * share
            for old, new in zip(self.motion, (x - old_x, y - old_y), strict=True)
        )
        self.track.spots[index] = spot
        self.last, self.box = index, spot.box
        self.lost = 0 if spot.mark == "detected" else self.lost + 1
        self.trust += 0.2 * ((spot.score if spot.mark == "detected" else 0.0) - self.trust)
        self.age += 1


class Linker:
    """Links faces to tracks, frame by frame.

    Attributes:
        cuts: The first frame of each scene but the first one.
    """

    def __init__(self, window: Window, *, sure: float, patience: int, needed: int = 2) -> None:
        """Begin without tracks.

        Args:
            window: The latest frames; each is added before `step` is called for it.
            sure: The score from which on a face is certain.
            patience: For how many frames a lost face is searched for.
            needed: How many such scores make a face certain.
        """
        self.cuts: list[int] = []
        self.needed = needed
        self._window, self._sure, self._patience = window, sure, patience
        self._live: list[_Live] = []
        self._all: list[_Live] = []
        self._has_begun = False

    @property
    def tracks(self) -> list[Track]:
        """All tracks, those of doubtful faces among them."""
        return [live.track for live in self._all]

    def step(self, index: int, size: tuple[int, int], faces: Sequence[Face], look: Look, *, is_cut: bool) -> None:
        """Link the faces of the next frame.

        Args:
            index: The frame.
            size: Its (width, height) in pixels.
            faces: What the detector saw in the whole frame.
            look: Looks at parts of it again, with patience for low scores.
            is_cut: Whether the frame is the first one after a cut.
        """
        if is_cut:
            self._live = []
            if self._has_begun:
                self.cuts.append(index)
        self._has_begun = True
        chosen = sorted(self._live, key=lambda live: live.looked)[:_MOST_LOOKS]
        for live in chosen:
            live.looked = index
        seen = look([live.predict(index) for live in chosen]) if chosen else []
        missing, found = self._link(index, self._live, join_faces([*faces, *seen]))
        lost = [live for live in missing if live.is_sure and live.looked == index][:_MOST_WIDE_LOOKS]
        if lost:
            seen = look([live.predict(index) for live in lost], wide=True)
            known = [make_box(face) for face in found] + [live.box for live in self._live if live.last == index]
            new = [face for face in join_faces(seen) if all(make_box(face).measure_overlap(box) < 0.3 for box in known)]
            still, rest = self._link(index, lost, new)
            missing = [live for live in missing if live not in lost or live in still]
            found = [*found, *rest]
        for live in missing:
            self._search(live, index)
        self._live = [live for live in self._live if self._goes_on(live, index, size)]
        for face in found:
            if face.score >= _BEGINNING:
                self._begin(index, face)

    def _link(self, index: int, lives: Sequence[_Live], faces: Sequence[Face]) -> tuple[list[_Live], list[Face]]:
        """Give each track the face that fits best; return the tracks and the faces that are left over."""
        pairs = [
            (distance, live_at, face_at)
            for live_at, live in enumerate(lives)
            for face_at, face in enumerate(faces)
            if (distance := _measure(live, index, make_box(face))) is not None
        ]
        used: set[int] = set()
        taken: set[int] = set()
        for _, live_at, face_at in sorted(pairs):
            if live_at in used or face_at in taken:
                continue
            used.add(live_at)
            taken.add(face_at)
            live, face = lives[live_at], faces[face_at]
            live.put(index, Spot(make_box(face), "detected", face.score))
            self._count(live, face.score)
        rest = [face for at, face in enumerate(faces) if at not in taken]
        return [live for at, live in enumerate(lives) if at not in used], rest

    def _search(self, live: _Live, index: int) -> None:
        found = self._window.follow(live.box, live.last, index) if live.last == index - 1 else None
        if found is not None and found[1] >= _LIKENESS:
            live.put(index, Spot(found[0], "tracked", min(1.0, found[1])))
        else:
            live.lost += 1

    def _goes_on(self, live: _Live, index: int, size: tuple[int, int]) -> bool:
        limit = self._patience if live.is_sure else _DOUBT
        if live.box.is_cut(*size):
            limit = min(limit, _AT_BORDER)
        is_doubted = not live.is_sure and live.age >= _DOUBT and live.trust < 0.4
        return live.lost <= limit and not is_doubted and live.predict(index).is_inside(*size)

    def _begin(self, index: int, face: Face) -> None:
        box = make_box(face)
        if any(live.last == index and live.box.measure_overlap(box) > 0.5 for live in self._live):
            return  # Another look at a face that a track has.
        live = _Live(Track(), index, box)
        live.track.spots[index] = Spot(box, "detected", face.score)
        self._all.append(live)
        self._live.append(live)
        self._count(live, face.score)

    def _count(self, live: _Live, score: float) -> None:
        live.hits += score >= self._sure
        if not live.is_sure and live.hits >= self.needed:
            live.is_sure = True
            self._search_back(live.track)

    def _search_back(self, track: Track) -> None:
        """Follow a face to the frames before it was first seen: it may have been turned away, or too small."""
        index = track.first
        box = track.spots[index].box
        while self._window.holds(index - 1):
            found = self._window.follow(box, index, index - 1)
            if found is None or found[1] < _LIKENESS:
                break
            index, box = index - 1, found[0]
            track.spots[index] = Spot(box, "tracked", min(1.0, found[1]))
        track.spots = dict(sorted(track.spots.items()))


def _measure(live: _Live, index: int, box: Box) -> float | None:
    """Return how far a box is from where a track is expected; None if it is too far to be the same face."""
    ratio = box.side / max(live.box.side, 1e-9)
    if not 0.5 < ratio < 2:
        return None
    # A face that was lost may be anywhere around: the longer ago, the farther.
    reach = min(1.5, 0.6 + 0.05 * (index - live.last - 1))
    distance = min(live.predict(index).distance(box), live.box.distance(box))
    return distance if distance < reach else None


def make_box(face: Face) -> Box:
    """Return the box of a face."""
    return Box(face.x, face.y, face.width, face.height)


def join_faces(faces: Sequence[Face]) -> list[Face]:
    """Return each face once: the one with the highest score of those that several looks saw at one place."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda one: -one.score):
        box = make_box(face)
        if all(make_box(one).measure_overlap(box) < 0.3 and not _contains(make_box(one), box) for one in kept):
            kept.append(face)
    return kept


def _contains(box: Box, other: Box) -> bool:
    """Return whether one box lies in another one for the most part: part of a face taken for a face."""
    x, y = other.centre
    return box.x < x < box.x + box.width and box.y < y < box.y + box.height and box.distance(other) < 0.3
