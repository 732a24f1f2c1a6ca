"""A live stream to the network, through PyAV: H.264 without delay, to rtmp://, rtsp://, udp:// and their kin."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..errors import ArgumentError, OutputError, reason
from ..files.paths import hide_password, scheme_of
from ..frame import Frame, FrameInfo, StreamInfo
from ..options import DEFAULT_PRESET, Encoding
from ..pixels.image import Image, fit
from ..pixels.planes import get_planes, join_planes, pad_to_even_size
from ..pixels.pyav import av
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
    # Whole packets of 188 bytes that fit an Ethernet frame.
    "udp": {"pkt_size": "1316"},
    # Servers behind a router do not get RTP's own ports.
    "rtsp": {"rtsp_transport": "tcp"},
    "rtsps": {"rtsp_transport": "tcp"},
}
_OPTIONS = {"flush_packets": "1"}
# What describes the stream before the first picture.
_WITH_HEADER = ("flv", "rtsp")
_WITHOUT_CONNECTION = ("udp", "rtp")
# Once the third frame is handed over, the first is through: FFmpeg's queue holds one.
_ANSWERED_FRAMES = 3
_OPEN_SECONDS, _WRITE_SECONDS = 5.0, 10.0
_USUAL_RATE = Fraction(30)
_KEY_FRAME_SECONDS = 1
_FINISH_SECONDS = 2.0


def choose_stream_format(url: str) -> str:
    """FFmpeg's name of what is sent to an address.

    Args:
        url: Where to.

    Returns:
        "flv", "rtsp", "mpegts" or "rtp_mpegts".

    Raises:
        OutputError: If nothing can be sent there.
    """
    scheme = scheme_of(url)
    if scheme not in _FORMATS:
        raise OutputError(f"cannot stream to {url}: {scheme}:// is read only, choose one of {', '.join(_FORMATS)}")
    return _FORMATS[scheme]


class Broadcast:
    """Sends frames to an address as they come; where the network is too slow, frames are left out.

    Attributes:
        name: The address, without a password.
        frames: How many were sent.
        problem: Why it stopped, as a sentence; None while all is well.
    """

    def __init__(
        self,
        url: str,
        stream: StreamInfo,
        *,
        encoding: Encoding | None = None,
        on_problem: Callable[[str], object] = lambda problem: None,
    ) -> None:
        """Set up; the first frames connect.

        Args:
            url: Where to.
            stream: The camera's stream.
            encoding: How to encode: codec, preset and crf.
            on_problem: Called once if it stops working, in a thread of its own.

        Raises:
            ArgumentError: If the codec cannot be told to hold nothing back.
            OutputError: If the address is of no kind that can be sent to.
        """
        self._url, self.name = url, hide_password(url)
        self._stream = stream
        self._encoding = encoding or Encoding()
        self._on_problem = on_problem
        self.frames = 0
        self.problem: str | None = None
        self._codec = self._encoding.codec or "libx264"
        if self._codec not in ("libx264", "libx265"):
            raise ArgumentError(f"{self._codec} is not streamed here, choose libx264 or libx265")
        self._format = choose_stream_format(url)
        self._container: Any = None
        self._video: Any = None
        self._size = (0, 0)
        self._last: FrameInfo | None = None
        self._last_moment = 0.0
        self._origin = 0
        self._last_pts = -1
        self._refused: OutputError | None = None
        self._asked: float | None = None
        # Little waits: what is late is worthless.
        self._outlet = Outlet(self._send, name="broadcast", depth=2, patience=0)

    @property
    def dropped(self) -> int:
        """Frames that were left out because the encoder or the network was too slow."""
        return self._outlet.dropped

    def write(self, frame: Frame) -> None:
        """Send a frame; the first ones connect, for which nobody waits.

        Args:
            frame: Frames in order; see-through ones over a chequerboard.

        Raises:
            OutputError: If it turns out that nobody is there, or nobody answers in time.
        """
        self._last, self._last_moment = frame.info, time.monotonic()
        if self._asked is None:
            self._asked = self._last_moment
        if self.problem is None:
            self._outlet.put(frame)
        if self.frames < _ANSWERED_FRAMES:
            if self._refused is None and self._last_moment - self._asked > _OPEN_SECONDS:
                self._refused = self._no_answer()
            if self._refused is not None:
                self.problem = str(self._refused)
                raise self._refused

    def hold(self, picture: Image) -> None:
        """Send a picture that stands in for frames while none come.

        Args:
            picture: uint8 (H, W, 3) BGR.
        """
        if self._last is not None and self.problem is None:
            passed = round((time.monotonic() - self._last_moment) / self._last.stream.time_base)
            self._outlet.put(Frame(replace(self._last, pts=self._last.pts + passed), bgr=picture))

    def _refusal(self, why: str) -> OutputError:
        return OutputError(f"cannot stream to {self.name}: {why}")

    def _no_answer(self) -> OutputError:
        return self._refusal(f"no answer within {_OPEN_SECONDS:g} s")

    def _connect(self, frame: Frame) -> None:
        info, rate = self._stream, self._stream.rate or _USUAL_RATE
        self._size, self._origin = frame.size, frame.info.pts
        width, height = (side + side % 2 for side in frame.size)
        scheme, kind = scheme_of(self._url), self._format
        options = {**_OPTIONS, **_URL_OPTIONS.get(scheme, {})}
        if scheme not in _WITHOUT_CONNECTION:
            # PyAV connects without a time limit and without letting any other thread of Python run meanwhile. FFmpeg's
            # "fifo" does it in a thread of its own.
            inner = ":".join(f"{name}={value}" for name, value in options.items())
            kind, options = "fifo", {"fifo_format": kind, "queue_size": "1", "format_opts": inner}
        try:
            self._container = av.open(
                self._url, "w", format=kind, container_options=options, timeout=(_OPEN_SECONDS, _WRITE_SECONDS)
            )
            video: Any = self._container.add_stream(self._codec, rate=rate, options=self._encoder_options())
            context = video.codec_context
            context.width, context.height, context.pix_fmt = width, height, "yuv420p"
            context.time_base = video.time_base = info.time_base
            context.gop_size = max(1, round(rate * _KEY_FRAME_SECONDS))
            colour = info.colour
            context.colorspace, context.color_range = colour.matrix, 2 if colour.full_range else 1
            context.color_primaries, context.color_trc = colour.primaries, colour.transfer
            if self._format in _WITH_HEADER:
                context.flags |= av.codec.context.Flags.global_header
            self._container.start_encoding()
        except av.error.ExitError:
            raise self._no_answer() from None
        self._video = video

    def _encoder_options(self) -> dict[str, str]:
        preset = "ultrafast" if self._encoding.preset == DEFAULT_PRESET else self._encoding.preset
        return {"preset": preset, "tune": "zerolatency", "crf": f"{self._encoding.crf:g}", "bf": "0"}

    def _send(self, frame: Frame) -> None:
        try:
            if self._container is None:
                self._connect(frame)
            self._encode(frame)
        except (av.FFmpegError, OSError) as error:
            if self.frames < _ANSWERED_FRAMES:
                self._refused = error if isinstance(error, OutputError) else self._refusal(reason(error))
                raise
            self.problem = f"the stream to {self.name} broke off after {self.frames} frames: {reason(error)}"
            self._on_problem(self.problem)
            raise

    def _encode(self, frame: Frame) -> None:
        if frame.alpha is not None or frame.size != self._size:
            frame = Frame(frame.info, bgr=fit(frame.preview(), *self._size, "contain"))
        full_range = self._stream.colour.full_range
        picture = pad_to_even_size(frame.yuv, full_range=full_range)
        if frame.is_yuv:
            # A recording may have the same picture in hand: times are written on a copy.
            picture = join_planes(get_planes(picture), full_range=full_range)
        picture.pts = self._last_pts = max(frame.info.pts - self._origin, self._last_pts + 1)
        picture.time_base = frame.info.stream.time_base
        picture.pict_type = 0
        self._container.mux(self._video.encode(picture))
        self.frames += 1

    def finish(self) -> None:
        """Hang up; may be called twice."""
        idle = self._outlet.finish(_FINISH_SECONDS)
        if not idle and self.frames < _ANSWERED_FRAMES and self._refused is None:
            self._refused = self._refusal("no answer before the end")
        if self._refused is not None:
            self.frames = 0  # What FFmpeg keeps for somebody who does not answer is not sent.
            if self.problem is None:  # No frame came after it to tell.
                self.problem = str(self._refused)
                self._on_problem(self.problem)
        if not idle:
            return  # It hangs in the network, and is left to itself.
        farewell = threading.Thread(target=self._hang_up, name="framechain-broadcast", daemon=True)
        farewell.start()
        farewell.join(_FINISH_SECONDS)

    def _hang_up(self) -> None:
        # The other side may have left first: it is over anyway.
        with contextlib.suppress(av.FFmpegError, OSError):
            if self._video is not None and self.problem is None:
                self._container.mux(self._video.encode(None))
        with contextlib.suppress(av.FFmpegError, OSError):
            if self._container is not None:
                self._container.close()
