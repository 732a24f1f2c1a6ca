"""Where a camera's frames go besides the window: a recording, a stream to the network, a virtual camera."""

from __future__ import annotations

import contextlib
import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import FramechainWarning, OutputError
from ..frame import Frame, StreamInfo
from ..options import LiveTargets
from ..pixels.image import Image
from ..run.result import RunResult
from ..sinks.recorder import Recorder

if TYPE_CHECKING:
    from ..options import Encoding
    from ..sinks.broadcast import Broadcast
    from ..sinks.virtual_camera import VirtualCamera


class LiveOutputs:
    """All of a live run's outputs as one; what fails ends alone, and is told once.

    Attributes:
        recorder: Begins at once if a recording was asked for, else when the viewer wants one.
        problems: What went wrong, a sentence each.
    """

    def __init__(
        self,
        targets: LiveTargets,
        stream: StreamInfo,
        *,
        encoding: Encoding | None = None,
        alpha: bool = False,
        watched: bool,
    ) -> None:
        """Open them.

        Args:
            targets: What was asked for.
            stream: The camera's stream.
            encoding: How to encode recordings and streams.
            alpha: Whether recordings have alpha.
            watched: Whether there is a window too, so that a run is of use without any output.

        Raises:
            FramechainError: If one of them cannot be opened; the others are closed again.
        """
        self._watched = watched
        self._targets = targets
        self.problems: list[str] = []
        self._broadcast: Broadcast | None = None
        self._camera: VirtualCamera | None = None
        path = targets.record or time.strftime(f"recording_%Y%m%d_%H%M%S{'.webm' if alpha else '.mp4'}")
        self.recorder = Recorder(path, stream, encoding=encoding, alpha=alpha, on_problem=self._note)
        try:
            if targets.stream is not None:
                from ..sinks.broadcast import Broadcast

                self._broadcast = Broadcast(targets.stream, stream, encoding=encoding, on_problem=self._note)
            if targets.virtual_camera is not None:
                from ..sinks.virtual_camera import VirtualCamera

                self._camera = VirtualCamera(stream, targets.virtual_camera or None, on_problem=self._note)
            if targets.record is not None:
                self.recorder.start()
        except BaseException:
            self.finish()
            raise

    def _note(self, problem: str) -> None:
        self.problems.append(problem)
        warnings.warn(problem, FramechainWarning, stacklevel=2)

    def write(self, frame: Frame) -> None:
        """Hand a frame to each of them.

        Args:
            frame: The processed frame; not to be changed afterwards.

        Raises:
            OutputError: If all that was asked for has failed and nobody watches.
        """
        self.recorder.write(frame)
        for output in (self._broadcast, self._camera):
            if output is not None and output.problem is None:
                output.write(frame)
        if self.problems and not self._watched and not self._at_work():
            raise OutputError(self.problems[-1])

    def hold(self, picture: Image) -> None:
        """Show a picture to those who look on while no frames come; a recording just has a pause there.

        Args:
            picture: uint8 (H, W, 3) BGR: the last one, with a word on why there is none newer.
        """
        for output in (self._broadcast, self._camera):
            if output is not None and output.problem is None:
                output.hold(picture)

    def _at_work(self) -> bool:
        others = (self._broadcast, self._camera)
        return self.recorder.recording or any(one is not None and one.problem is None for one in others)

    def told_in(self, result: RunResult) -> RunResult:
        """A run's result with what became of its outputs.

        Args:
            result: What the run came to, after `finish`.

        Returns:
            It, with the first recording or, without one, the address that was streamed to.
        """
        path = self.recorder.paths[0] if self.recorder.paths else None
        written = self.recorder.frames
        if not written and self._broadcast is not None and self._broadcast.frames:
            path, written = self._broadcast.name, self._broadcast.frames
        told = tuple(dict.fromkeys((*result.warnings, *self.problems)))
        return replace(result, output_path=path, frames_written=written, warnings=told)

    def finish(self) -> None:
        """Finish recordings, hang up and close; may be called twice. What was recorded is kept."""
        with contextlib.ExitStack() as whatever_happens:
            for output in (self._camera, self._broadcast):
                if output is not None:
                    whatever_happens.callback(output.finish)
            self.recorder.stop()

    def __enter__(self) -> LiveOutputs:
        return self

    def __exit__(self, kind: object, *exception: object) -> None:
        self.finish()
        # Here or on the way: a run whose only fruit is lost has failed.
        in_vain = self._targets == LiveTargets(record=self._targets.record) and not self.recorder.paths
        if kind is None and in_vain and self.recorder.problems and not self._watched:
            raise OutputError(self.recorder.problems[-1])
