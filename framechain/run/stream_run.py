"""The frames of a run, from the first to the last."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..chain import Chain
from ..contracts import Sink, Source
from ..frame import Frame
from ..pixels.text import draw_caption
from ..remarks import Remarks, collect_remarks
from . import pipeline
from .chain_caller import ChainCaller, resolve_object_timeout
from .fail_closed import FailClosed
from .frame_range import FrameRange
from .interrupts import Interrupts
from .mirroring import mirror
from .progress import show_progress
from .report import warn
from .result import RunResult
from .run_options import RunOptions

if TYPE_CHECKING:
    from ..live.outputs import LiveOutputs
    from ..live.session import Session

_log = logging.getLogger(__name__)


class StreamRun:
    """The frames of a run, from the first to the last."""

    def __init__(
        self,
        chain: Chain,
        source: Source,
        sinks: Sequence[Sink],
        options: RunOptions,
        interrupts: Interrupts,
        live_outputs: LiveOutputs | None,
    ) -> None:
        self._chain, self._source, self._sinks = chain, source, sinks
        self._options, self._interrupts, self._live_outputs = options, interrupts, live_outputs
        info = source.info
        self._is_still = info.kind == "image"
        self._range = options.frame_range if info.kind == "video" else FrameRange()
        self.limit = self._range.length if options.frame_limit is None else options.frame_limit
        limit = resolve_object_timeout(options.object_timeout, live=info.live)
        self._caller = ChainCaller(chain, interrupts, seconds=limit)
        self._fail_closed: FailClosed | None = None
        if info.live and options.max_failures is not None:
            self._fail_closed = FailClosed(
                chain, max_failures=options.max_failures, call_in_time=self._caller.call_in_time
            )
        self._session: Session | None = None
        self._advance: Callable[[int], object] = _ignore
        self._last: Frame | None = None
        self._notice: str | None = None
        self._reported: list[str] = []
        self._source_warnings = 0
        self._remarks = Remarks()
        self.problems: Sequence[str] = ()

    def run(self) -> RunResult:
        """Pass all frames through.

        Returns:
            What was done, without the outputs.
        """
        started = time.perf_counter()
        counts = pipeline.Counts()
        source, live = self._source, self._source.info.live
        with contextlib.ExitStack() as stack:
            if self._options.window_title is not None:
                self._session = stack.enter_context(self._make_session(self._options.window_title))
                self._caller.idle = self._session.poll
            self._remarks = stack.enter_context(collect_remarks(wanted=not self._is_still))
            stack.enter_context(self._caller.opened(source.info))
            if not self._is_still:
                progress = show_progress(source.info, self.limit, self._options.progress)
                self._advance = stack.enter_context(progress)
            pipeline.run_stages(
                source,
                self._process,
                self._write if self._sinks else None,
                limit=self.limit,
                prepare=self._prepare if len(self._chain) and not (live or self._is_still) else None,
                stop=self._stop,
                give_up=lambda: self._interrupts.insisted,
                counts=counts,
            )
            self.problems = self._chain.collect_problems()
            stopped = self._stopped
            tuned = {} if self._session is None else self._session.tuned
        self._report_warnings()
        self._report_problems(is_complete=stopped is None and (self.limit is None or counts.read < self.limit))
        return RunResult(
            frames_read=counts.read,
            frames_processed=counts.processed,
            frames_written=counts.written,
            seconds=time.perf_counter() - started,
            stopped=self._interrupts.signal if self._is_still else stopped,
            dropped=counts.dropped,
            covered=0 if self._fail_closed is None else self._fail_closed.covered,
            tuned=tuned,
            warnings=tuple(self._reported),
        )

    def _make_session(self, title: str) -> Session:
        from ..live.session import Session, ViewerControls

        controls = ViewerControls(
            on_key=self._caller.on_key,
            keys=lambda: self._chain.keys,
            objects=self._chain.adapted,
            tunables=self._chain.tunables if self._options.tune else (),
            turn=self._caller.turn,
        )
        recorder = None if self._live_outputs is None else self._live_outputs.recorder
        return Session(
            controls, title=title, mirror=self._options.mirrors_window, still=self._is_still, recorder=recorder
        )

    @property
    def _stopped(self) -> str | None:
        """Why the run must end now: a signal or what the viewer did; None if it goes on."""
        return self._interrupts.signal or (self._session.stopped if self._session is not None else None)

    def _stop(self) -> bool:
        """Asked before each frame, and ten times a second while none comes."""
        notice = self._source.notice
        if notice != self._notice:
            self._notice = notice
            _log.info("%s: %s", self._source.info.name, notice or "frames come again")
            if self._session is not None:
                self._session.set_notice(notice)
        if notice is not None and self._last is not None:
            self._hold(self._last, notice)
        if self._session is not None:
            self._session.poll()
        return self._stopped is not None

    def _hold(self, frame: Frame, notice: str) -> None:
        """Show spectators the last frame with the reason why there is no newer one."""
        image = frame.preview().copy()
        draw_caption(image, notice)
        for sink in self._sinks:
            sink.hold(image)

    def _prepare(self, frame: Frame) -> None:
        if self._range.excludes(frame.info.index):
            return
        if self._options.flips:
            frame.convert_to_bgr()
        elif not self._caller.has_limit:  # Nobody can leave an object that hangs in the reader's thread.
            self._chain.prepare(frame)

    def _process(self, frame: Frame) -> Frame | None:
        if self._is_still:
            frame = self._process_still(frame)
        elif not self._range.excludes(frame.info.index):
            frame = self._call_chain(frame.with_bgr(mirror(frame.bgr)) if self._options.flips else frame)
        if self._session is not None and not self._is_still:
            self._session.show(frame)
            while self._session.paused and self._stopped is None:
                self._session.wait()
        self._advance(1)
        self._report_warnings()
        if self._fail_closed is not None and self._fail_closed.size_is_guessed:
            return None
        self._last = frame
        return frame

    def _call_chain(self, frame: Frame) -> Frame:
        try:
            with self._interrupts.breaking(1 if self._is_still else 2):
                if self._fail_closed is not None:
                    return self._fail_closed(frame)
                return self._caller.call_in_time(lambda: self._chain(frame))
        except (KeyboardInterrupt, SystemExit):
            # A signal broke off this frame or a run inside it: earlier frames are kept. Otherwise the object raised it.
            if self._interrupts.signal is not None and not self._is_still:
                raise pipeline.Halt from None
            raise

    def _process_still(self, frame: Frame) -> Frame:
        """Process an image; while it is shown, again after each change, so that what is seen is written."""
        original = frame.read_bgr()

        def process() -> Frame:
            # Objects may draw on what they get.
            return self._call_chain(frame.with_bgr(mirror(original) if self._options.flips else original.copy()))

        result = process()
        session = self._session
        if session is None:
            return result
        session.show(result)
        while self._stopped is None and session.unused_key is None:
            session.wait()
            if session.changed:
                try:
                    result = process()
                except (KeyboardInterrupt, SystemExit):
                    if self._interrupts.signal is None:
                        raise
                    break  # What was shown until then is written.
                session.show(result)
        return result

    def _write(self, frame: Frame) -> None:
        for sink in self._sinks:
            sink.write(frame)

    def _report_warnings(self) -> None:
        new = self._source.warnings[self._source_warnings :]
        self._source_warnings += len(new)
        for warning in (*new, *self._remarks.take()):
            self._reported.append(warning)
            warn(warning)

    def _report_problems(self, *, is_complete: bool) -> None:
        covered = None if self._fail_closed is None else self._fail_closed.problem
        for problem in (covered, self._source.shortfall() if is_complete else None):
            if problem:
                self._reported.append(problem)
                warn(problem)


def _ignore(count: int) -> None:
    pass
