"""Read, process and write side by side: reader thread -> preparing thread -> caller's thread -> writer thread.

The queues between them are short, so that memory does not grow with the clip; whichever stage is slowest
sets the pace. Processing stays in the caller's thread because windows and Ctrl-C live there.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..contracts import Source
from ..frame import Frame
from ..sources.reader import Reader
from ..steering import Stop
from ..threads.channel import Channel
from ..threads.cores import count_cores
from ..threads.opencv import limit_opencv_threads

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """How many frames passed each stage.

    Attributes:
        seconds: How long the last frame took: from when it was taken until the next one could be taken.
        is_cut: Whether they ended at `limit` or `until`, not with the source.
        is_stopped: Whether they ended by a `Stop`.
    """

    read: int = 0
    processed: int = 0
    written: int = 0
    dropped: int = 0
    seconds: float = 0.0
    is_cut: bool = False
    is_stopped: bool = False


def run_stages(
    source: Source,
    process: Callable[[Frame], Frame | None],
    write: Callable[[Frame], None] | None,
    *,
    limit: int | None = None,
    until: float | None = None,
    prepare: Callable[[Frame], object] | None = None,
    stop: Callable[[], bool] = lambda: False,
    give_up: Callable[[], bool] = lambda: False,
    counts: Counts | None = None,
) -> Counts:
    """Pass frames through, until they end or `stop()` says so.

    An error in any stage ends all of them and is raised here. A `Stop` ends them as well, without its frame. When this
    returns or raises, all threads have ended, unless the reader was given up or hangs in a live source. After a stop,
    frames already processed are still written.

    Args:
        source: Iterated in a thread of its own, by a `Reader`; of a live source only the newest frame is processed.
        process: Called for each frame in the caller's thread; None for a frame that is not to be written.
        write: Called with each result in a thread of its own; None to write nothing.
        limit: How many frames to read; None for all.
        until: Seconds from which on no frame is read; None for all.
        prepare: Called for each frame before the chain's turn comes: work that need not wait for it. On more than two
            cores in a thread of its own, between reader and chain; otherwise in the reader's, which mostly waits for
            the decoder's own threads. Not for a live source, where a frame that is prepared early is an old one.
        stop: Asked before each frame and while waiting.
        give_up: Asked while waiting for the reader's end; True leaves a reader that hangs to itself.
        counts: Where to count; a new one if not given.

    Returns:
        The counts.
    """
    counts = counts or Counts()
    outgoing: Channel[Frame] = Channel()
    writing_failed = threading.Event()
    failure: list[BaseException] = []

    def drain(writer: Callable[[Frame], None]) -> None:
        try:
            while (frame := outgoing.take()) is not None:
                writer(frame)
                counts.written += 1
        except BaseException as caught:
            counts.is_stopped = counts.is_stopped or isinstance(caught, Stop)
            failure.append(caught)
            writing_failed.set()
            outgoing.cancel()
        _log.debug("writing has ended after %d frames", counts.written)

    # A single image is not read, processed and written side by side: it may use every core.
    with contextlib.nullcontext() if source.info.kind == "image" else limit_opencv_threads():
        reader = _start_reader(source, limit, until, prepare)
        writing: threading.Thread | None = None
        try:
            if write is not None:
                writing = threading.Thread(target=drain, args=(write,), name="framechain-write", daemon=True)
                writing.start()
            while (frame := reader.take(lambda: stop() or writing_failed.is_set())) is not None:
                taken = time.perf_counter()
                counts.read, counts.dropped = reader.read, reader.dropped
                result = process(frame)
                counts.processed += 1
                if writing is not None and result is not None and not outgoing.put(result):
                    break
                counts.seconds = time.perf_counter() - taken
                del frame, result  # Nothing is held while the next one is awaited.
        except Stop:
            counts.is_stopped = True
        except BaseException:
            outgoing.cancel()
            raise
        finally:
            outgoing.finish()
            reader.join(give_up)
            if writing is not None and writing.is_alive():  # The system may have refused to start it.
                writing.join()
            counts.read, counts.dropped, counts.is_cut = reader.read, reader.dropped, reader.is_cut
            _log.debug("reading of %s has ended after %d frames", source.info.name, counts.read)
    if failure and not isinstance(failure[0], Stop):
        raise failure[0]
    return counts


def _start_reader(
    source: Source, limit: int | None, until: float | None, prepare: Callable[[Frame], object] | None
) -> Reader:
    if isinstance(source, Reader) and limit is None and until is None and prepare is None:
        return source
    if prepare is None or count_cores() <= 2:
        return Reader(source, limit=limit, until=until, prepare=prepare)
    decoded = Reader(source, limit=limit, until=until)
    try:
        return Reader(decoded, prepare=prepare, name="framechain-prepare")
    except BaseException:
        decoded.join()
        raise
