"""One film of a batch, done in segments at all places of the batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Literal

from ...basics.warner import keeping_quiet
from ...run.result import RunResult
from ..inputs import Job
from ..job import Work, run_job
from ..messages import Message, tell
from ..recipe import make_recipe
from ..record import Record
from ..runners import Runner, never
from .places import make_map
from .process import process_in_segments


def run_film(
    work: Work,
    job: Job,
    runner: Runner,
    *,
    segments: int | Literal["auto"],
    assume_history: int | None = None,
    must_stop: Callable[[], bool] = never,
    must_break_off: Callable[[], bool] = never,
) -> Record:
    """Do one film; segments of it that an earlier run with the same work has completed are used.

    Args:
        work: What is done to it.
        job: The film; its output appears complete or not at all.
        runner: Where the segments are made.
        segments: As in `process_in_segments`, and so is the next one.
        assume_history: See there.
        must_stop: As in `Runner.map`, for the segments, and so is the next one.
        must_break_off: See there.

    Returns:
        What became of it; what is wrong with the film is said there and not raised.
    """

    def run(work: Work, job: Job, name: str) -> RunResult:
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
                segments=segments,
                map=make_map(runner, must_stop, must_break_off),
                workers=runner.places,
                assume_history=assume_history,
                resume=None if recipe.stamp is None else json.dumps([recipe.stamp, recipe.chain, recipe.version]),
                topic=topic,
                progress=False,
                **work.options,
            )

    return run_job(work, job, run)
