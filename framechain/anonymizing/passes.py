"""The two passes over a clip, as objects of usual runs: one looks, the other one covers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ..contracts import FrameObject
from ..errors import ObjectError
from ..faces.cover import FaceCover
from ..faces.face import Face
from ..frame import Frame, StreamInfo
from .linking import Linker
from .looks import Looks
from .thumbnails import Thumbnails
from .tracks import SINGLE_LOSS, Track, extend, fill_gaps, is_beside, join_tracks, trim, widen
from .window import Luma, SceneDetector, Window, shrink_luma

LOW_SHARE = 0.4
"""A score of so much of the threshold counts where a face is known: next to where it was, or in doubt."""

# One image has no other frames that could show what its doubtful faces are: rather too much is covered.
_IMAGE_SHARE = 0.52
# Its first look is followed by closer ones.
_LOWEST = 0.2
# How far back a face is followed that comes into view; memory holds some 230 kB for each of these frames.
_WINDOW_SECONDS, _FEWEST_KEPT, _MOST_KEPT = 2.0, 25, 120
_FALLBACK_RATE = 25.0
# A lost face is awaited for a second; in clips with few frames per second for so many.
_LEAST_PATIENCE = 25
# At the ends of a track, what is not so clear is covered for as long as a face that turns away may be seen: the back of
# a head is followed, too.
_CLEAR_SHARE, _LEAST_TAIL = 0.75, 8
# How long a face is covered that was followed after the detector saw it last, and where nothing is known of it.
_TAIL_SECONDS, _EXTENSION_SECONDS = 0.5, 0.1
# A doubtful face that was seen so often is shown in the report.
_WORTH_A_LOOK = 4


class LookPass(FrameObject):
    """Looks at every frame and links what it sees to tracks; the frames pass unchanged.

    Attributes:
        first: The index of the first frame.
        frames: How many frames passed.
        times: Seconds of the first frame and of the last one.
        size: (width, height) of the frames.
    """

    def __init__(self, threshold: float) -> None:
        """Set the score from which on something is taken for a face, in [0, 1]."""
        self._threshold = threshold
        self.first, self.frames = 0, 0
        self.times, self.size = (0.0, 0.0), (0, 0)

    def open(self, stream: StreamInfo) -> None:
        """Load the detector."""
        self._is_image = stream.kind == "image"
        if self._is_image:
            self._threshold *= _IMAGE_SHARE
        self._rate = rate = float(stream.rate or _FALLBACK_RATE)
        self._patience = max(_LEAST_PATIENCE, min(_MOST_KEPT, round(rate)))
        window = self._window = Window(max(_FEWEST_KEPT, min(_MOST_KEPT, round(_WINDOW_SECONDS * rate))))
        self._linker = Linker(window, sure=self._threshold, patience=self._patience)
        self._scenes = SceneDetector()
        self._looks = Looks(_LOWEST if self._is_image else LOW_SHARE * self._threshold)
        self._looks.open()

    def close(self) -> None:
        """Release the detector."""
        self._looks.close()

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame]:
        """Look at the frame, while the one before it is linked."""
        luma = shrink_luma(frame)
        is_cut = self._scenes.is_cut(luma)
        faces = self._looks.study(frame) if self._is_image else self._looks.glance(frame, everywhere=is_cut)
        return partial(self._link, luma=luma, faces=faces, is_cut=is_cut)

    def process_frame(self, frame: Frame) -> Frame:
        """Look at the frame and link what is there."""
        return self.prepare(frame)(frame)

    def _link(self, frame: Frame, luma: Luma, faces: Sequence[Face], is_cut: bool) -> Frame:
        index, time = frame.info.index, frame.info.time
        if not self.frames:
            self.first, self.times, self.size = index, (time, time), frame.size
        self.frames, self.times = self.frames + 1, (self.times[0], time)
        self._window.add(index, luma, frame.size[0], is_cut=is_cut)
        self._linker.step(index, frame.size, faces, partial(self._looks.look_at, frame), is_cut=is_cut)
        return frame

    @property
    def cuts(self) -> list[int]:
        """The first frame of each scene but the first one."""
        return self._linker.cuts

    def finish(self, drop_shorter_than: int) -> list[Track]:
        """Return the tracks of the whole clip, once it has passed.

        Args:
            drop_shorter_than: Tracks that the detector saw in fewer frames are left uncovered.

        Returns:
            The tracks by their beginning; those that are left uncovered say why.
        """
        bounds = [self.first, *self.cuts, self.first + self.frames]
        # Of an image there is one look, which has its own threshold.
        threshold = self._threshold - (SINGLE_LOSS if self._is_image else 0)
        joined = join_tracks(self._linker.tracks, self.cuts, patience=self._patience, size=self.size)
        for track in joined:
            track.strength = track.find_strength()
        faces = [track for track in joined if track.strength >= threshold]
        tracks = []
        for track in joined:
            seen = track.count("detected")
            is_doubtful = track.strength < threshold
            if is_doubtful and not is_beside(track, faces):
                if seen < _WORTH_A_LOOK:
                    continue
                track.removed, track.reason = True, "not certain to be a face"
            elif seen < drop_shorter_than:
                track.removed, track.reason = True, f"seen in fewer than {drop_shorter_than} frames"
            tracks.append(track)
            tail = max(_LEAST_TAIL, round(_TAIL_SECONDS * self._rate))
            trim(track, tail, 0.0 if is_doubtful else _CLEAR_SHARE * threshold)
            fill_gaps(track)
            if not is_doubtful:
                start = max(bound for bound in bounds if bound <= track.first)
                end = min(bound for bound in bounds if bound > track.last) - 1
                extend(track, max(2, round(_EXTENSION_SECONDS * self._rate)), (start, end), self.size)
            widen(track, self.size)
        tracks.sort(key=lambda track: (track.first, track.spots[track.first].box.x))
        for number, track in enumerate(tracks, 1):
            track.number = number
        return tracks


class CoverPass(FrameObject):
    """Covers the faces of tracks. A frame that was not looked at is an error: it is not written."""

    history = 0

    def __init__(
        self,
        tracks: Iterable[Track],
        looked_at: range,
        cover: FaceCover,
        thumbnails: Thumbnails | None = None,
    ) -> None:
        """Set what is covered.

        Args:
            tracks: The tracks; those that are marked as removed are left as they are.
            looked_at: The indexes of the frames that were looked at.
            cover: What covers a face.
            thumbnails: Takes pictures for the report, if there is one.
        """
        self._faces: dict[int, list[Face]] = {}
        for track in tracks:
            for index, spot in track.spots.items() if not track.removed else ():
                box = spot.box
                self._faces.setdefault(index, []).append(Face(box.x, box.y, box.width, box.height, spot.score))
        self._looked_at, self._cover, self._thumbnails = looked_at, cover, thumbnails

    def process_frame(self, frame: Frame) -> Frame:
        """Cover the faces of the frame."""
        index, thumbnails = frame.info.index, self._thumbnails
        if index not in self._looked_at:
            raise ObjectError(
                f"frame {index} of {frame.info.stream.name} was not looked at, which had the frames "
                f"{self._looked_at.start} to {self._looked_at.stop - 1}: the file changed or cannot be read twice alike"
            )
        if thumbnails is not None:
            thumbnails.take_faces(frame)
        covered = self._cover.hide(frame, self._faces.get(index, ()))
        if thumbnails is not None:
            thumbnails.take_result(covered)
        return covered
