"""One segment done in this process: it may be called on any machine that reaches the film and the work folder."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ...basics.warner import keeping_quiet
from ...chain import Chain
from ...contracts import Source
from ...files.paths import PathLike
from ...frame import Frame
from ...options import Encoding
from ...run.frame_range import FrameRange
from ...run.run import run
from ...run.run_options import RunOptions
from ...run.sink_openers import make_opener
from ...run.stream_run import describe_loss
from ...sinks.files.video import VideoSink
from ...sources.open import open_source
from ...sources.video import VideoSource
from ...steering import Progress
from ..job import copy_objects
from ..messages import tell
from .plan import Segment
from .record import SegmentRecord
from .source import SegmentFaultError, SegmentSource
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class SegmentMaker:
    """Makes segments; it is called with one, and can be pickled if the objects can.

    Attributes:
        film: The path of the film: local, or on a store that stow reaches.
        objects: What the frames pass.
        workspace: Where the files of the segments go.
        suffix: Of those files, which chooses the container.
        encoding: How they are encoded.
        frame_range: Which frames of the film pass the objects.
        flips: Whether objects get mirrored frames.
        object_timeout: As in `Engine`.
        total: How many frames all segments have.
        topic: Messages of how far a segment is have it; None for none.
    """

    film: str
    objects: tuple[Callable[..., Any], ...]
    workspace: Workspace
    suffix: str
    encoding: Encoding
    frame_range: FrameRange
    flips: bool
    object_timeout: float | None
    total: int
    topic: str | None = None

    def __call__(self, segment: Segment) -> SegmentRecord:
        """Make a segment, unless an earlier run did.

        Raises:
            FramechainError: If the film cannot be read, an object fails or the file cannot be written.
        """
        name = f"{segment.number:04}"
        done = self.workspace.read_record(name)
        if done is not None:
            return done
        record = self._make(segment, self.workspace.join(name + self.suffix))
        self.workspace.write_record(name, record)
        return record

    def _make(self, segment: Segment, path: str) -> SegmentRecord:
        # What an object learns from one segment must not show in another one.
        chain = Chain(copy_objects(self.objects))
        sink = _SegmentSink(path, segment, encoding=self.encoding, alpha=chain.gives_alpha)
        sources: list[SegmentSource] = []

        def open_segment() -> Source:
            sources.append(SegmentSource(self._open_film, segment))
            return sources[0]

        options = RunOptions(
            # The source gives the frames that are written and no others.
            frame_range=replace(self.frame_range, cut=False, alone=False),
            flips=self.flips,
            object_timeout=self.object_timeout,
            on_progress=None if self.topic is None else functools.partial(self._tell, segment),
        )
        try:
            with keeping_quiet():
                result = run(chain, open_segment, [make_opener(sink)], options=options)
        except SegmentFaultError as error:
            return SegmentRecord(segment.number, fault=str(error))
        return SegmentRecord(
            segment.number,
            path=path if sink.times else None,
            times=tuple(sink.times),
            processed=result.frames_processed - (segment.first - segment.warm_up),
            stopped=result.stopped_early,
            digest_before=sources[0].digest_before,
            digest_last=sources[0].digest_last,
            # Other segments may have frames.
            warnings=tuple(warning for warning in result.warnings if warning != describe_loss(result.skipped)),
        )

    def _tell(self, segment: Segment, progress: Progress) -> None:
        assert self.topic is not None
        frames = max(0, progress.frames - (segment.first - segment.warm_up))
        tell(self.topic, {"segment": segment.number, "frames": frames, "total": self.total})

    def _open_film(self) -> VideoSource:
        source = open_source(self.film, kind="video")
        assert isinstance(source, VideoSource)
        return source


class _SegmentSink(VideoSink):
    """The file of a segment, without audio; the frames of the warm-up are not written.

    Attributes:
        times: Time and duration of each frame that was written, in ticks.
    """

    def __init__(self, path: PathLike, segment: Segment, *, encoding: Encoding, alpha: bool) -> None:
        super().__init__(path, encoding=encoding, audio=False, alpha=alpha)
        self._first = segment.first
        self.times: list[tuple[int, int]] = []

    def write(self, frame: Frame) -> None:
        """Write a frame of the segment."""
        if frame.info.index >= self._first:
            super().write(frame)
            self.times.append((frame.info.pts, frame.info.duration))
