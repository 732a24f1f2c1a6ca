"""The frames of one segment as a source, each with its place in the film."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ...contracts import Source
from ...errors import MediaError
from ...frame import Frame
from ...sources.video import VideoSource
from .plan import Segment


class SegmentFaultError(MediaError):
    """A segment has other frames than the film's packets said: the film has to be processed as a whole."""


class SegmentSource(Source):
    """The frames of a segment and of its warm-up, decoded from a key frame before them.

    Attributes:
        digest_before: A digest of the frame before the first one that is written; None if there is none.
        digest_last: A digest of the last frame. It is that of the next segment's `digest_before`, or one of the two
            was not decoded as in a run over the whole film.
    """

    def __init__(self, open_film: Callable[[], VideoSource], segment: Segment) -> None:
        """Open the film.

        Args:
            open_film: Opens it, perhaps twice.
            segment: Which of its frames are given.
        """
        self._open_film, self._segment = open_film, segment
        self._film = open_film()
        self.info, self.icc_profile = self._film.info, self._film.icc_profile
        self.digest_before: str | None = None
        self.digest_last: str | None = None
        # The file of a segment begins at 0, whatever frames are left out: joining gives each its own time.
        self.begins_at = segment.get_time(segment.first) * self.info.time_base

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames; an index is that of the film.

        Raises:
            SegmentFaultError: If one has another time than it should, or is missing.
        """
        segment = self._segment
        frames, index = self._begin()
        for frame in frames:
            if index > segment.last:
                raise self._make_fault(f"has a frame at {frame.info.time:.3f} s after the last one")
            if index >= segment.known and frame.info.pts != segment.get_time(index):
                due = Fraction(segment.get_time(index)) * self.info.time_base
                raise self._make_fault(f"has a frame at {frame.info.time:.3f} s where one is due at {float(due):.3f} s")
            if index == segment.first - 1:
                self.digest_before = _compute_digest(frame)
            if index == segment.last:
                self.digest_last = _compute_digest(frame)
            if index >= segment.warm_up:
                frame.info = replace(frame.info, index=index)
                yield frame
            index += 1
            if index > segment.last and not segment.is_final:
                return
        if index <= segment.last:
            raise self._make_fault(f"ends before frame {index}")
        if problem := self._film.shortfall():
            raise SegmentFaultError(problem)

    def _make_fault(self, what: str) -> SegmentFaultError:
        return SegmentFaultError(f"{self.info.name} {what}, other than its packets say")

    def _begin(self) -> tuple[Iterator[Frame], int]:
        """Return the frames, and the index of the first."""
        segment = self._segment
        if segment.key is None or not self._film.skip_to_tick(segment.key):
            return iter(self._film), 0
        first = next(iter(self._film), None)
        begun = self._film.begun_at
        # Frames that are shown before the key frame refer to frames before it, which are not known.
        while first is not None and begun is not None and first.info.pts < begun:
            first = next(iter(self._film), None)
        index = None if first is None else segment.find(first.info.pts)
        if first is not None and index is not None and index <= segment.needed:
            return itertools.chain([first], self._film), index
        # The file's index is wrong, or the key frame none from which all is known: all that lies before is decoded.
        self._film.close()
        self._film = self._open_film()
        return iter(self._film), 0

    def count_frames(self) -> int | None:
        """Return None: only the whole film is counted."""
        return None

    @property
    def warnings(self) -> Sequence[str]:  # type: ignore[override]
        """Those of the film."""
        return self._film.warnings

    def stop(self) -> None:
        """End an iteration that waits in another thread."""
        self._film.stop()

    def close(self) -> None:
        """Close the film."""
        self._film.close()


def _compute_digest(frame: Frame) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for plane in frame.planes:
        digest.update(np.ascontiguousarray(plane).data)
    return digest.hexdigest()
