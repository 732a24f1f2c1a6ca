"""Short audio for the tests: written, and decoded again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framechain.pixels.pyav import av

Array = NDArray[Any]


@dataclass(frozen=True)
class Audio:
    """Audio to write: float32 (samples, channels), its rate and codec, and where it starts."""

    samples: Array
    codec: str = "aac"
    rate: int = 48000
    start: Fraction = Fraction(0)
    bit_rate: int = 128_000


def beeps(
    seconds: float,
    codec: str = "aac",
    *,
    rate: int = 48000,
    channels: int = 2,
    start: float = 0,
    at: Iterable[float] | None = None,
) -> Audio:
    """Silence with beeps of 60 ms, by default at each half second; `start` and `at` are in the clip's time."""
    time = np.arange(round(seconds * rate)) / rate
    wave = np.zeros(len(time), np.float32)
    for moment in np.arange(0.5, start + seconds, 0.5) if at is None else at:
        since = time - (moment - start)
        wave[(since >= 0) & (since < 0.06)] = 0.5
    wave *= np.sin(2 * np.pi * 1000 * time, dtype=np.float32)
    return Audio(np.repeat(wave[:, None], channels, 1), codec, rate, Fraction(start).limit_denominator(1000))


@dataclass
class Heard:
    """The decoded audio of a file."""

    codec: str
    rate: int
    channels: int
    packets: list[bytes]
    packet_times: list[Fraction]
    packet_end: Fraction
    start: float
    samples: Array

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / self.rate

    def onsets(self) -> list[float]:
        """Seconds at which a beep begins after quiet."""
        loud = np.abs(self.samples).max(1) > 0.2
        where = np.flatnonzero(loud)
        first = where[np.diff(where, prepend=-self.rate) > 0.2 * self.rate]
        return [self.start + float(sample) / self.rate for sample in first]


def hear(path: Path | str) -> Heard:
    """Decode a file's audio."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        found = [
            (bytes(p), p.pts * p.time_base, (p.duration or 0) * p.time_base) for p in container.demux(stream) if p.size
        ]
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        rate = stream.codec_context.sample_rate
        resampler = av.AudioResampler(format="fltp", layout=stream.codec_context.layout, rate=rate)
        parts: list[Array] = []
        start, reached = None, 0
        for frame in container.decode(stream):
            # Some decoders give no times: then each frame follows the one before.
            moment = reached + (start or 0) if frame.pts is None else round(frame.pts * frame.time_base * rate)
            start = moment if start is None else start
            (converted,) = resampler.resample(frame)
            # A gap of more than rounding is silence on the time line.
            if moment - start - reached > 0.002 * rate:
                parts.append(np.zeros((moment - start - reached, converted.layout.nb_channels), np.float32))
                reached = moment - start
            parts.append(converted.to_ndarray().T)
            reached += converted.samples
        return Heard(
            stream.codec_context.codec.canonical_name,
            rate,
            stream.codec_context.layout.nb_channels,
            [data for data, _, _ in found],
            [time for _, time, _ in found],
            max(time + duration for _, time, duration in found),
            (start or 0) / rate,
            np.concatenate(parts),
        )


def has_audio(path: Path | str) -> bool:
    with av.open(str(path)) as container:
        return bool(container.streams.audio)


def write_audio(path: Path | str, audio: Audio) -> str:
    """Write a file without video."""
    with av.open(str(path), "w") as container:
        packets: list[tuple[Fraction, Any]] = []
        add_audio(container, audio, packets)
        container.mux(packet for _, packet in packets)
    return str(path)


def add_audio(container: Any, audio: Audio, packets: list[tuple[Fraction, Any]]) -> Any:
    layout = "mono" if audio.samples.shape[1] == 1 else "stereo"
    stream = container.add_stream(audio.codec, rate=audio.rate, layout=layout, options={"strict": "-2"})
    context = stream.codec_context
    if not audio.codec.startswith(("pcm", "flac", "alac")):
        stream.bit_rate = audio.bit_rate
    context.open()
    resampler = av.AudioResampler(context.format, context.layout, audio.rate, context.frame_size or 1024)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.samples.T, np.float32), "fltp", layout)
    frame.sample_rate, frame.time_base = audio.rate, Fraction(1, audio.rate)
    frame.pts = round(audio.start * audio.rate)
    for ready in [*resampler.resample(frame), *resampler.resample(None)]:
        packets += [(p.dts * p.time_base, p) for p in stream.encode(ready)]
    packets += [(p.dts * p.time_base, p) for p in stream.encode(None)]
    return stream
