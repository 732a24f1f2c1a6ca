"""Whether a browser shows an image file."""

from __future__ import annotations

from .header import read_image_header

_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "GIF": "image/gif",
    "BMP": "image/bmp",
}


def find_browser_type(path: str) -> str | None:
    """Return the type as which browsers show an image, by its content; None if they do not show it.

    Args:
        path: A local file.

    Raises:
        OSError: If it cannot be read.

    Example:
        >>> find_browser_type("samples/portrait.jpg"), find_browser_type("samples/clip.mp4")
        ('image/jpeg', None)
    """
    with open(path, "rb") as file:
        header = read_image_header(file)
    return None if header is None else _TYPES.get(header.format)
