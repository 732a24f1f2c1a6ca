"""From an engine's arguments to one run: what is opened, what is written, and how the run goes."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ..chain import Chain
from ..contracts import Sink, Source
from ..files.binary import BinaryWriter
from ..files.paths import make_output_path
from ..options import CameraOptions, Encoding, LiveOptions, LiveTargets
from ..run.control import RunControl
from ..run.frame_range import FrameRange
from ..run.mirroring import choose_mirroring
from ..run.progress import OnProgress
from ..run.result import RunResult
from ..run.run import run
from ..run.run_options import RunOptions
from ..run.sink_openers import SinkOpener, make_opener
from ..sinks.target import NO_OUTPUT, NoOutput

if TYPE_CHECKING:
    from ..live.viewer import Viewer, ViewerControls
    from ..sinks.files.recorder import Recorder
    from ..sources.open import Kind, SourceLike


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """One run of an engine, as its arguments ask for it.

    Attributes:
        chain: What the frames pass.
        live_targets: Where the result of a camera goes.
        frame_range: Which frames of a video are processed.
        control: What other threads may do to the run.

    The others are as in `Engine`.
    """

    chain: Chain
    live_targets: LiveTargets
    frame_range: FrameRange
    fps: float | Fraction | None
    sinks: Sequence[Sink]
    show: bool
    flip_view: bool | None
    output_extension: str
    encoding: Encoding
    camera: CameraOptions
    live: LiveOptions
    audio: bool
    progress: bool | None
    object_timeout: float | None
    on_progress: OnProgress | None
    control: RunControl

    def run(
        self,
        source: SourceLike,
        output: str | BinaryWriter | NoOutput | None,
        *openers: SinkOpener,
        kind: Kind | None = None,
    ) -> RunResult:
        """Process whatever frames come from.

        Args:
            source: What `open_source` takes.
            output: Where to write; None: next to the input, and nothing for an input without a path.
            openers: Open further sinks.
            kind: What the source must be; None to go by its name or content.
        """
        from ..sources.open import get_path, guess_kind_of, open_source

        kind, path = kind or guess_kind_of(source), get_path(source)
        if path is not None:
            self._check_path(path, output, kind)

        # Nobody is to wait for a microphone, or be listened to, for nothing.
        camera = self.camera if self.audio else replace(self.camera, microphone=None)

        def open_it() -> Source:
            return open_source(source, camera=camera, kind=kind, fps=self.fps)

        live = kind == "camera"
        if live and isinstance(output, str | None):
            output = NO_OUTPUT  # Paths and addresses are among the live targets.
        elif output is None and (path is None or self.sinks):
            output = NO_OUTPUT
        return self._run(open_it, self._make_target_opener(output, path), *openers, live=live)

    def _check_path(self, path: str, output: object, kind: Kind | None) -> None:
        """Refuse what cannot work before any work is done."""
        from ..images.codec import check_image_suffix
        from ..media.input_file import check_input_file
        from ..sinks.files.codecs import choose_container

        if kind == "image":
            # A folder has no suffix either: the error must name the input, not the output.
            check_input_file(os.path.expanduser(path), path)
        if isinstance(output, str) and kind == "image":
            check_image_suffix(output, alpha=self.chain.gives_alpha)
        elif isinstance(output, str) and kind == "video":
            choose_container(output, alpha=self.chain.gives_alpha)

    def _make_target_opener(self, output: str | BinaryWriter | NoOutput | None, path: str | None) -> SinkOpener | None:
        """Return what opens the output of a file; None if there is none."""
        if output is NO_OUTPUT:
            return None
        alpha = self.chain.gives_alpha

        def open_target(source: Source) -> Sink:
            from ..sinks.open import open_sink

            is_video = source.info.kind != "image"
            target = output
            if target is None:
                target = make_output_path(path or "", self.output_extension, video=is_video, alpha=alpha)
            return open_sink(target, like=source, encoding=self.encoding, audio=self.audio, alpha=alpha)

        return open_target

    def take_frame(self, camera: int | str, opener: SinkOpener) -> None:
        """Process one frame of a camera.

        Args:
            camera: Its number, device path or URL.
            opener: Opens the sink that takes the frame.
        """
        from ..sources.open import open_source

        def open_camera() -> Source:
            return open_source(camera, camera=replace(self.camera, microphone=None), kind="camera")

        options = RunOptions(
            frame_limit=1, flips=bool(self.flip_view), object_timeout=self.object_timeout, control=self.control
        )
        run(self.chain, open_camera, [opener], options=options)

    def _run(
        self, open_source: Callable[[], Source], target: SinkOpener | None, *openers: SinkOpener, live: bool
    ) -> RunResult:
        outputs = None
        sinks: list[SinkOpener] = [*openers, *(make_opener(sink) for sink in self.sinks)]
        if live and (self.show or self.live_targets):
            from ..live.outputs import LiveOutputs

            alpha = self.chain.gives_alpha
            outputs = LiveOutputs(
                self.live_targets,
                encoding=self.encoding,
                audio=self.audio,
                alpha=alpha,
                reconnect=self.camera.reconnect,
                watched=self.show,
            )
            sinks.append(make_opener(outputs))
        if target is not None:
            sinks.append(target)
        # A recording that is begun in the window is as the viewer sees it: only the viewer gets it.
        others = bool(self.live_targets) or bool(self.sinks) or target is not None
        flips, mirrors_window = choose_mirroring(self.flip_view, watched=live and self.show, others=others)
        options = RunOptions(
            frame_range=self.frame_range,
            flips=flips,
            open_viewer=functools.partial(self._open_window, mirrors_window) if self.show else None,
            tune=self.live.tune,
            progress=self.progress,
            max_failures=self.live.max_failures,
            object_timeout=self.object_timeout,
            on_progress=self.on_progress,
            control=self.control,
        )
        return run(self.chain, open_source, sinks, options=options, live_outputs=outputs)

    def _open_window(self, mirror: bool, controls: ViewerControls, source: Source, recorder: Recorder | None) -> Viewer:
        from ..live.session import Session

        return Session(
            controls,
            title=self.live.title,
            mirror=mirror,
            still=source.info.kind == "image",
            recorder=recorder,
            audio=source.live_audio,
        )
