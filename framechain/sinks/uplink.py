"""One connection to a server that takes a live stream: H.264 with little latency, through PyAV."""

from __future__ import annotations

import contextlib
import math
import threading
from fractions import Fraction
from typing import Any

from ..basics.plain_words import find_address_fault
from ..errors import OutputError
from ..files.paths import get_scheme, hide_password
from ..frame import Frame, StreamInfo
from ..media.live_audio.feed import LiveAudio, listen_to
from ..media.live_audio.writer import LiveAudioWriter
from ..options import DEFAULT_PRESET, Encoding
from ..pixels.image import fit
from ..pixels.planes import get_planes, join_planes, pad_to_even_size
from ..pixels.pyav import av
from .files.codecs import USUAL_RATE, make_rate_options

ANSWER_SECONDS = 5.0
"""How long a server may take for anything that it is asked or sent."""

_FORMATS = {
    "rtmp": "flv",
    "rtmps": "flv",
    "rtsp": "rtsp",
    "rtsps": "rtsp",
    "udp": "mpegts",
    "tcp": "mpegts",
    "rtp": "rtp_mpegts",
}
_MICROSECONDS = f"{ANSWER_SECONDS * 1e6:.0f}"
_RTMP = {"flvflags": "no_duration_filesize", "rw_timeout": _MICROSECONDS}
# RTP's own ports do not reach servers behind a router.
_RTSP = {"rtsp_transport": "tcp", "timeout": _MICROSECONDS}
_URL_OPTIONS = {
    "rtmp": _RTMP,
    "rtmps": _RTMP,
    "rtsp": _RTSP,
    "rtsps": _RTSP,
    "tcp": {"rw_timeout": _MICROSECONDS},
    # Whole packets of 188 bytes that fit into an Ethernet frame.
    "udp": {"pkt_size": "1316"},
}
_OPTIONS = {"flush_packets": "1"}
# These formats describe the stream before its first frame.
_FORMATS_WITH_HEADER = ("flv", "rtsp")
_SCHEMES_WITHOUT_CONNECTION = ("udp", "rtp")
# FFmpeg's queue holds one frame: once it takes the third one, the server has the first.
_ANSWERED_FRAMES = 3
_KEY_FRAME_SECONDS = 1
# The tick of FLV; those of MPEG-TS and RTP are shorter.
_LEAST_SECONDS = Fraction(1, 1000)
# How long a frame waits for the audio before it, so that both are sent in order.
_INTERLEAVE_SECONDS = 0.1


def choose_stream_format(url: str) -> str:
    """Return FFmpeg's name of the format that is sent to an address.

    Args:
        url: The address.

    Returns:
        "flv", "rtsp", "mpegts" or "rtp_mpegts".

    Raises:
        OutputError: If nothing can be sent there.
    """
    scheme = get_scheme(url)
    if scheme == "srt":
        raise OutputError(
            f"cannot stream to {url}: the FFmpeg in PyAV's packages has no SRT, choose rtmp:// or rtsp://"
        )
    if scheme not in _FORMATS:
        raise OutputError(f"cannot stream to {url}: {scheme}:// is read only, choose one of {', '.join(_FORMATS)}")
    if fault := find_address_fault(url):
        raise OutputError(f"cannot stream to {hide_password(url)}: {fault}")
    return _FORMATS[scheme]


class Uplink:
    """A connection, from its first frame on, which is a key frame; its times count from that frame.

    A server that does not answer delays `send` for up to `ANSWER_SECONDS`: call it in a thread of its own.

    Attributes:
        frames: How many frames were given to it. A server that refuses is noticed after one or two.
    """

    def __init__(
        self,
        url: str,
        codec: str,
        encoding: Encoding,
        stream: StreamInfo,
        first: Frame,
        *,
        audio: LiveAudio | None = None,
    ) -> None:
        """Make the encoder, and begin to connect.

        Args:
            url: The address, which `choose_stream_format` accepts.
            codec: "libx264" or "libx265".
            encoding: How to encode: preset, and crf or bit rate.
            stream: The camera's stream.
            first: The first frame that will be sent; later ones of another size are scaled.
            audio: The audio to send from the first frame on.

        Raises:
            FFmpegError, OSError: If that fails.
        """
        self.frames = 0
        self._stream, self._size, self._origin = stream, first.size, first.info.pts
        self._least_step = max(1, round(_LEAST_SECONDS / stream.time_base))
        self._last_pts = -self._least_step
        rate = stream.rate or USUAL_RATE
        width, height = (side + side % 2 for side in first.size)
        scheme, stream_format = get_scheme(url), choose_stream_format(url)
        output_format, options = stream_format, {**_OPTIONS, **_URL_OPTIONS.get(scheme, {})}
        if scheme not in _SCHEMES_WITHOUT_CONNECTION:
            # PyAV connects without a time limit and holds Python's lock meanwhile. FFmpeg's muxer "fifo" connects in a
            # thread of its own.
            inner = ":".join(f"{name}={value}" for name, value in options.items())
            output_format, options = "fifo", {"fifo_format": stream_format, "queue_size": "1", "format_opts": inner}
        self._answered_frames = _ANSWERED_FRAMES
        self._tap = listen_to(audio)
        if self._tap is not None:
            self._tap.origin = first.info.time
            options["max_interleave_delta"] = str(round(1e6 * _INTERLEAVE_SECONDS))
            # What waits for its audio was not sent yet.
            self._answered_frames += math.ceil(rate * _INTERLEAVE_SECONDS) + 1
        with contextlib.ExitStack() as undo:
            if self._tap is not None:
                undo.callback(self._tap.close)
            self._container = av.open(url, "w", format=output_format, container_options=options)
            self._video: Any = self._container.add_stream(
                codec, rate=rate, options=_make_codec_options(codec, encoding)
            )
            context: Any = self._video.codec_context
            context.width, context.height, context.pix_fmt = width, height, "yuv420p"
            context.time_base = self._video.time_base = stream.time_base
            context.gop_size = max(1, round(rate * _KEY_FRAME_SECONDS))
            colour = stream.colour
            context.colorspace, context.color_range = colour.matrix, 2 if colour.full_range else 1
            context.color_primaries, context.color_trc = colour.primaries, colour.transfer
            if stream_format in _FORMATS_WITH_HEADER:
                context.flags |= av.codec.context.Flags.global_header
            self._audio = None if self._tap is None else LiveAudioWriter(self._tap, self._container, stream_format)
            self._container.start_encoding()
            undo.pop_all()

    @property
    def is_answered(self) -> bool:
        """Whether the server has taken a frame."""
        return self.frames >= self._answered_frames

    def send(self, frame: Frame) -> None:
        """Encode and send a frame.

        Args:
            frame: Transparent ones are sent over a chequerboard.

        Raises:
            FFmpegError, OSError: If the server has refused or left, or does not answer.
        """
        if frame.alpha is not None or frame.size != self._size:
            frame = Frame(frame.info, bgr=fit(frame.preview(), *self._size, "contain"))
        full_range = self._stream.colour.full_range
        video_frame = pad_to_even_size(frame.yuv, full_range=full_range)
        if frame.is_yuv:
            # Other sinks have the same frame: times within this stream are written on a copy.
            video_frame = join_planes(get_planes(video_frame), full_range=full_range)
        # A held image may be later than the frames that come after it; times must grow, also in the formats' own ticks.
        video_frame.pts = self._last_pts = max(frame.info.pts - self._origin, self._last_pts + self._least_step)
        video_frame.time_base = frame.info.stream.time_base
        self._container.mux(self._video.encode(video_frame))
        self.frames += 1
        if self._audio is not None:
            self._audio.advance(float(self._last_pts * self._stream.time_base))

    def take_audio_problem(self) -> str | None:
        """Return once why the audio is sent no longer; None as long as all is well."""
        if self._audio is None or self._audio.problem is None:
            return None
        audio, self._audio = self._audio, None
        return audio.problem

    def close(self, *, flush: bool, seconds: float) -> None:
        """Close the connection, in a thread of its own, because the network may hang.

        Args:
            flush: Whether to send what the encoder still holds.
            seconds: How long to wait for that.
        """
        if self._tap is not None:
            self._tap.close()
        farewell = threading.Thread(
            target=self._disconnect, args=(flush,), name="framechain-broadcast-farewell", daemon=True
        )
        farewell.start()
        farewell.join(seconds)

    def _disconnect(self, flush: bool) -> None:
        # The server may have closed the connection first; the stream is over in any case.
        with contextlib.suppress(av.FFmpegError, OSError):
            if flush:
                self._container.mux(self._video.encode(None))
                if self._audio is not None:
                    self._audio.finish(None)
        with contextlib.suppress(av.FFmpegError, OSError):
            self._container.close()


def _make_codec_options(codec: str, encoding: Encoding) -> dict[str, str]:
    preset = "ultrafast" if encoding.preset == DEFAULT_PRESET else encoding.preset
    return {"preset": preset, "tune": "zerolatency", "bf": "0", **make_rate_options(codec, encoding)}
