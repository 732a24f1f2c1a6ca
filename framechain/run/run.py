"""One run: a source, a chain, sinks and a window. An image is a stream of one frame."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..basics.warner import Warner
from ..chain import Chain
from ..contracts import Sink, Source
from ..errors import FramechainError, Interrupted, Terminated
from ..steering import Stop, asking_to_stop
from ..threads.farewell import awaited_at_exit
from .excerpt import Excerpt
from .interrupts import Interrupts
from .result import RunResult
from .run_options import RunOptions
from .sink_openers import SinkOpener
from .stream_run import StreamRun

if TYPE_CHECKING:
    from ..live.outputs import LiveOutputs

_log = logging.getLogger(__name__)

_DEFAULT_OPTIONS = RunOptions()


def run(
    chain: Chain,
    open_source: Callable[[], Source],
    sinks: Sequence[SinkOpener] = (),
    *,
    options: RunOptions = _DEFAULT_OPTIONS,
    live_outputs: LiveOutputs | None = None,
) -> RunResult:
    """Pass all frames of a source through the chain, into sinks and a window.

    Args:
        chain: What the frames pass.
        open_source: Opens the source; it is closed at the end.
        sinks: Each opens a sink: finished at the end, aborted after an error.
        options: How the run goes.
        live_outputs: The sink of a live run whose recording can be started in the window, if there is one.

    Returns:
        What was done.

    Raises:
        FramechainError: If any stage fails.
        Interrupted: If a SIGINT came; what was made is complete.
        Terminated: If a SIGTERM came; what was made is complete.
    """
    warner = Warner()
    with Interrupts() as interrupts, options.control.running(), awaited_at_exit(options.control.cancel):
        try:
            result = _run(chain, open_source, sinks, options, live_outputs, interrupts, warner)
        except Stop:  # Raised before the first frame, where the source or a sink was opened.
            result = RunResult(stopped="stop", warnings=tuple(warner.told))
        except FramechainError as error:
            _name_recordings(error, live_outputs)
            raise
        if interrupts.signal is not None:
            raise Terminated(result) if interrupts.signal == "SIGTERM" else Interrupted(result)
    warner.raise_error()
    if live_outputs is not None:
        live_outputs.warner.raise_error()
    return result


def _run(
    chain: Chain,
    open_source: Callable[[], Source],
    sinks: Sequence[SinkOpener],
    options: RunOptions,
    live_outputs: LiveOutputs | None,
    interrupts: Interrupts,
    warner: Warner,
) -> RunResult:
    with interrupts.breaking(1), asking_to_stop(lambda: options.control.must_stop):
        source = open_source()
    info = source.info
    _log.info("%s: %s, %dx%d, rate %s", info.name, info.kind, info.width, info.height, info.rate)
    with source, contextlib.ExitStack() as aborting:
        if options.frame_range.has_start and info.kind == "video":
            with interrupts.breaking(1):  # Counting may take a while.
                options.frame_range.check(source)
        if options.frame_range.alone and info.kind == "video":
            source = Excerpt(source, options.frame_range)
        opened: list[Sink] = []
        unfinished: list[Sink] = []
        for open_sink in sinks:
            opened.append(open_sink(source))
            unfinished.append(opened[-1])
            aborting.callback(_abort_if_in, unfinished, opened[-1])
        stream = StreamRun(chain, source, opened, options, interrupts, live_outputs, warner)
        with asking_to_stop(lambda: options.control.is_discarded):
            result = stream.run()
        _log.debug("finishing %d outputs", len(opened))
        # An output that is not finished is aborted at the end of this block.
        for sink in () if options.control.is_discarded else opened:
            sink.finish(complete=result.stopped is None and not stream.is_bounded)
            unfinished.remove(sink)
    result = _add_outputs(result, opened, live_outputs, stream.problems, warner)
    _log.info("%s: %d frames in %.2f s", info.name, result.frames_processed, result.seconds)
    return result


def _name_recordings(error: FramechainError, live_outputs: LiveOutputs | None) -> None:
    """Let the error that ended a live run say what was recorded before."""
    if live_outputs is not None and not any(path in str(error) for path in live_outputs.recorder.paths):
        error.args = (f"{error}{live_outputs.describe_recordings()}", *error.args[1:])


def _abort_if_in(unfinished: Sequence[Sink], sink: Sink) -> None:
    if sink in unfinished:
        sink.abort()


def _add_outputs(
    result: RunResult,
    sinks: Sequence[Sink],
    live_outputs: LiveOutputs | None,
    problems: Sequence[str],
    warner: Warner,
) -> RunResult:
    """Add the path and the frame count of the outputs to a result, and warn of their problems and the objects'."""
    known = () if live_outputs is None else live_outputs.problems  # Those were warnings when they occurred.
    told = tuple(warner.told)
    for problem in (*problems, *(sink.problem for sink in sinks if sink is not live_outputs)):
        if problem is not None and problem not in known:
            warner.warn(problem)
    return replace(
        result,
        output_path=next((sink.path for sink in sinks if sink.path is not None), None),
        # Each live output counts for itself: one may have failed, a recording may have been started later.
        frames_written=live_outputs.frames if live_outputs is not None else result.frames_written,
        warnings=tuple(dict.fromkeys((*told, *known, *warner.told))),
    )
