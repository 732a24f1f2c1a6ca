"""Recordings of a live run that begin and end at the page's wish."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from ...contracts import Sink, Source
from ...errors import OutputError
from ...frame import Frame
from ...sinks.files.recorder import Recorder


class RecordingListener(Protocol):
    """Who gets to know of recordings; called in the threads of the run."""

    def begin_recording(self, path: str) -> None:
        """Note that a recording has begun."""

    def end_recording(self, path: str | None) -> None:
        """Note that the recording has ended; None if nothing of it could be kept."""

    def report_text(self, text: str) -> None:
        """Take a sentence for the viewer."""


class PageRecorder(Sink):
    """Writes a file for each recording that the page asks for: mp4, or webm while frames are transparent."""

    def __init__(self, listener: RecordingListener, *, gives_alpha: Callable[[], bool]) -> None:
        """Begin without a recording.

        Args:
            listener: Gets to know what becomes of recordings.
            gives_alpha: Whether the frames are transparent now.
        """
        self._listener, self._gives_alpha = listener, gives_alpha
        self._source: Source | None = None
        self._current: Recorder | None = None

    def open(self, source: Source) -> None:
        """Prepare for the frames of a source."""
        self._source = source

    @property
    def is_recording(self) -> bool:
        """Whether a recording is on."""
        current = self._current
        return current is not None and current.is_recording

    def start(self, path: str) -> None:
        """Start a recording; one that is on is finished first.

        Args:
            path: The file's path without its suffix.

        Raises:
            OutputError: If it cannot be written.
        """
        self.stop()
        if self._source is None:
            raise OutputError("nothing can be recorded before the camera gives images")
        alpha = self._gives_alpha()
        recorder = Recorder(f"{path}{'.webm' if alpha else '.mp4'}", alpha=alpha, starts=False, on_problem=self._report)
        recorder.open(self._source)
        target = recorder.start()
        self._current = recorder
        self._listener.begin_recording(target)

    def _report(self, problem: str) -> None:
        """Report a problem by the name that the visitor knows; the path is none of the visitor's business."""
        current = self._current
        folder = "" if current is None or current.path is None else os.path.dirname(current.path)
        self._listener.report_text(problem.replace(f"{folder}{os.sep}", ""))

    def write(self, frame: Frame) -> None:
        """Record a frame if a recording is on."""
        current = self._current
        if current is not None:
            current.write(frame)
            if not current.is_recording:  # It failed.
                self.stop()

    def stop(self) -> None:
        """Finish the recording that is on."""
        current, self._current = self._current, None
        if current is not None:
            current.stop()
            self._listener.end_recording(current.paths[0] if current.paths else None)

    def finish(self, *, complete: bool = True) -> None:
        """Finish the recording that is on."""
        self.stop()

    def abort(self) -> None:
        """Finish the recording that is on: it is kept."""
        self.stop()
