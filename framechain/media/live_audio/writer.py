"""Writes the audio of a live source into an output, in step with the frames and without holes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Protocol

from ...errors import MediaError, reason
from ...pixels.pyav import av
from ..audio_encoding import add_audio_encoder, is_copied
from .feed import AudioFormat, AudioPacket, AudioTap
from .format import add_copied_stream, make_silence
from .timeline import EncodedTimeline

# Audio that is later than this is not waited for any longer: it becomes silence.
_LATE_SECONDS = 1.5
# A hole that is shorter than this is closed.
_SNAP_SECONDS = 0.004
# A packet of which more than this share overlaps the last one is left out: players play both in full.
_LARGEST_OVERLAP = 0.6


class _Lane(Protocol):
    """How packets become those of the output: copied or encoded."""

    def add(self, begin: float, packet: AudioPacket) -> Iterable[Any]: ...
    def fill(self, until: float) -> Iterable[Any]: ...
    def flush(self) -> Iterable[Any]: ...


class LiveAudioWriter:
    """Writes what a tap gets into one output.

    A fault in the audio never stops the video: it ends the audio, and `problem` says why. Where the source gives no
    audio, as while a camera is lost or muted, the output has silence.

    Attributes:
        problem: What was lost, as a sentence; None if nothing was.
    """

    def __init__(self, tap: AudioTap, output: av.container.OutputContainer, container: str) -> None:
        """Add an audio stream to an output, before the output's first packet is written.

        Args:
            tap: The audio; closed with the writer.
            output: The container to write to.
            container: FFmpeg's name of what is written there; `output` may hand it on to another muxer.
        """
        self.problem: str | None = None
        self._output, self._tap, self._is_open = output, tap, True
        form = tap.source.format
        assert form is not None
        try:
            # Nobody wants the uncompressed samples of a microphone in a recording.
            if is_copied(form.codec, container) and not form.codec.startswith("pcm"):
                self._lane: _Lane = _CopyLane(add_copied_stream(output, form), form)
            else:
                stream = add_audio_encoder(output, container, rate=form.rate, channels=form.channels)
                self._lane = EncodedTimeline(stream)
        except (av.FFmpegError, MediaError, OSError, ValueError) as error:
            self._give_up(error)

    def advance(self, seconds: float) -> None:
        """Write the audio up to the time of a frame and no further, because the video may end there.

        Args:
            seconds: The frame's time in the output.
        """
        self._write_until(seconds)
        if self._is_open:
            self._mux(self._lane.fill, seconds - _LATE_SECONDS)

    def finish(self, end: float | None) -> None:
        """Write the rest, and listen no more.

        Args:
            end: Seconds at which the audio is cut; None to keep all that came.
        """
        self._write_until(math.inf if end is None else end)
        if self._is_open:
            self._mux(self._lane.flush)
        self.close()

    def _write_until(self, limit: float) -> None:
        while self._is_open and (item := self._tap.take(limit)) is not None:
            self._mux(self._lane.add, *item)

    def _mux(self, make: Callable[..., Iterable[Any]], *values: Any) -> None:
        try:
            packets = list(make(*values))
        except (av.FFmpegError, MediaError, OSError, ValueError) as error:
            self._give_up(error)
            return
        try:
            for packet in packets:
                self._output.mux(packet)
        except (av.error.InvalidDataError, av.error.ArgumentError) as error:
            # The container refuses the packet. Other errors, such as a full disk, concern the video too.
            self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        self.problem = f"the audio could not be kept ({reason(error)})"
        self.close()

    def close(self) -> None:
        """Listen no more; may be called twice."""
        self._is_open = False
        self._tap.close()


class _CopyLane:
    """Packets as they came, laid on the time line of the output."""

    def __init__(self, stream: Any, form: AudioFormat) -> None:
        self._stream, self._format = stream, form
        self._time_base = Fraction(1, form.rate)
        self._end = 0.0
        self._last = -1
        self._silence: bytes | None = make_silence(form)
        self._step = 1024 / form.rate

    def add(self, begin: float, packet: AudioPacket) -> Iterable[Any]:
        if packet.format != self._format:
            form = packet.format
            raise MediaError(f"the source went over to {form.codec} with {form.rate} Hz and {form.channels} channels")
        if begin < self._end - _LARGEST_OVERLAP * packet.duration:
            return
        yield from self.fill(begin)
        if begin < self._end + _SNAP_SECONDS and self._last >= 0:
            begin = self._end
        yield self._make(packet.data, begin, packet.duration)

    def fill(self, until: float) -> Iterable[Any]:
        while self._silence is not None and self._end + self._step <= until:
            yield self._make(self._silence, self._end, self._step)

    def flush(self) -> Iterable[Any]:
        return ()

    def _make(self, data: bytes, begin: float, duration: float) -> Any:
        # A packet made of bytes needs Python's lock when FFmpeg's thread frees it, and `close` may hold that lock.
        made: Any = av.Packet(len(data))
        made.update(data)
        made.pts = made.dts = self._last = max(round(begin / self._time_base), self._last + 1)
        made.time_base, made.duration = self._time_base, round(duration / self._time_base)
        made.is_keyframe, made.stream = True, self._stream
        self._end = begin + duration
        return made
