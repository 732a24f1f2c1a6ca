"""Open binary files, such as `io.BytesIO`, as outputs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

from ...contracts import Sink, Source
from ...errors import OutputError, reason
from ...files.binary import BinaryWriter, check_writable, copy_from_path
from ...files.locks import ScratchFolder
from ...frame import Frame
from ...pixels.image import Image
from ..target import describe_file


class BinaryFileSink(Sink):
    """An image or a video for an open binary file, which gets it at the end, in one go; it stays open.

    Until then it is in a private temporary file: containers are completed at their beginning. After an error nothing
    is written to the file, if it is not the file that fails.

    Example:
        >>> import io
        >>> from framechain.sources import ImageSource
        >>> from framechain.sinks import ImageSink
        >>> file = io.BytesIO()
        >>> with ImageSource("samples/portrait.jpg") as source, BinaryFileSink(file, ImageSink, ".png") as sink:
        ...     sink.open(source)
        ...     for frame in source:
        ...         sink.write(frame)
        >>> file.getvalue()[1:4]
        b'PNG'
    """

    def __init__(self, file: BinaryWriter, make_sink: Callable[[str], Sink], suffix: str) -> None:
        """Check the file; nothing is written before `open`.

        Args:
            file: Open for writing.
            make_sink: Makes a sink that writes to a path.
            suffix: The suffix of that path, such as ".mp4".

        Raises:
            ArgumentTypeError: If the file is open for text or for reading, or closed.
        """
        check_writable(file)
        self._file, self._name = file, describe_file(file)
        self._make_sink, self._suffix = make_sink, suffix
        self._folder: ScratchFolder | None = None
        self._temporary = ""
        self._sink: Sink | None = None

    @property
    def frames(self) -> int:  # type: ignore[override]
        """How many frames were written."""
        return 0 if self._sink is None else self._sink.frames

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """That of the sink that writes the temporary file."""
        problem = None if self._sink is None else self._sink.problem
        return None if problem is None else self._rename(problem)

    def open(self, source: Source) -> None:
        """Make the temporary file.

        Args:
            source: Where the frames come from.

        Raises:
            OutputError: If that fails.
        """
        try:
            folder = ScratchFolder()
        except OSError as error:
            raise OutputError(f"cannot write {self._name}: no temporary file can be made ({reason(error)})") from error
        self._folder, self._temporary = folder, os.path.join(folder.path, f"output{self._suffix}")
        try:
            with self._name_errors():
                self._sink = self._make_sink(self._temporary)
                self._sink.open(source)
        except BaseException:
            folder.remove()
            raise

    def write(self, frame: Frame) -> None:
        """Write a frame.

        Args:
            frame: Frames in order; times must grow.

        Raises:
            OutputError: If the format cannot hold it, or the disk or the encoder fails.
        """
        if self._sink is None:
            raise OutputError(f"cannot write {self._name}: the sink is not open, call open(source) first")
        with self._name_errors():
            self._sink.write(frame)

    def hold(self, image: Image) -> None:
        """Pass it on."""
        if self._sink is not None:
            self._sink.hold(image)

    def finish(self, *, complete: bool = True) -> None:
        """Complete the temporary file and write it to the open file; without a frame nothing is written.

        Args:
            complete: False ends the audio with the last frame; otherwise all of it is kept.

        Raises:
            OutputError: If the disk, the encoder or the file fails.
        """
        if self._sink is None or self._folder is None:
            return
        try:
            with self._name_errors():
                self._sink.finish(complete=complete)
            if self._sink.path is not None and os.path.exists(self._sink.path):
                self._copy(self._sink.path)
        finally:
            self.abort()

    def _copy(self, path: str) -> None:
        try:
            copy_from_path(path, self._file)
        except Exception as error:  # A file of any class raises what it likes.
            raise OutputError(f"cannot write {self._name}: {reason(error)}") from error

    def abort(self) -> None:
        """Throw the temporary file away; does nothing after `finish`."""
        folder, self._folder = self._folder, None
        if folder is None or self._sink is None:
            return
        try:
            self._sink.abort()
        finally:
            folder.remove()

    @contextlib.contextmanager
    def _name_errors(self) -> Iterator[None]:
        try:
            yield
        except OutputError as error:
            raise OutputError(self._rename(str(error))) from error

    def _rename(self, sentence: str) -> str:
        """Return a sentence about the file that was given, not about the temporary one."""
        return sentence.replace(self._temporary, self._name)
