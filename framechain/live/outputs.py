"""All outputs of a live run as one sink: recordings, a stream to the network, a virtual camera."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from ..basics.warner import Warner
from ..contracts import Sink, Source
from ..errors import OutputError
from ..frame import Frame
from ..options import RECONNECT, LiveTargets
from ..pixels.image import Image
from ..sinks.files.recorder import Recorder

if TYPE_CHECKING:
    from ..options import Encoding


class LiveOutputs(Sink):
    """Passes frames to every output. One that fails ends alone; a warning says so at once.

    A live stream cannot be repeated: what was recorded is kept, also after `abort`.

    Attributes:
        recorder: Starts with `open` if a recording was asked for, else when the viewer asks for one.
        warner: Takes what went wrong, when it occurs.
    """

    def __init__(
        self,
        targets: LiveTargets,
        *,
        encoding: Encoding | None = None,
        audio: bool = True,
        alpha: bool = False,
        reconnect: int = RECONNECT,
        watched: bool,
    ) -> None:
        """Check the targets; nothing is opened before `open`.

        Args:
            targets: What was asked for.
            encoding: How to encode recordings and streams.
            audio: Whether recordings and streams have the camera's audio.
            alpha: Whether recordings have alpha.
            reconnect: How many times in a row to try again when the server of a stream is lost.
            watched: Whether there is a window too, so that the run is of use without any output.

        Raises:
            FramechainError: If there is no such output.
        """
        self._is_watched = watched
        self._targets = targets
        self.warner = Warner()
        self._end: str | None = None
        path = targets.record or time.strftime(f"recording_%Y%m%d_%H%M%S{'.webm' if alpha else '.mp4'}")
        self.recorder = Recorder(
            path,
            encoding=encoding,
            audio=audio,
            alpha=alpha,
            starts=targets.record is not None,
            on_problem=self._warn,
        )
        # The recorder opens last, so that nothing is created if another output cannot be opened.
        self._broadcast: Sink | None = None
        self._camera: Sink | None = None
        if targets.stream is not None:
            from ..sinks.broadcast import Broadcast

            self._broadcast = Broadcast(
                targets.stream, encoding=encoding, audio=audio, reconnect=reconnect, on_problem=self._warn
            )
        if targets.virtual_camera is not None:
            from ..sinks.virtual_camera import VirtualCamera

            self._camera = VirtualCamera(targets.virtual_camera, on_problem=self._warn)

    def open(self, source: Source) -> None:
        """Open every output.

        Args:
            source: The camera.

        Raises:
            FramechainError: If one of them cannot be opened; the others are closed again.
        """
        self.warner, self._end = Warner(), None
        try:
            for output in (self._broadcast, self._camera, self.recorder):
                if output is not None:
                    output.open(source)
        except BaseException:
            self.abort()
            raise

    def _warn(self, problem: str) -> None:
        self._tell_end()
        if self._is_watched or self._works():
            self.warner.warn(problem)
        else:
            # It ends the run: the next frame makes an error of it, which says it once.
            self._end = problem

    def _tell_end(self) -> None:
        """Warn of what ended the last output, if no frame came that made an error of it."""
        end, self._end = self._end, None
        if end is not None:
            self.warner.warn(end)

    def _works(self) -> bool:
        """Return whether frames still go anywhere."""
        return self.recorder.is_recording or bool(self._spectators)

    @property
    def problems(self) -> list[str]:
        """What went wrong, a sentence each. Each was a warning; what ended the run is its error instead."""
        return self.warner.told

    @property
    def _spectators(self) -> list[Sink]:
        """The outputs at which somebody watches, and which still work."""
        outputs = (self._broadcast, self._camera)
        return [output for output in outputs if output is not None and output.problem is None]

    def write(self, frame: Frame) -> None:
        """Pass a frame to each output.

        Args:
            frame: The processed frame; not to be changed afterwards.

        Raises:
            OutputError: If all that was asked for has failed and there is no window.
        """
        self.recorder.write(frame)
        for output in self._spectators:
            output.write(frame)
        if self._end is not None and not self._works():
            end, self._end = self._end, None
            raise OutputError(end)

    def hold(self, image: Image) -> None:
        """Show an image to spectators while the source gives no frames; recordings pause.

        Args:
            image: uint8 (H, W, 3) BGR: the last frame with a line that says why.
        """
        for output in self._spectators:
            output.hold(image)

    @property
    def notice(self) -> str | None:  # type: ignore[override]
        """What a viewer should know now: that the stream is lost; None if all is well."""
        return self._broadcast.notice if self._broadcast else None

    @property
    def path(self) -> str | None:  # type: ignore[override]
        """The first recording or, without one, the address that was streamed to."""
        return self.recorder.path or (self._broadcast.path if self._broadcast else None)

    def describe_recordings(self) -> str:
        """Return which recordings were finished, as the end of a sentence; "" if none was."""
        paths = self.recorder.paths
        return f"; what was recorded until then is in {' and '.join(paths)}" if paths else ""

    @property
    def frames(self) -> int:  # type: ignore[override]
        """How many frames were recorded or, without a recording, streamed."""
        return self.recorder.frames or (self._broadcast.frames if self._broadcast else 0)

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """What went wrong; None if nothing did."""
        return "; ".join(self.problems) or None

    def finish(self, *, complete: bool = True) -> None:
        """Finish the recording and close every output.

        Args:
            complete: Without effect on a live stream.

        Raises:
            OutputError: If a recording is all that was asked for, it is lost and there is no window.
        """
        self._stop()
        is_recording_all = self._targets == LiveTargets(record=self._targets.record)
        if is_recording_all and not self.recorder.paths and self.recorder.problems and not self._is_watched:
            self._end = None
            raise OutputError(self.recorder.problems[-1])
        self._tell_end()

    def abort(self) -> None:
        """Finish the recording, which is kept, and close every output."""
        self._stop()
        self._tell_end()

    def _stop(self) -> None:
        with contextlib.ExitStack() as whatever_happens:
            for output in (self._camera, self._broadcast):
                if output is not None:
                    whatever_happens.callback(output.finish)
            self.recorder.stop()
