"""A batch: many inputs, a run for each."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from ..basics.arguments import to_python
from ..chain import Chain
from ..engine.engine import Engine
from ..errors import ArgumentError, ArgumentTypeError, Interrupted, MissingInputError, Terminated, read_message
from ..files.paths import PathLike, is_remote
from ..results import get_name
from ..run.interrupts import Interrupts
from .bars import Bars
from .cluster import connect
from .dask_runner import WorkerDiedError
from .fingerprint import make_fingerprint
from .inputs import Inputs, Job, find_jobs
from .job import Work, remove_leftovers
from .messages import break_off, forget_break_off
from .record import Record
from .report import BatchResult
from .runners import LocalRunner, Runner
from .segments.job import Cutting, run_jobs
from .watching import Arrivals, Changes

TRIES = 3
"""How often a file is tried whose failure may pass: a full disk, a store that does not answer."""

_SECONDS_BETWEEN_TRIES = 1.0
_OPTIONS = frozenset(
    {"flip_view", "output_extension", "start_video_frame", "end_video_frame", "break_on_end", "encoding", "audio"}
    | {"object_timeout", "start", "end", "cut"}
)


class Batch:
    """Many inputs, a run of an `Engine` for each.

    What was made of the same input, by the same objects with the same arguments and the same version, is not made
    again; so the same call goes on where one was killed. That is known from a small file for each output in the folder
    .framechain beside it.

    Example:
        >>> import tempfile, framechain
        >>> out = tempfile.mkdtemp()
        >>> batch = framechain.Batch("samples/p*.jpg", [lambda frame: 255 - frame], output=out)
        >>> print(batch.run().summary.partition(":")[0], "and", batch.run().summary.partition(":")[0])
        1 done and 1 up to date
    """

    def __init__(
        self,
        inputs: PathLike | Iterable[PathLike],
        objects: Iterable[Callable[..., Any]] = (),
        *,
        output: PathLike | None = None,
        workers: int | None = None,
        cluster: str | None = None,
        client: Any = None,
        segments: int | Literal["auto"] | None = None,
        assume_history: int | None = None,
        force: bool = False,
        fail_fast: bool = False,
        progress: bool | None = None,
        **options: Any,
    ) -> None:
        """Set up a batch; nothing is looked for before `run`.

        Args:
            inputs: Files, folders, which are searched with all that is below them, and patterns such as "in/*.mp4";
                local or on a store that stow reaches, such as s3://bucket/in/.
            objects: The chain's objects, as `custom_objects` of `Engine`. Each file gets copies of them, as they are
                when `run` begins.
            output: The folder of the results, in which the tree below each folder is kept. None: each result goes next
                to its input, as clip_out.mp4; the inputs are then in one folder, or below one.
            workers: How many processes on this machine share the work; None: this one alone.
            cluster: The address of a Dask scheduler whose workers do the work, such as "tcp://10.0.0.7:8786".
            client: A `distributed.Client` whose workers do it.
            segments: Into how many segments each video is cut, which are made side by side; "auto" to go by its length
                and the workers. None: a video is not cut.
            assume_history: How many earlier frames objects need that do not say it (`FrameObject.history`), for
                `segments`; None for all of them: such a chain is not cut.
            force: Whether outputs that are up to date are made again.
            fail_fast: Whether the first file that fails ends the batch.
            progress: Whether to draw progress bars on stderr; None: if that is a terminal.
            **options: Arguments of `Engine` for every file: encoding, audio, start, end, cut, break_on_end, flip_view,
                start_video_frame, end_video_frame, output_extension, object_timeout.

        Raises:
            ArgumentTypeError: If an argument has a wrong type.
            ArgumentError: If a value is out of range.
        """
        if unknown := sorted(set(options) - _OPTIONS):
            raise ArgumentTypeError(f"Batch has no argument {unknown[0]}: it takes {', '.join(sorted(_OPTIONS))}")
        self._objects = list(Engine(image_path="any", custom_objects=objects, **options).custom_objects)
        self._inputs = inputs if isinstance(inputs, str | os.PathLike) else list(inputs)
        if output is not None and (not isinstance(output, str | os.PathLike) or not os.fspath(output)):
            raise ArgumentTypeError(f"output must be a folder, got {output!r:.80}")
        self._output = output
        self._place = {"workers": to_python(workers), "cluster": cluster, "client": client}
        if segments is None and assume_history is not None:
            raise ArgumentError("assume_history is for films that are cut: give segments, too")
        self._cutting = None if segments is None else Cutting(segments, assume_history)
        self._force, self._fail_fast, self._progress = force, fail_fast, progress
        self._options = options

    def find(self) -> Inputs:
        """Return the files that are meant now, and where their results go.

        Raises:
            FramechainError: As `run`, before any work.
        """
        return self._find(self._inputs)

    def _find(self, inputs: PathLike | Iterable[PathLike]) -> Inputs:
        return find_jobs(
            inputs,
            self._output,
            extension=self._options.get("output_extension", "out"),
            alpha=Chain(self._objects).gives_alpha,
        )

    def run(self) -> BatchResult:
        """Process each file; one that fails does not end the batch.

        After Ctrl-C or SIGTERM no further file is begun, and those at work are completed; a second one breaks them off,
        and nothing of them is left.

        Returns:
            What became of each file.

        Raises:
            FramechainError: Before any work: if there are no such inputs, two would write one output, an object cannot
                be sent to the workers, or there are no workers. Later: if the cluster is lost.
            Interrupted: After Ctrl-C, a KeyboardInterrupt with the result.
            Terminated: After SIGTERM, a SystemExit with the result.
        """
        started = time.perf_counter()
        found = self.find()
        if not found.jobs:
            given = [self._inputs] if isinstance(self._inputs, str | os.PathLike) else self._inputs
            names = ", ".join(os.fspath(thing) for thing in given[:3])
            others = f", only {len(found.others)} other files" if found.others else ""
            raise MissingInputError(f"there is no image or video in {names}{others}")
        if any(self._place.values()):
            _check_pickling(self._objects)
        with Interrupts() as interrupts:
            bars = Bars(len(found.jobs), self._progress)
            try:
                with connect(**self._place) as runner:
                    records, stopped = self.process(found.jobs, runner, interrupts, bars)
            finally:
                bars.close()
        return _finish(
            BatchResult(
                [records.get(job, _make_skipped(job)) for job in found.jobs],
                found.others,
                time.perf_counter() - started,
                interrupts.signal or stopped,
            )
        )

    def watch(self, on_record: Callable[[Record], object] | None = None) -> BatchResult:
        """Process what is there and what arrives later, until Ctrl-C or SIGTERM; the file at work is completed.

        A file is taken when it opens and its size has stood still; one that is renamed into a folder at once. One that
        changes is taken again. A folder may vanish and come back.

        Args:
            on_record: Called with what became of each file.

        Returns:
            What became of each file, if it is stopped by `fail_fast`.

        Raises:
            DependencyError: If watchfiles is not installed.
            FramechainError: As `run`, but that nothing is there yet is no error.
            Interrupted: After Ctrl-C, a KeyboardInterrupt with the result.
            Terminated: After SIGTERM, a SystemExit with the result.
        """
        started = time.perf_counter()
        given = [self._inputs] if isinstance(self._inputs, str | os.PathLike) else self._inputs
        # A folder stays one while it is away.
        words = [os.path.join(word, "") if os.path.isdir(word) else os.fspath(word) for word in given]
        changes = Changes([word for word in words if os.path.isdir(word)])
        arrivals = Arrivals(lambda: self._find(words))
        made: list[Record] = []
        if any(self._place.values()):
            _check_pickling(self._objects)
        with Interrupts() as interrupts:
            bars = Bars(0, self._progress)
            stopped = None
            try:
                with connect(**self._place) as runner:
                    while interrupts.signal is None and stopped is None:
                        jobs = arrivals.look()
                        if not jobs:
                            changes.wait(lambda: interrupts.signal is not None, short=arrivals.is_waiting)
                            continue
                        bars.add_files(len(jobs))
                        records, stopped = self.process(jobs, runner, interrupts, bars)
                        made += [records[job] for job in jobs if job in records]
                        for record in (records[job] for job in jobs if job in records):
                            if on_record is not None:
                                on_record(record)
            finally:
                bars.close()
        return _finish(BatchResult(made, (), time.perf_counter() - started, interrupts.signal or stopped))

    def process(
        self, jobs: Sequence[Job], runner: Runner, interrupts: Interrupts, bars: Bars
    ) -> tuple[dict[Job, Record], str | None]:
        """Process files.

        Args:
            jobs: The files.
            runner: Where the work is done.
            interrupts: The signals that have come.
            bars: Told how far it is.

        Returns:
            What became of each file that was begun, and why it ended before all was done, if it did.
        """
        work = Work(
            secrets.token_hex(8),
            self._objects,
            make_fingerprint(self._objects, repr(sorted(self._options.items()))),
            self._options,
            self._force,
            folder="" if isinstance(runner, LocalRunner) else os.getcwd(),
        )
        records: dict[Job, Record] = {}
        failed = False

        def must_stop() -> bool:
            return interrupts.signal is not None or (failed and self._fail_fast)

        def must_break_off() -> bool:
            if interrupts.insisted:
                break_off(work.batch)
            return interrupts.insisted

        waiting = _sort(jobs) if runner.places > 1 else jobs
        with runner.hear(work.batch, bars.hear):
            for attempt in range(1, TRIES + 1):
                again: list[Job] = []
                for job, answer in run_jobs(
                    work,
                    waiting,
                    runner,
                    self._cutting,
                    must_stop=must_stop,
                    must_break_off=must_break_off,
                    is_small=_is_small,
                ):
                    record = replace(_make_record(job, answer), tries=attempt)
                    records[job] = record
                    if isinstance(answer, WorkerDiedError):
                        remove_leftovers(job, work.batch)
                    if record.may_pass and attempt < TRIES and not must_stop():
                        again.append(job)
                        continue
                    failed = failed or record.state == "failed"
                    bars.end_file(record)
                waiting = again
                if not again:
                    break
                _wait(_SECONDS_BETWEEN_TRIES * attempt, must_stop)
        forget_break_off(work.batch)
        return records, "fail-fast" if failed and self._fail_fast and len(records) < len(jobs) else None


def _finish(result: BatchResult) -> BatchResult:
    """Return a result, or raise it if a signal ended the batch."""
    if result.stopped == "SIGTERM":
        raise Terminated(result)
    if result.stopped == "SIGINT":
        raise Interrupted(result)
    return result


def _make_record(job: Job, answer: Record | Exception) -> Record:
    if isinstance(answer, Record):
        return answer
    return Record(job.input, job.output, "failed", f"{job.input}: {read_message(answer) or type(answer).__name__}")


def _make_skipped(job: Job) -> Record:
    return Record(job.input, job.output, "skipped", "the batch ended before", tries=0)


def _is_small(job: Job) -> bool:
    return job.is_image


def _sort(jobs: Sequence[Job]) -> list[Job]:
    """Return the files with the largest videos first: at the end no long one shall be alone."""

    def measure(job: Job) -> tuple[bool, int]:
        size = os.path.getsize(job.input) if not is_remote(job.input) and os.path.isfile(job.input) else 0
        return job.is_image, -size

    return sorted(jobs, key=measure)


def _wait(seconds: float, must_stop: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not must_stop():
        time.sleep(0.05)


def _check_pickling(objects: Sequence[Callable[..., Any]]) -> None:
    """Refuse objects that cannot reach workers.

    Raises:
        ArgumentError: If one cannot; the message names it.
    """
    try:
        from distributed.protocol.pickle import dumps
    except ImportError:  # That is said when the workers are asked for.
        return
    for position, thing in enumerate(objects):
        try:
            dumps(thing)
        except Exception as error:
            raise ArgumentError(
                f"objects[{position}], {get_name(thing)}, cannot be sent to workers ({read_message(error)}): make "
                "what belongs to one process, such as a lock, a file or a session, in its open(), or leave workers out"
            ) from error
