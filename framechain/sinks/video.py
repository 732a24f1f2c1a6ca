"""Video files, through PyAV: H.264 that browsers and phones play, with the source's time, colour and sound."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, OutputError, reason
from ..files.paths import make_write_error
from ..frame import Frame, StreamInfo
from ..media.audio import AudioTrack, AudioWriter
from ..options import DEFAULT_PRESET, Encoding
from ..pixels.convert import convert_to_yuva
from ..pixels.planes import pad_to_even_size
from ..pixels.pyav import av

_FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
_DEFAULT_CODECS = {"webm": "libvpx-vp9"}
# What carries alpha in each container, and the layout it takes it in.
_ALPHA_CODECS = {"webm": ("libvpx-vp9", "yuva420p"), "mov": ("prores_ks", "yuva444p10le")}
# x264's ultrafast with the deblocking filter back, which takes the blocks out of smooth walls and costs little. CABAC
# would save an eighth of the bytes for a quarter more time. With a constant quantiser it need not look over every
# frame first, which is a third of its time (benchmarks/presets.py).
_REALTIME = {"preset": "ultrafast", "x264-params": "no-deblock=0"}
_MOST_QUANTISER = 51
# Up to this size, handing frames to threads of x264's own costs more than it gains beside those of the pipeline.
_FEW_THREADS_PIXELS = 1920 * 1088
# More than any container's header takes.
_HEADER_BYTES = 1 << 14
# The index before the pictures, for players on the network.
_AT_ONCE = {"mp4": {"movflags": "+faststart"}, "mov": {"movflags": "+faststart"}}
# Pieces of a second, each with an index of its own, on the disk at once; finished, it is an ordinary file.
_MOV_IN_PIECES = {"movflags": "+hybrid_fragmented", "frag_duration": "1000000", "flush_packets": "1"}
_MKV_IN_PIECES = {"cluster_time_limit": "1000", "flush_packets": "1"}
_IN_PIECES = {"mp4": _MOV_IN_PIECES, "mov": _MOV_IN_PIECES, "matroska": _MKV_IN_PIECES, "webm": _MKV_IN_PIECES}
_USUAL_RATE = Fraction(30)
# MPEG-4 part 2 writes its time base in 16 bits.
_MPEG4_LARGEST_DENOMINATOR = 65535


def choose_container(path: str, *, alpha: bool = False) -> str:
    """FFmpeg's name of the container that a path's suffix asks for.

    Args:
        path: The output.
        alpha: Whether it must hold alpha.

    Returns:
        "mp4", "mov", "matroska" or "webm".

    Raises:
        OutputError: If the suffix is another, or of a container that holds no alpha.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in _FORMATS:
        raise OutputError(
            f"cannot write {path}: {suffix or 'no suffix'!r} is no video format that is written here, "
            f"choose one of {', '.join(_FORMATS)}"
        )
    if alpha and _FORMATS[suffix] not in _ALPHA_CODECS:
        able = [known for known, name in _FORMATS.items() if name in _ALPHA_CODECS]
        raise OutputError(f"cannot write {path}: {suffix} holds no alpha, choose one of {', '.join(able)}")
    return _FORMATS[suffix]


class VideoSink:
    """A video file being written.

    The encoder is made with the first frame, whose size every later one must have: an object may resize, but
    always to the same size.

    Attributes:
        frames: How many frames were written.
        end: Seconds at which the last one written ends.
    """

    def __init__(
        self,
        path: str,
        stream: StreamInfo,
        *,
        target: str | None = None,
        encoding: Encoding | None = None,
        audio: AudioTrack | None = None,
        alpha: bool = False,
        in_pieces: bool = False,
    ) -> None:
        """Open the file.

        Args:
            path: Where to write.
            stream: The source's stream, whose time, colour and pixel shape are kept.
            target: What to call the output in errors; `path` if not given.
            encoding: How to encode.
            audio: Sound to write with it.
            alpha: Whether to write the frames' alpha too, in .webm as VP9 or in .mov as ProRes 4444.
            in_pieces: Whether what was written can be played should the end never be written.

        Raises:
            OutputError: If the file cannot be opened, the suffix is not known or cannot hold alpha.
        """
        self._target = target or path
        self._stream_info = stream
        self._encoding = encoding or Encoding()
        self._format = choose_container(self._target, alpha=alpha)
        self._alpha = alpha
        self._track = audio
        self._sound: AudioWriter | None = None
        self._lost_sound: str | None = None
        self._video: Any = None
        self._size = (0, 0)
        self.frames = 0
        self.end = 0.0
        options = (_IN_PIECES if in_pieces else _AT_ONCE).get(self._format, {})
        try:
            _make_room(path)
            self._container = av.open(path, "w", format=self._format, options=dict(options))
        except (av.FFmpegError, OSError) as error:
            raise make_write_error(self._target, error) from error

    @property
    def problem(self) -> str | None:
        """What was lost of the sound, as a sentence; None while all is well."""
        return self._sound.problem if self._sound else self._lost_sound

    def _start(self, frame: Frame, picture: av.VideoFrame) -> None:
        info, encoding = self._stream_info, self._encoding
        codec = encoding.codec or _DEFAULT_CODECS.get(self._format, "libx264")
        layout = "yuv420p"
        if self._alpha:
            codec, layout = _ALPHA_CODECS[self._format]
        self._size = frame.size
        try:
            video: Any = self._container.add_stream(
                codec, rate=_sensible_rate(info.rate), options=_options(codec, encoding)
            )
        except ValueError as error:
            raise OutputError(
                f"cannot write {self._target}: {self._format} cannot hold what {codec} makes, "
                "choose another codec or another suffix"
            ) from error
        context = video.codec_context
        context.width, context.height = picture.width, picture.height
        context.pix_fmt = layout
        context.time_base = info.time_base
        if codec == "mpeg4" and info.time_base.denominator > _MPEG4_LARGEST_DENOMINATOR:
            context.time_base = Fraction(1, 60000)
        video.time_base = context.time_base
        if info.sample_aspect_ratio != 1:
            context.sample_aspect_ratio = info.sample_aspect_ratio
        colour = info.colour
        context.colorspace, context.color_range = colour.matrix, 2 if colour.full_range else 1
        context.color_primaries, context.color_trc = colour.primaries, colour.transfer
        context.flags |= av.codec.context.Flags.frame_duration
        context.thread_type = "AUTO"
        context.thread_count = _thread_count(codec, encoding, picture.width * picture.height)
        self._video = video
        if self._track is not None:
            try:
                self._sound = AudioWriter(self._track, self._container)
            except MediaError as error:  # Somebody removed the input, whose picture is being read.
                self._lost_sound = f"the sound could not be kept ({error})"

    def write(self, frame: Frame) -> None:
        """Encode one frame.

        Args:
            frame: Frames in order; times must grow.

        Raises:
            OutputError: If it has another size than the first, or the disk or the encoder fails.
        """
        if frame.alpha is not None and not self._alpha:
            raise OutputError(
                f"cannot write {self._target}: frame {frame.info.index} has alpha that no object told of; "
                "set gives_alpha = True on the object that returns it"
            )
        colour = self._stream_info.colour
        if self._alpha:
            bgra = np.dstack([frame.bgr, _opaque(frame)])
            picture = convert_to_yuva(bgra, colour, _ALPHA_CODECS[self._format][1])
        else:
            picture = pad_to_even_size(frame.yuv, full_range=colour.full_range)
        try:
            if self._video is None:
                self._start(frame, picture)
            if frame.size != self._size:
                raise OutputError(
                    f"cannot write {self._target}: frame {frame.info.index} is {frame.size[0]}x{frame.size[1]} and "
                    f"the first was {self._size[0]}x{self._size[1]}; let the objects return one size throughout"
                )
            picture.pts, picture.time_base = frame.info.pts, frame.info.stream.time_base
            picture.duration = frame.info.duration
            picture.pict_type = 0  # Left as decoded it would force the encoder's choice of I, P and B.
            self._container.mux(self._video.encode(picture))
            self.frames += 1
            info = frame.info
            self.end = float((info.pts + (info.duration or self._step())) * info.stream.time_base)
            if self._sound:
                self._sound.advance(info.time)
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _step(self) -> int:
        rate = self._stream_info.rate or _USUAL_RATE
        return max(1, round(1 / (rate * self._stream_info.time_base)))

    def finish(self, *, cut_audio: bool) -> None:
        """Write what the encoder still holds and the rest of the sound, and close the file.

        Args:
            cut_audio: Whether the sound ends with the last frame; otherwise all of it is kept.

        Raises:
            OutputError: If the disk or the encoder fails.
        """
        try:
            if self._video is not None:
                self._container.mux(self._video.encode(None))
                if self._sound:
                    self._sound.finish(self.end if cut_audio else None)
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error
        finally:
            self.abort()

    def abort(self) -> None:
        """Close without finishing: for a file that is thrown away. May be called twice, and after `finish`."""
        if self._sound:
            self._sound.close()
        # It is being thrown away: that its last bytes do not fit either is no news.
        with contextlib.suppress(av.FFmpegError, OSError):
            self._container.close()

    def _failure(self, error: Exception) -> OutputError:
        if isinstance(error, OutputError):
            return error
        if isinstance(error, av.error.ArgumentError | av.error.ExternalError) or not getattr(error, "errno", None):
            codec = self._encoding.codec or "the encoder"
            return OutputError(f"cannot write {self._target}: {codec} refused its settings ({reason(error)})")
        return make_write_error(self._target, error)


def _make_room(path: str) -> None:
    """Find out beforehand that not even a header fits: PyAV never closes a file whose header could not be written.

    Raises:
        OSError: If the disk is full.
    """
    with open(path, "wb") as file:
        file.write(bytes(_HEADER_BYTES))
        file.flush()
        file.truncate(0)


def _thread_count(codec: str, encoding: Encoding, pixels: int) -> int:
    """How many threads may encode; 0 for as many as FFmpeg likes."""
    if codec != "libx264" or encoding.preset != DEFAULT_PRESET or pixels > _FEW_THREADS_PIXELS:
        return 0
    return max(1, (os.cpu_count() or 1) // 2)


def _options(codec: str, encoding: Encoding) -> dict[str, str]:
    crf = f"{encoding.crf:g}"
    if codec in ("libx264", "libx265"):
        if encoding.preset != DEFAULT_PRESET:
            return {"preset": encoding.preset, "crf": crf}
        if codec == "libx264":
            return {**_REALTIME, "qp": str(min(round(encoding.crf), _MOST_QUANTISER))}
        return {"preset": "ultrafast", "crf": crf}
    if codec.startswith("libvpx"):
        # Constant quality, which libvpx only does at a bit rate of 0; realtime as its default takes minutes.
        return {"crf": crf, "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
    if codec == "prores_ks":
        return {"profile": "4444", "vendor": "apl0"}
    if codec == "libsvtav1":
        return {"crf": crf, "preset": "10"}
    return {}


def _opaque(frame: Frame) -> NDArray[np.uint8]:
    """The frame's alpha; of one that no object has touched, such as those outside the range, all of it."""
    return np.full(frame.size[::-1], 255, np.uint8) if frame.alpha is None else frame.alpha


def _sensible_rate(rate: Fraction | None) -> Fraction:
    """A rate for the encoder's rate control; of a stream of pictures hours apart the truth breaks encoders."""
    return rate.limit_denominator(100_000) if rate and Fraction(1) <= rate <= 240 else _USUAL_RATE
