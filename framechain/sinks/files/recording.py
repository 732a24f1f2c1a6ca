"""One file of a recording, from its first frame to its last; playable whatever happens."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace

from ...errors import OutputError
from ...files.kept_output import KeptOutput
from ...files.paths import make_write_error
from ...frame import Frame, StreamInfo
from ...media.containers.boxes import iterate_boxes
from ...media.live_audio.feed import AudioTap
from ...media.open_input import open_input
from ...options import Encoding
from ...pixels.planes import get_planes, join_planes
from ...pixels.pyav import av
from ..outlet import Outlet
from .codecs import choose_container
from .video_file import VideoFile

_ISOBMFF_CONTAINERS = ("mp4", "mov")
# More than what precedes the first frames.
_HEAD_BYTES = 4096


class Recording:
    """A video file that is written in a thread of its own, with times that count from its first frame.

    Attributes:
        target: The file's name once it is finished.
        problem: What went wrong, as a sentence; None if nothing did.
        remark: That an earlier recording to this name, which was cut off, was found; None if none was.
    """

    def __init__(
        self,
        target: str,
        stream: StreamInfo,
        *,
        encoding: Encoding | None = None,
        audio: AudioTap | None = None,
        alpha: bool,
    ) -> None:
        """Make the temporary file and start the thread.

        Args:
            target: Where to write.
            stream: The camera's stream.
            encoding: How to encode.
            audio: What it gets of the camera's audio; closed with it.
            alpha: Whether to write the frames' alpha.

        Raises:
            OutputError: If the target cannot be written.
        """
        self.target = target
        self.problem: str | None = None
        self._stream, self._audio = stream, audio
        self._origin: int | None = None
        self._kept: int | None = None
        self._output = KeptOutput(target)
        self.remark = _describe_recovered(target, self._output.recovered)
        with contextlib.ExitStack() as undo:
            undo.callback(self._output.discard)
            self._file = VideoFile(
                str(self._output.path),
                stream,
                target=target,
                encoding=encoding,
                audio=audio,
                alpha=alpha,
                fragmented=True,
            )
            undo.callback(self._file.close)
            self._outlet = Outlet(self._encode, name="record")
            undo.pop_all()

    @property
    def frames(self) -> int:
        """How many frames were written; after `finish`, how many the file holds."""
        return self._file.frames if self._kept is None else self._kept

    def write(self, frame: Frame) -> bool:
        """Pass a frame to the thread.

        Args:
            frame: Frames in order; not to be changed afterwards.

        Returns:
            False if the recording has failed and should be finished.
        """
        if self._origin is None:
            self._origin = frame.info.pts
            if self._audio is not None:
                self._audio.origin = frame.info.time
        self._outlet.put(frame)
        return self._outlet.error is None

    def _encode(self, frame: Frame) -> None:
        assert self._origin is not None
        info = replace(frame.info, pts=frame.info.pts - self._origin)
        # Other sinks have the same frame: times within this file are written on a copy.
        if frame.is_yuv:
            own = Frame(info, yuv=join_planes(get_planes(frame.yuv), full_range=self._stream.colour.full_range))
        else:
            own = Frame(info, bgr=frame.read_bgr())
        own.alpha = frame.alpha
        self._file.write(own)

    def finish(self) -> bool:
        """Close the file and move it to its target.

        Returns:
            True if there is a file; `problem` says what is missing.
        """
        exists = self._finish()
        if not exists:
            self._kept = 0
        return exists

    def _finish(self) -> bool:
        if not self._outlet.finish():
            self.problem = f"the recording {self.target} was given up: the disk does not answer{self._name_place()}"
            return False
        try:
            return self._close() and self._publish()
        except OSError as error:
            self._output.keep()
            why = error if isinstance(error, OutputError) else make_write_error(self.target, error)
            self.problem = f"the recording is lost: {why}"
            if place := self._name_place():
                self.problem = f"the recording has another name than it should: {why}{place}"
            return False
        finally:
            self._file.close()
            self._output.discard()

    def _name_place(self) -> str:
        """Return where the file is while it has its temporary name, as the end of a sentence."""
        path = self._output.path
        return f"; what was written is in {path}" if path.exists() and path.stat().st_size else ""

    def _close(self) -> bool:
        """Close the temporary file; return whether it holds frames."""
        failure = self._outlet.error
        playable = PlayablePart(str(self._output.path), choose_container(self.target))
        is_whole = False
        try:
            self._file.finish(cut_audio=True)
            is_whole = self.frames > 0
        except OutputError as error:
            failure = failure or error
        if failure is None:
            return is_whole
        if not isinstance(failure, Exception):
            raise failure
        is_kept = is_whole or playable.restore()
        if is_kept and not is_whole:
            self._kept = _count_frames(str(self._output.path), self.target)
        rest = f"what came before is in {self.target}" if is_kept else "nothing of it could be kept"
        self.problem = f"the recording stopped after {self.frames} frames: {failure}; {rest}"
        return is_kept

    def _publish(self) -> bool:
        if self.problem is None and (lost := self._outlet.dropped):
            self.problem = f"{lost} frames are missing in {self.target}: the encoder or the disk was too slow"
        self.problem = self.problem or self._file.problem
        self._output.commit()
        return True


def _describe_recovered(target: str, recovered: list[str]) -> str | None:
    if not recovered:
        return None
    return f"an earlier recording to {target} was cut off: what there is of it is in {' and '.join(recovered)}"


class PlayablePart:
    """The part of an unfinished file that can be played, remembered before the file is closed.

    Closing a file on a full disk would spoil it. An mp4 is a row of boxes, each with its length at its start (ISO/IEC
    14496-12, 4.2). In a fragmented one, a moof box describes the frames in the mdat box after it; closing makes an
    ordinary file of it by overwriting its first boxes.
    """

    def __init__(self, path: str, container: str) -> None:
        """Look at the file.

        Args:
            path: The file.
            container: FFmpeg's name of its container.

        Raises:
            OSError: If it cannot be read.
        """
        self._path = path
        self._end, self._head, self._pieces = 0, b"", 0
        size = os.path.getsize(path)
        if container not in _ISOBMFF_CONTAINERS:
            # Players read Matroska up to where it ends.
            self._end, self._pieces = size, int(size > _HEAD_BYTES)
            return
        with open(path, "rb") as file:
            for kind, _, end in iterate_boxes(file, 0, size):
                if end > size:
                    break
                self._end = end
                self._pieces += kind == b"mdat"
            file.seek(0)
            self._head = file.read(min(self._end, _HEAD_BYTES))

    def restore(self) -> bool:
        """Bring the file back to this part; needs no room on the disk.

        Returns:
            True if there is anything to play.

        Raises:
            OSError: If the file cannot be written.
        """
        with open(self._path, "r+b") as file:
            file.write(self._head)
            file.truncate(self._end)
        return self._pieces > 0


def _count_frames(path: str, name: str) -> int:
    """Return how many whole frames a truncated file holds."""
    count = 0
    with open_input(path, name) as container, contextlib.suppress(av.FFmpegError):
        for packet in container.demux(video=0):
            count += bool(packet.size) and not packet.is_corrupt
    return count
