"""Which audio a container takes as it is, and the encoder for all other."""

from __future__ import annotations

from typing import Any

from ..pixels.pyav import av

# The codecs that players expect in each container; every other codec is decoded and encoded again.
_COPIED = {
    "mp4": frozenset({"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus"}),
    "mov": frozenset({"aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le"}),
    "webm": frozenset({"opus", "vorbis"}),
    "matroska": frozenset({"aac", "mp3", "ac3", "eac3", "alac", "flac", "opus", "vorbis", "pcm_s16le", "dts"}),
    # Streams: what servers and players of each take. Vorbis and Opus in FLV and RTP are known to few.
    "flv": frozenset({"aac", "mp3"}),
    "rtsp": frozenset({"aac", "mp3", "opus"}),
    "mpegts": frozenset({"aac", "mp2", "mp3", "ac3", "eac3"}),
    "rtp_mpegts": frozenset({"aac", "mp2", "mp3", "ac3", "eac3"}),
}
_ENCODER = {"webm": "libopus"}
_OPUS_RATE = 48000
_BIT_RATE_PER_CHANNEL = 96_000


def is_copied(codec: str, container: str) -> bool:
    """Return whether a container takes audio as it is.

    Args:
        codec: FFmpeg's name of the audio's format.
        container: FFmpeg's name of the container.

    Example:
        >>> is_copied("aac", "flv"), is_copied("pcm_alaw", "mp4")
        (True, False)
    """
    return codec in _COPIED.get(container, frozenset())


def add_audio_encoder(output: av.container.OutputContainer, container: str, *, rate: int, channels: int) -> Any:
    """Add an encoded audio stream to an output: Opus in WebM, AAC elsewhere.

    Args:
        output: The container to write to, before its first packet is written.
        container: FFmpeg's name of what is written there.
        rate: The audio's samples per second; AAC and Opus know some rates only.
        channels: How many channels it has; more than one become two.

    Returns:
        The stream; its codec context says what it takes.

    Raises:
        av.FFmpegError: If the encoder cannot be opened; nothing was added then.
    """
    codec = _ENCODER.get(container, "aac")
    rate = _OPUS_RATE if codec == "libopus" else _choose_aac_rate(rate)
    # By their number: avi and wmv do not name their channels, and encoders refuse unnamed ones.
    layout = "mono" if channels == 1 else "stereo"
    # An added stream cannot be removed again, so the encoder is tried beforehand.
    trial: Any = av.CodecContext.create(codec, "w")
    trial.sample_rate, trial.layout, trial.format = rate, layout, trial.codec.audio_formats[0]
    trial.open()
    target: Any = output.add_stream(codec, rate=rate, layout=layout)
    target.bit_rate = _BIT_RATE_PER_CHANNEL * target.codec_context.layout.nb_channels
    return target


def _choose_aac_rate(rate: int) -> int:
    """Return the lowest rate of AAC that is not below a rate (ISO/IEC 14496-3, table 1.18), else the highest."""
    rates = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
    return next((known for known in rates if known >= rate), rates[-1])
