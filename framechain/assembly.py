"""From an engine's arguments to one run: what is opened, what is written, and how the run goes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from .chain import Chain
from .contracts import Sink, Source
from .files.paths import PathLike, make_output_path
from .options import CameraOptions, Encoding, LiveOptions, LiveTargets
from .run.frame_range import FrameRange
from .run.mirroring import choose_mirroring
from .run.result import RunResult
from .run.run import run
from .run.run_options import RunOptions
from .run.sink_openers import SinkOpener, make_opener


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """One run of an engine, as its arguments ask for it.

    Attributes:
        chain: What the frames pass.
        live_targets: Where the result of a camera goes.
        frame_range: Which frames of a video are processed.

    The others are as in `Engine`.
    """

    chain: Chain
    live_targets: LiveTargets
    frame_range: FrameRange
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

    def run_source(self, source: Source, output_path: str | None) -> RunResult:
        """Process a source of the user's.

        Args:
            source: The source; closed at the end.
            output_path: Where to write; None for nowhere.
        """
        return self._run(lambda: source, output_path, live=source.info.live)

    def run_video(self, path: str, output_path: str | None) -> RunResult:
        """Process a video file.

        Args:
            path: The video.
            output_path: Where to write; None: next to it.
        """
        from .sinks.codecs import choose_container
        from .sources.open import open_source

        target = self._choose_target(path, output_path, video=True)
        if target is not None:
            choose_container(target, alpha=self.chain.gives_alpha)  # Fails before any work.
        return self._run(lambda: open_source(path, kind="video"), target)

    def run_image(
        self, image: PathLike | NDArray[Any], output_path: PathLike | None, *openers: SinkOpener
    ) -> RunResult:
        """Process an image.

        Args:
            image: A path or an array.
            output_path: Where to write; None: next to it, for an array nowhere.
            openers: Open further sinks.
        """
        from .images.codec import check_image_suffix
        from .media.input_file import check_input_file
        from .sources.image import ImageSource
        from .sources.open import open_source

        if isinstance(image, str | os.PathLike):
            # A folder has no suffix either: the error must name the input, not the output.
            check_input_file(os.path.expanduser(os.fspath(image)), os.fspath(image))
            target = self._choose_target(os.fspath(image), output_path, video=False)
        else:
            target = None if output_path is None else os.fspath(output_path)
        if output_path is not None and target is not None:
            check_image_suffix(target, alpha=self.chain.gives_alpha)  # Fails before any work.

        def open_image() -> Source:
            return open_source(image, kind="image") if isinstance(image, str | os.PathLike) else ImageSource(image)

        return self._run(open_image, target, *openers)

    def run_camera(self, camera: int | str) -> RunResult:
        """Process a camera until the viewer stops it.

        Args:
            camera: Its number, device path or URL.
        """
        return self._run(lambda: self._open_camera(camera), None, live=True)

    def take_frame(self, camera: int | str, opener: SinkOpener) -> None:
        """Process one frame of a camera.

        Args:
            camera: Its number, device path or URL.
            opener: Opens the sink that takes the frame.
        """
        options = RunOptions(frame_limit=1, flips=bool(self.flip_view), object_timeout=self.object_timeout)
        run(self.chain, lambda: self._open_camera(camera), [opener], options=options)

    def _open_camera(self, camera: int | str) -> Source:
        from .sources.open import open_source

        return open_source(camera, camera=self.camera, kind="camera")

    def _choose_target(self, name: str, output_path: PathLike | None, *, video: bool) -> str | None:
        """Return where to write the result of a file; None if the user's own sinks take it."""
        if output_path is not None:
            return os.fspath(output_path)
        if self.sinks:
            return None
        return make_output_path(name, self.output_extension, video=video, alpha=self.chain.gives_alpha)

    def _run(
        self, open_source: Callable[[], Source], target: str | None, *openers: SinkOpener, live: bool = False
    ) -> RunResult:
        from .sinks.open import open_sink

        alpha = self.chain.gives_alpha
        outputs = None
        sinks: list[SinkOpener] = [*openers, *(make_opener(sink) for sink in self.sinks)]
        if live and (self.show or self.live_targets):
            from .live.outputs import LiveOutputs

            outputs = LiveOutputs(self.live_targets, encoding=self.encoding, alpha=alpha, watched=self.show)
            sinks.append(make_opener(outputs))
        elif target is not None and not live:
            sinks.append(
                lambda source: open_sink(target, like=source, encoding=self.encoding, audio=self.audio, alpha=alpha)
            )
        # A recording that is begun in the window is as the viewer sees it: only the viewer gets it.
        others = bool(self.live_targets) or bool(self.sinks)
        flips, mirrors_window = choose_mirroring(self.flip_view, watched=live and self.show, others=others)
        options = RunOptions(
            frame_range=self.frame_range,
            flips=flips,
            mirrors_window=mirrors_window,
            window_title=self.live.title if self.show else None,
            tune=self.live.tune,
            progress=self.progress,
            max_failures=self.live.max_failures,
            object_timeout=self.object_timeout,
        )
        return run(self.chain, open_source, sinks, options=options, live_outputs=outputs)
