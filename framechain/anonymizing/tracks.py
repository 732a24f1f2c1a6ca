"""A face through time: where it is in each frame, and how that is known."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ..faces.box import Box

Mark = Literal["detected", "tracked", "filled", "added"]
"""How a box is known: the detector saw the face; its template was found; it lies between others, or next to the first
or last of them; a person added it."""

MARKS: tuple[Mark, ...] = get_args(Mark)


# A detector's score from which on a box fits, and by what share one grows that could not be less certain.
_CLEAR, _MOST_WIDER = 0.7, 0.6
_FRAMES_AT_BORDER, _DOUBT_AT_BORDER = 3, 0.6
# The overlap from which on a doubtful box may be another opinion on where a face is.
_BESIDE = 0.2
# In how many frames in a row a face is seen, and by how much better the scores of fewer frames must be. Measured: what
# is no face reaches a mean of 0.6 in four frames, 0.66 in two and 0.77 in one; faces reach 0.82, 0.84 and 0.89.
SINGLE_LOSS = 0.2
_STRENGTHS = ((4, 0.0), (2, 0.08), (1, SINGLE_LOSS))
_NOT_SEEN: Mapping[Mark, float] = {"tracked": 0.3, "filled": 0.4, "added": 0.0}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a face is in one frame.

    Attributes:
        box: Its box, as the detector draws it: from the brows to the chin.
        mark: How it is known.
        score: The detector's score or the template's correlation, 0 to 1; 0 for what is filled or added.
    """

    box: Box
    mark: Mark
    score: float = 0.0


@dataclass(slots=True)
class Track:
    """A face through time.

    Attributes:
        number: Its number, from 1, in the order in which the faces appear.
        spots: The places by the index of the frame, in order.
        removed: Whether it is left uncovered.
        reason: Why it is left uncovered, in a few words.
        strength: How surely it is a face, see `find_strength`; 0 if a person added it.
    """

    number: int = 0
    spots: dict[int, Spot] = field(default_factory=dict)
    removed: bool = False
    reason: str = ""
    strength: float = 0.0

    @property
    def first(self) -> int:
        """The index of the first frame."""
        return min(self.spots)

    @property
    def last(self) -> int:
        """The index of the last frame."""
        return max(self.spots)

    @property
    def best_score(self) -> float:
        """The highest score of the detector; 0 if it never saw the face."""
        return max((spot.score for spot in self.spots.values() if spot.mark == "detected"), default=0.0)

    def find_strength(self) -> float:
        """Return how surely it is a face: the best mean score of the detector over a few frames in a row.

        What is no face may be taken for one in a frame, a face is seen in several. A frame in which the detector saw
        nothing counts as 0. Fewer frames must have better scores.
        """
        return max(mean for _, _, mean in self._list_means())

    def list_clear(self, level: float) -> list[int]:
        """Return the frames around which the strength, as by `find_strength`, is at least a level."""
        spans = [range(start, start + frames) for start, frames, mean in self._list_means() if mean >= level]
        return sorted({index for span in spans for index in span})

    def _list_means(self) -> Iterator[tuple[int, int, float]]:
        """Yield first frame, number of frames and the mean score, less what is missing for fewer frames."""
        first = self.first
        scores = [
            spot.score if (spot := self.spots.get(index)) is not None and spot.mark == "detected" else 0.0
            for index in range(first, self.last + 1)
        ]
        sums = [0.0, *itertools.accumulate(scores)]
        for frames, loss in _STRENGTHS:
            for at, (start, end) in enumerate(zip(sums, sums[frames:], strict=False)):
                yield first + at, frames, (end - start) / frames - loss

    def count(self, mark: Mark) -> int:
        """Return how many of its boxes have a mark."""
        return sum(spot.mark == mark for spot in self.spots.values())

    def find_weakest(self) -> int:
        """Return the frame whose box is the least certain: filled before tracked before detected, by the score."""
        order = {mark: position for position, mark in enumerate(("filled", "tracked", "detected", "added"))}
        first, last = self.first, self.last

        def rate(index: int) -> tuple[int, float, int]:
            spot = self.spots[index]
            # In the middle of a gap a box is less certain than at its ends.
            return order[spot.mark], spot.score, abs(2 * index - first - last)

        return min(self.spots, key=rate)


def join_tracks(
    tracks: Iterable[Track], cuts: Iterable[int], *, patience: int, size: tuple[float, float]
) -> list[Track]:
    """Join the tracks of one face: those that go on where another one ended, and those that run beside another one.

    Args:
        tracks: The tracks; they are changed.
        cuts: The first frame of each scene but the first one: no track goes on across them.
        patience: After how many frames without a box a face that appears near is another one.
        size: (width, height) of the frame: a face at its border has left it, and is awaited for a quarter of that time.

    Returns:
        The tracks that remain, by their beginning.
    """
    bounds = sorted(cuts)
    joined: list[Track] = []
    for track in sorted(tracks, key=lambda one: (one.first, -one.best_score)):
        home = next((one for one in joined if _is_same_face(one, track, bounds, patience, size)), None)
        if home is None:
            joined.append(track)
            continue
        for index, spot in track.spots.items():
            own = home.spots.get(index)
            if own is None or _rate(spot) > _rate(own):
                home.spots[index] = spot
        home.spots = dict(sorted(home.spots.items()))
    return joined


def _rate(spot: Spot) -> tuple[bool, float]:
    return spot.mark == "detected", spot.score


def _is_same_face(home: Track, track: Track, cuts: list[int], patience: int, size: tuple[float, float]) -> bool:
    shared = home.spots.keys() & track.spots.keys()
    if shared:
        return all(home.spots[index].box.measure_overlap(track.spots[index].box) > 0.3 for index in shared)
    before, after = home.spots[home.last].box, track.spots[track.first].box
    gap, at_border = track.first - home.last, before.is_cut(*size) or after.is_cut(*size)
    if not 0 < gap <= (patience // 4 if at_border else patience):
        return False
    if any(home.last < cut <= track.first for cut in cuts):
        return False
    ratio = before.side / max(after.side, 1e-9)
    return 0.5 < ratio < 2 and before.distance(after) < min(1.5, 0.6 + 0.05 * gap)


def is_beside(doubtful: Track, faces: Iterable[Track]) -> bool:
    """Return whether a doubtful track lies on a face for a third of its time: then it may be a better place for it."""
    shared = (
        any(index in face.spots and face.spots[index].box.measure_overlap(spot.box) > _BESIDE for face in faces)
        for index, spot in doubtful.spots.items()
    )
    return 3 * sum(shared) >= len(doubtful.spots)


def fill_gaps(track: Track) -> None:
    """Put boxes into the frames of a track that have none, on the straight line between their neighbours.

    In a long gap the boxes grow by up to a quarter, because nobody knows what the face did.
    """
    known = sorted(track.spots)
    for before, after in itertools.pairwise(known):
        start, end, length = track.spots[before].box, track.spots[after].box, after - before
        for index in range(before + 1, after):
            nearest = min(index - before, after - index)
            box = start.mix(end, (index - before) / length).scale(1 + min(0.25, 0.02 * nearest))
            track.spots[index] = Spot(box, "filled")
    track.spots = dict(sorted(track.spots.items()))


def extend(track: Track, frames: int, scene: tuple[int, int], size: tuple[float, float]) -> None:
    """Put boxes into the frames before the first and after the last one: a face may have been there already.

    Args:
        track: The track.
        frames: How many frames at most.
        scene: The first and the last frame of the scene that the track lies in.
        size: (width, height) of the frame; a face that has left it is not followed.
    """
    for edge, step, bound in ((track.first, -1, scene[0]), (track.last, 1, scene[1])):
        box, (dx, dy) = track.spots[edge].box, _find_motion(track.spots, edge, step)
        most = frames
        if box.is_cut(*size):  # It is known where the face went.
            most = min(frames, _FRAMES_AT_BORDER) if track.spots[edge].mark == "detected" else 0
        for distance in range(1, most + 1):
            index = edge + step * distance
            if (index - bound) * step > 0:
                break
            moved = box.move(dx * distance, dy * distance)
            if not moved.is_inside(*size):
                if not box.is_cut(*size):
                    break
                moved = box  # Half of it may still be seen.
            track.spots[index] = Spot(moved.scale(1 + 0.03 * distance), "filled")
    track.spots = dict(sorted(track.spots.items()))


def _find_motion(spots: Mapping[int, Spot], edge: int, step: int) -> tuple[float, float]:
    """Return by how many pixels a face moves from one frame to the next, as it leaves what is known of it."""
    inner = next((edge - step * distance for distance in (4, 3, 2, 1) if edge - step * distance in spots), None)
    if inner is None:
        return 0.0, 0.0
    (x, y), (inner_x, inner_y), frames = spots[edge].box.centre, spots[inner].box.centre, abs(edge - inner)
    return (x - inner_x) / frames, (y - inner_y) / frames


def widen(track: Track, size: tuple[float, float]) -> None:
    """Make the boxes larger whose place is uncertain: those that were not seen well, and those that were not seen.

    Args:
        track: The track.
        size: (width, height) of the frame: what its border cuts is seen as a smaller face.
    """
    for index, spot in track.spots.items():
        doubt = min(1.0, max(0.0, _CLEAR - spot.score) / _CLEAR) if spot.mark == "detected" else _NOT_SEEN[spot.mark]
        box = spot.box
        if box.is_cut(*size):
            # A template is followed beyond the border, where nobody sees whether that is right.
            doubt, box = max(doubt, _DOUBT_AT_BORDER), box.pull_inside(*size)
        if doubt:
            track.spots[index] = Spot(box.scale(1 + _MOST_WIDER * doubt), spot.mark, spot.score)


def trim(track: Track, frames: int, level: float = 0.0) -> None:
    """Drop what was only tracked, or not clear, long before the first and long after the last clear detection.

    Args:
        track: The track; it has a detection.
        frames: How many frames are kept on both sides.
        level: The strength from which on a detection is clear.
    """
    seen = [index for index, spot in track.spots.items() if spot.mark == "detected"]
    if level:
        seen = track.list_clear(level)
    first, last = min(seen) - frames, max(seen) + frames
    track.spots = {index: spot for index, spot in track.spots.items() if first <= index <= last}
