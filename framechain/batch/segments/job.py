"""The files of a batch of which the videos are cut: each is done in segments at all places of the batch."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ...basics.arguments import check_count, convert_numbers
from ...basics.warner import keeping_quiet
from ...run.result import RunResult
from ..inputs import Job
from ..job import Work, run_job
from ..messages import Message, tell
from ..recipe import make_recipe
from ..record import Record
from ..runners import Runner, never
from .places import Map, make_map
from .plan import AUTO


@dataclass(frozen=True, slots=True)
class Cutting:
    """Into what videos are cut.

    Attributes:
        segments: As in `process_in_segments`, and so is the other one.
        assume_history: See there.
    """

    segments: int | Literal["auto"]
    assume_history: int | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ArgumentError: If one is out of range.
        """
        convert_numbers(self)
        if self.segments != AUTO:
            check_count("segments", self.segments, 1)
        if self.assume_history is not None:
            check_count("assume_history", self.assume_history, 0)


def run_jobs(
    work: Work,
    jobs: Sequence[Job],
    runner: Runner,
    cutting: Cutting | None,
    *,
    must_stop: Callable[[], bool] = never,
    must_break_off: Callable[[], bool] = never,
    is_small: Callable[[Job], bool] = never,
) -> Iterator[tuple[Job, Record | Exception]]:
    """Do the files of a batch; videos that are cut come last, one after the other.

    Args:
        work: What is done to each.
        jobs: The files.
        runner: Where the work is done.
        cutting: Into what videos are cut; None if they are not.
        must_stop: As in `Runner.map`, for segments too, and so are the next two.
        must_break_off: See there.
        is_small: See there.

    Yields:
        As `Runner.map`.

    Raises:
        FramechainError: As `Runner.map`.
    """
    films = [job for job in jobs if cutting is not None and not job.is_image]
    whole = jobs if cutting is None else [job for job in jobs if job.is_image]
    if whole:
        yield from runner.map(
            functools.partial(run_job, work),
            whole,
            must_stop=must_stop,
            must_break_off=must_break_off,
            is_small=is_small,
        )
    lost: list[Exception] = []
    map_ = make_map(runner, must_stop, must_break_off, lost.append)
    for job in films:
        if must_stop() or cutting is None:
            return
        record = run_job(work, job, functools.partial(_run_film, runner, map_, cutting))
        if lost:  # It is no fault of the film's.
            raise lost[0]
        yield job, record


def _run_film(runner: Runner, map_: Map, cutting: Cutting, work: Work, job: Job, name: str) -> RunResult:
    from .process import process_in_segments

    frames: dict[int, int] = {}

    def hear(message: Message) -> None:
        frames[message["segment"]] = message["frames"]
        tell(work.batch, {"input": name, "frames": sum(frames.values()), "total": message["total"]})

    tell(work.batch, {"input": name, "frames": 0, "total": 0})
    topic = f"{work.batch} {name}"
    recipe = make_recipe(job, work.fingerprint)
    with runner.hear(topic, hear), keeping_quiet():  # The record holds the warnings.
        return process_in_segments(
            job.input,
            work.objects,
            job.output,
            segments=cutting.segments,
            map=map_,
            workers=runner.places,
            assume_history=cutting.assume_history,
            resume=None if recipe.stamp is None else json.dumps([recipe.stamp, recipe.chain, recipe.version]),
            topic=topic,
            progress=False,
            **work.options,
        )
