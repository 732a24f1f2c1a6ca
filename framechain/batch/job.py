"""One file of a batch, done in this process."""

from __future__ import annotations

import contextlib
import copy
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..basics.warner import keeping_quiet
from ..engine.engine import Engine
from ..errors import FramechainError, MissingInputError, OutputError, reason
from ..files.atomic_output import AtomicOutput
from ..files.paths import is_remote, is_stream_url
from ..run.result import RunResult
from ..steering import Progress
from .claims import ClaimedError, claim
from .inputs import Job
from .messages import is_broken_off, tell
from .recipe import make_recipe, stamp
from .record import Record

# How often a file says how far it is.
_SECONDS_BETWEEN_MESSAGES = 0.5


@dataclass(frozen=True, slots=True)
class Work:
    """What is done to each file of a batch.

    Attributes:
        batch: The name of the batch, which no other has; messages have it as their topic.
        objects: The chain's objects; they were not opened.
        fingerprint: That of the objects and the options.
        options: Further arguments of `Engine`.
        force: Whether an output is made again that was made of the same.
        folder: The folder to which paths are relative; "" for the current one, which workers have their own of.
    """

    batch: str
    objects: Sequence[Callable[..., Any]]
    fingerprint: str
    options: Mapping[str, Any] = field(default_factory=dict)
    force: bool = False
    folder: str = ""


def run_job(work: Work, job: Job, run: Callable[[Work, Job, str], RunResult] | None = None) -> Record:
    """Do one file.

    Args:
        work: What is done to it.
        job: The file; its output appears complete or not at all.
        run: Makes the output; given the name by which messages call the file. None: one run of an `Engine`.

    Returns:
        What became of it; what is wrong with the file is said there and not raised.
    """
    started = time.perf_counter()
    named, job = job, Job(_place(job.input, work.folder), _place(job.output, work.folder), job.is_image)

    def end(*, message: str = "", **known: Any) -> Record:
        if work.folder:  # Files are called as they were given.
            message = message.replace(os.path.join(work.folder, ""), "")
        seconds = round(time.perf_counter() - started, 3)
        return Record(named.input, named.output, message=message, seconds=seconds, **known)

    try:
        recipe = make_recipe(job, work.fingerprint)
        if not work.force and recipe.is_kept(job):
            return end(state="up to date")
        with claim(job.output, work.batch):
            if not work.force and recipe.is_kept(job):  # Another batch has made it just now.
                return end(state="up to date")
            result = (run or _run)(work, job, named.input)
            if stamp(job.input) == recipe.stamp:  # Else it was changed meanwhile, and is made again the next time.
                recipe.keep(job)
        return end(state="done", frames=result.frames_written, warnings=result.warnings)
    except ClaimedError as error:
        return end(state="skipped", message=str(error))
    except BrokenOffError as error:
        return end(state="skipped", message=str(error))
    except FramechainError as error:
        is_store = is_remote(job.input) or is_remote(job.output)
        may_pass = isinstance(error, OutputError) or (is_store and isinstance(error, MissingInputError))
        return end(state="failed", message=str(error), may_pass=may_pass)
    except MemoryError:
        return end(state="failed", message=f"cannot read {job.input}: the memory does not suffice", may_pass=True)
    except OSError as error:
        return end(state="failed", message=f"{job.input}: {reason(error)}", may_pass=True)
    except Exception as error:
        return end(state="failed", message=f"{job.input}: unexpected {type(error).__name__}: {reason(error)}")


def remove_leftovers(job: Job, batch: str) -> None:
    """Remove what workers that died have begun of an output."""
    with contextlib.suppress(FramechainError), claim(job.output, batch):
        if not is_remote(job.output):
            AtomicOutput(job.output).discard()


class BrokenOffError(FramechainError):
    """The user did not want to wait for the file at work."""


def _place(path: str, folder: str) -> str:
    return path if not folder or is_remote(path) or is_stream_url(path) else os.path.join(folder, path)


def _run(work: Work, job: Job, name: str) -> RunResult:
    told = float("-inf")

    def report(progress: Progress) -> None:
        nonlocal told
        if is_broken_off(work.batch):
            raise BrokenOffError("it was broken off, nothing was written")
        if progress.done or time.monotonic() - told >= _SECONDS_BETWEEN_MESSAGES:
            told = time.monotonic()
            tell(work.batch, {"input": name, "frames": progress.frames, "total": progress.total or 0})

    tell(work.batch, {"input": name, "frames": 0, "total": 0})
    # Each file gets objects as they were given: what one learns from a file must not show in the next.
    objects = copy_objects(work.objects)
    with keeping_quiet():  # The record holds the warnings.
        engine = Engine(
            image_path=job.input if job.is_image else "",
            video_path="" if job.is_image else job.input,
            output_path=job.output,
            custom_objects=objects,
            progress=False,
            on_progress=report,
            **work.options,
        )
        return engine.run()


def copy_objects(objects: Sequence[Callable[..., Any]]) -> Sequence[Callable[..., Any]]:
    """Return copies of objects that were not opened."""
    try:
        return copy.deepcopy(objects)
    except Exception:  # What cannot be copied, such as a lock, is used as it is: it reaches no other process either.
        return objects
