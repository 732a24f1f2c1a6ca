"""What is done to one uploaded file: what `framechain FILE` would do, in a thread, without a word of this server."""

from __future__ import annotations

import contextvars
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ...basics.warner import keeping_quiet
from ...chain import Chain
from ...contracts import Source
from ...engine.engine import Engine
from ...errors import ArgumentError, FramechainError, MediaError, OutputError, reason
from ...files.paths import make_output_path
from ...images.browsers import find_browser_type
from ...images.codec import check_image_suffix
from ...media.playback import describe_playback
from ...run.result import RunResult
from ...sources.open import open_source
from ...steering import Progress
from ..look import ChainMaker, Look
from ..transfer.downloads import UNKNOWN
from ..transfer.names import hide_paths

_log = logging.getLogger(__name__)

# An object that hangs must not keep the files of all others waiting.
_OBJECT_SECONDS = 60.0

Answer = TypeVar("Answer")


class FileFailedError(FramechainError):
    """A file could not be processed; the sentence is for the visitor."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What an uploaded file is, by its content.

    Attributes:
        kind: "image" or "video".
        content_type: As what browsers show it; `UNKNOWN` if they do not.
        result_name: The name of its result, as `framechain` would call it.
    """

    kind: str
    content_type: str
    result_name: str


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of a file.

    Attributes:
        frames: Frames in the result.
        warnings: What was lost or done differently, a sentence each.
        content_type: As what browsers show the result; `UNKNOWN` if they do not.
    """

    frames: int
    warnings: tuple[str, ...]
    content_type: str


class FileRun:
    """One run of an `Engine` for an uploaded file: `open` and `run` in a thread, the others in any."""

    def __init__(self, path: Path, name: str, look: Look, maker: ChainMaker) -> None:
        """Set it up; nothing is opened.

        Args:
            path: The upload. It has no suffix: the content alone says what it is, and a list of other files, which
                FFmpeg follows by its name, is refused.
            name: What the visitor calls it.
            look: How the chain is set.
            maker: Makes the chain.
        """
        self._path, self._name, self._look, self._maker = path, name, look, maker
        self._objects: Sequence[Callable[..., Any]] = ()
        self._source: Source | None = None
        self._engine: Engine | None = None
        self._is_image = self._is_cancelled = False
        self._guard = threading.Lock()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._is_cancelled

    def open(self) -> Opened:
        """Make the chain and open the file.

        Raises:
            FileFailedError: If one of them fails.
        """
        return self._guarded(self._open, {str(self._path): self._name})

    def run(self, output: Path, name: str) -> Made | None:
        """Process the file, once, after `open`.

        Args:
            output: Where the result goes; nothing is there after an error, or if it was cancelled.
            name: What the visitor is to call it.

        Returns:
            What was made; None if it was cancelled.

        Raises:
            FileFailedError: If it fails.
        """
        names = {str(self._path): self._name, str(output): name}
        result = self._guarded(lambda: self._run(output), names)
        if self._is_cancelled:
            return None
        if not output.exists():
            raise FileFailedError(f"nothing was made of {self._name}: no frame of it was left")
        warnings = tuple(hide_paths(warning, names) for warning in result.warnings)
        kind = "image" if self._is_image else "video"
        return Made(result.frames_written, warnings, find_content_type(str(output), kind=kind))

    def close(self) -> None:
        """Release the file and the chain, of which nothing is needed after the run; may be called without `open`."""
        if self._source is not None:
            self._source.close()
        with self._guard:
            self._objects, self._source, self._engine = (), None, None

    def cancel(self) -> None:
        """End it as soon as may be; its output is discarded."""
        with self._guard:
            self._is_cancelled = True
            if self._engine is not None:
                self._engine.cancel()

    def progress(self) -> Progress | None:
        """Return how far it is; None before the first frame."""
        return None if self._engine is None else self._engine.progress()

    def _open(self) -> Opened:
        self._objects = self._maker.make_objects(self._look)
        self._source = open_source(str(self._path))
        kind = self._source.info.kind
        self._is_image = kind == "image"
        result_name = choose_result_name(self._name, kind=kind, alpha=Chain(self._objects).gives_alpha)
        return Opened(kind, find_content_type(str(self._path), kind=kind), result_name)

    def _run(self, output: Path) -> RunResult:
        assert self._source is not None
        engine = Engine(
            source=self._source,
            custom_objects=self._objects,
            output_path=str(output),
            progress=False,
            object_timeout=_OBJECT_SECONDS,
        )
        with self._guard:
            self._engine = engine
            if self._is_cancelled:
                engine.cancel()
        return engine.run()

    def _guarded(self, step: Callable[[], Answer], names: Mapping[str, str]) -> Answer:
        """Call a step; whatever it raises becomes one sentence without a path of the server."""
        if os.path.isabs(self._look.background):
            names = {**names, self._look.background: os.path.basename(self._look.background)}

        def call() -> Answer:
            with keeping_quiet():  # The result holds the warnings.
                return step()

        try:
            # The signals that a server handles are not for this run: its context must not know them.
            return contextvars.Context().run(call)
        except FramechainError as error:
            _log.info("%s: %s", self._name, error)
            raise FileFailedError(hide_paths(str(error), names)) from error
        except MemoryError as error:
            raise FileFailedError(f"cannot read {self._name}: the memory of the server does not suffice") from error
        except BaseException as error:  # Also what would end the process, such as SystemExit in an object.
            _log.exception("processing an upload failed")
            sentence = f"{self._name}: unexpected {type(error).__name__}: {reason(error)}"
            raise FileFailedError(hide_paths(sentence, names)) from error


def choose_result_name(name: str, *, kind: str, alpha: bool) -> str:
    """Return the name of a file's result, as `framechain` would call it if the suffix told the content.

    Args:
        name: That of the upload.
        kind: "image" or "video", by its content.
        alpha: Whether the result has alpha.

    Example:
        >>> [choose_result_name(name, kind="video", alpha=False) for name in ("a.avi", "b.MOV", "c.jpg", "d")]
        ['a_out.mp4', 'b_out.MOV', 'c_out.mp4', 'd_out.mp4']
    """
    chosen = make_output_path(name, "out", video=kind != "image", alpha=alpha)
    if kind == "image":
        try:
            check_image_suffix(chosen, alpha=alpha)
        except OutputError:
            return f"{os.path.splitext(chosen)[0]}.png"
    return chosen


def find_content_type(path: str, *, kind: str) -> str:
    """Return as what browsers show a file; `UNKNOWN` if they do not, and of a GIF, which is no video for them.

    Args:
        path: The file.
        kind: "image" or "video", by its content.
    """
    try:
        if kind == "image":
            return find_browser_type(path) or UNKNOWN
        playback = describe_playback(path)
    except (MediaError, ArgumentError, OSError):
        return UNKNOWN
    return playback.mime_type if playback.problem is None else UNKNOWN
