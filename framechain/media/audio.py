"""Audio from a source to an output: packets are copied where the container allows, else encoded as AAC or Opus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import reason
from ..pixels.pyav import av
from .audio_encoding import add_audio_encoder, is_copied
from .open_input import close_input, open_input, read_packets

# A decoder needs the last packets that an edit list hides before the audio begins: its priming, 2112 samples with
# Apple's AAC.
_PRIMING_SECONDS = Fraction(1, 20)


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """The audio track that belongs to a video source.

    Attributes:
        path: The file to read it from.
        index: The stream's index in that file.
        origin: Seconds to subtract from all its time stamps, so that it stays in step with the frames.
        decoder: FFmpeg's name of its decoder, such as "aac"; None if it has none.
        start: Seconds, from the origin, at which the audio begins; what comes before is left out.
    """

    path: str
    index: int
    origin: Fraction
    decoder: str | None
    start: Fraction = Fraction(0)


class AudioWriter:
    """Writes one source's audio into one output, in step with the frames.

    A fault in the audio never stops the video: it ends the audio, and `problem` says why.

    Attributes:
        problem: What was lost, as a sentence; None if nothing was.
    """

    def __init__(self, track: AudioTrack, output: av.container.OutputContainer) -> None:
        """Add an audio stream to an output, before the output's first packet is written.

        Args:
            track: The audio to read.
            output: The container to write to.

        Raises:
            MediaError: If the file cannot be opened.
        """
        self.problem: str | None = None
        self._output = output
        self._next: av.Packet[Any] | None = None
        self._input: av.container.InputContainer | None = open_input(track.path, track.path, decoder=track.decoder)
        try:
            source: Any = self._input.streams[track.index]
            for stream in self._input.streams:
                if stream.index != track.index:
                    stream.discard = av.stream.Discard.all
            self._source = source
            self._origin = track.origin + track.start
            self._is_cut = track.start > 0
            context = source.codec_context
            if is_copied(context.codec.canonical_name, output.format.name):
                self._target: Any = output.add_stream_from_template(source)
                self._packets = self._copy()
            else:
                self._target = add_audio_encoder(
                    output, output.format.name, rate=context.sample_rate, channels=context.layout.nb_channels
                )
                self._packets = self._transcode()
        except Exception as error:
            self._give_up(error)

    def _copy(self) -> Iterator[av.Packet[Any]]:
        time_base = self._source.time_base
        offset = round(self._origin / time_base)
        last, begun = None, False
        for packet in read_packets(self._source.container, self._source):
            if not packet.size:
                continue
            if packet.dts is None and packet.pts is None:
                packet.pts = packet.dts = 0 if last is None else last + 1
            packet.pts = (packet.dts if packet.pts is None else packet.pts) - offset
            if self._is_cut and packet.pts < 0:
                continue
            if packet.is_discard and (begun or packet.pts * time_base < -_PRIMING_SECONDS):
                continue  # A copy would be audible: an output can hide nothing but its start.
            begun = begun or not packet.is_discard
            packet.dts = packet.pts
            if last is not None and packet.dts <= last:
                packet.pts = packet.dts = last + 1
            last = packet.dts
            packet.stream = self._target
            yield packet

    def _transcode(self) -> Iterator[av.Packet[Any]]:
        context = self._target.codec_context
        resampler = av.AudioResampler(
            format=context.format,
            layout=context.layout,
            rate=context.sample_rate,
            frame_size=context.frame_size or None,
        )
        damaged = 0
        first = True
        for packet in read_packets(self._source.container, self._source):
            try:
                decoded = packet.decode()
            except av.error.InvalidDataError:
                damaged += 1
                continue
            for frame in decoded:
                if frame.pts is not None:
                    frame.pts -= round(self._origin / frame.time_base)
                elif first:
                    frame.pts = 0
                first = False
                if self._is_cut and frame.pts is not None and frame.pts < 0:
                    continue
                for ready in resampler.resample(frame):
                    yield from self._target.encode(ready)
        if not first:
            for ready in resampler.resample(None):
                yield from self._target.encode(ready)
        yield from self._target.encode(None)
        if damaged:
            self.problem = f"{damaged} damaged packets of the audio were skipped"
        if first:
            self.problem = "not one packet of the audio could be decoded"

    def advance(self, seconds: float) -> None:
        """Write the audio up to the time of a frame and no further, because the video may end there.

        Args:
            seconds: The frame's time.
        """
        self._write_until(Fraction(seconds))

    def finish(self, end: float | None) -> None:
        """Write the rest.

        Args:
            end: Seconds at which the audio is cut; None to keep all of it.
        """
        self._write_until(None if end is None else Fraction(end))

    def _write_until(self, limit: Fraction | None) -> None:
        if self._input is None:
            return
        while True:
            try:
                if self._next is None:
                    self._next = next(self._packets, None)
                packet = self._next
            except Exception as error:
                self._give_up(error)
                return
            if packet is None:
                self.close()
                return
            if limit is not None and packet.pts is not None and packet.pts * packet.time_base >= limit:
                return
            self._next = None
            try:
                self._output.mux(packet)
            except (av.error.InvalidDataError, av.error.ArgumentError) as error:
                # The container refuses the packet. Other errors, such as a full disk, concern the video too.
                self._give_up(error)
                return

    def _give_up(self, error: BaseException) -> None:
        self.problem = f"the audio could not be kept ({reason(error)})"
        self.close()

    def close(self) -> None:
        """Release the input; may be called twice."""
        if self._input is not None:
            close_input(self._input)
            self._input = None
