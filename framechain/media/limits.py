"""How large a picture may be: a few bytes can promise more pixels than any memory holds."""

from __future__ import annotations

import os

from ..errors import ArgumentError, MediaError

MAX_IMAGE_PIXELS = 300_000_000
"""Of a still picture, unless told otherwise: 20,000 x 14,000 is less, and takes 840 MB decoded."""

MAX_VIDEO_PIXELS = 8192 * 8192
"""Of a video's frame, unless told otherwise: twice 8K. A dozen frames are in memory at once."""

VARIABLE = "FRAMECHAIN_MAX_PIXELS"
"""The environment variable that sets both anew, for inputs and backgrounds alike."""

# FFmpeg counts the pixels of a frame in 31 bits, and takes no limit beyond.
_FFMPEG_PIXELS = (1 << 31) - 1
# OpenCV's own, which it reads once, when it is imported.
_OPENCV_PIXELS, _OPENCV_VARIABLE = 1 << 30, "OPENCV_IO_MAX_IMAGE_PIXELS"


def get_pixel_limit(default: int) -> int:
    """The most pixels that a picture or a frame may have.

    Args:
        default: The limit where the environment sets none: `MAX_IMAGE_PIXELS` or `MAX_VIDEO_PIXELS`.

    Returns:
        Width times height.

    Raises:
        ArgumentError: If the environment's is no whole number of at least 1.

    Example:
        >>> get_pixel_limit(MAX_VIDEO_PIXELS)
        67108864
    """
    told = os.environ.get(VARIABLE, "").strip()
    if not told:
        return default
    if not (told.isascii() and told.isdecimal() and int(told) > 0):
        raise ArgumentError(f"{VARIABLE} must be a whole number of pixels such as {default}, got {told!r}")
    return min(int(told), _FFMPEG_PIXELS) if default == MAX_VIDEO_PIXELS else int(told)


def check_pixel_count(name: str, width: int, height: int, default: int) -> None:
    """Refuse what promises too many pixels, before memory is taken for them.

    Args:
        name: What to call it in the error.
        width: Pixels across, as its header says.
        height: Pixels down.
        default: `MAX_IMAGE_PIXELS` or `MAX_VIDEO_PIXELS`.

    Raises:
        MediaError: If it is larger than the limit.
    """
    limit, pixels = get_pixel_limit(default), width * height
    if pixels <= limit:
        return
    settings = f"{VARIABLE}={pixels}"
    if pixels > _OPENCV_PIXELS and default == MAX_IMAGE_PIXELS:
        settings += f" and {_OPENCV_VARIABLE}={pixels}"
    raise MediaError(
        f"cannot read {name}: it is {width}x{height}, and more than {limit} pixels are refused; "
        f"if you trust it and have the memory, set {settings}"
    )
