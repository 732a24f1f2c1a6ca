"""Decoded audio laid on the time line of an output and encoded again."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...pixels.pyav import av
from .feed import AudioFormat, AudioPacket
from .format import make_decoder

# More than this apart, audio and time line are brought together at once, by silence or a cut.
_HARD_SECONDS = 0.02
# Up to this they may be apart. In between the audio is stretched or squeezed by up to a hundredth, which nobody hears.
_SOFT_SECONDS = 0.002
_LARGEST_STRETCH = 0.01


class EncodedTimeline:
    """Decodes packets, and encodes their samples so that each lies at its time.

    Two clocks never agree, packets are lost and repeated: what an encoder gets has neither holes nor overlaps.
    """

    def __init__(self, stream: Any) -> None:
        """Begin at second 0 of the output.

        Args:
            stream: The output's stream, from `add_audio_encoder`.
        """
        self._stream = stream
        context = stream.codec_context
        self._rate: int = context.sample_rate
        self._layout: str = context.layout.name
        self._channels: int = context.layout.nb_channels
        self._format: AudioFormat | None = None
        self._decoder: Any = None
        self._to_float: Any = None
        self._to_encoder: Any = None
        self._written = 0

    def add(self, begin: float, packet: AudioPacket) -> Iterable[Any]:
        """Encode a packet.

        Args:
            begin: Its time in seconds of the output.
            packet: The packet; another format than before begins a new decoder.

        Returns:
            Packets of the output.
        """
        if packet.format != self._format:
            self._format, self._decoder, self._to_float = packet.format, make_decoder(packet.format), None
        made: Any = av.Packet(packet.data)
        try:
            frames = self._decoder.decode(made)
        except av.error.InvalidDataError:
            return  # It was damaged on its way; silence takes its place.
        for frame in frames:
            for samples in self._convert(frame):
                yield from self._lay(begin, samples)
            begin += frame.samples / frame.sample_rate

    def _convert(self, frame: Any) -> list[NDArray[np.float32]]:
        """Return the samples in the encoder's rate and channels, float32 (channels, samples)."""
        frame.pts = None
        try:
            return self._resample(frame)
        except ValueError:  # The stream itself changed its channels or its rate.
            self._to_float = None
            return self._resample(frame)

    def _resample(self, frame: Any) -> list[NDArray[np.float32]]:
        if self._to_float is None:
            self._to_float = av.AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
        return [ready.to_ndarray() for ready in self._to_float.resample(frame)]

    def _lay(self, begin: float, samples: NDArray[np.float32]) -> Iterable[Any]:
        error = round(begin * self._rate) - self._written
        if abs(error) > _HARD_SECONDS * self._rate or not self._written:
            yield from self.fill(begin)
            samples = samples[:, max(0, -error) :]
        elif abs(error) > _SOFT_SECONDS * self._rate:
            samples = _stretch(samples, error)
        yield from self._encode(samples)

    def fill(self, until: float) -> Iterable[Any]:
        """Encode silence up to a time, where no audio came.

        Args:
            until: Seconds of the output.

        Returns:
            Packets of the output.
        """
        while (missing := round(until * self._rate) - self._written) > 0:
            yield from self._encode(np.zeros((self._channels, min(missing, self._rate)), np.float32))

    def _encode(self, samples: NDArray[np.float32]) -> Iterable[Any]:
        if not samples.shape[1]:
            return
        frame: Any = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), "fltp", self._layout)
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts = self._written
        self._written += samples.shape[1]
        if self._to_encoder is None:
            context = self._stream.codec_context
            if (
                not context.is_open
            ):  # Before the first frame, nobody has opened it; only then it knows its frames' size.
                context.open()
            self._to_encoder = av.AudioResampler(
                context.format, self._layout, self._rate, frame_size=context.frame_size or None
            )
        for ready in self._to_encoder.resample(frame):
            yield from self._keep(self._stream.encode(ready))

    def _keep(self, packets: Iterable[Any]) -> Iterable[Any]:
        """Leave out what encoders put before second 0, for decoders to warm up: a stream cannot begin before it."""
        return (packet for packet in packets if packet.pts >= 0)

    def flush(self) -> Iterable[Any]:
        """Return the packets that the encoder still holds; nothing can be added then."""
        if self._to_encoder is not None:
            for ready in self._to_encoder.resample(None):
                yield from self._keep(self._stream.encode(ready))
            yield from self._keep(self._stream.encode(None))


def _stretch(samples: NDArray[np.float32], wanted: int) -> NDArray[np.float32]:
    """Return float32 (channels, samples) with up to `wanted` more samples, or fewer if it is negative."""
    count = samples.shape[1]
    most = int(count * _LARGEST_STRETCH)
    places = np.linspace(0, count - 1, count + max(-most, min(most, wanted)))
    return np.stack([np.interp(places, np.arange(count), channel) for channel in samples]).astype(np.float32)
