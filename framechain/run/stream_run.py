"""The frames of a run, from the first to the last."""

from __future__ import annotations

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..basics.remarks import Remarks, collect_remarks
from ..basics.warner import Warner
from ..chain import Chain
from ..contracts import Sink, Source
from ..errors import OutputError
from ..frame import Frame, FrameInfo
from ..live.levels import LevelKeeper
from ..live.viewer import Viewer, ViewerControls, ViewerOpener
from ..pixels.text import draw_caption
from ..steering import Skipped, Stop
from . import pipeline
from .chain_caller import ChainCaller, resolve_object_timeout
from .fail_closed import FailClosed
from .frame_range import FrameRange
from .interrupts import Interrupts
from .mirroring import mirror
from .progress import ProgressReport, show_progress
from .result import RunResult
from .run_options import RunOptions

if TYPE_CHECKING:
    from ..live.outputs import LiveOutputs

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
# How long a run that was told to stop waits for a source that gives no frame.
_FAREWELL_SECONDS = 1.0


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
        warner: Warner,
    ) -> None:
        self._chain, self._source, self._sinks = chain, source, sinks
        self._options, self._interrupts, self._live_outputs = options, interrupts, live_outputs
        self._control, self._warner = options.control, warner
        info = source.info
        self._is_still = info.kind == "image"
        chosen = options.frame_range if info.kind == "video" else FrameRange()
        self._range = FrameRange() if chosen.alone else chosen  # The source has no other frames then.
        self.limit = self._range.length if options.frame_limit is None else options.frame_limit
        limit = resolve_object_timeout(options.object_timeout, live=info.live)
        self._caller = ChainCaller(chain, interrupts, seconds=limit)
        self._fail_closed: FailClosed | None = None
        if info.live and options.max_failures is not None:
            self._fail_closed = FailClosed(
                chain, max_failures=options.max_failures, call_in_time=self._caller.call_in_time
            )
        self._viewer: Viewer | None = None
        self._levels: LevelKeeper | None = None
        self._counts = pipeline.Counts()
        self._skipped = 0
        # Of the part of a stream that a program reads nobody knows how many frames there are.
        self._total = chosen.count(info) if source.begins_at is None or chosen.alone else None
        self._progress = ProgressReport(self._total, options.on_progress)
        self._advance_bar: Callable[[int], object] = _ignore
        self._leaving_since: float | None = None
        self._tuned: dict[str, float] = {}
        self._last: Frame | None = None
        self._first: tuple[FrameInfo, tuple[int, int]] | None = None
        self._notice: str | None = None
        self._warnings_seen = 0
        self._remarks = Remarks()
        self.problems: Sequence[str] = ()

    @property
    def is_bounded(self) -> bool:
        """Whether the output may end before the source does."""
        return self.limit is not None or self._range.until is not None

    def run(self) -> RunResult:
        """Pass all frames through.

        Returns:
            What was done, without the outputs.
        """
        started, counts = time.perf_counter(), self._counts
        try:
            self._pass_frames()
        except Stop:  # Raised when the objects were opened, closed or told of the end.
            counts.is_stopped = True
        stopped = self._stopped
        self._report_warnings()
        self._report_problems(is_complete=stopped is None and not counts.is_cut)
        return RunResult(
            frames_read=counts.read,
            frames_processed=counts.processed,
            frames_written=counts.written,
            seconds=time.perf_counter() - started,
            stopped=stopped,
            dropped=counts.dropped,
            covered=0 if self._fail_closed is None else self._fail_closed.covered,
            tuned=self._tuned,
            skipped=self._skipped,
            source=self._source.info.name,
        )

    def _pass_frames(self) -> None:
        source, options, live = self._source, self._options, self._source.info.live
        with contextlib.ExitStack() as stack:
            stack.callback(self._progress.freeze)
            self._control.follow(self._progress.read)
            if options.open_viewer is not None:
                stack.enter_context(self._finishing_if_screen_is_lost())  # A window may meet that as it closes, too.
                self._viewer = stack.enter_context(self._open_viewer(options.open_viewer))
                self._caller.idle = self._viewer.poll
            self._remarks = stack.enter_context(collect_remarks(wanted=not self._is_still, live=live))
            stack.enter_context(self._caller.opened(source.info))
            self._levels = LevelKeeper(self._chain, source.info) if live else None
            if not self._is_still:
                bar = show_progress(source.info, self._total, options.progress)
                self._advance_bar = stack.enter_context(bar)
            self._progress.begin()
            pipeline.run_stages(
                source,
                self._process,
                self._write if self._sinks else None,
                limit=self.limit,
                until=self._range.until,
                prepare=self._prepare if len(self._chain) and not (live or self._is_still) else None,
                stop=self._stop,
                give_up=self._give_up,
                counts=self._counts,
            )
            self.problems = self._chain.collect_problems()
            self._tuned = {} if self._viewer is None else self._viewer.tuned
            self._call_user(lambda: self._progress.finish(complete=self._stopped is None))

    def _open_viewer(self, open_viewer: ViewerOpener) -> Viewer:
        controls = ViewerControls(
            on_key=self._caller.on_key,
            keys=lambda: self._chain.keys,
            objects=self._chain.adapted,
            tunables=self._chain.tunables if self._options.tune else (),
            turn=self._caller.turn,
            level=lambda: None if self._levels is None else self._levels.level,
        )
        return open_viewer(controls, self._source, None if self._live_outputs is None else self._live_outputs.recorder)

    def _finishing_if_screen_is_lost(self) -> contextlib.AbstractContextManager[None]:
        from ..live.lost_screen import finishing_if_screen_is_lost

        return finishing_if_screen_is_lost(self._live_outputs)

    @property
    def _must_stop(self) -> bool:
        return self._stopped is not None

    @property
    def _stopped(self) -> str | None:
        """Why the run must end now: a signal, what the viewer did, or a request to stop; None if it goes on."""
        if self._interrupts.signal is not None:
            return self._interrupts.signal
        if self._viewer is not None and self._viewer.stopped is not None and not self._is_still:
            return self._viewer.stopped
        return "stop" if self._counts.is_stopped or self._control.must_stop else None

    def _stop(self) -> bool:
        """Asked before each frame, and ten times a second while none comes."""
        notice = self._source.notice
        if notice != self._notice:
            self._notice = notice
            _log.info("%s: %s", self._source.info.name, notice or "frames come again")
        if notice is not None and self._last is not None:
            self._hold(self._last, notice)
        if self._viewer is not None:
            notices = (notice, *(sink.notice for sink in self._sinks))
            self._viewer.set_notice(" - ".join(filter(None, notices)) or None)
            self._viewer.poll()
        if self._options.on_progress is not None:
            self._call_user(self._progress.tell)
        return self._must_stop

    def _give_up(self) -> bool:
        """Asked while the reader is waited for: a generator of the user's may wait for ever."""
        if self._interrupts.insisted:
            return True
        if not (self._counts.is_stopped or self._control.must_stop):
            return False
        self._leaving_since = self._leaving_since or time.monotonic()
        return time.monotonic() - self._leaving_since > _FAREWELL_SECONDS

    def _hold(self, frame: Frame, notice: str) -> None:
        """Show spectators the last frame with the reason why there is no newer one."""
        image = frame.preview().copy()
        draw_caption(image, notice)
        for sink in self._sinks:
            sink.hold(image)

    def _prepare(self, frame: Frame) -> None:
        if self._range.excludes(frame.info):
            return
        if self._options.flips:
            frame.convert_to_bgr()
        elif not self._caller.has_limit:  # Nobody can leave an object that hangs in the reader's thread.
            self._chain.prepare(frame)

    def _process(self, frame: Frame) -> Frame | None:
        result: Frame | None = frame
        counts = self._counts
        if self._levels is not None:
            self._levels.follow(seconds=counts.seconds, arrived=counts.read, dropped=counts.dropped)
        try:
            if self._is_still:
                result = self._process_still(frame)
            elif not self._range.excludes(frame.info):
                result = self._call_chain(frame.with_bgr(mirror(frame.bgr)) if self._options.flips else frame)
        except Skipped:
            self._skipped += 1
            result = None
        if self._viewer is not None and not self._is_still:
            if result is not None:
                self._viewer.show(result)
            while self._viewer.paused and not self._must_stop:
                self._viewer.wait()
        self._progress.frames += 1
        self._advance_bar(1)
        self._report_warnings()
        if result is None or (self._fail_closed is not None and self._fail_closed.size_is_guessed):
            return None
        self._last = result
        return result

    def _call_chain(self, frame: Frame) -> Frame:
        if self._fail_closed is not None:
            return self._call_user(functools.partial(self._fail_closed, frame))
        return self._call_user(lambda: self._caller.call_in_time(lambda: self._chain(frame)))

    def _call_user(self, function: Callable[[], Answer]) -> Answer:
        """Call what the user gave; a signal may break it off, the second one for streams."""
        try:
            with self._interrupts.breaking(1 if self._is_still else 2):
                return function()
        except (KeyboardInterrupt, SystemExit):
            # A signal broke off this frame or a run inside it: earlier frames are kept. Otherwise the object raised it.
            if self._interrupts.signal is not None and not self._is_still:
                raise Stop from None
            raise

    def _process_still(self, frame: Frame) -> Frame:
        """Process an image; while it is shown, again after each change, so that what is seen is written."""
        original = frame.read_bgr()

        def process() -> Frame:
            # Objects may draw on what they get.
            return self._call_chain(frame.with_bgr(mirror(original) if self._options.flips else original.copy()))

        result = process()
        viewer = self._viewer
        if viewer is None:
            return result
        viewer.show(result)
        while viewer.stopped is None and not self._must_stop and viewer.unused_key is None:
            viewer.wait()
            if viewer.changed:
                try:
                    result = process()
                except (KeyboardInterrupt, SystemExit):
                    if self._interrupts.signal is None:
                        raise
                    break  # What was shown until then is written.
                viewer.show(result)
        return result

    def _write(self, frame: Frame) -> None:
        self._first = self._first or (frame.info, frame.size)
        for sink in self._sinks:
            try:
                sink.write(frame)
            except OutputError as error:
                info, size = self._first
                if size != frame.size and self._range.excludes(info) != self._range.excludes(frame.info):
                    raise OutputError(
                        f"{error}, or write the range alone (cut=True): the frames outside it are left as they are"
                    ) from error
                if size != frame.size and self._chain.size_change:
                    raise OutputError(f"{error} ({self._chain.size_change})") from error
                raise

    def _report_warnings(self) -> None:
        new = self._source.warnings[self._warnings_seen :]
        self._warnings_seen += len(new)
        for warning in (*new, *self._remarks.take()):
            self._warner.warn(warning)

    def _report_problems(self, *, is_complete: bool) -> None:
        covered = None if self._fail_closed is None else self._fail_closed.problem
        for problem in (covered, self._source.shortfall() if is_complete else None, self._describe_skipped()):
            if problem:
                self._warner.warn(problem)

    def _describe_skipped(self) -> str | None:
        """Return that nothing was written as every frame was left out, as a sentence; None otherwise."""
        if not self._sinks or not self._skipped or self._skipped < self._counts.processed:
            return None
        return (
            "the image was left out (SKIP), so that nothing was written"
            if self._is_still
            else describe_loss(self._skipped)
        )


def describe_loss(frames: int) -> str:
    """Return that nothing was written as so many frames, all of them, were left out, as a sentence."""
    return f"all {frames} frames were left out (SKIP), so that nothing was written"


def _ignore(count: int) -> None:
    pass
