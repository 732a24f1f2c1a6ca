"""A live stream into files, begun and ended while it runs."""

from __future__ import annotations

import contextlib
import copy
import os
import threading
from collections.abc import Callable
from dataclasses import replace

from ..errors import OutputError
from ..files.atomic_output import AtomicOutput
from ..files.paths import PathLike, find_free_name, make_write_error
from ..frame import Frame, StreamInfo
from ..media.isobmff import boxes
from ..media.open_input import open_input
from ..options import Encoding
from ..pixels.pyav import av
from .codecs import choose_container
from .outlet import Outlet
from .video_file import VideoFile

_OF_BOXES = ("mp4", "mov")
# More than what stands before the first pictures.
_HEAD_BYTES = 4096


class Recorder:
    """Records frames with the times at which they came, as often as it is asked to.

    A recording that cannot go on, as on a full disk, ends by itself: what was written until then is kept and
    playable, `problems` says why, and nothing is raised.

    Attributes:
        frames: How many frames were written, over all recordings.
        paths: The recordings that were finished.
        problems: What went wrong, a sentence each.

    Example:
        >>> import tempfile, numpy as np
        >>> from framechain import Frame, FrameInfo, StreamInfo
        >>> stream = StreamInfo("camera", "camera", 64, 48)
        >>> recorder = Recorder(os.path.join(tempfile.mkdtemp(), "me.mp4"), stream)
        >>> for turn in range(2):
        ...     _ = recorder.start()
        ...     for number in range(5):
        ...         black = np.zeros((48, 64, 3), np.uint8)
        ...         recorder.write(Frame(FrameInfo(number, 40 * number, 40, stream), bgr=black))
        ...     os.path.basename(recorder.stop())
        'me.mp4'
        'me_2.mp4'
    """

    def __init__(
        self,
        path: PathLike,
        stream: StreamInfo,
        *,
        encoding: Encoding | None = None,
        alpha: bool = False,
        on_problem: Callable[[str], object] = lambda problem: None,
    ) -> None:
        """Set up; nothing is opened before `start`.

        Args:
            path: Where to write; a second recording of the run has _2 added to its name, and so on.
            stream: The camera's stream.
            encoding: How to encode.
            alpha: Whether to write alpha too.
            on_problem: Called with each problem as it occurs, in the thread that writes or stops.

        Raises:
            OutputError: If the path's suffix is of no video format.
        """
        self._path = os.path.expanduser(os.fspath(path))
        self._stream = stream
        self._encoding = encoding
        self._alpha = alpha
        self._on_problem = on_problem
        choose_container(self._path, alpha=alpha)
        # The viewer's thread starts and stops, the writer's thread writes.
        self._swap = threading.Lock()
        self._current: _Recording | None = None
        self._started: set[str] = set()
        self._frames_before = 0
        self.paths: list[str] = []
        self.problems: list[str] = []

    @property
    def recording(self) -> bool:
        """Whether frames are being written."""
        return self._current is not None

    @property
    def frames(self) -> int:
        """How many frames were written, over all recordings."""
        return self._frames_before + (self._current.frames if self._current else 0)

    def start(self, path: PathLike | None = None) -> str:
        """Begin a recording; one that runs is finished first.

        Args:
            path: Where to write, if not where the recorder was told to.

        Returns:
            The name that it will have: a number is added to that of an earlier recording of this run.

        Raises:
            OutputError: If it cannot be written there.
        """
        self.stop()
        wanted = self._path if path is None else os.path.expanduser(os.fspath(path))
        target = find_free_name(wanted, self._started) if wanted in self._started else wanted
        self._current = _Recording(target, self._stream, self._encoding, self._alpha)
        self._started |= {wanted, target}
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
        """Finish the recording.

        Returns:
            Its path; None if there was none or not one frame could be kept.
        """
        current = self._current
        return None if current is None else self._finish(current)

    def _finish(self, current: _Recording) -> str | None:
        with self._swap:
            if self._current is not current:
                return None  # Another thread is at it.
            self._current = None
        kept = current.finish()
        self._frames_before += current.frames
        if kept:
            self.paths.append(current.target)
        if current.problem:
            self.problems.append(current.problem)
            self._on_problem(current.problem)
        return current.target if kept else None

    def toggle(self) -> str:
        """Begin a recording, or finish the one that runs.

        Returns:
            What was done, as a short line for the viewer.
        """
        if not self.recording:
            try:
                return f"recording to {os.path.basename(self.start())}"
            except OutputError as error:
                return str(error)
        kept = self.stop()
        return f"recorded {os.path.basename(kept)}" if kept else "nothing was recorded"


class _Recording:
    """One file, from its first frame to its last."""

    def __init__(self, target: str, stream: StreamInfo, encoding: Encoding | None, alpha: bool) -> None:
        self.target = target
        self.problem: str | None = None
        self._origin: int | None = None
        self._kept: int | None = None
        self._pending = AtomicOutput(target)
        with contextlib.ExitStack() as undo:
            undo.callback(self._pending.discard)
            self._file = VideoFile(
                str(self._pending.path), stream, target=target, encoding=encoding, alpha=alpha, fragmented=True
            )
            undo.callback(self._file.close)
            self._outlet = Outlet(self._encode, name="record")
            undo.pop_all()

    @property
    def frames(self) -> int:
        """How many were written and, once it is finished, are there."""
        return self._file.frames if self._kept is None else self._kept

    def write(self, frame: Frame) -> bool:
        """Whether it goes on."""
        if self._origin is None:
            self._origin = frame.info.pts
        # Others look at the same frame: the time within this file is written on a copy.
        own = copy.copy(frame)
        own.info = replace(frame.info, pts=frame.info.pts - self._origin)
        self._outlet.put(own)
        return self._outlet.error is None

    def _encode(self, frame: Frame) -> None:
        self._file.write(frame)

    def finish(self) -> bool:
        """Close the file and give it its name; whether there is one."""
        done = self._finished()
        if not done:
            self._kept = 0
        return done

    def _finished(self) -> bool:
        if not self._outlet.finish():
            self.problem = f"the recording {self.target} was given up: the disk does not answer"
            return False
        failure = self._outlet.error
        whole = False
        try:
            so_far = _SoFar(str(self._pending.path), choose_container(self.target))
            try:
                self._file.finish(cut_audio=True)
                whole = self.frames > 0
            except OutputError as error:
                failure = failure or error
            if failure is not None and not isinstance(failure, Exception):
                raise failure
            if failure is not None:
                kept = whole or so_far.restore()
                where = f"what came before is in {self.target}" if kept else "nothing of it could be kept"
                if kept and not whole:
                    self._kept = _frames_in(str(self._pending.path), self.target)
                self.problem = f"the recording stopped after {self.frames} frames: {failure}; {where}"
                if not kept:
                    return False
            elif not self.frames:
                return False
            elif self._outlet.dropped:
                lost = self._outlet.dropped
                self.problem = f"{lost} frames are missing in {self.target}: the encoder or the disk was too slow"
            self._pending.commit()
        except OSError as error:
            why = error if isinstance(error, OutputError) else make_write_error(self.target, error)
            self.problem = f"the recording is lost: {why}"
            return False
        finally:
            self._file.close()
            self._pending.discard()
        return True


class _SoFar:
    """What of a file can be played before its end is written: closing a file on a full disk would spoil it.

    An mp4 is a row of boxes, each with its length before it (ISO/IEC 14496-12, 4.2). In pieces, a moof box tells of
    the pictures in the mdat box after it; to finish it as an ordinary file, its first boxes are overwritten.
    """

    def __init__(self, path: str, container: str) -> None:
        self._path = path
        self._end, self._head, self._pieces = 0, b"", 0
        size = os.path.getsize(path)
        if container not in _OF_BOXES:
            # Matroska is read up to where it ends.
            self._end, self._pieces = size, int(size > _HEAD_BYTES)
            return
        with open(path, "rb") as file:
            for kind, _, end in boxes(file, 0, size):
                if end > size:
                    break
                self._end = end
                self._pieces += kind == b"mdat"
            file.seek(0)
            self._head = file.read(min(self._end, _HEAD_BYTES))

    def restore(self) -> bool:
        """Bring the file back to it, without room on the disk; whether there is anything to play."""
        with open(self._path, "r+b") as file:
            file.write(self._head)
            file.truncate(self._end)
        return self._pieces > 0


def _frames_in(path: str, name: str) -> int:
    """How many whole frames a file that was cut short holds."""
    with open_input(path, name) as container, contextlib.suppress(av.FFmpegError):
        count = 0
        for packet in container.demux(video=0):
            count += bool(packet.size) and not packet.is_corrupt
    return count
