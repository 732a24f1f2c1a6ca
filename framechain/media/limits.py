"""How large an image may be: a few bytes can promise more pixels than any memory holds."""

from __future__ import annotations

import os

from ..errors import ArgumentError, MediaError

MAX_IMAGE_PIXELS = 300_000_000
"""The default for images: 20,000 x 14,000 is less, and takes 840 MB decoded."""

MAX_VIDEO_PIXELS = 8192 * 8192
"""The default for frames of videos and network cameras: twice 8K. A dozen frames are in memory at once."""

VARIABLE = "FRAMECHAIN_MAX_PIXELS"
"""The environment variable that replaces both, for inputs and backgrounds."""

# FFmpeg counts the pixels of a frame in 31 bits and accepts no higher limit.
_FFMPEG_PIXELS = (1 << 31) - 1
# OpenCV's own limit; it reads the variable once, at its import.
_OPENCV_PIXELS, _OPENCV_VARIABLE = 1 << 30, "OPENCV_IO_MAX_IMAGE_PIXELS"


def get_pixel_limit(default: int) -> int:
    """Return the most pixels that an image or a frame may have.

    Args:
        default: The limit if the environment sets none: `MAX_IMAGE_PIXELS` or `MAX_VIDEO_PIXELS`.

    Returns:
        Width times height.

    Raises:
        ArgumentError: If the environment's value is not a whole number of at least 1.

    Example:
        >>> get_pixel_limit(MAX_VIDEO_PIXELS)
        67108864
    """
    value = os.environ.get(VARIABLE, "").strip()
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and int(value) > 0):
        raise ArgumentError(f"{VARIABLE} must be a whole number of pixels such as {default}, got {value!r}")
    return min(int(value), _FFMPEG_PIXELS) if default == MAX_VIDEO_PIXELS else int(value)


def check_pixel_count(name: str, width: int, height: int, default: int) -> None:
    """Refuse an input whose header promises too many pixels, before memory is allocated for them.

    Args:
        name: Its name in the error.
        width: In pixels, from the header.
        height: In pixels, from the header.
        default: `MAX_IMAGE_PIXELS` or `MAX_VIDEO_PIXELS`.

    Raises:
        MediaError: If there are more than the limit.
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
