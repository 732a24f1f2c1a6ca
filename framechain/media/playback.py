"""Whether a browser plays a video file."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import MediaError
from .open_input import open_input

# Chromium, Firefox and Safari play these, by the names of FFmpeg; AV1 needs an Apple device that decodes it.
_CODECS = {"mp4": ("h264", "vp9", "av1"), "webm": ("vp8", "vp9", "av1")}
# 8 bits, every second pixel's colour; VP9 and AV1 are played with 10 bits, too, and VP9 and VP8 with alpha.
_PIXEL_FORMATS = {"h264": ("yuv420p", "yuvj420p")}
_START_BYTES = 64


@dataclass(frozen=True, slots=True)
class Playback:
    """What a browser makes of a video file.

    Attributes:
        mime_type: What the file is sent as, such as "video/mp4".
        problem: Why browsers do not play it, such as "browsers do not play mpeg4 in avi"; None if they do.
    """

    mime_type: str
    problem: str | None = None


def describe_playback(path: str) -> Playback:
    """Find out whether browsers play a video: Chromium, Firefox and Safari.

    Args:
        path: A local file.

    Raises:
        MediaError: If it is no video, or there is no such file.

    Example:
        >>> describe_playback("samples/clip.mp4")
        Playback(mime_type='video/mp4', problem=None)
    """
    with open_input(path, path) as container:
        stream = container.streams.best("video")
        if stream is None:
            raise MediaError(f"cannot read {path}: it has no video stream")
        context = stream.codec_context
        codec = "an unknown codec" if context is None else context.codec.canonical_name
        pixels = None if context is None else context.pix_fmt
        kind = _name_container(path, container.format.name)
    if codec not in _CODECS.get(kind, ()):
        return Playback(f"video/{kind}", f"browsers do not play {codec} in {kind}")
    if pixels is not None and pixels not in _PIXEL_FORMATS.get(codec, (pixels,)):
        return Playback(f"video/{kind}", f"browsers do not play {codec} with pixels of the kind {pixels}")
    return Playback(f"video/{kind}")


def _name_container(path: str, ffmpeg_name: str) -> str:
    """Return "mp4" (and mov, which browsers read as it), "webm", "matroska", or FFmpeg's first name of another one."""
    names = ffmpeg_name.split(",")
    if "mp4" in names:
        return "mp4"
    if "webm" not in names:
        return names[0]
    with open(path, "rb") as file:  # The header says which of the two it is; FFmpeg has one name for both.
        return "webm" if b"webm" in file.read(_START_BYTES) else "matroska"
