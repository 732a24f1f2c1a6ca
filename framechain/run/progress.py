"""A progress bar on stderr, by tqdm."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

from ..frame import StreamInfo


@contextlib.contextmanager
def show_progress(info: StreamInfo, limit: int | None, progress: bool | None) -> Iterator[Callable[[int], object]]:
    """Show a progress bar while a stream is processed.

    Args:
        info: The stream.
        limit: How many frames are processed at most; None for all.
        progress: Whether to show it; None: if stderr is a terminal.

    Yields:
        Call it with the number of frames that were done.
    """
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        monitor_interval = 0  # tqdm's own thread would outlive the run.

        def display(self, *arguments: Any, **named: Any) -> None:
            try:
                super().display(*arguments, **named)
            except OSError:  # A full disk or a closed pipe must not end the run.
                self.disable = True

        def close(self) -> None:
            with contextlib.suppress(OSError):
                super().close()

    total = info.frame_count
    if total is not None and limit is not None:
        total = min(total, limit)
    disable = None if progress is None else not progress  # None is tqdm's own rule for terminals.
    with Bar(total=total, unit="frame", disable=disable, desc=os.path.basename(info.name)) as bar:
        yield bar.update
