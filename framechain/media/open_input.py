"""Opening media: files and network streams, with the safety limits."""

from __future__ import annotations

from ..errors import MediaError, reason
from ..files.paths import is_stream_url
from ..pixels.pyav import av
from .input_file import check_input_file
from .limits import MAX_VIDEO_PIXELS, get_pixel_limit
from .safety import make_ffmpeg_url, make_safety_options

_OPEN_SECONDS, _READ_SECONDS = 10.0, 10.0


def open_input(path: str, name: str, *, decoder: str | None = None) -> av.container.InputContainer:
    """Open a media file or stream for reading.

    Args:
        path: A local path or a stream's URL.
        name: What to call it in an error.
        decoder: The only one that will be used, by FFmpeg's name; None for any. Without a picture to be looked into, a
            file opens some ten times as fast.

    Returns:
        The open container.

    Raises:
        MediaError: If it is a folder, a device, empty, or no media that FFmpeg knows and that stands for itself.
    """
    if not is_stream_url(path):
        check_input_file(path, name)
    timeout = (_OPEN_SECONDS, _READ_SECONDS) if is_stream_url(path) else None
    # To find out what is in a file FFmpeg decodes a little of it: the limit holds from there on.
    options = {**make_safety_options(path), "max_pixels": str(get_pixel_limit(MAX_VIDEO_PIXELS))}
    if decoder is not None:
        options["codec_whitelist"] = decoder
    try:
        return av.open(make_ffmpeg_url(path), metadata_errors="replace", timeout=timeout, options=options)
    except av.error.ArgumentError as error:
        raise MediaError(
            f"cannot read {name}: it is no media that stands for itself; lists that name other files or hosts are "
            "followed only if their own name ends in .m3u8 or .mpd"
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"cannot read {name}: it is no video or picture that FFmpeg understands ({describe_ffmpeg_error(error)})"
        ) from error


def describe_ffmpeg_error(error: BaseException) -> str:
    """The reason of an FFmpeg error in a few words, without its log."""
    return reason(error).split("; last error log")[0].split(":")[0].strip("'\" ")
