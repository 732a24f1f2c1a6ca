"""The engine: a source, a chain of objects, and a window or a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from .chain import Chain
from .errors import ArgumentError
from .files.paths import PathLike, make_output_path
from .files.stores import open_local_copy
from .frame import Frame, make_image_info
from .options import CameraOptions, Encoding, LiveOptions, LiveTargets, make_live_targets
from .pixels.image import Image
from .run.interrupts import Interrupts, finishing
from .run.result import RunResult
from .run.still_run import run_still
from .run.stream_run import FrameRange, mirrored, mirroring, run_stream, warn
from .run.watchdog import Watchdog, object_timeout_of

if TYPE_CHECKING:
    from .contracts import Source
    from .live.session import Session
    from .run.stream_run import Output
    from .sinks.recorder import Recorder
    from .sinks.window import Window


class Engine:
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
        output_path: PathLike | None = None,
        encoding: Encoding = Encoding(),  # noqa: B008
        camera: CameraOptions = CameraOptions(),  # noqa: B008
        live: LiveOptions = LiveOptions(),  # noqa: B008
        audio: bool = True,
        progress: bool | None = None,
        object_timeout: float | None = None,
    ) -> None:
        """Set up a run; nothing is opened before `run`.

        Args:
            image_path: A picture to process; used if no video is given.
            video_path: A video to process: local, a URL, or what stow reaches such as s3://bucket/clip.mp4.
            webcam_id: A camera's number, device path or URL; used if neither video nor image is given.
            show: Whether to show the result as it is made. q, Esc or closing the window stops.
            flip_view: Whether to mirror frames left to right before the objects see them. None: a window that shows a
                camera is a mirror, nothing else is; see `framechain.run.stream_run.mirroring`.
            custom_objects: Callables `frame -> frame`, applied in order; see `CustomObject`.
            output_extension: Added to the input's name for the output's: clip.mp4 -> clip_out.mp4.
            start_video_frame: First frame to process, from 0; earlier ones are written as they are.
            end_video_frame: Last frame to process, inclusive; later ones are written as they are. 0 = no bound.
            break_on_end: Whether the output, sound included, ends with `end_video_frame`.
            output_path: Where to write instead of next to the input. A camera is recorded only if given; an address
                such as rtmp://host/live/key is streamed to.
            encoding: How to encode video.
            camera: How to open a camera and how long to wait for it.
            live: How a run with a camera behaves and where else its result goes; the window's title and trackbars.
            audio: Whether to keep a video's audio.
            progress: Whether to draw a progress bar on stderr; None: if that is a terminal.
            object_timeout: Seconds that all objects together may take for a frame, or at a key. A run with a later one
                ends with an error. None for 10 with a camera and no limit with a file; `math.inf` for no limit.

        Raises:
            ArgumentTypeError: If a custom object is not callable.
            ArgumentError: If a value is out of range, or the start lies after the end.
        """
        if progress not in (True, False, None):
            raise ArgumentError(f"progress must be True, False or None, got {progress!r}")
        self.output_path = None if output_path is None else os.fspath(output_path)
        self.live_targets = make_live_targets(self.output_path, live)
        if (image_path or video_path) and self.live_targets != LiveTargets(record=self.output_path):
            raise ArgumentError("record, virtual_camera and addresses to stream to are for cameras, not for files")
        self.image_path = os.fspath(image_path)
        self.video_path = os.fspath(video_path)
        self.webcam_id = webcam_id
        self.show = show
        self.flip_view = flip_view
        self._chain = Chain(custom_objects)
        self.output_extension = output_extension
        self.frame_range = FrameRange(start_video_frame, end_video_frame, break_on_end)
        self.encoding = encoding
        self.camera = camera
        self.live = live
        self.audio = audio
        self.progress = progress
        object_timeout_of(object_timeout, live=False)  # Refused here, not when frames flow.
        self.object_timeout = object_timeout
        self._window: Window | None = None

    @property
    def custom_objects(self) -> list[Callable[..., Any]]:
        """The chain's objects, in order."""
        return list(self._chain.objects)

    def run(self) -> RunResult:
        """Process the video if one was given, else the image, else the camera.

        Ctrl-C and SIGTERM stop as q does: what was made is finished, playable, and told in the result.

        Returns:
            What was done.

        Raises:
            FramechainError: If the input cannot be read, an object fails or the output cannot be written;
                nothing is left under the output's name that was not there before, but what a camera gave until then.
        """
        if self.video_path:
            return self.process_video()
        if self.image_path:
            return self._run_image(self.image_path, self.output_path)[1]
        return self._run_camera()

    def flip(self, frame: Image) -> Image:
        """Mirror a frame left to right if `flip_view` is set.

        Args:
            frame: uint8 (H, W, 3).

        Returns:
            The mirrored frame, or the frame itself.
        """
        return mirrored(frame) if self.flip_view else frame

    def custom_processing(self, frame: Image) -> Image:
        """Apply the custom objects to a frame of no stream.

        Args:
            frame: uint8 (H, W, 3) BGR.

        Returns:
            uint8 (H, W, 3) BGR; (H, W, 4) BGRA if an object made it see-through.

        Raises:
            FramechainError: If an object fails.
        """
        return self._chain(Frame(make_image_info("frame", frame), bgr=frame)).to_array()

    def display(self, frame: Image, webcam: bool = False, waitTime: int = 1) -> bool:  # noqa: N803
        """Show a frame if `show` is set, and pass a key press on to the objects.

        Args:
            frame: uint8 (H, W, 3) BGR.
            webcam: Not needed any more: keys reach the objects in any case.
            waitTime: Milliseconds to wait for a key; 0 until one is pressed.

        Returns:
            False if the viewer wants to stop.

        Raises:
            DisplayError: If there is no screen.
        """
        if not self.show:
            return True
        if self._window is None:
            from .sinks.window import Window

            self._window = Window(self.live.title)
        key = self._window.show(frame, wait=waitTime)
        if key is not None:
            self._chain.on_key(key)
        if self._window.closed_by is None:
            return True
        self._window.close()
        self._window = None
        return False

    def check_video_frames_range(self, fnum: int) -> bool:
        """Whether a frame lies outside the range to process.

        Args:
            fnum: The frame's index, from 0.

        Returns:
            True if it is to be left as it is.
        """
        return self.frame_range.excludes(fnum)

    def process_image(self, image: PathLike | NDArray[Any] | None = None, output_path: PathLike | None = None) -> Image:
        """Process one picture.

        Args:
            image: A path or an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA; `image_path` if not given.
            output_path: Where to write; for a path next to it if not given, for an array nowhere.

        Returns:
            The processed picture: uint8 (H, W, 3) BGR; (H, W, 4) BGRA if an object made it see-through.

        Raises:
            FramechainError: If it cannot be read, an object fails or the output cannot be written.
        """
        if image is None and not self.image_path:
            raise ArgumentError("there is no picture to process: give image, or image_path to the Engine")
        return self._run_image(self.image_path if image is None else image, output_path or self.output_path)[0]

    def _run_image(self, image: PathLike | NDArray[Any], target: PathLike | None) -> tuple[Image, RunResult]:
        return run_still(
            image,
            target,
            self._chain,
            extension=self.output_extension,
            flip=self.flip,
            window_title=self.live.title if self.show else None,
            object_timeout=self.object_timeout,
        )

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
        limit = object_timeout_of(self.object_timeout, live=True)
        with Interrupts() as interrupts:
            with interrupts.breaking(1):
                opened = self._open_camera()
            with (
                opened as source,
                self._chain.opened(source.info, opening=interrupts.opening, closing=interrupts.leaving),
                Watchdog(interrupts, limit),
                interrupts.breaking(1),
            ):
                frame = next(iter(source))
                return self._chain(frame.with_bgr(self.flip(frame.bgr))).to_array()

    def _open_camera(self) -> Source:
        from .sources.open import open_source

        return open_source(self.webcam_id, camera=self.camera, kind="camera")

    @finishing
    def _run_camera(self) -> RunResult:
        with Interrupts() as interrupts, interrupts.breaking(1):
            opened: Any = self._open_camera()
        with opened as source:
            if not self.show and not self.live_targets:
                return self._run_stream(source)
            from .live.outputs import LiveOutputs

            outputs = LiveOutputs(
                self.live_targets, encoding=self.encoding, alpha=self._chain.gives_alpha, watched=self.show
            )
            outputs.open(source)
            with outputs:
                result = self._run_stream(source, outputs, recorder=outputs.recorder)
        warnings = tuple(dict.fromkeys((*result.warnings, *outputs.problems)))
        return replace(result, output_path=outputs.path, frames_written=outputs.frames, warnings=warnings)

    @finishing
    def process_video(self) -> RunResult:
        """Process the video and write the result.

        Returns:
            What was done.

        Raises:
            FramechainError: If it cannot be read, an object fails or the output cannot be written.
        """
        from .sinks.video import VideoSink

        if not self.video_path:
            raise ArgumentError("there is no video to process: give video_path to the Engine")
        target = self.output_path or make_output_path(
            self.video_path, self.output_extension, video=True, alpha=self._chain.gives_alpha
        )
        # An unknown suffix is refused here, before any work.
        sink = VideoSink(target, encoding=self.encoding, audio=self.audio, alpha=self._chain.gives_alpha)
        with self._open_video() as source:
            sink.open(source)
            try:
                result = self._run_stream(source, sink)
                sink.finish(complete=not result.stopped_early and self.frame_range.length is None)
            finally:
                sink.abort()
        warn(sink.problem)
        warnings = (*result.warnings, *([sink.problem] if sink.problem else []))
        return replace(result, output_path=sink.path, warnings=warnings)

    @contextlib.contextmanager
    def _open_video(self) -> Iterator[Any]:
        from .sources.video import VideoSource

        with contextlib.ExitStack() as stack:
            with Interrupts() as interrupts, interrupts.breaking(1):
                path = stack.enter_context(open_local_copy(self.video_path, "video"))
                source = stack.enter_context(VideoSource(path, name=self.video_path))
                start = self.frame_range.start
                if start and start >= (count := source.count_frames()):
                    raise ArgumentError(
                        f"start_video_frame ({start}) lies beyond {self.video_path}, "
                        f"which has {count} frames (0 to {count - 1})"
                    )
            yield source

    def _run_stream(self, source: Source, *outputs: Output, recorder: Recorder | None = None) -> RunResult:
        # What nobody but the viewer gets, a recording begun in the window, is as the viewer sees it.
        flip, mirror = mirroring(self.flip_view, watched=source.info.live and self.show, others=bool(self.live_targets))

        def make_session(interrupts: Interrupts) -> Session:
            from .live.session import Session, ViewerControls

            def on_key(key: str) -> bool:
                with interrupts.leaving():
                    return self._chain.on_key(key)
                return True  # The key of an object that was left behind is not used for anything else.

            controls = ViewerControls(
                on_key=on_key,
                keys=lambda: self._chain.keys,
                objects=self._chain.adapted,
                tunables=self._chain.tunables if self.live.tune else (),
            )
            return Session(controls, title=self.live.title, mirror=mirror, recorder=recorder)

        return run_stream(
            source,
            outputs,
            self._chain,
            frame_range=self.frame_range if source.info.kind == "video" else FrameRange(),
            flip=flip,
            make_session=make_session if self.show else None,
            progress=self.progress,
            max_failures=self.live.max_failures,
            object_timeout=self.object_timeout,
        )
