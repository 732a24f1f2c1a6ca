"""The format of a live source's audio, apart from the connection that it came through."""

from __future__ import annotations

import io
from typing import Any

from ...errors import MediaError
from ...pixels.pyav import av
from .feed import AudioFormat

# ISO/IEC 14496-3, table 1.18: the rates that AAC names by a number of 4 bits.
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_LOW_COMPLEXITY = 2


def make_format(stream: Any) -> AudioFormat:
    """Take the format of an input's audio stream.

    Args:
        stream: PyAV's stream.

    Returns:
        The format; it stays valid when the input is closed.

    Raises:
        MediaError: If the stream does not say what it is, or this FFmpeg has no decoder for it.
    """
    context = stream.codec_context
    if context is None or not context.sample_rate or not context.layout.nb_channels:
        raise MediaError("its format is not known")
    codec, rate, channels = context.codec.canonical_name, context.sample_rate, context.layout.nb_channels
    extradata = context.extradata
    if codec == "aac" and extradata is None:  # In MPEG-TS each packet says it.
        extradata = _make_aac_config(rate, channels)
    return AudioFormat(codec, rate, channels, extradata, _copy_stream(stream))


def make_decoder(form: AudioFormat) -> Any:
    """Return a decoder of PyAV for a format."""
    if form.template is not None:
        context: Any = _copy_stream(form.template).codec_context
    else:
        context = av.CodecContext.create(form.codec, "r")
        context.sample_rate, context.layout = form.rate, "mono" if form.channels == 1 else "stereo"
    context.extradata = form.extradata
    return context


def add_copied_stream(output: av.container.OutputContainer, form: AudioFormat) -> Any:
    """Add a stream for packets as they are to an output, before its first packet is written.

    Raises:
        ValueError: If the container does not take the codec.
    """
    target: Any = output.add_stream_from_template(form.template)
    target.codec_context.extradata = form.extradata
    return target


def strip_header(data: bytes, codec: str) -> bytes:
    """Return a packet without the header that AAC has in MPEG-TS (ADTS, ISO/IEC 13818-7, 6.2).

    Args:
        data: A packet.
        codec: FFmpeg's name of its format.

    Example:
        >>> strip_header(bytes.fromhex("fff15040213ffc") + b"data", "aac"), strip_header(b"data", "aac")
        (b'data', b'data')
    """
    if codec != "aac" or len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return data
    return data[7 if data[1] & 1 else 9 :]


def make_silence(form: AudioFormat) -> bytes | None:
    """Return a packet of silence that fits between copied ones; None for formats other than usual AAC."""
    config = form.extradata or b""
    if form.codec != "aac" or form.channels > 2 or not config or config[0] >> 3 != _LOW_COMPLEXITY:
        return None
    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout = form.rate, "mono" if form.channels == 1 else "stereo"
    encoder.format = encoder.codec.audio_formats[0]
    try:
        encoder.open()
        packets = []
        for number in range(3):
            frame = av.AudioFrame("fltp", encoder.layout.name, encoder.frame_size)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts = form.rate, number * encoder.frame_size
            packets += encoder.encode(frame)
    except (av.FFmpegError, ValueError):
        return None
    return bytes(packets[-1])


def _copy_stream(stream: Any) -> Any:
    """Return a stream with the same parameters in a container of its own; FFmpeg frees an input's with the input."""
    try:
        return av.open(io.BytesIO(), "w", format="nut").add_stream_from_template(stream)
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(f"its format {stream.codec_context.codec.canonical_name} is not supported") from error


def _make_aac_config(rate: int, channels: int) -> bytes | None:
    """Return the AudioSpecificConfig of AAC-LC (ISO/IEC 14496-3, 1.6.2.1); None if the rate has no number."""
    if rate not in _AAC_RATES or not 1 <= channels <= 6:
        return None
    return (_LOW_COMPLEXITY << 11 | _AAC_RATES.index(rate) << 7 | channels << 3).to_bytes(2, "big")
