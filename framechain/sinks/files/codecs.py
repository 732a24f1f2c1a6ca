"""Containers and encoders of video files: which suffix asks for which, and the options of each encoder."""

from __future__ import annotations

import os
from fractions import Fraction

from ...errors import OutputError
from ...files.paths import check_is_no_folder, is_image
from ...options import DEFAULT_PRESET, Encoding
from ...pixels.pyav import av
from ...threads.cores import count_cores, get_thread_limit

VIDEO_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
"""FFmpeg's name of the container for each suffix that is written."""
ALPHA_CODECS = {"webm": ("libvpx-vp9", "yuva420p"), "mov": ("prores_ks", "yuva444p10le")}
"""The encoder that carries alpha in each container, and its pixel format."""
USUAL_RATE = Fraction(30)
"""Frames per second where a source does not know them."""

_DEFAULT_CODECS = {"webm": "libvpx-vp9"}
# x264's ultrafast with the deblocking filter, which removes blocks from smooth walls and costs little. CABAC would save
# an eighth of the bytes for a quarter more time. A constant quantiser saves x264's look at each frame beforehand, which
# is a third of its time (benchmarks/presets.py).
_REALTIME = {"preset": "ultrafast", "x264-params": "no-deblock=0"}
# A frame that is asked to be a key frame is one to which players can search, as with x264.
_X265 = {"forced-idr": "1"}
_LARGEST_QUANTISER = 51
_CODECS_WITH_PRESET = frozenset({"libx264", "libx265"})
# MPEG-4 part 2 and its relative, whose quantisers go from 1 to 31 in steps of equal size.
_LINEAR_QUANTISER_CODECS = frozenset({"mpeg4", "msmpeg4"})
_CODECS_WITH_CRF = frozenset({"libvpx", "libvpx-vp9", "libsvtav1"}) | _CODECS_WITH_PRESET | _LINEAR_QUANTISER_CODECS
_VPX_SPEED = {"deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
# Up to this size, x264's own threads cost more than they gain beside those of the pipeline.
_FEW_THREADS_PIXELS = 1920 * 1088
# Without a name for the layout of the pixels, which only a Matroska has: nobody can read it.
_UNREADABLE = frozenset({("mov", "rawvideo")})
# MPEG-4 part 2 writes its time base in 16 bits.
_MPEG4_LARGEST_DENOMINATOR = 65535
_MPEG4_TIME_BASE = Fraction(1, 60000)


def choose_container(path: str, *, alpha: bool = False) -> str:
    """Return FFmpeg's name of the container that a path's suffix asks for.

    Args:
        path: The output.
        alpha: Whether it must hold alpha.

    Returns:
        "mp4", "mov", "matroska" or "webm".

    Raises:
        OutputError: If the suffix is another, or of a container without alpha.
    """
    suffix = os.path.splitext(path)[1].lower()
    able = [known for known, name in VIDEO_CONTAINERS.items() if name in ALPHA_CODECS or not alpha]
    if suffix not in VIDEO_CONTAINERS:
        check_is_no_folder(path, able[0])
        found = f"{suffix!r} is no video format that is written here" if suffix else "it has no suffix"
        advice = "; for an image of each frame pass the frames of framechain.read to cv2.imwrite" * is_image(path)
        raise OutputError(f"cannot write {path}: {found}, choose one of {', '.join(able)}{advice}")
    if suffix not in able:
        raise OutputError(f"cannot write {path}: {suffix} holds no alpha, choose one of {', '.join(able)}")
    return VIDEO_CONTAINERS[suffix]


def choose_codec(container: str, encoding: Encoding, *, alpha: bool = False) -> tuple[str, str]:
    """Choose an encoder and its pixel format.

    Args:
        container: FFmpeg's name of the container.
        encoding: How to encode; its codec is not asked if there is alpha.
        alpha: Whether to encode alpha.

    Returns:
        FFmpeg's names, such as ("libx264", "yuv420p").
    """
    if alpha:
        return ALPHA_CODECS[container]
    return find_encoder(encoding.codec or _DEFAULT_CODECS.get(container, "libx264")), "yuv420p"


def is_readable(container: str, codec: str) -> bool:
    """Return whether anybody can read what FFmpeg writes for a container and an encoder that it takes.

    Args:
        container: FFmpeg's name of the container.
        codec: FFmpeg's own name of the encoder.
    """
    return (container, codec) not in _UNREADABLE


def find_encoder(codec: str) -> str:
    """Return the own name of an encoder: FFmpeg takes the name of a format, too, and chooses an encoder for it.

    Args:
        codec: FFmpeg's name of an encoder or of a format that it can encode.

    Example:
        >>> find_encoder("h264"), find_encoder("libx264")
        ('libx264', 'libx264')
    """
    return av.Codec(codec, "w").name


def make_codec_options(codec: str, encoding: Encoding) -> dict[str, str]:
    """Return an encoder's options for a file.

    Args:
        codec: FFmpeg's own name of the encoder.
        encoding: Preset, and crf or bit rate.

    Returns:
        FFmpeg's options; empty for encoders that know neither preset nor crf.
    """
    crf = f"{encoding.crf:g}"
    if codec in _CODECS_WITH_PRESET and encoding.bitrate is not None:
        preset = "ultrafast" if encoding.preset == DEFAULT_PRESET else encoding.preset
        return {"preset": preset, **(_X265 if codec == "libx265" else {}), **make_rate_options(codec, encoding)}
    if codec in _CODECS_WITH_PRESET:
        if encoding.preset != DEFAULT_PRESET:
            return {"preset": encoding.preset, "crf": crf, **(_X265 if codec == "libx265" else {})}
        if codec == "libx264":
            return {**_REALTIME, "qp": str(min(round(encoding.crf), _LARGEST_QUANTISER))}
        return {"preset": "ultrafast", "crf": crf, **_X265}
    if codec == "libvpx-vp9":
        # libvpx keeps quality constant only at a bit rate of 0; its default deadline takes minutes.
        return {"crf": crf, "b": "0", **_VPX_SPEED}
    if codec == "libvpx":
        # VP8 has no constant quality: its quantiser is held between two bounds, which no bit rate moves. A speed
        # above 0 would depend on the clock, and with it the output.
        bound = str(round(encoding.crf))
        return {"qmin": bound, "qmax": bound, "b": "1G", **_VPX_SPEED, "cpu-used": "-6"}
    if codec in _LINEAR_QUANTISER_CODECS:
        quantiser = str(_make_linear_quantiser(encoding.crf))
        return {"qmin": quantiser, "qmax": quantiser}
    if codec == "prores_ks":
        return {"profile": "4444", "vendor": "apl0"}
    if codec == "libsvtav1":
        return {"crf": crf, "preset": "10"}
    return {}


def make_rate_options(codec: str, encoding: Encoding) -> dict[str, str]:
    """Return the options that hold an encoder's output at a bit rate, or at a constant quality.

    The rate holds over one second: a server, or a network of that capacity, needs no larger buffer.

    Args:
        codec: FFmpeg's own name of the encoder.
        encoding: A bit rate, or crf.
    """
    if encoding.bitrate is None:
        return {"crf": f"{encoding.crf:g}"}
    rate = str(encoding.bitrate)
    # x264 would count frames, but cameras seldom give as many as they say.
    by_time = {"x264-params": "force-cfr=0"} if codec == "libx264" else {}
    return {"b": rate, "maxrate": rate, "bufsize": rate, **by_time}


def _make_linear_quantiser(crf: float) -> int:
    """Return the quantiser of MPEG-4 part 2 for one of H.264, by x264's `qp2qscale` (ratecontrol.c)."""
    return min(31, max(1, round(0.85 * 2 ** ((crf - 12) / 6))))


def describe_unused(codec: str, encoding: Encoding) -> str | None:
    """Return which settings that the user chose an encoder does not have, as a sentence; None if it has all.

    Args:
        codec: FFmpeg's own name of the encoder.
        encoding: Preset, and crf or bit rate.

    Example:
        >>> describe_unused("ffv1", Encoding(crf=5))
        'the encoder ffv1 has no crf: 5 was not used'
    """
    usual, unused = Encoding(), []
    if codec not in _CODECS_WITH_PRESET and encoding.preset != usual.preset:
        unused.append(f"has no preset: {encoding.preset} was not used")
    if codec not in _CODECS_WITH_CRF and encoding.crf != usual.crf:
        unused.append(f"has no crf: {encoding.crf:g} was not used")
    if codec not in _CODECS_WITH_PRESET and encoding.bitrate is not None:
        unused.append(f"has no bit rate here: {encoding.bitrate} was not used")
    return f"the encoder {codec} {' and '.join(unused)}" if unused else None


def choose_thread_count(codec: str, encoding: Encoding, pixels: int) -> int:
    """Return how many threads may encode; 0 leaves it to FFmpeg.

    Args:
        codec: FFmpeg's own name of the encoder.
        encoding: The preset.
        pixels: Width times height of a frame.
    """
    if codec != "libx264" or encoding.preset != DEFAULT_PRESET or pixels > _FEW_THREADS_PIXELS:
        return get_thread_limit()
    return max(1, count_cores() // 2)


def choose_time_base(codec: str, time_base: Fraction) -> Fraction:
    """Return a time base that an encoder can write: the source's own where possible."""
    if codec == "mpeg4" and time_base.denominator > _MPEG4_LARGEST_DENOMINATOR:
        return _MPEG4_TIME_BASE
    return time_base


def choose_encoder_rate(rate: Fraction | None) -> Fraction:
    """Return a frame rate for rate control: frames that are hours apart would break encoders."""
    return rate.limit_denominator(100_000) if rate and Fraction(1) <= rate <= 240 else USUAL_RATE
