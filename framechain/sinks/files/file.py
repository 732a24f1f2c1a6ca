"""What image and video files have in common: they appear under their name whole or not at all."""

from __future__ import annotations

import os

from ...contracts import Sink, Source
from ...errors import ArgumentTypeError, OutputError
from ...files.atomic_output import AtomicOutput
from ...files.paths import PathLike
from ...frame import Frame


class FileSink(Sink):
    """A file that is written under a temporary name and moved to its target by `finish`.

    Without a frame nothing appears. Subclasses write the temporary file.
    """

    def __init__(self, path: PathLike) -> None:
        """Keep the target; nothing is written before `open`.

        Args:
            path: Where to write: local, or on a store that stow reaches.
        """
        self._target = os.fspath(path)
        self._output: AtomicOutput | None = None

    def open(self, source: Source) -> None:
        """Make the temporary file.

        Args:
            source: Where the frames come from.

        Raises:
            OutputError: If the target cannot be written, such as the source's own file.
        """
        output = AtomicOutput(self._target, inputs=_find_inputs(source))
        try:
            self._start(source, output)
        except BaseException:
            output.discard()
            raise
        self._output, self.path, self.frames = output, output.target, 0

    def write(self, frame: Frame) -> None:
        """Write a frame.

        Args:
            frame: Frames in order; times must grow.

        Raises:
            ArgumentTypeError: If it is no `Frame`, such as an array.
            OutputError: If the file cannot hold it, or the disk or the encoder fails.
        """
        if self._output is None:
            raise OutputError(f"cannot write {self._target}: the sink is not open, call open(source) first")
        if not isinstance(frame, Frame):
            raise ArgumentTypeError(f"write takes a Frame, got {type(frame).__name__}: write frame.with_bgr(image)")
        self._write(frame, self._output)
        self.frames += 1

    def finish(self, *, complete: bool = True) -> None:
        """Complete the file and move it to its target.

        Args:
            complete: False ends the audio with the last frame; otherwise all of it is kept.

        Raises:
            OutputError: If the disk or the encoder fails; nothing is left then.
        """
        if self._output is None:
            return
        try:
            self._complete(complete)
            if self.frames:
                self._output.commit()
                self._output = None
        finally:
            self.abort()

    def abort(self) -> None:
        """Throw the file away; does nothing after `finish`."""
        if self._output is None:
            return
        output, self._output, self.path = self._output, None, None
        try:
            self._release()
        finally:
            output.discard()

    def _start(self, source: Source, output: AtomicOutput) -> None:
        """Prepare to write to `output.path`."""

    def _write(self, frame: Frame, output: AtomicOutput) -> None:
        """Write a frame."""
        raise NotImplementedError

    def _complete(self, complete: bool) -> None:
        """Write what is left."""

    def _release(self) -> None:
        """Close the temporary file, which is thrown away."""


def _find_inputs(source: Source) -> tuple[PathLike, ...]:
    """Return what must not be overwritten: the file that the source reads."""
    paths = [source.info.name, os.path.expanduser(source.info.name)]
    if source.audio is not None:
        paths.append(source.audio.path)
    return tuple(paths)
