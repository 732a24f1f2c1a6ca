"""How far a batch is: one bar for the whole and one for each file at work, on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import Any

from ..basics.standard_streams import can_write_stderr
from .messages import Message
from .record import Record

# More bars than this do not fit on a screen.
_MOST_BARS = 8


class Bars:
    """The bars; none are drawn if stderr is no terminal, unless they are asked for."""

    def __init__(self, files: int, shown: bool | None = None) -> None:
        """Draw the bar for the whole.

        Args:
            files: How many files there are; more may come.
            shown: Whether to draw; None: if stderr is a terminal.
        """
        if shown is None:
            shown = can_write_stderr() and sys.stderr.isatty()
        self._is_shown = shown and can_write_stderr()
        self._guard = threading.Lock()
        self._files: dict[str, Any] = {}
        self._ended: set[str] = set()
        self._frames = 0
        self._done = 0
        self._whole = self._make(
            total=files,
            position=0,
            bar_format="{percentage:3.0f}%|{bar}| {n:.0f} of {total} files{postfix} [{elapsed}<{remaining}]",
        )

    def _make(self, **options: Any) -> Any:
        if not self._is_shown:
            return None
        from tqdm import tqdm

        class Bar(tqdm):  # type: ignore[misc]
            monitor_interval = 0  # tqdm's own thread would outlive the batch.

            def display(self, *arguments: Any, **named: Any) -> None:
                try:
                    super().display(*arguments, **named)
                except (OSError, ValueError):  # A full disk or a closed pipe must not end the batch.
                    self.disable = True

        return Bar(dynamic_ncols=True, **options)

    def add_files(self, count: int) -> None:
        """Take note of files that came later."""
        with self._guard:
            if self._whole is not None:
                self._whole.total += count
                self._draw()

    def hear(self, message: Message) -> None:
        """Take note of how far a file is; in any thread."""
        with self._guard:
            name = str(message["input"])
            if self._whole is None or name in self._ended:
                return
            bar = self._files.get(name)
            if bar is None and len(self._files) < _MOST_BARS:
                taken = {bar.pos for bar in self._files.values()}
                place = next(number for number in range(1, _MOST_BARS + 2) if -number not in taken)
                bar = self._make(desc=os.path.basename(name), unit="frame", position=place, leave=False)
                self._files[name] = bar
            if bar is not None:
                bar.total = message["total"] or None
                bar.update(max(0, message["frames"] - bar.n))
            self._draw()

    def end_file(self, record: Record) -> None:
        """Take note of what became of a file."""
        with self._guard:
            self._ended.add(record.input)
            self._done += 1
            self._frames += record.frames
            if (bar := self._files.pop(record.input, None)) is not None:
                bar.close()
            self._draw()

    def _draw(self) -> None:
        if self._whole is None:
            return
        bars = [bar for bar in self._files.values() if bar is not None]
        share = sum(min(1.0, bar.n / bar.total) for bar in bars if bar.total)
        frames = self._frames + sum(bar.n for bar in bars)
        self._whole.n = min(self._done + share, self._whole.total)
        self._whole.set_postfix_str(f"{frames} frames", refresh=False)
        self._whole.refresh()

    def close(self) -> None:
        """Leave the bar of the whole where it is."""
        with self._guard, contextlib.suppress(OSError, ValueError):
            for bar in (*self._files.values(), self._whole):
                if bar is not None:
                    bar.close()
            self._files.clear()
