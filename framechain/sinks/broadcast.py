"""A live stream to the network, through PyAV: H.264 with little latency, to rtmp://, rtsp://, udp:// and others."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..contracts import Sink, Source
from ..errors import ArgumentError, OutputError, reason
from ..files.paths import get_scheme, hide_password
from ..frame import Frame, FrameInfo, StreamInfo
from ..media.live_audio.feed import AudioTap, LiveAudio, listen_to
from ..media.live_audio.writer import LiveAudioWriter
from ..options import DEFAULT_PRESET, Encoding
from ..pixels.image import Image, fit
from ..pixels.planes import get_planes, join_planes, pad_to_even_size
from ..pixels.pyav import av
from .files.codecs import USUAL_RATE, find_encoder
from .outlet import Outlet

_FORMATS = {
    "rtmp": "flv",
    "rtmps": "flv",
    "rtsp": "rtsp",
    "rtsps": "rtsp",
    "udp": "mpegts",
    "tcp": "mpegts",
    "rtp": "rtp_mpegts",
}
_URL_OPTIONS = {
    "rtmp": {"flvflags": "no_duration_filesize"},
    "rtmps": {"flvflags": "no_duration_filesize"},
    # Whole packets of 188 bytes that fit into an Ethernet frame.
    "udp": {"pkt_size": "1316"},
    # RTP's own ports do not reach servers behind a router.
    "rtsp": {"rtsp_transport": "tcp"},
    "rtsps": {"rtsp_transport": "tcp"},
}
_OPTIONS = {"flush_packets": "1"}
# These formats describe the stream before its first frame.
_FORMATS_WITH_HEADER = ("flv", "rtsp")
_SCHEMES_WITHOUT_CONNECTION = ("udp", "rtp")
# FFmpeg's queue holds one frame: once it takes the third one, the server has the first.
_ANSWERED_FRAMES = 3
_OPEN_SECONDS, _WRITE_SECONDS = 5.0, 10.0
_KEY_FRAME_SECONDS = 1
# How long a frame waits for the audio before it, so that both are sent in order.
_INTERLEAVE_SECONDS = 0.1
_FINISH_SECONDS = 2.0


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
    if scheme not in _FORMATS:
        raise OutputError(f"cannot stream to {url}: {scheme}:// is read only, choose one of {', '.join(_FORMATS)}")
    return _FORMATS[scheme]


class Broadcast(Sink):
    """Sends frames to an address as they come; if the encoder or the network is too slow, frames are dropped.

    A stream that fails ends by itself, and `problem` says why; only a server that never answers is an error.

    Attributes:
        name: The address without a password.
    """

    def __init__(
        self,
        url: str,
        *,
        encoding: Encoding | None = None,
        audio: bool = True,
        on_problem: Callable[[str], object] = lambda problem: None,
    ) -> None:
        """Check address and codec; nothing is sent before `open`.

        Args:
            url: The address.
            encoding: How to encode: codec, preset and crf.
            audio: Whether to send the camera's audio.
            on_problem: Called once if the stream fails, and once if its audio does, in a thread of its own.

        Raises:
            ArgumentError: If the codec cannot encode without latency.
            OutputError: If nothing can be sent to such an address.
        """
        self._url, self.name = url, hide_password(url)
        self._encoding = encoding or Encoding()
        self._on_problem = on_problem
        self._codec = find_encoder(self._encoding.codec or "libx264")
        if self._codec not in ("libx264", "libx265"):
            raise ArgumentError(f"{self._codec} is not streamed here, choose libx264 or libx265")
        self._format = choose_stream_format(url)
        self._keeps_audio = audio
        self._outlet: Outlet | None = None

    def open(self, source: Source) -> None:
        """Start the thread that sends; the first frames connect.

        Args:
            source: The camera.
        """
        self._stream: StreamInfo = source.info
        self._source_audio: LiveAudio | None = source.live_audio if self._keeps_audio else None
        self._tap: AudioTap | None = None
        self._audio: LiveAudioWriter | None = None
        self._answered_frames = _ANSWERED_FRAMES
        self.frames, self.problem = 0, None
        self._container: Any = None
        self._video: Any = None
        self._size = (0, 0)
        self._last: FrameInfo | None = None
        self._last_moment = 0.0
        self._origin = 0
        self._last_pts = -1
        self._refusal: OutputError | None = None
        self._first_moment: float | None = None
        # A late frame is worthless, so `put` does not wait.
        self._outlet = Outlet(self._send, name="broadcast", depth=2, patience=0)

    @property
    def path(self) -> str | None:  # type: ignore[override]
        """The address without a password; None before a frame was sent."""
        return self.name if self.frames else None

    def write(self, frame: Frame) -> None:
        """Send a frame; nobody waits for the first ones, which connect.

        Args:
            frame: Frames in order; transparent ones are sent over a chequerboard, another size than the first is
                scaled.

        Raises:
            OutputError: If the server refuses the connection or does not answer in time.
        """
        if self._outlet is None:
            raise OutputError(f"cannot stream to {self.name}: the sink is not open, call open(source) first")
        self._last, self._last_moment = frame.info, time.monotonic()
        if self._first_moment is None:
            self._first_moment = self._last_moment
        if self.problem is None:
            self._outlet.put(frame)
        if self.frames < self._answered_frames:
            if self._refusal is None and self._last_moment - self._first_moment > _OPEN_SECONDS:
                self._refusal = self._make_timeout_error()
            if self._refusal is not None:
                self.problem = str(self._refusal)
                raise self._refusal

    def hold(self, image: Image) -> None:
        """Send an image while a live source gives no frames.

        Args:
            image: uint8 (H, W, 3) BGR.
        """
        if self._outlet is not None and self._last is not None and self.problem is None:
            passed = round((time.monotonic() - self._last_moment) / self._last.stream.time_base)
            self._outlet.put(Frame(replace(self._last, pts=self._last.pts + passed), bgr=image))

    def _make_error(self, why: str) -> OutputError:
        return OutputError(f"cannot stream to {self.name}: {why}")

    def _make_timeout_error(self) -> OutputError:
        return self._make_error(f"no answer within {_OPEN_SECONDS:g} s")

    def _connect(self, frame: Frame) -> None:
        info, rate = self._stream, self._stream.rate or USUAL_RATE
        self._size, self._origin = frame.size, frame.info.pts
        width, height = (side + side % 2 for side in frame.size)
        scheme, output_format = get_scheme(self._url), self._format
        options = {**_OPTIONS, **_URL_OPTIONS.get(scheme, {})}
        self._tap = listen_to(self._source_audio)
        if scheme not in _SCHEMES_WITHOUT_CONNECTION:
            # PyAV connects without a time limit and holds Python's lock meanwhile. FFmpeg's muxer "fifo" connects in a
            # thread of its own.
            inner = ":".join(f"{name}={value}" for name, value in options.items())
            output_format, options = "fifo", {"fifo_format": output_format, "queue_size": "1", "format_opts": inner}
        if self._tap is not None:
            self._tap.origin = frame.info.time
            options["max_interleave_delta"] = str(round(1e6 * _INTERLEAVE_SECONDS))
            # What waits for its audio was not sent yet.
            self._answered_frames += math.ceil(rate * _INTERLEAVE_SECONDS) + 1
        try:
            self._container = av.open(
                self._url, "w", format=output_format, container_options=options, timeout=(_OPEN_SECONDS, _WRITE_SECONDS)
            )
            video: Any = self._container.add_stream(self._codec, rate=rate, options=self._make_codec_options())
            context = video.codec_context
            context.width, context.height, context.pix_fmt = width, height, "yuv420p"
            context.time_base = video.time_base = info.time_base
            context.gop_size = max(1, round(rate * _KEY_FRAME_SECONDS))
            colour = info.colour
            context.colorspace, context.color_range = colour.matrix, 2 if colour.full_range else 1
            context.color_primaries, context.color_trc = colour.primaries, colour.transfer
            if self._format in _FORMATS_WITH_HEADER:
                context.flags |= av.codec.context.Flags.global_header
            if self._tap is not None:
                self._audio = LiveAudioWriter(self._tap, self._container, self._format)
            self._container.start_encoding()
        except av.error.ExitError:
            raise self._make_timeout_error() from None
        self._video = video

    def _make_codec_options(self) -> dict[str, str]:
        preset = "ultrafast" if self._encoding.preset == DEFAULT_PRESET else self._encoding.preset
        return {"preset": preset, "tune": "zerolatency", "crf": f"{self._encoding.crf:g}", "bf": "0"}

    def _send(self, frame: Frame) -> None:
        try:
            if self._container is None:
                self._connect(frame)
            self._encode(frame)
        except (av.FFmpegError, OSError) as error:
            if self.frames < self._answered_frames:
                self._refusal = error if isinstance(error, OutputError) else self._make_error(reason(error))
                raise
            self._report(f"the stream to {self.name} broke off after {self.frames} frames: {reason(error)}")
            raise

    def _report(self, problem: str) -> None:
        self.problem = problem
        self._on_problem(problem)

    def _encode(self, frame: Frame) -> None:
        if frame.alpha is not None or frame.size != self._size:
            frame = Frame(frame.info, bgr=fit(frame.preview(), *self._size, "contain"))
        full_range = self._stream.colour.full_range
        video_frame = pad_to_even_size(frame.yuv, full_range=full_range)
        if frame.is_yuv:
            # Other sinks have the same frame: times within this stream are written on a copy.
            video_frame = join_planes(get_planes(video_frame), full_range=full_range)
        # A held image may be later than the frame that comes after it; times must grow.
        video_frame.pts = self._last_pts = max(frame.info.pts - self._origin, self._last_pts + 1)
        video_frame.time_base = frame.info.stream.time_base
        self._container.mux(self._video.encode(video_frame))
        self.frames += 1
        self._send_audio()

    def _send_audio(self) -> None:
        if self._audio is None:
            return
        self._audio.advance(float(self._last_pts * self._stream.time_base))
        if self._audio.problem is not None:
            self._on_problem(f"the stream to {self.name} goes on without audio: {self._audio.problem}")
            self._audio = None

    def finish(self, *, complete: bool = True) -> None:
        """Close the connection.

        Args:
            complete: Without effect on a stream.
        """
        outlet, self._outlet = self._outlet, None
        if outlet is None:
            return
        is_idle = outlet.finish(_FINISH_SECONDS)
        if self._tap is not None:
            self._tap.close()
        if not is_idle and self.frames < self._answered_frames and self._refusal is None:
            self._refusal = self._make_error("no answer before the end")
        if self._refusal is not None:
            self.frames = 0  # FFmpeg's queue has them, the server never got them.
            if self.problem is None:  # No further frame came at which `write` could raise.
                self._report(str(self._refusal))
        if not is_idle:
            return  # The thread hangs in the network and is left alone.
        farewell = threading.Thread(target=self._disconnect, name="framechain-broadcast", daemon=True)
        farewell.start()
        farewell.join(_FINISH_SECONDS)

    def abort(self) -> None:
        """Close the connection: what was sent cannot be taken back."""
        self.finish()

    def _disconnect(self) -> None:
        # The server may have closed the connection first; the stream is over in any case.
        with contextlib.suppress(av.FFmpegError, OSError):
            if self._video is not None and self.problem is None:
                self._container.mux(self._video.encode(None))
                if self._audio is not None:
                    self._audio.finish(None)
        with contextlib.suppress(av.FFmpegError, OSError):
            if self._container is not None:
                self._container.close()
