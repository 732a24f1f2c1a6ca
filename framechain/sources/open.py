"""Opens an image, a video or a camera as a source."""

from __future__ import annotations

import contextlib
import os
from typing import Literal, get_args
from urllib.parse import urlsplit

from ..arguments import check_choice, is_whole_number
from ..contracts import Source
from ..errors import ArgumentTypeError, MediaError
from ..files.paths import PathLike, is_image, is_stream_url, is_video
from ..files.stores import open_local_copy
from ..media.input_file import check_input_file
from ..options import CameraOptions

Kind = Literal["image", "video", "camera"]

# The second holds names that stay the same when a webcam is plugged in elsewhere, such as /dev/v4l/by-id/...
_DEVICES = ("/dev/video", "/dev/v4l/")


def open_source(
    path_or_camera: PathLike | int, *, camera: CameraOptions | None = None, kind: Kind | None = None
) -> Source:
    """Open an image, a video or a camera for reading.

    Iterate it once, in a `with` block or to its end: both close it. Of a camera always the newest frame is given.

    Args:
        path_or_camera: An image or a video: a local path, a URL of a file, or a path on a store that stow reaches, such
            as s3://bucket/clip.mp4. A camera: a number, a device such as /dev/video0, or another URL.
        camera: How a camera is opened.
        kind: "image", "video" or "camera"; None to go by the name, and where that says nothing by the content.

    Returns:
        The source. A copy of a file on a store is removed with it.

    Raises:
        ArgumentTypeError: If it is neither a path nor a number.
        ArgumentError: If there is no such kind.
        MissingInputError: If there is no such file.
        MediaError: If it is no media.
        CameraError: If a camera cannot be opened or gives no frame in time.

    Example:
        >>> for frame in open_source("samples/clip.mp4"):
        ...     if frame.info.index == 2:
        ...         print(f"{frame.info.time:.3f}", frame.bgr.shape)
        0.067 (360, 640, 3)
    """
    if not isinstance(path_or_camera, str | os.PathLike) and not is_whole_number(path_or_camera):
        raise ArgumentTypeError(f"open_source takes a path or a camera's number, got {path_or_camera!r}")
    name = os.fspath(path_or_camera) if isinstance(path_or_camera, str | os.PathLike) else int(path_or_camera)
    if kind is None:
        kind = guess_kind(name)
    else:
        check_choice("kind", kind, get_args(Kind))
    if kind == "camera":
        return _open_camera(name, camera)
    return _open_file(str(name), kind)


def guess_kind(name: str | int) -> Kind | None:
    """Return the kind of an input by its name or camera number; None if the content must decide."""
    if isinstance(name, int) or name.isdecimal() or name.startswith(_DEVICES):
        return "camera"
    if is_stream_url(name):
        # Network cameras are found at such as http://host/mjpg/video.mjpg and /axis-cgi/video.cgi.
        url = urlsplit(name)
        is_file = url.scheme.lower() in ("http", "https") and (is_video(url.path) or is_image(url.path))
        return "video" if is_file else "camera"
    if is_image(name):
        return "image"
    return "video" if is_video(name) else None


def _open_camera(camera: int | str, options: CameraOptions | None) -> Source:
    from .camera import CameraSource
    from .reader import Reader

    source = CameraSource(camera, options)
    # A file that stands for a camera does not run ahead: it needs no Reader, and no frame of it is dropped.
    is_file = isinstance(camera, str) and os.path.isfile(camera)
    return source if is_file else Reader(source)


def _open_file(name: str, kind: Kind | None) -> Source:
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(open_local_copy(name, kind or "input"))
        if kind is None:
            return _open_unknown(path, name, stack)
        # An image is in memory once it is open: its copy is removed at once.
        return _open_image(path, name) if kind == "image" else _open_video(path, name, stack)


def _open_image(path: str, name: str) -> Source:
    from .image import ImageSource

    return ImageSource(path, name=name)


def _open_video(path: str, name: str, stack: contextlib.ExitStack) -> Source:
    from .video import VideoSource

    source = VideoSource(path, name=name)
    source.call_at_close(stack.pop_all().close)
    return source


def _open_unknown(path: str, name: str, stack: contextlib.ExitStack) -> Source:
    """Try: FFmpeg reads images as videos of one frame, and OpenCV animations as images."""
    check_input_file(path, name)
    with open(path, "rb") as file:
        is_gif = file.read(4) == b"GIF8"
    if not is_gif:
        with contextlib.suppress(MediaError):
            return _open_image(path, name)
    return _open_video(path, name, stack)
