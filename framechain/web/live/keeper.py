"""The snapshots and recordings of a session on their way to the visitor's shelf."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import FramechainError
from ...frame import Frame
from ...images.codec import encode_image
from ..refused import RefusedError
from ..shelf import KeptFile, Shelf, measure

PART = "recording"
"""What the shelf calls these files."""

# A recording that has no room for this much is not begun.
_LEAST_BYTES = 1_000_000
# So many are encoded at once; a page could ask for any number.
_MOST_SNAPSHOTS = 3
# Each of them takes room from all visitors.
_MOST_UNFINISHED = 10


class Keeper:
    """Puts what a session keeps on the visitor's shelf. Use it in the event loop."""

    def __init__(self, shelf: Shelf) -> None:
        """Begin without files.

        Args:
            shelf: Where they go.
        """
        self._shelf = shelf
        self._unfinished: dict[Path, KeptFile] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def prepare_recording(self) -> Path:
        """Return the path of a new recording, without a suffix.

        Raises:
            RefusedError: If there is no room, or others were not begun yet.
        """
        if len(self._unfinished) >= _MOST_UNFINISHED:
            raise RefusedError(429, "other recordings are about to begin: wait a moment")
        name = time.strftime("recording_%Y%m%d_%H%M%S")
        file = self._shelf.add(name=name, kind="video", suffix="", part=PART)
        try:
            self._shelf.resize(file, _LEAST_BYTES)
        except RefusedError:
            self._shelf.remove(file)
            raise
        self._unfinished[file.path] = file
        return file.path

    def begin_recording(self, path: str) -> str:
        """Note that a recording has begun; return that as a sentence."""
        file = self._unfinished.get(Path(path).with_suffix(""))
        if file is None:
            return "recording"
        file.path = Path(path)
        file.name += file.path.suffix
        return f"recording to {file.name}"

    def measure_recording(self) -> None:
        """Count what was recorded until now.

        Raises:
            RefusedError: If there is no room for more.
        """
        for stem, file in self._unfinished.items():
            # Until it is finished it has a longer name, which begins in the same way.
            self._shelf.resize(file, max(measure(stem), _LEAST_BYTES))

    def end_recording(self, path: str | None) -> str:
        """Note that the recording that was begun first has ended; return that as a sentence.

        Args:
            path: The file; None if nothing of it could be kept.
        """
        stem = next(iter(self._unfinished), None) if path is None else Path(path).with_suffix("")
        file = None if stem is None else self._unfinished.pop(stem, None)
        if file is None or path is None:
            if file is not None:
                self._shelf.remove(file)
            return "nothing was recorded"
        self._finish(file)
        return f"recorded {file.name}"

    def _finish(self, file: KeptFile) -> None:
        with contextlib.suppress(RefusedError):  # What is there is kept: it counts with its last size.
            self._shelf.resize(file, file.path.stat().st_size)
        self._shelf.start_expiry(file)

    def keep_snapshot(self, frame: Frame, report: Callable[[str], object]) -> None:
        """Keep a frame as a PNG.

        Args:
            frame: The frame; it is only read.
            report: Called with what was done, as a sentence.
        """
        if len(self._tasks) >= _MOST_SNAPSHOTS:
            report("snapshots are being saved: take the next one in a moment")
            return
        task = asyncio.create_task(self._keep_snapshot(frame, report))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_snapshot(self, frame: Frame, report: Callable[[str], object]) -> None:
        try:
            file = self._shelf.add(
                name=time.strftime("framechain-%Y%m%d-%H%M%S.png"), kind="image", suffix=".png", part=PART
            )
            try:
                loop = asyncio.get_running_loop()
                self._shelf.resize(file, await loop.run_in_executor(None, _write_png, frame, file.path))
            except BaseException:
                self._shelf.remove(file)
                raise
            self._shelf.start_expiry(file)
            report(f"saved {file.name}")
        except (FramechainError, OSError) as error:
            report(str(error) if isinstance(error, FramechainError) else "the snapshot cannot be saved: no room")

    async def finish(self) -> None:
        """Wait for snapshots, and remove what was never begun."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for file in list(self._unfinished.values()):
            self._shelf.remove(file)
        self._unfinished.clear()


def _write_png(frame: Frame, path: Path) -> int:
    """Write a frame at full quality; return the bytes."""
    pixels = frame.read_bgr() if frame.full_view is None else frame.full_view()
    if frame.alpha is not None and frame.full_view is None:
        pixels = np.dstack([pixels, frame.alpha])
    data = encode_image(pixels, str(path))
    path.write_bytes(data)
    return len(data)
