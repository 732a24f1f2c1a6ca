"""One stream through the chain: what `Engine` does for a video and for a camera alike."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np

from ..chain import Chain
from ..errors import ArgumentError, FramechainWarning
from ..frame import Frame, StreamInfo
from ..options import MAX_FAILURES
from ..pixels.image import Image
from ..pixels.text import draw_caption
from . import pipeline
from .fail_closed import FailClosed
from .interrupts import Interrupts
from .result import RunResult
from .watchdog import Watchdog, object_timeout_of

if TYPE_CHECKING:
    from ..contracts import Source
    from ..live.session import Session


class Output(Protocol):
    """Where processed frames go besides the window."""

    def write(self, frame: Frame) -> None:
        """Take a frame; called in the writer's thread, in order."""


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Which frames of a video are processed; the others are written as they are.

    Attributes:
        start: The first one, from 0.
        end: The last one, inclusive; 0 = no bound.
        cut: Whether the output ends with it.

    Example:
        >>> [FrameRange(2, 3).excludes(index) for index in (1, 2, 3, 4)]
        [True, False, False, True]
    """

    start: int = 0
    end: int = 0
    cut: bool = False

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            ArgumentError: If one is no whole number of at least 0, or the start lies after the end.
        """
        for name, value in (("start_video_frame", self.start), ("end_video_frame", self.end)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
                raise ArgumentError(f"{name} must be a whole number of at least 0, got {value!r}")
        if self.end and self.start > self.end:
            raise ArgumentError(f"start_video_frame ({self.start}) lies after end_video_frame ({self.end}): swap them")

    def excludes(self, index: int) -> bool:
        """Whether a frame is left as it is."""
        return index < self.start or (self.end > 0 and index > self.end)

    @property
    def length(self) -> int | None:
        """How many frames the output has at most; None if it goes to the source's end."""
        return self.end + 1 if self.cut and self.end > 0 else None


def mirrored(frame: Image) -> Image:
    """A frame with left and right exchanged.

    Args:
        frame: uint8 (H, W, 3).

    Returns:
        uint8 (H, W, 3), C-contiguous, an array of its own.
    """
    return cv2.flip(frame, 1).astype(np.uint8, copy=False)  # A tenth of the time that numpy's copy takes.


def mirroring(flip_view: bool | None, *, watched: bool, others: bool) -> tuple[bool, bool]:
    """What is mirrored, by `Engine`'s argument.

    People expect a mirror of a window that shows themselves, and of nothing else. As long as only they look into it,
    objects see what it shows, and what they write can be read. Where others get the result too, these get the true
    picture with all that is written on it, and what the objects write reads backwards in the window alone.

    Args:
        flip_view: What was asked for; None for what people expect.
        watched: Whether a camera is shown in a window.
        others: Whether from the start somebody else gets the result: a recording, a virtual camera, a network.

    Returns:
        Whether objects see mirrored frames, and whether the window mirrors what they make.

    Example:
        >>> mirroring(None, watched=True, others=False), mirroring(None, watched=True, others=True)
        ((True, False), (False, True))
    """
    if flip_view is not None or not watched:
        return bool(flip_view), False
    return not others, others


def run_stream(
    source: Source,
    outputs: Sequence[Output],
    chain: Chain,
    *,
    frame_range: FrameRange,
    flip: bool,
    make_session: Callable[[Interrupts], Session] | None,
    progress: bool | None,
    max_failures: int = MAX_FAILURES,
    object_timeout: float | None = None,
) -> RunResult:
    """Pass a stream through the chain into outputs and a window.

    Args:
        source: Where frames come from.
        outputs: Where they are written, each in turn. They are neither finished nor aborted here.
        chain: What they pass.
        frame_range: Which of them pass it.
        flip: Whether to mirror them first.
        make_session: Makes the window to show them in, of which a second signal leaves what an object does at a key;
            None for no window.
        progress: As in `Engine`.
        max_failures: How many frames of a live stream may be covered in a row because the chain fails.
        object_timeout: As in `Engine`.

    Returns:
        What was done, without the output's path.

    Raises:
        FramechainError: If any stage fails.
    """
    started = time.perf_counter()
    counts = pipeline.Counts()
    with contextlib.ExitStack() as stack:
        interrupts = stack.enter_context(Interrupts())
        session = None if make_session is None else stack.enter_context(make_session(interrupts))
        stack.enter_context(chain.opened(source.info, opening=interrupts.opening, closing=interrupts.leaving))
        limit = object_timeout_of(object_timeout, live=source.info.live)
        stack.enter_context(Watchdog(interrupts, limit))
        advance = stack.enter_context(_progress_bar(source.info, frame_range, progress))

        def prepare(frame: Frame) -> None:
            if frame_range.excludes(frame.info.index):
                return
            if flip:
                frame.convert_to_bgr()
            elif limit is None:  # What hangs in another thread than the main one cannot be broken off.
                chain.prepare(frame)

        last: Frame | None = None
        notice: str | None = None
        guarded = FailClosed(chain, max_failures=max_failures)
        apply = guarded if source.info.live else chain

        told: list[str] = []

        def tell() -> None:
            for remark in source.warnings[len(told) :]:
                told.append(remark)
                warn(remark)

        def processed(frame: Frame) -> Frame:
            try:
                with interrupts.breaking(2):
                    return apply(frame.with_bgr(mirrored(frame.bgr)) if flip else frame)
            except (KeyboardInterrupt, SystemExit):
                # The viewer did not want to wait for it: what was made before is kept. Else an object's own.
                if interrupts.insisted:
                    raise pipeline.Halt from None
                raise

        def process(frame: Frame) -> Frame | None:
            nonlocal last
            if not frame_range.excludes(frame.info.index):
                frame = processed(frame)
            if session is not None:
                session.show(frame)
                while session.paused and stopped() is None:
                    session.wait()
            advance(1)
            tell()
            if guarded.guessed:
                return None
            last = frame
            return frame

        def stopped() -> str | None:
            return interrupts.signal or (session.stopped if session is not None else None)

        def stop() -> bool:
            """Asked before each frame, and again and again while none comes."""
            nonlocal notice
            if (said := source.notice) != notice:
                notice = said
                if session is not None:
                    session.set_notice(notice)
            if notice is not None and last is not None:
                _hold(outputs, last, notice)
            if session is not None:
                session.poll()
            return stopped() is not None

        def write(frame: Frame) -> None:
            for output in outputs:
                output.write(frame)

        pipeline.run(
            source,
            process,
            write if outputs else None,
            limit=frame_range.length,
            prepare=prepare if chain.objects and not source.info.live else None,
            stop=stop,
            give_up=lambda: interrupts.insisted,
            counts=counts,
        )
        why = stopped()
        tuned = {} if session is None else session.tuned
    tell()
    # A cut that lies before the source's end leaves nothing to fall short of.
    to_the_end = why is None and (frame_range.length is None or counts.read < frame_range.length)
    problems = [problem for problem in (guarded.problem, source.shortfall() if to_the_end else None) if problem]
    for problem in problems:
        warn(problem)
    return RunResult(
        frames_read=counts.read,
        frames_processed=counts.processed,
        frames_written=counts.written,
        seconds=time.perf_counter() - started,
        stopped=why,
        dropped=counts.dropped,
        covered=guarded.covered,
        tuned=tuned,
        warnings=(*told, *problems),
    )


def _hold(outputs: Sequence[Output], frame: Frame, notice: str) -> None:
    """Let those who watch elsewhere see the last frame with a word on why there is none newer."""
    picture = frame.preview().copy()
    draw_caption(picture, notice)
    for output in outputs:
        if (hold := getattr(output, "hold", None)) is not None:
            hold(picture)


@contextlib.contextmanager
def _progress_bar(
    info: StreamInfo, frame_range: FrameRange, progress: bool | None
) -> Iterator[Callable[[int], object]]:
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # No thread of its own that outlives the run.

        def display(self, *arguments: Any, **named: Any) -> None:
            try:
                super().display(*arguments, **named)
            except OSError:  # A log on a full disk, a closed pipe: no reason to end the run.
                self.disable = True

        def close(self) -> None:
            with contextlib.suppress(OSError):
                super().close()

    total = info.frame_count
    if total is not None and frame_range.length is not None:
        total = min(total, frame_range.length)
    # tqdm's own rule for None: shown if stderr is a terminal.
    disable = None if progress is None else not progress
    with Bar(total=total, unit="frame", disable=disable, desc=os.path.basename(info.name)) as bar:
        yield bar.update


def warn(problem: str | None) -> None:
    """Tell the caller's program of a problem that did not stop the run.

    Args:
        problem: A sentence, or None if there is none.
    """
    if problem:
        warnings.warn(problem, FramechainWarning, stacklevel=4)
