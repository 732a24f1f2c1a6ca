"""A part of a video as a source: its frames alone, of which an output begins at 0, with their audio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ..contracts import Source
from ..frame import Frame
from .frame_range import FrameRange


class Excerpt(Source):
    """The frames of another source that lie in a range. They keep their index and their time in the source.

    Attributes:
        begins_at: The time of the first frame of the range, once it was given.

    Example:
        >>> from framechain.sources.video import VideoSource
        >>> with Excerpt(VideoSource("samples/clip.mp4"), FrameRange(30, 32)) as excerpt:
        ...     [frame.info.index for frame in excerpt], round(float(excerpt.begins_at), 3)
        ([30, 31, 32], 1.001)
    """

    def __init__(self, source: Source, frame_range: FrameRange) -> None:
        """Wrap a source; nothing is read yet.

        Args:
            source: The source; it is closed with this one.
            frame_range: Which of its frames are given.
        """
        self._source, self._range = source, frame_range
        self.info, self.audio, self.icc_profile = source.info, source.audio, source.icc_profile
        self.begins_at = Fraction(frame_range.start_time or 0)
        self._is_cut = False

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames of the range."""
        is_first = True
        for frame in self._source:
            if self._range.excludes(frame.info):
                if is_first:
                    continue
                self._is_cut = True
                return
            if is_first:
                self.begins_at, is_first = frame.info.pts * frame.info.stream.time_base, False
            yield frame

    def count_frames(self) -> int | None:
        """Return None: only the whole source is counted."""
        return None

    @property
    def warnings(self) -> Sequence[str]:  # type: ignore[override]
        """Those of the source."""
        return self._source.warnings

    @property
    def notice(self) -> str | None:  # type: ignore[override]
        """That of the source."""
        return self._source.notice

    @property
    def dropped(self) -> int:  # type: ignore[override]
        """That of the source."""
        return self._source.dropped

    def shortfall(self) -> str | None:
        """Return that of the source, unless the range ended before it."""
        return None if self._is_cut else self._source.shortfall()

    def stop(self) -> None:
        """End an iteration that waits in another thread."""
        self._source.stop()

    def close(self) -> None:
        """Close the source."""
        self._source.close()
