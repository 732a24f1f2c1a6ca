"""One long film, cut into segments that are made side by side and joined to the output."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ...basics.arguments import check_count
from ...basics.timecode import format_time
from ...basics.warner import Warner, keeping_quiet
from ...chain import Chain
from ...engine import Engine
from ...errors import (
    ArgumentError,
    FramechainError,
    Interrupted,
    MediaError,
    ObjectError,
    ObjectResultError,
    Terminated,
)
from ...files.atomic_output import AtomicOutput
from ...files.paths import PathLike, is_stream_url
from ...frame import StreamInfo
from ...media.containers.truncation import is_truncated
from ...run.result import RunResult
from ...run.stream_run import describe_loss
from ...sinks.files.codecs import choose_container
from ...sources.open import open_source
from ...sources.video import VideoSource
from .history import find_history
from .join import join_segments
from .places import Map
from .plan import AUTO, CannotSplitError, Plan, choose_count, make_plan
from .record import SegmentRecord
from .work import SegmentMaker
from .workspace import Workspace, make_workspace, remove_abandoned


def process_in_segments(
    film: PathLike,
    objects: Iterable[Callable[..., Any]],
    output: PathLike,
    *,
    segments: int | Literal["auto"] = AUTO,
    map: Map = map,
    workers: int = 1,
    assume_history: int | None = None,
    resume: str | None = None,
    topic: str | None = None,
    **options: Any,
) -> RunResult:
    """Process a film in segments, and join them.

    The frames before the encoder are those of a run over the whole film, bit for bit if no object needs earlier frames
    (`FrameObject.history`); times, number of frames, audio and colour tags are those of such a run. A chain that needs
    all earlier frames, and a film whose packets do not say when frames are shown, are processed as a whole, which a
    warning says.

    Args:
        film: A video: a local path, or one that stow reaches.
        objects: What the frames pass; for other processes it must be possible to pickle them.
        output: The path of the result.
        segments: How many; "auto" to go by the length and the workers.
        map: Calls a function for each segment, as Python's own `map`, perhaps in other processes.
        workers: How many segments are made at the same time, for "auto".
        assume_history: How many earlier frames objects need that do not say it; None for all of them.
        resume: What distinguishes this work from other work for the same output: segments that a run with the same text
            had completed before it was killed are not made again. None: nothing is kept.
        topic: Messages of how far each segment is have it, see `framechain.batch.messages`; None for none.
        options: Further arguments of `Engine`, but for those of cameras and windows.

    Returns:
        What was done. Of the warnings, those that are not of all segments say of which.

    Raises:
        FramechainError: As `Engine` and its `run`.

    Example:
        >>> import tempfile
        >>> from framechain.objects.overlays import FPSmetric
        >>> out = os.path.join(tempfile.mkdtemp(), "out.mp4")
        >>> process_in_segments("samples/clip.mp4", [FPSmetric()], out, segments=2).frames_written
        150
    """
    started = time.perf_counter()
    if segments != AUTO:
        check_count("segments", segments, 1)
    work = _Work(os.fspath(film), tuple(objects), os.fspath(output), options)
    engine = work.make_engine()
    warner = Warner()
    result: RunResult | None = None
    try:
        history = find_history(work.objects, assume_history)
        if is_stream_url(work.film):
            raise CannotSplitError("it is a stream")
        with open_source(work.film, kind="video") as source:
            assert isinstance(source, VideoSource)
            plan = _make_plan(source, engine, history, segments, workers)
            if len(plan.segments) > 1:
                result = _process(work, engine, source, plan, map, resume, topic, warner)
    except CannotSplitError as error:
        warner.warn(f"{work.film} is processed as a whole, not in segments: {error}")
    if result is None:
        result = work.run() if map is _OWN_MAP else next(iter(map(_run, [work])))
        for warning in () if map is _OWN_MAP else result.warnings:
            warner.warn(warning)
        result = replace(result, warnings=tuple(dict.fromkeys((*warner.told, *result.warnings))))
    warner.raise_error()
    return replace(result, seconds=time.perf_counter() - started)


_OWN_MAP = map


@dataclass(frozen=True, slots=True)
class _Work:
    """What is asked for; it can be pickled if the objects can."""

    film: str
    objects: tuple[Callable[..., Any], ...]
    output: str
    options: dict[str, Any]

    def make_engine(self) -> Engine:
        unfit = {"show", "camera", "live", "sinks", "source", "fps", "webcam_id", "on_progress"} & set(self.options)
        if unfit:
            raise ArgumentError(f"a film that is processed in segments has no {sorted(unfit)[0]}: leave it out")
        return Engine(video_path=self.film, custom_objects=self.objects, output_path=self.output, **self.options)

    def run(self) -> RunResult:
        return self.make_engine().run()


def _run(work: _Work) -> RunResult:
    with keeping_quiet():
        return work.run()


def _make_plan(
    source: VideoSource, engine: Engine, history: int, segments: int | Literal["auto"], workers: int
) -> Plan:
    engine.frame_range.check(source)
    if is_truncated(source.path):
        raise CannotSplitError("it is cut short")
    table = source.list_frames()
    if table is None:
        raise CannotSplitError("its packets do not say when frames are shown")
    count: Any = segments if segments != AUTO else lambda frames: choose_count(frames, history, table, workers)
    return make_plan(source.info, table, engine.frame_range, history, count)


def _process(
    work: _Work,
    engine: Engine,
    film: VideoSource,
    plan: Plan,
    map_: Map,
    resume: str | None,
    topic: str | None,
    warner: Warner,
) -> RunResult:
    """Make the segments and join them.

    Raises:
        CannotSplitError: If the film was not decoded as its packets said.
    """
    choose_container(work.output, alpha=Chain(work.objects).gives_alpha)
    with AtomicOutput(work.output, inputs=(work.film, film.path)) as output:
        workspace = make_workspace(work.output, _make_key(resume, plan))
        remove_abandoned(work.output, workspace)
        workspace.create()
        maker = SegmentMaker(
            film=work.film,
            objects=work.objects,
            workspace=workspace,
            suffix=os.path.splitext(work.output)[1],
            encoding=engine.encoding,
            frame_range=engine.frame_range,
            flips=bool(engine.flip_view),
            object_timeout=engine.object_timeout,
            total=plan.segments[-1].last - plan.segments[0].first + 1,
            topic=topic,
        )
        with _kept_if_killed(workspace, may_resume=resume is not None):
            records = sorted(_take(map_(maker, plan.segments)), key=lambda record: record.number)
            stopped = _check(records, plan)
            joined = [record for record in records if record.times]
            if stopped is not None:
                joined = [record for record in joined if record.number <= stopped]
            problem = None
            if joined:
                problem = join_segments(
                    joined,
                    film.info,
                    str(output.path),
                    target=work.output,
                    begins_at=plan.begins_at,
                    audio=film.audio if engine.audio else None,
                    cut_audio=stopped is not None or plan.is_bounded or plan.begins_at is not None,
                )
                output.commit()
    used = records if stopped is None else records[: stopped + 1]
    processed = sum(record.processed for record in used)
    loss = None if joined else describe_loss(processed)
    for warning in (*film.warnings, *_collect_warnings(used, plan, film.info), loss, problem):
        if warning is not None:
            warner.warn(warning)
    return RunResult(
        output_path=work.output if joined else None,
        frames_read=processed,
        frames_processed=processed,
        frames_written=sum(len(record.times) for record in joined),
        stopped=None if stopped is None else "stop",
        warnings=tuple(warner.told),
        skipped=processed - sum(len(record.times) for record in used),
        source=film.info.name,
    )


def _make_key(resume: str | None, plan: Plan) -> str:
    """Return what distinguishes this work; a film that is cut elsewhere is other work."""
    if resume is None:
        return secrets.token_hex(8)
    cuts = [(segment.first, segment.last, segment.warm_up) for segment in plan.segments]
    return hashlib.sha256(f"{resume} {cuts}".encode()).hexdigest()[:16]


def _take(records: Iterable[SegmentRecord]) -> Iterator[SegmentRecord]:
    """Yield the records; the first fault is the end of it, as the film has to be processed as a whole then.

    Raises:
        CannotSplitError: If there is one.
    """
    for record in records:
        if record.fault is not None:
            raise CannotSplitError(record.fault)
        yield record


@contextlib.contextmanager
def _kept_if_killed(workspace: Workspace, *, may_resume: bool) -> Any:
    """Make a context after which the folder is removed, unless a later run goes on with what is in it."""
    is_kept = may_resume
    try:
        yield
        is_kept = False
    except (ObjectError, ObjectResultError, MediaError, CannotSplitError):
        is_kept = False  # The same would fail again; a full disk, or a cluster that is lost, may come back.
        raise
    except (Interrupted, Terminated) as error:  # One segment is complete, and the film is not.
        error.result = replace(error.result, output_path=None, frames_written=0)
        raise
    finally:
        if not is_kept:
            workspace.remove()


def _check(records: Sequence[SegmentRecord], plan: Plan) -> int | None:
    """Check the order and that the segments were decoded as in one run.

    Returns:
        The number of the segment at which an object ended the run; None if none did.

    Raises:
        CannotSplitError: If they were not.
    """
    numbers = [record.number for record in records]
    if numbers != [segment.number for segment in plan.segments]:
        raise FramechainError(
            f"the segments {numbers} were made, and {len(plan.segments)} were asked for: run it again"
        )
    stopped = next((record.number for record in records if record.stopped), None)
    for record, after in itertools.pairwise(records[:stopped]):
        if record.digest_last != after.digest_before:
            time_ = plan.segments[after.number].times[0]
            raise CannotSplitError(f"it is decoded in another way when it is searched, near tick {time_}")
    return stopped


def _collect_warnings(records: Sequence[SegmentRecord], plan: Plan, stream: StreamInfo) -> list[str]:
    """Return the warnings of all segments as they are, and the others with the times that they are of."""
    everywhere = set.intersection(*(set(record.warnings) for record in records))
    told: dict[str, None] = {}
    for record in records:
        segment = plan.segments[record.number]
        begin, end = (
            format_time(float(segment.get_time(index) * stream.time_base)) for index in (segment.first, segment.last)
        )
        for warning in record.warnings:
            told[warning if warning in everywhere else f"from {begin} to {end}: {warning}"] = None
    return list(told)
