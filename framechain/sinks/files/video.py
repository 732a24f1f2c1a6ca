"""Video files."""

from __future__ import annotations

from ...contracts import Source
from ...files.atomic_output import AtomicOutput
from ...files.paths import PathLike
from ...frame import Frame
from ...options import Encoding
from .codecs import choose_container
from .file import FileSink
from .video_file import VideoFile


class VideoSink(FileSink):
    """A video file: .mp4, .m4v, .mov, .mkv or .webm. All frames must have one size.

    Example:
        >>> import os, tempfile
        >>> from framechain.sources.video import VideoSource
        >>> sink = VideoSink(os.path.join(tempfile.mkdtemp(), "copy.mp4"))
        >>> with VideoSource("samples/clip.mp4") as source:
        ...     sink.open(source)
        ...     with sink:
        ...         for frame in source:
        ...             sink.write(frame)
        >>> sink.frames, os.path.exists(sink.path)
        (150, True)
    """

    def __init__(
        self, path: PathLike, *, encoding: Encoding | None = None, audio: bool = True, alpha: bool = False
    ) -> None:
        """Check the suffix; nothing is written before `open`.

        Args:
            path: Where to write: local, or on a store that stow reaches.
            encoding: How to encode.
            audio: Whether to write the source's audio.
            alpha: Whether to write the frames' alpha, in .webm as VP9 or in .mov as ProRes 4444.

        Raises:
            OutputError: If the suffix is of no video format that is written, or of one without alpha.
        """
        super().__init__(path)
        choose_container(self._target, alpha=alpha)
        self._encoding, self._keeps_audio, self._alpha = encoding, audio, alpha
        self._file: VideoFile | None = None
        self._source = Source()

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """What of the audio was lost, and which settings were not used; None if there is nothing to say."""
        return self._file.problem if self._file else None

    def _start(self, source: Source, output: AtomicOutput) -> None:
        self._source = source
        self._file = VideoFile(
            str(output.path),
            source.info,
            target=output.target,
            encoding=self._encoding,
            audio=source.audio if self._keeps_audio else None,
            alpha=self._alpha,
        )

    def _write(self, frame: Frame, output: AtomicOutput) -> None:
        assert self._file is not None
        if not self._file.frames and self._source.begins_at is not None:
            self._file.begin_at(self._source.begins_at, frame.info)
        self._file.write(frame)

    def _complete(self, complete: bool) -> None:
        assert self._file is not None
        self._file.finish(cut_audio=not complete or self._source.begins_at is not None)

    def _release(self) -> None:
        assert self._file is not None
        self._file.close()
