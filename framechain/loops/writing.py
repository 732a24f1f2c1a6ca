"""`framechain.write`: an output that a program writes frame by frame."""

from __future__ import annotations

import contextlib
import os
import warnings
import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_rate
from ..basics.warner import Warner
from ..contracts import Sink, Source
from ..errors import ArgumentError, ArgumentTypeError, OutputError
from ..files.binary import BinaryWriter, check_writable, get_file_name
from ..files.paths import PathLike, hide_password, is_image, is_stream_url
from ..files.stores import open_local_copy
from ..frame import Frame, FrameInfo, StreamInfo, make_image_info
from ..options import Encoding
from ..pixels.image import to_bgr_image
from ..sinks.target import check_path, choose_suffix, describe_file
from ..sources.contents import Content, get_content_name, is_content, open_private_copy
from .reading import Reading
from .span import Span, describe_lag
from .timing import Timing

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..media.audio import AudioTrack


class _Described(Source):
    """What a sink has to know of the frames that a program makes."""

    def __init__(self, info: StreamInfo, audio: AudioTrack | None, icc_profile: bytes | None) -> None:
        self.info, self.audio, self.icc_profile = info, audio, icc_profile

    def __iter__(self) -> Iterator[Frame]:
        return iter(())


class Writing:
    """An output of `write`: call it with each frame; the `with` block completes it, or discards it after an error."""

    def __init__(
        self,
        output: PathLike | BinaryWriter,
        *,
        fps: float | Fraction | None = None,
        audio: PathLike | Content | None = None,
        like: Source | StreamInfo | None = None,
        encoding: Encoding = Encoding(),  # noqa: B008
        alpha: bool | None = None,
    ) -> None:
        """Check what can be checked before the first frame; see `write`."""
        self._output: str | BinaryWriter
        if isinstance(output, str | os.PathLike):
            self._output = name = check_path(output)
            self._name = hide_password(name) if is_stream_url(name) else name
        else:
            self._output = check_writable(output)
            name, self._name = get_file_name(output) or "", describe_file(output)
        if like is not None and not isinstance(like, Source | StreamInfo):
            raise ArgumentTypeError(f"like must be a source or its info, got {like!r:.80}")
        if not isinstance(encoding, Encoding):
            raise ArgumentTypeError(f"encoding must be framechain.Encoding(...), got {encoding!r:.80}")
        if alpha not in (None, True, False):
            raise ArgumentTypeError(f"alpha must be True, False or None, got {alpha!r:.80}")
        self._is_image = is_image(name)
        if not is_stream_url(name):
            self._check_suffix(alpha=bool(alpha))
        rate = None if fps is None else check_rate("fps", fps)
        self._like = like.info if isinstance(like, Source) else like
        self._timing = Timing(rate=rate, usual_rate=None if self._like is None else self._like.rate)
        self._encoding, self._alpha = encoding, alpha
        self._icc_profile = like.icc_profile if isinstance(like, Source) else None
        self._is_closed = False
        self._sinks: list[Sink] = []
        self._stream: StreamInfo | None = None
        self._cleanup = contextlib.ExitStack()
        # An output that is abandoned leaves no temporary file.
        self._finalizer = weakref.finalize(self, _lose, self._name, self._sinks, self._cleanup)
        self._audio = like.audio if isinstance(like, Source) else None
        self._given = like.given if isinstance(like, Reading) else None
        self._own = Span()  # The frames of `like` that were written as a Frame.
        self._has_arrays = False
        self._has_own_audio = audio is not None
        if audio is not None:
            if self._is_image or is_stream_url(name):
                raise ArgumentError(f"audio is written to video files alone, and {self._name} is none: leave it out")
            try:
                self._audio = self._find_audio(audio)
            except BaseException:
                self.abort()
                raise

    def _check_suffix(self, *, alpha: bool) -> None:
        from ..images.codec import check_image_suffix
        from ..sinks.files.codecs import choose_container

        path = self._output
        if not isinstance(path, str):
            path = os.path.splitext(self._name)[0] + choose_suffix(path, image=False, alpha=alpha)
        if self._is_image:
            check_image_suffix(path, alpha=alpha)
        else:
            choose_container(path, alpha=alpha)

    def _find_audio(self, audio: PathLike | Content) -> AudioTrack:
        from ..media.audio_file import find_audio_track

        if isinstance(audio, str | os.PathLike):
            local = self._cleanup.enter_context(open_local_copy(audio, "audio"))
            return find_audio_track(local, os.fspath(audio))
        if not is_content(audio):
            raise ArgumentTypeError(
                f"audio must be a path, bytes or a binary file open for reading, got {type(audio).__name__}"
            )
        return find_audio_track(self._cleanup.enter_context(open_private_copy(audio)), get_content_name(audio))

    @property
    def path(self) -> str | None:
        """The file or address that is written; None for an open file, and where nothing was written."""
        return self._sinks[0].path if self._sinks else None

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return self._sinks[0].frames if self._sinks else 0

    def __call__(self, frame: Frame | NDArray[Any], *, time: float | None = None) -> None:
        """Write a frame.

        Args:
            frame: A `Frame`, or an array (H, W), (H, W, 3) BGR or (H, W, 4) BGRA of uint8, uint16 or floats in [0, 1].
                It is copied. All must have one size.
            time: Seconds from the beginning of the output, with every frame or with none.

        Raises:
            ArgumentTypeError: If it is neither.
            ArgumentError: If times do not grow, or only some frames have one.
            OutputError: If it has another size than the first, or alpha although the first had none; if the format
                cannot hold it, or the disk or the encoder fails; or if the output was closed.
        """
        if self._is_closed:
            raise OutputError(f"cannot write {self._name}: it was closed")
        own = frame.info if isinstance(frame, Frame) else None
        pixels = frame if isinstance(frame, Frame) else _convert(frame)
        pts, duration = self._timing.take(own, time)
        if own is not None and own.stream is self._like:
            self._own.add(own)
        else:
            self._has_arrays = True
        if self._stream is None:
            self._stream = self._open(pixels, own, time)
        info = FrameInfo(self.frames, pts, duration, self._stream)
        ready = _copy(pixels, info)
        if pixels.alpha is not None and not self._alpha:
            if self._alpha is None:
                raise OutputError(
                    f"cannot write {self._name}: frame {info.index} has alpha and the first had none, give alpha=True"
                )
            ready.alpha = None
        self._sinks[0].write(ready)

    def _open(self, first: Frame, own: FrameInfo | None, time: float | None) -> StreamInfo:
        """Open the output for frames such as the first one."""
        from ..sinks.open import open_sink

        width, height = first.size
        described = self._like or first.info.stream
        stream = replace(
            described,
            kind="image" if self._is_image else "video",
            width=width,
            height=height,
            time_base=self._timing.time_base,
            rate=self._timing.rate,
            frame_count=None,
            duration=None,
        )
        has_alpha = first.alpha is not None and self._alpha is not False
        audio = self._audio
        if audio is not None and not self._has_own_audio:
            audio = replace(audio, start=audio.start + self._find_audio_start(own, time))
        source = _Described(stream, audio, self._icc_profile)
        sink = open_sink(self._output, like=source, encoding=self._encoding, alpha=bool(self._alpha) or has_alpha)
        self._alpha = True if has_alpha else self._alpha
        self._sinks.append(sink)
        return stream

    def _find_audio_start(self, own: FrameInfo | None, time: float | None) -> Fraction:
        """Return where the audio of `like` begins, so that it is in step also if its first frames are left out."""
        if time is None and own is not None and own.stream is self._like:
            return own.pts * own.stream.time_base
        begin = None if self._given is None else self._given.begin
        # Arrays belong to the frames that were read, unless the program counts their times from the clip's beginning.
        return Fraction(0) if begin is None or (time is not None and time >= float(begin)) else begin

    def close(self) -> None:
        """Complete the output, whose audio ends with the last frame; may be called twice.

        Raises:
            OutputError: If the disk or the encoder fails; nothing is left then.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            for sink in self._sinks:
                sink.finish(complete=False)
        finally:
            self._release()
        warner = Warner()
        problem = self._sinks[0].problem if self._sinks else f"{self._name} was not written: there was no frame"
        for sentence in filter(None, (problem, self._describe_lag())):
            warner.warn(sentence)
        warner.raise_error()

    def _describe_lag(self) -> str | None:
        """Return that the audio of `like` is not in step, as a sentence; None if it is, or if there is none."""
        timing, read = self._timing, self._given if self._has_arrays else self._own
        if self._audio is None or self._has_own_audio or self._like is None or self._is_image or not self._sinks:
            return None
        if read is None or read.begin is None or timing.source == "frame":
            return None
        return describe_lag(self._like.name, read, timing.length, by_rate=self._has_arrays and timing.source == "rate")

    def abort(self) -> None:
        """Discard the output; does nothing after `close`."""
        self._is_closed = True
        self._release()

    def _release(self) -> None:
        if self._finalizer.detach():
            _abandon(self._sinks, self._cleanup)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


def write(
    output: PathLike | BinaryWriter,
    *,
    fps: float | Fraction | None = None,
    audio: PathLike | Content | None = None,
    like: Source | StreamInfo | None = None,
    encoding: Encoding = Encoding(),  # noqa: B008
    alpha: bool | None = None,
) -> Writing:
    """Write frames that a program makes: a video, an image or a stream.

    The first frame decides on the size. The file appears at the end of the `with` block, whole; after an error, or
    without a frame, none appears.

    Args:
        output: .mp4, .m4v, .mov, .mkv or .webm, or an image for a single frame: local, or on a store that stow reaches.
            An address to stream to, such as rtmp://host/live/key. Or a binary file open for writing, such as
            `io.BytesIO`: it gets an mp4, a webm if there is alpha, or what the suffix of its name asks for.
        fps: Frames per second. If not given, a `Frame` keeps its own time, the first one being at 0, and the frames of
            a second clip follow those of the first; arrays are written at the rate of `like`, or at 25. A program may
            also give the time of each frame: `out(image, time=1.25)`.
        audio: A file whose audio is written, from its beginning to the end of the last frame: a path, its bytes, or a
            binary file open for reading.
        like: What the frames were made from: the colour, the shape of the pixels and, of a source, the audio are kept.
            By default the first `Frame` says all but the audio.
        encoding: How to encode a video or a stream.
        alpha: Whether to write alpha; None to go by the first frame, False to leave it out.

    Returns:
        The output: call it with each frame.

    Raises:
        ArgumentTypeError: If an argument has a wrong type.
        ArgumentError: If `fps` is out of range, `output` is empty, or audio is given for an image or a stream.
        OutputError: If the suffix is of no format that is written, or of one without alpha.
        MissingInputError: If there is no such audio file.
        MediaError: If it has no audio.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "fade.mp4")
        >>> with write(path, fps=10, audio="samples/clip.mp4") as out:
        ...     for level in range(0, 250, 10):
        ...         out(np.full((48, 64, 3), level, np.uint8))
        >>> out.frames, out.path == path
        (25, True)
    """
    return Writing(output, fps=fps, audio=audio, like=like, encoding=encoding, alpha=alpha)


def _convert(image: Any) -> Frame:
    """Return an array as a frame, whose alpha is kept."""
    if isinstance(image, np.ndarray) and image.ndim == 3 and image.shape[2] == 4 and image.size:
        frame = Frame(make_image_info("frames", image), bgr=to_bgr_image(image[..., :3]))
        frame.alpha = np.ascontiguousarray(to_bgr_image(image[..., 3])[..., 0])
        return frame
    bgr = to_bgr_image(image)
    return Frame(make_image_info("frames", bgr), bgr=bgr)


def _copy(frame: Frame, info: FrameInfo) -> Frame:
    """Return a frame of another place with pixels of its own, in the layout that they have, if it is the same one."""
    if frame.is_yuv and frame.info.stream.colour == info.stream.colour:
        copy = Frame(info, yuv=frame.yuv)
    else:
        copy = Frame(info, bgr=frame.read_bgr().copy())
    copy.alpha = frame.alpha
    return copy


def _lose(name: str, sinks: list[Sink], cleanup: contextlib.ExitStack) -> None:
    try:
        if sinks:
            warnings.warn(f"{name} was not completed: use a `with` block, or close()", ResourceWarning, stacklevel=2)
    finally:
        _abandon(sinks, cleanup)


def _abandon(sinks: list[Sink], cleanup: contextlib.ExitStack) -> None:
    with cleanup:
        for sink in sinks:
            sink.abort()
