"""A live stream to the network, to rtmp://, rtsp://, udp:// and others; it comes back when its server does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from ..basics.arguments import check_count
from ..basics.back_off import compute_back_off
from ..basics.plain_words import explain, nest
from ..contracts import Sink, Source
from ..errors import ArgumentError, OutputError, reason
from ..files.paths import hide_password
from ..frame import Frame, FrameInfo, StreamInfo
from ..options import RECONNECT, Encoding
from ..pixels.image import Image
from ..pixels.pyav import av
from .files.codecs import find_encoder
from .outlet import Outlet
from .uplink import ANSWER_SECONDS, Uplink, choose_stream_format

_logger = logging.getLogger(__name__)
_OPEN_SECONDS = ANSWER_SECONDS
_FINISH_SECONDS = 2.0


class Broadcast(Sink):
    """Sends frames to an address as they come; if the encoder or the network is too slow, frames are dropped.

    If a server that took frames leaves or falls silent, it is tried again after 0.5, 1, 2, 4 and 8 seconds, as a lost
    camera is. Frames are dropped meanwhile, and the stream goes on with a key frame. A stream that does not come back
    ends by itself, and `problem` says why; only a server that never answers is an error.

    Attributes:
        name: The address without a password.
        notice: That the stream is lost and tried again; None while all is well.
    """

    def __init__(
        self,
        url: str,
        *,
        encoding: Encoding | None = None,
        audio: bool = True,
        reconnect: int = RECONNECT,
        on_problem: Callable[[str], object] = lambda problem: None,
    ) -> None:
        """Check address and codec; nothing is sent before `open`.

        Args:
            url: The address.
            encoding: How to encode: codec, preset, and crf or bit rate.
            audio: Whether to send the camera's audio.
            reconnect: How many times in a row to try again when the server is lost.
            on_problem: Called with what went wrong: the audio, the end of the stream, or what was not sent.

        Raises:
            ArgumentError: If the codec cannot encode without latency, or `reconnect` is below 0.
            OutputError: If nothing can be sent to such an address.
        """
        self._url, self.name = url, hide_password(url)
        self._encoding = encoding or Encoding()
        self._reconnect = check_count("reconnect", reconnect, 0)
        self._on_problem = on_problem
        self._codec = find_encoder(self._encoding.codec or "libx264")
        if self._codec not in ("libx264", "libx265"):
            raise ArgumentError(f"{self._codec} is not streamed here, choose libx264 or libx265")
        choose_stream_format(url)
        self._keeps_audio = audio
        self._outlet: Outlet | None = None

    def open(self, source: Source) -> None:
        """Start the thread that sends; the first frames connect.

        Args:
            source: The camera.
        """
        self._stream: StreamInfo = source.info
        self._audio = source.live_audio if self._keeps_audio else None
        self.frames = 0
        self.problem: str | None = None
        self.notice: str | None = None
        self._uplink: Uplink | None = None
        self._last: FrameInfo | None = None
        self._last_moment = 0.0
        self._refusal: OutputError | None = None
        self._first_moment: float | None = None
        self._was_answered = False
        self._attempts, self._retry_at = 0, 0.0
        self._first_reason = ""
        self._interruptions, self._missing = 0, 0
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
            self._missing += self.notice is not None
        if not self._was_answered:
            if self._refusal is None and self._last_moment - self._first_moment > _OPEN_SECONDS:
                self._refusal = self._make_error(f"no answer within {_OPEN_SECONDS:g} s")
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

    def _send(self, frame: Frame) -> None:
        began = time.monotonic()
        if began < self._retry_at:
            return
        try:
            if self._uplink is None:
                self._uplink = Uplink(self._url, self._codec, self._encoding, self._stream, frame, audio=self._audio)
            self._uplink.send(frame)
            if (lost := self._uplink.take_audio_problem()) is not None:
                self._audio = None  # A new connection would lose it again.
                self._on_problem(f"the stream to {self.name} goes on without audio: {lost}")
        except (av.FFmpegError, OSError) as error:
            # FFmpeg's own words for a server that is silent differ by protocol.
            is_silent = time.monotonic() - began >= ANSWER_SECONDS
            why = explain(reason(error), self._url, sends=not self._was_answered)
            self._lose(f"no answer within {ANSWER_SECONDS:g} s" if is_silent else why)
            if self._refusal is not None or self.problem is not None:
                raise
            return
        self.frames += 1
        if self._uplink.is_answered:
            self._was_answered = True
            if self._attempts:
                self._attempts, self.notice = 0, None
                _logger.info("the stream to %s is back", self.name)

    def _lose(self, why: str) -> None:
        """Close the connection; let a later frame try again, or give up."""
        if not self._was_answered:
            self._refusal = self._make_error(why)
            return
        uplink, self._uplink = self._uplink, None
        if uplink is not None:
            uplink.close(flush=False, seconds=0)
            if not uplink.is_answered:
                self.frames -= uplink.frames  # FFmpeg's queue had them, the server never got them.
        if not self._attempts:
            self._first_reason = why
            self._interruptions += 1
        if self._attempts >= self._reconnect:
            tried = f"; it did not come back after {self._attempts} attempts ({nest(why)})" if self._attempts else ""
            self.notice = None
            self._report(f"the stream to {self.name} broke off after {self.frames} frames: {self._first_reason}{tried}")
            return
        _logger.info("the stream to %s was lost: %s", self.name, why)
        self._attempts += 1
        progress = f" ({self._attempts} of {self._reconnect})" if self._attempts > 1 else ""
        self.notice = f"stream lost, reconnecting{progress}..."
        self._retry_at = time.monotonic() + compute_back_off(self._attempts)

    def _report(self, problem: str) -> None:
        self.problem = problem
        self._on_problem(problem)

    def finish(self, *, complete: bool = True) -> None:
        """Close the connection.

        Args:
            complete: Without effect on a stream.
        """
        outlet, self._outlet = self._outlet, None
        if outlet is None:
            return
        is_idle = outlet.finish(_FINISH_SECONDS)
        if not is_idle and not self._was_answered and self._refusal is None:
            self._refusal = self._make_error("no answer before the end")
        if self._refusal is not None:
            self.frames = 0  # FFmpeg's queue has them, the server never got them.
            if self.problem is None:  # No further frame came at which `write` could raise.
                self._report(str(self._refusal))
        elif self._interruptions and self.problem is None:
            times = f"{self._interruptions} time{'s' if self._interruptions > 1 else ''}"
            lost = f"{self._missing} frame{'s' if self._missing != 1 else ''}"
            self._report(
                f"the stream to {self.name} was lost {times} ({nest(self._first_reason)}): {lost} were not sent"
            )
        self.notice = None
        # A thread that hangs in the network is left alone.
        if is_idle and self._uplink is not None:
            self._uplink.close(flush=self._refusal is None and not self._attempts, seconds=_FINISH_SECONDS)

    def abort(self) -> None:
        """Close the connection: what was sent cannot be taken back."""
        self.finish()
