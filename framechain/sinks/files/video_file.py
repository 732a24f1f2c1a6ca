"""A video file being written: H.264 that browsers and phones play, with the source's times, colour and audio."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...basics.timecode import format_time
from ...errors import MediaError, OutputError, reason
from ...files.paths import make_write_error
from ...frame import Frame, FrameInfo, StreamInfo
from ...media.audio import AudioTrack, AudioWriter
from ...media.live_audio.feed import AudioTap
from ...media.live_audio.writer import LiveAudioWriter
from ...options import Encoding
from ...pixels.convert import convert_to_yuva
from ...pixels.planes import pad_to_even_size
from ...pixels.pyav import av
from .codecs import (
    ALPHA_CODECS,
    USUAL_RATE,
    choose_codec,
    choose_container,
    choose_encoder_rate,
    choose_thread_count,
    choose_time_base,
    describe_unused,
    is_readable,
    make_codec_options,
)

# More than any container's header takes.
_HEADER_BYTES = 1 << 14
# Times of a first frame above this are rather those of a clock than those of a film.
_LATE_SECONDS = 10
INDEX_FIRST = {"mp4": {"movflags": "+faststart"}, "mov": {"movflags": "+faststart"}}
"""The muxer's options with which the index precedes the frames, for players on the network."""
# Players search to key frames, and cutting is done at them: recordings have one at least every two seconds.
_KEY_FRAME_SECONDS, _USUAL_KEY_FRAME_SECONDS = 2.0, 1.5
_KEY_FRAME = 1  # FFmpeg's AV_PICTURE_TYPE_I.
# Fragments of a second, each with its own index, reach the disk at once; `close` makes an ordinary file of them.
_MOV_FRAGMENTS = {"movflags": "+hybrid_fragmented", "frag_duration": "1000000", "flush_packets": "1"}
_MKV_FRAGMENTS = {"cluster_time_limit": "1000", "flush_packets": "1"}
# A source whose audio stops for so long, in microseconds, must not keep its frames from the disk.
_LIVE_AUDIO = {"max_interleave_delta": "1000000"}
_FRAGMENTS = {"mp4": _MOV_FRAGMENTS, "mov": _MOV_FRAGMENTS, "matroska": _MKV_FRAGMENTS, "webm": _MKV_FRAGMENTS}


class VideoFile:
    """A video file that is being written, under whatever name it is given.

    The encoder is made with the first frame, whose size every later frame must have.

    Attributes:
        frames: How many frames were written.
        end: Seconds at which the last frame ends.
    """

    def __init__(
        self,
        path: str,
        stream: StreamInfo,
        *,
        target: str | None = None,
        encoding: Encoding | None = None,
        audio: AudioTrack | AudioTap | None = None,
        alpha: bool = False,
        fragmented: bool = False,
    ) -> None:
        """Open the file.

        Args:
            path: Where to write.
            stream: The source's stream; its times, colour and pixel shape are kept.
            target: The output's name in errors, whose suffix chooses the container; `path` if not given.
            encoding: How to encode.
            audio: The audio track to write, or what the output gets of a live source; closed with the file.
            alpha: Whether to write the frames' alpha, in .webm as VP9 or in .mov as ProRes 4444.
            fragmented: Whether the file can be played if it is never closed; then it has a key frame at least every
                two seconds, as far as there are frames.

        Raises:
            OutputError: If the file cannot be opened, or the suffix is not known or holds no alpha.
        """
        self._target = target or path
        self._stream_info = stream
        self._encoding = encoding or Encoding()
        self._format = choose_container(self._target, alpha=alpha)
        self._alpha = alpha
        self._track = audio
        self._audio: AudioWriter | LiveAudioWriter | None = None
        self._lost_audio: str | None = None
        self._unused: str | None = None
        self._late: str | None = None
        self._video: Any = None
        self._size = (0, 0)
        self.frames = 0
        self.end = 0.0
        self._begin = 0
        self._last_time = -math.inf
        self._last_key_time = -math.inf
        self._is_fragmented = fragmented
        self._early_frame: int | None = None
        options = dict((_FRAGMENTS if fragmented else INDEX_FIRST).get(self._format, {}))
        if isinstance(audio, AudioTap):
            options |= _LIVE_AUDIO
            if "movflags" in options:  # A header that is written before the first packet cannot say when audio begins.
                options["movflags"] += "+delay_moov"
        self._container = open_container(path, self._target, options)

    @property
    def problem(self) -> str | None:
        """What was lost or not used, and that the first frame comes late; None if there is nothing to say."""
        lost_audio = self._audio.problem if self._audio else self._lost_audio
        return "; ".join(filter(None, (lost_audio, self._unused, self._late))) or None

    def begin_at(self, begin: Fraction, first: FrameInfo) -> None:
        """Let the file begin at a time of the stream, and its audio too.

        Args:
            begin: Seconds of the stream.
            first: The first frame; if it is earlier, the frames' times are taken to count from `begin` already.
        """
        if isinstance(self._track, AudioTrack):
            self._track = replace(self._track, start=self._track.start + begin)
        ticks = round(begin / first.stream.time_base)
        self._begin = ticks if first.pts >= ticks else 0

    def write(self, frame: Frame) -> None:
        """Encode a frame.

        Args:
            frame: Frames in order; times must grow.

        Raises:
            OutputError: If it has another size than the first, or alpha that was not asked for, or the disk or the
                encoder fails.
        """
        if frame.alpha is not None and not self._alpha:
            raise OutputError(
                f"cannot write {self._target}: frame {frame.info.index} has alpha, which no object declared; "
                "set gives_alpha = True on the object that returns it"
            )
        video_frame = self._convert(frame)
        try:
            if self._video is None:
                self._start(frame, video_frame)
            if frame.size != self._size:
                raise OutputError(
                    f"cannot write {self._target}: frame {frame.info.index} is {frame.size[0]}x{frame.size[1]} and "
                    f"the first was {self._size[0]}x{self._size[1]}; let the objects return one size throughout"
                )
            info = replace(frame.info, pts=frame.info.pts - self._begin) if self._begin else frame.info
            if not self.frames and info.time > _LATE_SECONDS:
                self._late = (
                    f"{self._target} shows nothing before its first frame, at {format_time(info.time)}; to begin "
                    "with it subtract its time from all"
                )
            if info.time <= self._last_time and self._early_frame is None:
                self._early_frame = info.index
            key_frame = self._wants_key_frame(info.time)
            self._last_time = info.time
            video_frame.pts, video_frame.time_base = info.pts, info.stream.time_base
            video_frame.duration = info.duration
            # The decoder's value would force the encoder's choice of I, P and B frames.
            video_frame.pict_type = _KEY_FRAME if key_frame else 0
            self._container.mux(self._video.encode(video_frame))
            self.frames += 1
            self.end = float((info.pts + (info.duration or self._usual_duration())) * info.stream.time_base)
            if self._audio:
                self._audio.advance(info.time)
        except (av.FFmpegError, OSError) as error:
            raise self._make_error(error) from error

    def _wants_key_frame(self, time: float) -> bool:
        """Return whether the next frame may come too late for the next key frame."""
        since = time - self._last_key_time
        if not self._is_fragmented or not (
            since >= _USUAL_KEY_FRAME_SECONDS or since + time - self._last_time > _KEY_FRAME_SECONDS
        ):
            return False
        self._last_key_time = time
        return True

    def _convert(self, frame: Frame) -> av.VideoFrame:
        colour = self._stream_info.colour
        if self._alpha:
            bgra = np.dstack([frame.read_bgr(), _get_alpha(frame)])
            return convert_to_yuva(bgra, colour, ALPHA_CODECS[self._format][1])
        return pad_to_even_size(frame.yuv, full_range=colour.full_range)

    def _start(self, frame: Frame, video_frame: av.VideoFrame) -> None:
        info, encoding = self._stream_info, self._encoding
        codec, pixel_format = choose_codec(self._format, encoding, alpha=self._alpha)
        self._size = frame.size
        refusal = OutputError(
            f"cannot write {self._target}: {self._format} cannot hold what {codec} makes, "
            "choose another codec or another suffix"
        )
        if not is_readable(self._format, codec):
            raise refusal
        try:
            video: Any = self._container.add_stream(
                codec, rate=choose_encoder_rate(info.rate), options=make_codec_options(codec, encoding)
            )
        except ValueError as error:
            raise refusal from error
        context = video.codec_context
        context.width, context.height = video_frame.width, video_frame.height
        context.pix_fmt = pixel_format
        context.time_base = video.time_base = choose_time_base(codec, info.time_base)
        if info.sample_aspect_ratio != 1:
            context.sample_aspect_ratio = info.sample_aspect_ratio
        colour = info.colour
        context.colorspace, context.color_range = colour.matrix, 2 if colour.full_range else 1
        context.color_primaries, context.color_trc = colour.primaries, colour.transfer
        context.flags |= av.codec.context.Flags.frame_duration
        if self._is_fragmented:  # For encoders that cannot be told when to make one.
            context.gop_size = max(1, int(choose_encoder_rate(info.rate) * _KEY_FRAME_SECONDS))
        context.thread_type = "AUTO"
        context.thread_count = choose_thread_count(codec, encoding, video_frame.width * video_frame.height)
        self._video = video
        # With alpha the encoder is not the user's choice, and its quality is its own.
        self._unused = None if self._alpha else describe_unused(codec, encoding)
        if isinstance(self._track, AudioTap):
            self._audio = LiveAudioWriter(self._track, self._container, self._format)
        elif self._track is not None:
            try:
                self._audio = AudioWriter(self._track, self._container)
            except MediaError as error:  # Somebody removed the input while its frames were being read.
                self._lost_audio = f"the audio could not be kept ({error})"

    def _usual_duration(self) -> int:
        rate = self._stream_info.rate or USUAL_RATE
        return max(1, round(1 / (rate * self._stream_info.time_base)))

    def finish(self, *, cut_audio: bool) -> None:
        """Write what the encoder still holds and the rest of the audio, and close the file.

        Args:
            cut_audio: Whether the audio ends with the last frame; otherwise all of it is kept.

        Raises:
            OutputError: If the disk or the encoder fails.
        """
        try:
            if self._video is not None:
                self._container.mux(self._video.encode(None))
                if self._audio:
                    self._audio.finish(self.end if cut_audio else None)
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            raise self._make_error(error) from error
        finally:
            self.close()

    def close(self) -> None:
        """Close without finishing, for a file that is thrown away. May be called twice, and after `finish`."""
        if self._audio:
            self._audio.close()
        elif isinstance(self._track, AudioTap):
            self._track.close()
        # Nobody needs the last bytes of a file that is thrown away, even if they do not fit.
        with contextlib.suppress(av.FFmpegError, OSError):
            self._container.close()

    def _make_error(self, error: av.FFmpegError | OSError) -> OutputError:
        if isinstance(error, OutputError):
            return error
        if self._early_frame is not None and isinstance(error, av.error.ArgumentError):
            return OutputError(
                f"cannot write {self._target}: frame {self._early_frame} is not later than the frame before it; "
                "let the source give times that grow"
            )
        if isinstance(error, av.error.ArgumentError | av.error.ExternalError) or not error.errno:
            codec = self._encoding.codec or "the encoder"
            return OutputError(f"cannot write {self._target}: {codec} refused its settings ({reason(error)})")
        return make_write_error(self._target, error)


def open_container(path: str, target: str, options: Mapping[str, str]) -> Any:
    """Open a video file for writing.

    Args:
        path: Where to write.
        target: The output's name in errors, whose suffix chooses the container.
        options: Those of FFmpeg's muxer.

    Raises:
        OutputError: If the file cannot be opened, or the suffix is not known.
    """
    try:
        _check_room(path)
        return av.open(path, "w", format=choose_container(target), options=dict(options))
    except (av.FFmpegError, OSError) as error:
        raise make_write_error(target, error) from error


def _check_room(path: str) -> None:
    """Check that a header fits: PyAV never closes a file whose header could not be written.

    Raises:
        OSError: If the disk is full.
    """
    with open(path, "wb") as file:
        file.write(bytes(_HEADER_BYTES))
        file.flush()
        file.truncate(0)


def _get_alpha(frame: Frame) -> NDArray[np.uint8]:
    """Return a frame's alpha; a frame that no object touched, such as one outside the range, is opaque."""
    return np.full(frame.size[::-1], 255, np.uint8) if frame.alpha is None else frame.alpha
