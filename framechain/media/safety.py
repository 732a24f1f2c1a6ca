"""What FFmpeg may open for an input: a file must not make it read another file, nor a stream a local file."""

from __future__ import annotations

import functools
import os

from ..files.paths import LIST_SUFFIXES, PathLike, get_scheme, is_stream_url
from ..pixels.pyav import av

# Formats whose files name other files or hosts, run a script, or are a device. A clip.mp4 whose content is a list of
# private files is a known attack on services that convert uploads.
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
    """Return an input's address for FFmpeg; a local path stays a path, whatever its name contains.

    Args:
        path: A local path or a stream's URL.

    Returns:
        The URL as it is, or "file:" and the path, so that FFmpeg parses no part of it as a protocol.

    Example:
        >>> make_ffmpeg_url("concat:a.mp4|b.mp4")
        'file:concat:a.mp4|b.mp4'
    """
    text = os.fspath(path)
    return text if is_stream_url(text) else f"file:{text}"


def make_safety_options(path: PathLike) -> dict[str, str]:
    """Return FFmpeg's options that restrict what an input may open.

    Args:
        path: A local path or a stream's URL.

    Returns:
        `protocol_whitelist` and `format_whitelist`. A local file may use the file protocol alone, and must not refer
        to other files unless its name ends in .m3u8 or .mpd. A stream may use what its scheme needs, and never a file.

    Example:
        >>> make_safety_options("http://host/clip.mp4")["protocol_whitelist"]
        'http,https,tls,tcp,httpproxy,crypto,data'
    """
    text = os.fspath(path)
    if is_stream_url(text):
        return {"protocol_whitelist": _PROTOCOLS[get_scheme(text)], "format_whitelist": _list_formats(_STREAM_FORMATS)}
    # A list whose name says so may name its parts: local ones, never those on the network.
    if text.lower().endswith(LIST_SUFFIXES):
        return {"protocol_whitelist": "file,crypto,data", "format_whitelist": _list_formats(_LISTS)}
    return {"protocol_whitelist": "file", "format_whitelist": _list_formats(frozenset())}


@functools.cache
def _list_formats(allowed: frozenset[str]) -> str:
    """Return the formats of this FFmpeg that refer to nothing else, and those allowed."""
    return ",".join(sorted(av.formats_available - ((_REFERRING | _DEVICES) - allowed)))
