"""The engine: a source, a chain of objects, and a window or a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from ..basics.arguments import NotGiven, check_rate, check_time_limit, to_python
from ..basics.timecode import Time
from ..chain import Chain
from ..contracts import Sink
from ..errors import ArgumentError, ArgumentTypeError, CameraError, CameraLostError
from ..files.paths import PathLike
from ..options import CameraOptions, Encoding, LiveOptions, LiveTargets, check_option_types, make_live_targets
from ..pixels.image import Image
from ..run.control import RunControl
from ..run.frame_range import make_frame_range
from ..run.result import RunResult
from ..run.sink_openers import LastFrame, check_sinks, make_opener
from ..sinks.target import Output, check_output
from ..sources.contents import Content
from ..sources.open import SourceLike, check_source_type, find_kind, may_be_camera
from ..steering import Progress
from .assembly import Assembly
from .coroutine import run_in_thread
from .tutorial_methods import TutorialMethods

NOT_GIVEN: Any = NotGiven.NOT_GIVEN
"""The default of `source`: None is refused, because it is often a failure of the program; it must not open a camera."""


class Engine(TutorialMethods):
    """Reads frames from an image, a video or a camera, passes each through a chain, shows or writes the result.

    Example:
        >>> import tempfile
        >>> from framechain import Engine
        >>> out = os.path.join(tempfile.mkdtemp(), "negative.mp4")
        >>> result = Engine(video_path="samples/clip.mp4", custom_objects=[lambda frame: 255 - frame],
        ...                 output_path=out, end_video_frame=9, break_on_end=True).run()
        >>> result.frames_written
        10
    """

    def __init__(
        self,
        image_path: PathLike = "",
        video_path: PathLike = "",
        webcam_id: int | str = 0,
        show: bool = False,
        flip_view: bool | None = None,
        custom_objects: Iterable[Callable[..., Any]] = (),
        output_extension: str = "out",
        start_video_frame: int = 0,
        end_video_frame: int = 0,
        break_on_end: bool = False,
        *,
        output_path: Output = None,
        encoding: Encoding = Encoding(),  # noqa: B008
        camera: CameraOptions = CameraOptions(),  # noqa: B008
        live: LiveOptions = LiveOptions(),  # noqa: B008
        audio: bool = True,
        progress: bool | None = None,
        object_timeout: float | None = None,
        source: SourceLike = NOT_GIVEN,
        fps: float | Fraction | None = None,
        sinks: Sequence[Sink] = (),
        start: Time | None = None,
        end: Time | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        cut: bool = False,
    ) -> None:
        """Set up a run; nothing is opened before `run`.

        Args:
            image_path: An image to process; used if no video is given.
            video_path: A video to process: local, a URL, or what stow reaches such as s3://bucket/clip.mp4.
            webcam_id: A camera's number, device path or URL; used if neither video nor image is given.
            show: Whether to show the result as it is made. q, Esc or closing the window stops.
            flip_view: Whether to mirror frames left to right before the objects get them. None: only a window that
                shows a camera is a mirror; see `framechain.run.mirroring`.
            custom_objects: Callables `frame -> frame`, applied in order; see `FrameObject`.
            output_extension: Added to the input's name for the output's: clip.mp4 -> clip_out.mp4.
            start_video_frame: First frame to process, from 0 (`--start`); earlier ones are written as they are.
            end_video_frame: Last frame to process, inclusive (`--end`); later ones are written as they are. 0: no end.
            break_on_end: Whether the output, audio included, ends with `end_video_frame` or `end`.
            output_path: Where to write instead of next to the input: a path, or a binary file open for writing such as
                `io.BytesIO`, which gets the complete result at the end; `framechain.NO_OUTPUT` for nothing. A camera
                is recorded, and the result of a source without a path written, only if given. An address such as
                rtmp://host/live/key is streamed to.
            encoding: How to encode video.
            camera: How to open a camera and how long to wait for it.
            live: How a run with a camera behaves and where else its result goes; the window's title and trackbars.
            audio: Whether to keep the audio of a video or a camera; False opens no microphone.
            progress: Whether to draw a progress bar on stderr; None: if that is a terminal.
            object_timeout: Seconds that all objects together may take for a frame or a key; the run ends with a
                `LateError` after that. None: 10 for a camera, no limit for a file; `math.inf`: no limit.
            source: Where frames come from, instead of an image, a video or a camera: a path, a camera's number, an
                array, an iterable of arrays, bytes, a binary file open for reading, or a `Source`; see `open_source`.
                It is closed at the end of the run, but for an open file.
            fps: Frames per second of an iterable of arrays; 25 if not given.
            sinks: Where frames go instead of the file next to the input; `output_path` is written too if given.
            start: Time of the first frame to process, instead of `start_video_frame`: seconds such as 2.5, or text such
                as "0:03", "1:02:03.5" or "2.5s".
            end: Time from which on frames are written as they are, instead of `end_video_frame`.
            on_progress: Called with a `Progress` in the thread of `run`, at most about ten times a second and once at
                the end. It may raise `Stop`; any other error ends the run.
            cut: Whether the output has the frames of the range alone, from 0 on, with their audio; objects and `sinks`
                get the frames with their times in the video.

        Raises:
            ArgumentTypeError: If an argument has a wrong type, such as a custom object that is not callable.
            ArgumentError: If a value is out of range, or the start lies after the end.
        """
        check_option_types(encoding, camera, live)
        image_path, video_path = _check_path("image_path", image_path), _check_path("video_path", video_path)
        self.source = None if source is NOT_GIVEN else source
        if source is not NOT_GIVEN:
            check_source_type(source)
        check_sinks(sinks)
        if progress not in (True, False, None):
            raise ArgumentError(f"progress must be True, False or None, got {progress!r}")
        self.output_path = check_output(output_path)
        self.live_targets = make_live_targets(self._own_path, live)
        is_file = bool(image_path or video_path) if self.source is None else not may_be_camera(source, camera)
        if is_file:
            self._check_file_targets()
        self.image_path = image_path
        self.video_path = video_path
        self.webcam_id = to_python(webcam_id)
        self.show = show
        self.flip_view = flip_view
        self._chain = Chain(custom_objects)
        self.output_extension = output_extension
        self.frame_range = make_frame_range(start_video_frame, end_video_frame, break_on_end, start, end, alone=cut)
        self.encoding = encoding
        self.camera = camera
        self.live = live
        self.audio = audio
        self.show_progress = progress
        self.object_timeout = check_time_limit("object_timeout", object_timeout)
        if on_progress is not None and not callable(on_progress):
            raise ArgumentTypeError(f"on_progress must be a function of a Progress, got {on_progress!r}")
        self.on_progress = on_progress
        self._control = RunControl()
        self.fps = None if fps is None else check_rate("fps", fps)
        self.sinks = list(sinks)

    @property
    def _own_path(self) -> str | None:
        return self.output_path if isinstance(self.output_path, str) else None

    def _check_file_targets(self) -> None:
        if self.live_targets != LiveTargets(record=self._own_path):
            raise ArgumentError("record, virtual_camera and addresses to stream to are for cameras, not for files")

    @property
    def custom_objects(self) -> list[Callable[..., Any]]:
        """The chain's objects, in order."""
        return list(self._chain.objects)

    def run(self) -> RunResult:
        """Process the source if one was given, else the video, else the image, else the camera.

        Ctrl-C and SIGTERM stop as q does: what was made is complete and playable.

        Returns:
            What was done.

        Raises:
            FramechainError: If the input cannot be read, an object fails or the output cannot be written;
                no new file is left under the output's name, except the recording of a camera.
            Interrupted: After Ctrl-C, a KeyboardInterrupt with the result. A loop over several runs ends.
            Terminated: After SIGTERM, a SystemExit with the result.
        """
        if self.source is not None:
            kind = find_kind(self.source, self.camera)
            if kind != "camera":
                self._check_file_targets()
            return self._assemble().run(self.source, self.output_path, kind=kind)
        if self.video_path:
            return self.process_video()
        if self.image_path:
            return self._assemble().run(self.image_path, self.output_path, kind="image")
        try:
            return self._run_camera()
        except CameraError as error:
            if self.webcam_id != 0 or isinstance(error, CameraLostError):
                raise
            raise CameraError(f"{error} (no source, video_path or image_path was given)") from error.__cause__

    async def arun(self) -> RunResult:
        """Run in a thread of its own, for an event loop; otherwise as `run`. Several engines may run at once.

        If the task is cancelled, the run is stopped as by `stop`, but its output is discarded: nobody gets to know that
        it is cut short. Only recordings of cameras are kept, and an output that is being completed at that moment. The
        task goes on once all that is done; an object that hangs is waited for, if there is no `object_timeout`.

        Objects and `on_progress` are called in the thread. Signals are left to the loop: after Ctrl-C, `asyncio.run`
        cancels the task.

        Returns:
            What was done.

        Raises:
            CancelledError: If the task is cancelled.
            ArgumentError: If a window is asked for, which only the main thread may show.
            FramechainError: As `run`.
        """
        if self.show:
            raise ArgumentError("a window is shown in the main thread alone: call run(), or arun() without show=True")
        return await run_in_thread(self.run, self.cancel)

    def stop(self) -> None:
        """End the run, from any thread: the frame under way is finished, and what was made is complete and playable.

        Before the first run it ends that one as soon as it begins; after a run it does nothing. It does not wait for
        the run's end. `RunResult.stopped` is "stop".
        """
        self._control.stop()

    def cancel(self) -> None:
        """As `stop`, but the output is discarded, unless it is being completed already or is a camera's recording."""
        self._control.cancel()

    def progress(self) -> Progress | None:
        """Return how far the run is, for any thread; after it how far it came, and None before the first one."""
        return self._control.progress()

    def process_image(
        self, image: PathLike | NDArray[Any] | Content | None = None, output_path: Output = None
    ) -> Image:
        """Process one image.

        Args:
            image: A path, an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA, bytes, or a binary file open for reading;
                `image_path` if not given.
            output_path: Where to write, as in `Engine`; the engine's own if not given. Without both, the result of a
                path is written next to it, as me_out.jpg for me.jpg, and that of anything else nowhere. Give
                `framechain.NO_OUTPUT` to get the array alone.

        Returns:
            The processed image: uint8 (H, W, 3) BGR; (H, W, 4) BGRA if an object made it transparent.

        Raises:
            FramechainError: If it cannot be read, an object fails or the output cannot be written.
        """
        if image is None and not self.image_path:
            raise ArgumentError("there is no image to process: give image, or image_path to the Engine")
        result = LastFrame()
        output = self.output_path if output_path is None else check_output(output_path)
        given = self.image_path if image is None else image
        self._assemble().run(given, output, make_opener(result), kind="image")
        return result.get()

    def process_webcam(self, return_frame: bool = False) -> Image | RunResult:
        """Process a camera until the viewer stops it.

        Args:
            return_frame: Whether to take, process and return a single frame instead.

        Returns:
            The processed frame, uint8 (H, W, 3) BGR, or what was done.

        Raises:
            CameraError: If there is no such camera, it gives no frame in time, or it is lost.
            FramechainError: If an object fails or the recording cannot be written.
        """
        if not return_frame:
            return self._run_camera()
        result = LastFrame()
        self._assemble().take_frame(self.webcam_id, make_opener(result))
        return result.get()

    def process_video(self) -> RunResult:
        """Process the video and write the result.

        Returns:
            What was done.

        Raises:
            FramechainError: If it cannot be read, an object fails or the output cannot be written.
        """
        if not self.video_path:
            raise ArgumentError("there is no video to process: give video_path to the Engine")
        return self._assemble().run(self.video_path, self.output_path, kind="video")

    def _run_camera(self) -> RunResult:
        return self._assemble().run(self.webcam_id, self.output_path, kind="camera")

    def _assemble(self) -> Assembly:
        return Assembly(
            chain=self._chain,
            live_targets=self.live_targets,
            frame_range=self.frame_range,
            fps=self.fps,
            sinks=self.sinks,
            show=self.show,
            flip_view=self.flip_view,
            output_extension=self.output_extension,
            encoding=self.encoding,
            camera=self.camera,
            live=self.live,
            audio=self.audio,
            progress=self.show_progress,
            object_timeout=self.object_timeout,
            on_progress=self.on_progress,
            control=self._control,
        )


def _check_path(name: str, path: Any) -> str:
    if not isinstance(path, str | os.PathLike):
        raise ArgumentTypeError(
            f"{name} must be a path, got {type(path).__name__}: give arrays, bytes and open files as source=..."
        )
    text = os.fspath(path)
    if not isinstance(text, str):
        raise ArgumentTypeError(f"{name} must be text, got {path!r}")
    return text
