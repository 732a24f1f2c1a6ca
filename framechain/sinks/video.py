"""Video files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os

from ..contracts import Sink, Source
from ..errors import OutputError
from ..files.atomic_output import AtomicOutput
from ..files.paths import PathLike
from ..frame import Frame
from ..options import Encoding
from .codecs import choose_container
from .video_file import VideoFile


class VideoSink(Sink):
    """A video file: .mp4, .m4v, .mov, .mkv or .webm.

    The file appears when it is finished; without a frame none appears. All frames must have one size.

    Example:
        >>> import tempfile
        >>> from framechain.sources.video import VideoSource
        >>> path = os.path.join(tempfile.mkdtemp(), "copy.mp4")
        >>> sink = VideoSink(path)
        >>> with VideoSource("samples/clip.mp4") as source:
        ...     sink.open(source)
        ...     with sink:
        ...         for frame in source:
        ...             sink.write(frame)
        >>> sink.frames, os.path.exists(path)
        (150, True)
    """

    def __init__(
        self,
        path: PathLike,
        *,
        encoding: Encoding | None = None,
        audio: bool = True,
        alpha: bool = False,
        inputs: tuple[PathLike, ...] = (),
    ) -> None:
        """Check the suffix; nothing is written before `open`.

        Args:
            path: Where to write: local, or on a store that stow reaches.
            encoding: How to encode.
            audio: Whether to write the source's audio.
            alpha: Whether to write the frames' alpha, in .webm as VP9 or in .mov as ProRes 4444.
            inputs: Files that must not be overwritten.

        Raises:
            OutputError: If the suffix is of no video format that is written, or of one without alpha.
        """
        self._target = os.fspath(path)
        choose_container(self._target, alpha=alpha)
        self._encoding, self._with_audio, self._alpha, self._inputs = encoding, audio, alpha, inputs
        self._output: AtomicOutput | None = None
        self._file: VideoFile | None = None

    def open(self, source: Source) -> None:
        """Open a temporary file beside the target.

        Args:
            source: The stream whose times, colour and pixel shape are kept, and its audio.

        Raises:
            OutputError: If the target cannot be written, such as the source's own file.
        """
        with contextlib.ExitStack() as undo:
            output = AtomicOutput(self._target, inputs=self._inputs)
            undo.callback(output.discard)
            self._file = VideoFile(
                str(output.path),
                source.info,
                target=output.target,
                encoding=self._encoding,
                audio=source.audio if self._with_audio else None,
                alpha=self._alpha,
            )
            self._output, self.path, self.frames = output, output.target, 0
            undo.pop_all()

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """What of the audio was lost, as a sentence; None if nothing was."""
        return self._file.problem if self._file else None

    def write(self, frame: Frame) -> None:
        """Encode a frame.

        Args:
            frame: Frames in order; times must grow.

        Raises:
            OutputError: If it has another size than the first, or alpha that was not asked for, or the disk or the
                encoder fails.
        """
        if self._output is None or self._file is None:
            raise OutputError(f"cannot write {self._target}: the sink is not open, call open(source) first")
        self._file.write(frame)
        self.frames = self._file.frames

    def finish(self, *, complete: bool = True) -> None:
        """Close the file and move it to its target.

        Args:
            complete: False ends the audio with the last frame; otherwise all of it is kept.

        Raises:
            OutputError: If the disk or the encoder fails; nothing is left then.
        """
        if self._output is None or self._file is None:
            return
        try:
            self._file.finish(cut_audio=not complete)
            if self._file.frames:
                self._output.commit()
                self._output = None
        finally:
            self.abort()

    def abort(self) -> None:
        """Throw the file away; does nothing after `finish`."""
        if self._output is None or self._file is None:
            return
        output, self._output, self.path = self._output, None, None
        self._file.close()
        output.discard()
