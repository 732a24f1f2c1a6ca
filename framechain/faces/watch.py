"""FaceWatch: the faces of a stream, frame by frame: seen, followed, or presumed where they are not seen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from ..frame import Frame
from ..models.views import SCENE_CUT, View
from ..pixels.image import Plane
from .detector import SURE, TILE_SIDES, FaceDetector, make_view
from .face import Face
from .follow import follow, take_patch, update_patch
from .tiles import Region, list_regions, make_tiles, make_whole
from .track import Track, match

# A face that is already known is still seen with this score.
KEEP_SCORE = 0.3
# A new face with less is none; with more it is looked at closely, unless it is sure.
_DOUBTFUL = 0.35
# What one image shows wrongly is seen once, in a video for long: a higher mean is asked for. Of eighteen clips'
# doubtful finds, faces had one of at least 0.56, and what is none one of at most 0.55.
_LESS_SURE, _SURER = 0.85, 1.1
# A place where a close look found no face is not looked at again for so many seconds, as long as it is seen without a
# pause of the second.
_REJECTED, _PAUSE = 3.0, 0.7
_SAME_PLACE, _SAME_FACE = 0.3, 0.6
# A known face that a wide look finds with this score, where it should be, needs no close look.
_KNOWN_SCORE, _KNOWN_OVERLAP = 0.6, 0.5
# Around a face that is looked for again, relative to its side: for the network for short range, and for the other.
_CLOSE, _WIDE = 3.2, 5.0
# The tiles of videos; the smallest ones would take a second until each had its turn.
_VIDEO_SIDES = TILE_SIDES[:2]
# How many faces are looked for again in a frame: of a live stream, of a file.
_LIVE_LOOKS, _FILE_LOOKS = 3, 24
# Seconds for which a face that was seen once or twice is presumed to be there.
_BRIEF = 0.2
# Seconds after which a face that was lost inside the picture is taken to have left, as through a door.
_MISSED = 10.0
# So many times longer it is followed while its picture is found.
_FOLLOWED = 2.5


@dataclass
class _Rejected:
    """A place where a close look found no face, and when it was seen first and last."""

    face: Face
    first: float
    last: float

    def is_recent(self, time: float) -> bool:
        """Whether it need not be looked at again."""
        return 0 <= time - self.first < _REJECTED and time - self.last < _PAUSE


class FaceWatch:
    """Finds the faces of a stream and keeps track of them.

    Each frame of a live stream gets one wide look: at the whole frame, or in turn at one of its tiles. Faces that are
    known and not seen by it get a close look each. The first frame, and that after a cut, gets all looks at once.

    Attributes:
        tracks: The faces of the last frame.
        vanished: When a face was lost inside the picture, in seconds; None if none was.
    """

    def __init__(self, detector: FaceDetector, *, min_score: float, linger: float) -> None:
        """Take a detector.

        Args:
            detector: What finds faces; its own `min_score` is at most `KEEP_SCORE`.
            min_score: A new face must have this score.
            linger: Seconds for which a face that is lost is presumed to be there.
        """
        self._detector = detector
        self.min_score, self.linger = min_score, linger
        self.reset()

    def reset(self) -> None:
        """Forget the faces."""
        self.tracks: list[Track] = []
        self.vanished: float | None = None
        self._time: float | None = None
        self._thumbnail: Plane | None = None
        self._size = 0, 0
        self._number = 0
        self._rejected: list[_Rejected] = []

    def update(self, frame: Frame) -> list[Track]:
        """Find the faces of the next frame.

        Returns:
            Its faces; also those that are followed or presumed.
        """
        view = make_view(frame)
        is_live, time = frame.info.stream.live, frame.info.time
        if self._begins_anew(view) or self._time is None or time < self._time:
            self.tracks = []
            found = self._detector.detect(frame, self._list_regions(frame, view))
            self._number = 0
        else:
            for track in self.tracks:
                track.predict(time - self._time)
            found = self._detector.detect(frame, self._choose_regions(view, is_live=is_live))
        self._time = time
        looks = _LIVE_LOOKS if is_live else _FILE_LOOKS
        new = self._see(found, frame, looks)
        self._begin_tracks(new, frame, looks)
        self._follow_or_drop(view, time)
        self._drop_doubles()
        return self.tracks

    @property
    def is_missing(self) -> bool:
        """Whether a face that was there a short time ago must be in the picture, and it is not known where."""
        if self.vanished is not None:
            return True
        return any(
            track.is_sure and track.since > _BRIEF and not track.is_followed and self._is_inside(track.face)
            for track in self.tracks
        )

    def _begins_anew(self, view: View) -> bool:
        """Return whether this is the first frame of a scene, and note what it looks like."""
        last, self._thumbnail = self._thumbnail, view.make_thumbnail()
        size, self._size = self._size, (view.width, view.height)
        if last is None or size != self._size:
            return True
        return float(cv2.mean(cv2.absdiff(last, self._thumbnail))[0]) > SCENE_CUT

    def _list_regions(self, frame: Frame, view: View) -> list[Region]:
        """Return where to look in the first frame of a scene."""
        sides = TILE_SIDES if frame.info.stream.kind == "image" else _VIDEO_SIDES
        return list_regions(view.width, view.height, sides if self._detector.small_faces else ())

    def _choose_regions(self, view: View, *, is_live: bool) -> list[Region]:
        """Return where to look in the next frame."""
        number, self._number = self._number, self._number + 1
        whole = make_whole(view.width, view.height)
        if not self._detector.small_faces:
            return [whole]
        large, small = (make_tiles(view.width, view.height, side) for side in _VIDEO_SIDES)
        if not is_live:
            return [whole, large[number % len(large)], small[number % len(small)]]
        if number % 2 == 0:
            return [whole]
        turn, is_small = divmod(number // 2, 2)
        return [small[turn % len(small)] if is_small else large[turn % len(large)]]

    def _see(self, found: list[Face], frame: Frame, most: int) -> list[Face]:
        """Look closely where faces should be, unless the wide look was sure of them; return the faces of no track."""
        time, pairs = frame.info.time, match(self.tracks, found)
        seen = {id(track): face for track, face in pairs}
        taken = {id(face) for _, face in pairs}
        unsure = [track for track in self.tracks if not _is_sure_of(seen.get(id(track)), track)]
        # Those that were just seen come first; the others share what is left.
        unsure.sort(key=lambda track: (track.since, -track.sightings))
        for number, track in enumerate(unsure[:most]):
            close = self._look_closely(track, frame, is_first=number == 0)
            if close is not None:
                seen[id(track)] = close
        for track in self.tracks:
            if id(track) in seen:
                track.see(seen[id(track)], time)
        return [face for face in found if id(face) not in taken]

    def _look_closely(self, track: Track, frame: Frame, *, is_first: bool) -> Face | None:
        others = [other for other in self.tracks if other is not track]
        for scale, near in ((_CLOSE, True), (_WIDE, False)):
            if not near and not (is_first and track.is_sure and track.since > 0):
                break
            found = self._detector.detect(frame, [track.face.surround(scale)], near=near)
            for owner, face in match([track, *others], found):
                if owner is track and face.score >= KEEP_SCORE:
                    return face
        return None

    def _begin_tracks(self, new: list[Face], frame: Frame, most: int) -> None:
        """Begin tracks of faces that are sure, and of doubtful ones that a second look confirms."""
        time = frame.info.time
        self._rejected = [one for one in self._rejected if one.is_recent(time)]
        for face in new:
            # Of two looks at one face one may be a neighbour's.
            if any(track.face.measure_overlap(face) > _SAME_PLACE for track in self.tracks):
                continue
            if face.score < max(SURE, self.min_score):
                places = (one for one in self._rejected if one.last < time)
                known = [one for one in places if one.face.measure_overlap(face) > _SAME_PLACE]
                for one in known:
                    one.face, one.last = face, time
                if face.score < _DOUBTFUL or most <= 0 or known:
                    continue
                most -= 1
                surer = _LESS_SURE if frame.info.stream.kind == "image" else _SURER
                if not self._detector.confirm(frame, face, surer * self.min_score):
                    self._rejected.append(_Rejected(face, time, time))
                    continue
            self.tracks.append(Track(face, time, best=face.score))
            self.vanished = None

    def _follow_or_drop(self, view: View, time: float) -> None:
        kept = []
        for track in self.tracks:
            if track.since > 0 and track.patch is not None:
                moved = follow(view, track.face, track.patch)
                if moved is not None:
                    track.follow(*moved)
            if track.since == 0:
                track.patch = take_patch(view, track.face)
            elif track.is_followed:
                track.patch = track.patch and update_patch(view, track.face, track.patch)
                track.is_followed = track.patch is not None
            if self._is_kept(track):
                kept.append(track)
            elif track.is_sure and self._is_inside(track.face):
                self.vanished = time
        self.tracks = kept
        if self.vanished is not None and time - self.vanished > _MISSED:
            self.vanished = None

    def _is_kept(self, track: Track) -> bool:
        if track.is_false:
            self._rejected.append(_Rejected(track.face, track.seen, track.seen))
            return False
        if not self._is_inside(track.face):
            # It is leaving, and is not presumed to stay.
            limit = min(self.linger, 2 * _BRIEF if track.is_followed else _BRIEF)
            return track.since <= limit and self._touches(track.face)
        limit = self.linger if track.is_sure else min(self.linger, _BRIEF)
        return track.since <= (limit * _FOLLOWED if track.is_followed else limit)

    def _drop_doubles(self) -> None:
        """Keep one of two tracks that have come to the same face."""
        kept: list[Track] = []
        for track in sorted(self.tracks, key=lambda track: (track.since, -track.sightings)):
            if not any(track.face.measure_overlap(other.face) > _SAME_FACE for other in kept):
                kept.append(track)
        self.tracks = kept

    def _is_inside(self, face: Face) -> bool:
        """Return whether a face is well inside the picture: else it may have left."""
        (x, y), (width, height), half = face.centre, self._size, 0.6 * max(face.width, face.height)
        return half < x < width - half and half < y < height - half

    def _touches(self, face: Face) -> bool:
        width, height = self._size
        return face.x < width and face.y < height and face.x + face.width > 0 and face.y + face.height > 0


def _is_sure_of(face: Face | None, track: Track) -> bool:
    return face is not None and face.score >= _KNOWN_SCORE and face.measure_overlap(track.face) >= _KNOWN_OVERLAP
