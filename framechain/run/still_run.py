"""One picture through the chain: what `Engine` does for an image."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..chain import Chain
from ..files.paths import PathLike, make_output_path
from ..files.stores import open_local_copy
from ..frame import Frame
from ..pixels.image import Image
from ..sinks.image import ImageSink
from ..sources.image import ImageSource
from .interrupts import Interrupts
from .result import RunResult
from .stream_run import warn
from .watchdog import Watchdog, object_timeout_of

# A picture is shown until something happens; so often is looked whether it was a signal.
_LOOK_UP_MILLISECONDS = 50


def run_still(
    image: PathLike | NDArray[Any],
    target: PathLike | None,
    chain: Chain,
    *,
    extension: str,
    flip: Callable[[Image], Image],
    window_title: str | None,
    object_timeout: float | None = None,
) -> tuple[Image, RunResult]:
    """Pass a picture through the chain into a file and a window.

    Args:
        image: A path or an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA.
        target: Where to write; None for next to a path, and for an array nowhere.
        chain: What it passes.
        extension: What is added to the name of an output next to the input.
        flip: Mirrors a frame if that was asked for.
        window_title: The title of a window to show it in, None for no window.
        object_timeout: As in `Engine`.

    Returns:
        The processed picture, uint8 (H, W, 3) BGR or (H, W, 4) BGRA, and what was done.

    Raises:
        FramechainError: If it cannot be read, an object fails or the output cannot be written.
    """
    started = time.perf_counter()
    with contextlib.ExitStack() as stack:
        interrupts = stack.enter_context(Interrupts())
        with interrupts.breaking(1):
            source = stack.enter_context(_open(image))
        if target is None and not isinstance(image, np.ndarray):
            target = make_output_path(image, extension, video=False, alpha=chain.gives_alpha)
        sink = None
        if target is not None:
            sink = ImageSink(target, alpha=chain.gives_alpha)
            sink.open(source)
            stack.callback(sink.abort)
        limit = object_timeout_of(object_timeout, live=False)
        with (
            chain.opened(source.info, opening=interrupts.opening, closing=interrupts.leaving),
            Watchdog(interrupts, limit),
        ):
            frame = next(iter(source))
            result = _process_and_show(frame, chain, flip, window_title, interrupts)
        if sink is not None:
            sink.write(frame.with_bgr(result))
            sink.finish()
    problem = source.shortfall()
    warn(problem)
    return result, RunResult(
        output_path=sink.path if sink else None,
        frames_read=1,
        frames_processed=1,
        frames_written=sink.frames if sink else 0,
        seconds=time.perf_counter() - started,
        stopped=interrupts.signal,
        warnings=(problem,) if problem else (),
    )


@contextlib.contextmanager
def _open(image: PathLike | NDArray[Any]) -> Iterator[ImageSource]:
    if isinstance(image, np.ndarray):
        yield ImageSource(image)
    else:
        with open_local_copy(image, "picture") as path:
            yield ImageSource(path, name=os.fspath(image))


def _process_and_show(
    frame: Frame, chain: Chain, flip: Callable[[Image], Image], window_title: str | None, interrupts: Interrupts
) -> Image:
    """Process a still; while it is shown, keys that an object uses make it anew: what is seen is written."""
    original = frame.bgr

    def process() -> Image:
        # Objects may draw on what they are given.
        return chain(frame.with_bgr(flip(original).copy())).to_array()

    with interrupts.breaking(1):
        result = process()
    if window_title is not None:
        from ..sinks.window import Window

        with Window(window_title) as window:
            while interrupts.signal is None and window.closed_by is None:
                key = window.show(result, wait=_LOOK_UP_MILLISECONDS)
                if key is None:
                    continue
                try:
                    with interrupts.breaking(1):
                        if not chain.on_key(key):
                            break
                        result = process()
                except (KeyboardInterrupt, SystemExit):
                    if interrupts.signal is None:  # An object's own.
                        raise
                    # What was shown until then is written.
    return result
