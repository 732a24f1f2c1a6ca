"""A live stream into files, begun and ended while it runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from ...contracts import Sink, Source
from ...errors import OutputError
from ...files.paths import PathLike, find_free_name
from ...frame import Frame, StreamInfo
from ...media.live_audio.feed import LiveAudio, listen_to
from ...options import Encoding
from .codecs import choose_container
from .recording import Recording


class Recorder(Sink):
    """Records a live stream, as often as it is asked to, with the times at which the frames came.

    A recording that cannot go on, as on a full disk, ends by itself and nothing is raised. A live stream cannot be
    repeated: what was recorded until then is kept and playable, also after `abort`.

    Attributes:
        paths: The recordings that were finished.
        problems: What went wrong, a sentence each.
        remarks: That earlier recordings, which were cut off, were found, a sentence each.

    Example:
        >>> import tempfile, numpy as np
        >>> from framechain import Frame, FrameInfo, Source, StreamInfo
        >>> source = Source()
        >>> source.info = StreamInfo("camera", "camera", 64, 48)
        >>> recorder = Recorder(os.path.join(tempfile.mkdtemp(), "me.mp4"), starts=False)
        >>> recorder.open(source)
        >>> for turn in range(2):
        ...     _ = recorder.start()
        ...     for number in range(5):
        ...         black = np.zeros((48, 64, 3), np.uint8)
        ...         recorder.write(Frame(FrameInfo(number, 40 * number, 40, source.info), bgr=black))
        ...     os.path.basename(recorder.stop())
        'me.mp4'
        'me_2.mp4'
    """

    def __init__(
        self,
        path: PathLike,
        *,
        encoding: Encoding | None = None,
        audio: bool = True,
        alpha: bool = False,
        starts: bool = True,
        on_problem: Callable[[str], object] = lambda problem: None,
    ) -> None:
        """Check the suffix; nothing is written before `open`.

        Args:
            path: Where to write; a second recording of the run has _2 added to its name, and so on.
            encoding: How to encode.
            audio: Whether to write the camera's audio.
            alpha: Whether to write the frames' alpha.
            starts: Whether a recording starts with `open`; otherwise it starts with `start` or `toggle`.
            on_problem: Called with each problem and remark as it occurs, in the thread that starts, writes or stops.

        Raises:
            OutputError: If the suffix is of no video format that is written, or of one without alpha.
        """
        self._target = os.path.expanduser(os.fspath(path))
        choose_container(self._target, alpha=alpha)
        self._encoding, self._alpha, self._starts, self._on_problem = encoding, alpha, starts, on_problem
        self._keeps_audio = audio
        self._audio: LiveAudio | None = None
        self._stream: StreamInfo | None = None
        # The viewer's thread starts and stops, the writer's thread writes.
        self._swap = threading.Lock()
        self._current: Recording | None = None
        self._reset()

    def _reset(self) -> None:
        self._used_names: set[str] = set()
        self._frames_before = 0
        self.paths: list[str] = []
        self.problems: list[str] = []
        self.remarks: list[str] = []

    def open(self, source: Source) -> None:
        """Prepare for a stream.

        Args:
            source: The camera.

        Raises:
            OutputError: If a recording starts with it and cannot be written.
        """
        self.stop()
        self._reset()
        self._stream, self._audio = source.info, source.live_audio if self._keeps_audio else None
        if self._starts:
            self.start()

    @property
    def is_recording(self) -> bool:
        """True while a recording is on."""
        return self._current is not None

    @property
    def path(self) -> str | None:  # type: ignore[override]
        """The first recording that was finished, else the one that is on; None if there is none."""
        if self.paths:
            return self.paths[0]
        current = self._current
        return current.target if current else None

    @property
    def frames(self) -> int:  # type: ignore[override]
        """How many frames were written, over all recordings."""
        current = self._current
        return self._frames_before + (current.frames if current else 0)

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """What went wrong, and what was found; None if there is nothing to say."""
        return "; ".join([*self.remarks, *self.problems]) or None

    def start(self, path: PathLike | None = None) -> str:
        """Start a recording; one that is on is finished first.

        Args:
            path: Where to write; None for the path of the constructor.

        Returns:
            The name that it will have: an earlier recording of this run keeps its own.

        Raises:
            OutputError: If it cannot be written there.
        """
        self.stop()
        wanted = self._target if path is None else os.path.expanduser(os.fspath(path))
        if self._stream is None:
            raise OutputError(f"cannot record to {wanted}: the sink is not open, call open(source) first")
        target = find_free_name(wanted, self._used_names) if wanted in self._used_names else wanted
        audio = listen_to(self._audio)
        current = Recording(target, self._stream, encoding=self._encoding, audio=audio, alpha=self._alpha)
        self._current = current
        self._used_names |= {wanted, target}
        if current.remark:
            self.remarks.append(current.remark)
            self._on_problem(current.remark)
        return target

    def write(self, frame: Frame) -> None:
        """Record a frame if a recording is on.

        Args:
            frame: Frames in order; not to be changed afterwards.
        """
        current = self._current
        if current is not None and not current.write(frame):
            self._finish(current)

    def stop(self) -> str | None:
        """Finish the recording that is on.

        Returns:
            Its path; None if there was none or not one frame could be kept.
        """
        current = self._current
        return None if current is None else self._finish(current)

    def _finish(self, current: Recording) -> str | None:
        with self._swap:
            if self._current is not current:
                return None  # Another thread finishes it.
            self._current = None
        is_kept = current.finish()
        self._frames_before += current.frames
        if is_kept:
            self.paths.append(current.target)
        if current.problem:
            self.problems.append(current.problem)
            self._on_problem(current.problem)
        return current.target if is_kept else None

    def toggle(self) -> str:
        """Start a recording, or finish the one that is on.

        Returns:
            What was done, as a short line for the viewer.
        """
        if not self.is_recording:
            try:
                return f"recording to {os.path.basename(self.start())}"
            except OutputError as error:
                return str(error)
        kept = self.stop()
        return f"recorded {os.path.basename(kept)}" if kept else "nothing was recorded"

    def finish(self, *, complete: bool = True) -> None:
        """Finish the recording that is on.

        Args:
            complete: Without effect: a recording ends with its last frame.
        """
        self.stop()

    def abort(self) -> None:
        """Finish the recording that is on: it is kept."""
        self.stop()
