"""What FFmpeg may open on behalf of an input: no file may make it read another, no stream may make it read a file."""

from __future__ import annotations

import functools
import os

from ..files.paths import LIST_SUFFIXES, PathLike, get_scheme, is_stream_url
from ..pixels.pyav import av

# Formats whose files name others (or hosts) to be read, run a script, or are a device. A clip.mp4 whose content is a
# list of other people's files is a known attack on whoever converts uploads.
_LISTS = frozenset({"hls", "dash"})
_REFERRING = _LISTS | {
    "concat", "imf", "image2", "alias_pix", "brender_pix", "vobsub", "mlv", "webm_dash_manifest", "rtsp", "sdp", "rtp",
    "sap", "lavfi", "avisynth", "vapoursynth", "dvdvideo", "libcdio", "ffmetadata",
}  # fmt: skip
_DEVICES = frozenset(
    {"alsa", "oss", "sndio", "jack", "pulse", "fbdev", "kmsgrab", "x11grab", "xcbgrab", "iec61883", "openal", "android"}
    | {"video4linux2", "v4l2", "video4linux2,v4l2", "dshow", "vfwcap", "gdigrab", "avfoundation", "decklink", "dc1394"}
)
_WEB = "http,https,tls,tcp,httpproxy,crypto,data"
_PROTOCOLS = {
    "http": _WEB,
    "https": _WEB,
    "rtsp": "rtsp,rtp,srtp,udp,tcp,tls,http,https,httpproxy",
    "rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,rtmp,tls,tcp",
    "rtp": "rtp,srtp,udp",
    "udp": "udp",
    "tcp": "tcp",
    "srt": "srt",
}
_STREAM_FORMATS = frozenset({"rtsp", "rtp", "sdp", "hls", "dash"})


def make_ffmpeg_url(path: PathLike) -> str:
    """How FFmpeg is told of an input: a local path as nothing but a path, whatever is in its name.

    Args:
        path: A local path or a stream's URL.

    Returns:
        The URL as it is, or the path behind "file:", so that no part of it is taken for a protocol.

    Example:
        >>> make_ffmpeg_url("concat:a.mp4|b.mp4")
        'file:concat:a.mp4|b.mp4'
    """
    text = os.fspath(path)
    return text if is_stream_url(text) else f"file:{text}"


def make_safety_options(path: PathLike) -> dict[str, str]:
    """FFmpeg's options that keep an input to itself.

    Args:
        path: A local path or a stream's URL.

    Returns:
        `protocol_whitelist` and `format_whitelist`, for whatever opens it: a local file may open nothing but the
        file protocol, and be nothing that refers to others unless its name ends in .m3u8 or .mpd; a stream what its
        scheme needs, and never a file.

    Example:
        >>> make_safety_options("http://host/clip.mp4")["protocol_whitelist"]
        'http,https,tls,tcp,httpproxy,crypto,data'
    """
    text = os.fspath(path)
    if is_stream_url(text):
        return {"protocol_whitelist": _PROTOCOLS[get_scheme(text)], "format_whitelist": _formats(_STREAM_FORMATS)}
    # A list that the user names as one may name its parts: on the disk those there, never those on the network.
    if text.lower().endswith(LIST_SUFFIXES):
        return {"protocol_whitelist": "file,crypto,data", "format_whitelist": _formats(_LISTS)}
    return {"protocol_whitelist": "file", "format_whitelist": _formats(frozenset())}


@functools.cache
def _formats(allowed: frozenset[str]) -> str:
    """All that this FFmpeg knows and that stand for themselves, and those allowed."""
    return ",".join(sorted(av.formats_available - ((_REFERRING | _DEVICES) - allowed)))
