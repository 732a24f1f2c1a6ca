"""Read, process and write side by side: reader thread -> preparing thread -> caller's thread -> writer thread.

The queues between them are short, so that memory does not grow with the clip; whichever stage is slowest
sets the pace. Processing stays in the caller's thread because windows and Ctrl-C live there.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import cv2

from ..frame import Frame
from ..threads.channel import Channel

# How often a waiting caller looks up, so that a signal's flag is seen.
_LOOK_UP_SECONDS = 0.1


class Halt(Exception):  # noqa: N818  (no error)
    """Raised by `process` to end a run as if it had been stopped: the frame is left out, those before it are kept."""


_running = 0
_usual_threads = 0
_running_guard = threading.Lock()


@contextlib.contextmanager
def limit_opencv_threads() -> Iterator[None]:
    """Let OpenCV use fewer threads: decoder, encoder and chain keep two cores busy, and would be fought for these.

    The number holds for the whole process: of several runs at once the last to end restores it.
    """
    global _running, _usual_threads
    with _running_guard:
        if not _running:
            _usual_threads = cv2.getNumThreads()
            cv2.setNumThreads(min(_usual_threads, max(1, (os.cpu_count() or 1) - 2)))
        _running += 1
    try:
        yield
    finally:
        with _running_guard:
            _running -= 1
            if not _running:
                cv2.setNumThreads(_usual_threads)


@dataclass(slots=True)
class Counts:
    """How many frames passed each stage."""

    read: int = 0
    processed: int = 0
    written: int = 0
    dropped: int = 0


def run(
    frames: Iterable[Frame],
    process: Callable[[Frame], Frame | None],
    write: Callable[[Frame], None] | None,
    *,
    prepare: Callable[[Frame], object] | None = None,
    stop: Callable[[], bool] = lambda: False,
    give_up: Callable[[], bool] = lambda: False,
    on_end: Callable[[], object] | None = None,
    live: bool = False,
    counts: Counts | None = None,
) -> Counts:
    """Pass frames through, until they end or `stop()` says so.

    An error in any stage ends all of them and is raised here; when this returns or raises, all threads are
    gone, unless the reader was given up. When stopped, frames already processed are still written.

    Args:
        frames: Iterated in a thread of its own.
        process: Called for each frame in the caller's thread; None for a frame that is not to be written.
        write: Called with each result in a thread of its own; None to write nothing.
        prepare: Called for each frame before the chain's turn comes: work that need not wait for it. On more than two
            cores in a thread of its own, between reader and chain; otherwise in the reader's, which mostly waits for
            the decoder's own threads. Not for a live source, where a frame that is prepared early is an old one.
        stop: Asked before each frame and while waiting.
        give_up: Asked while waiting for the reader's end; True leaves a reader that hangs to itself.
        on_end: Called once no more frames are wanted, while the reader may still wait for one: to hurry it.
        live: Whether only the newest frame counts; older ones are dropped and counted.
        counts: Counted into while running, for a progress bar to read; a new one if not given.

    Returns:
        The counts.
    """
    counts = counts or Counts()
    incoming: Channel[Frame] = Channel(newest=live)
    outgoing: Channel[Frame] = Channel()
    writing_failed = threading.Event()

    apart = prepare is not None and (os.cpu_count() or 1) > 2
    decoded: Channel[Frame] = Channel() if apart else incoming

    def read() -> None:
        error: BaseException | None = None
        try:
            for frame in frames:
                counts.read += 1
                if prepare is not None and not apart:
                    prepare(frame)
                if not decoded.put(frame):
                    break
        except BaseException as caught:
            error = caught
        decoded.finish(error)

    def get_ready(preparation: Callable[[Frame], object]) -> None:
        error: BaseException | None = None
        try:
            while (frame := decoded.take(lambda: False)) is not None:
                preparation(frame)
                if not incoming.put(frame):
                    break
        except BaseException as caught:
            error = caught
        decoded.cancel()
        incoming.finish(error)

    failure: list[BaseException] = []

    def drain(writer: Callable[[Frame], None]) -> None:
        try:
            while (frame := outgoing.take(lambda: False)) is not None:
                writer(frame)
                counts.written += 1
        except BaseException as caught:
            failure.append(caught)
            writing_failed.set()
            outgoing.cancel()

    def wanted() -> Iterator[Frame]:
        while (frame := incoming.take(lambda: stop() or writing_failed.is_set())) is not None:
            yield frame

    threads = [threading.Thread(target=read, name="framechain-read", daemon=True)]
    if prepare is not None and apart:
        threads.append(threading.Thread(target=get_ready, args=(prepare,), name="framechain-prepare", daemon=True))
    before_chain = tuple(threads)
    if write is not None:
        threads.append(threading.Thread(target=drain, args=(write,), name="framechain-write", daemon=True))
    with limit_opencv_threads():
        try:
            for thread in threads:
                thread.start()
            for frame in wanted():
                try:
                    result = process(frame)
                except Halt:
                    break
                counts.processed += 1
                if write is not None and result is not None and not outgoing.put(result):
                    break
        except BaseException:
            outgoing.cancel()
            raise
        finally:
            incoming.cancel()
            decoded.cancel()
            outgoing.finish()
            if on_end is not None:
                on_end()
            for thread in before_chain:
                while thread.is_alive() and not give_up():
                    thread.join(_LOOK_UP_SECONDS)
            for thread in threads[len(before_chain) :]:
                if thread.is_alive():  # The system may have refused to start it.
                    thread.join()
            counts.dropped = incoming.dropped
    if failure:
        raise failure[0]
    return counts
