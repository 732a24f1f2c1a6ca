"""Opens whatever frames come from: an image, a video, a camera, arrays, or the bytes of a file."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import NONE_ADVICE, check_choice, is_whole_number
from ..contracts import Source
from ..errors import ArgumentError, ArgumentTypeError, MediaError
from ..files.paths import PathLike, hide_password, is_image, is_stream_url, is_video
from ..files.stores import open_local_copy
from ..media.input_file import check_input_file
from ..media.liveness import find_live, may_be_live
from ..options import CameraOptions
from .contents import Content, get_content_name, is_content, open_private_copy

_logger = logging.getLogger(__name__)

Kind = Literal["image", "video", "camera"]

SourceLike = Source | PathLike | int | NDArray[Any] | Iterable[NDArray[Any] | tuple[NDArray[Any], float]] | Content
"""What `open_source` and `Engine(source=...)` take."""

_WITH_ARTICLE = {"image": "an image", "video": "a video", "camera": "a camera"}
_TAKEN = (
    "a path, a camera's number, an array (height, width, 3), an iterable of such arrays, bytes, "
    "a binary file open for reading, or a framechain.Source"
)
# The second holds names that stay the same when a webcam is plugged in elsewhere, such as /dev/v4l/by-id/...
_DEVICES = ("/dev/video", "/dev/v4l/")


def open_source(
    source: SourceLike,
    *,
    camera: CameraOptions | None = None,
    kind: Kind | None = None,
    fps: float | Fraction | None = None,
) -> Source:
    """Open whatever frames come from, for reading.

    Iterate it once, in a `with` block or to its end: both close it. Of a camera always the newest frame is given.

    Args:
        source: An image or a video: a local path, a URL of a file, or a path on a store that stow reaches, such
            as s3://bucket/clip.mp4. Or its content: bytes, or a binary file, which is read to its end and stays open.
            A camera: a number, a device such as /dev/video0, or another URL. An array (H, W), (H, W, 3) BGR or
            (H, W, 4) BGRA is an image; an iterable of them, or of pairs (array, seconds), is a video, see
            `framechain.sources.ArraySource`. A `Source` is returned as it is.
        camera: How a camera is opened, and whether a URL is one.
        kind: "image", "video" or "camera"; None to go by the name, and where that says nothing by the content. An
            address such as http://host/live.m3u8 is a camera if it is live.
        fps: Frames per second of an iterable of arrays; 25 if not given.

    Returns:
        The source. A private copy of a content, or of a file on a store, is removed with it.

    Raises:
        ArgumentTypeError: If it is none of these.
        ArgumentError: If there is no such kind, or `fps` is given for something that has a rate of its own.
        MissingInputError: If there is no such file.
        MediaError: If it is no media.
        CameraError: If a camera cannot be opened or gives no frame in time.

    Example:
        >>> for frame in open_source("samples/clip.mp4"):
        ...     if frame.info.index == 2:
        ...         print(f"{frame.info.time:.3f}", frame.bgr.shape)
        0.067 (360, 640, 3)
    """
    if kind is not None:
        check_choice("kind", kind, get_args(Kind))
    check_source_type(source)
    if _is_array_sequence(source):
        return _open_arrays(source, kind, fps)  # type: ignore[arg-type]
    if fps is not None:
        raise ArgumentError(
            f"fps is the rate of an iterable of arrays, and {_describe(source)} has its own: leave it out"
        )
    if isinstance(source, Source):
        return source
    if isinstance(source, np.ndarray):
        return _open_array(source, kind)
    if is_content(source):
        return _open_content(source, kind)
    if isinstance(source, str | os.PathLike):
        name: str | int = os.fspath(source)
    else:
        name = int(source)  # type: ignore[arg-type]
        if kind is not None and kind != "camera":
            raise ArgumentTypeError(f"{name} is a camera's number, and {_WITH_ARTICLE[kind]} was asked for")
    kind = kind or find_kind(name, camera)
    if kind == "camera":
        return _open_camera(name, camera)
    return _open_file(str(name), kind)


def check_source_type(source: object) -> None:
    """Refuse what frames cannot come from.

    Raises:
        ArgumentTypeError: If it is nothing that `open_source` takes.
        ArgumentError: If it is an empty path.
    """
    if isinstance(source, str) and not source:
        raise ArgumentError("the path of the source is empty: give a path, a URL or a camera's number")
    is_known = isinstance(source, Source | str | os.PathLike | Iterable) or is_whole_number(source)
    if not (is_known or is_content(source)) or isinstance(source, type | dict | set | frozenset):
        is_pillow = type(source).__module__.startswith("PIL.")
        advice = ': give np.asarray(image.convert("RGB"))[..., ::-1]' if is_pillow else ""
        if source is None:
            advice = NONE_ADVICE
        raise ArgumentTypeError(f"a source must be {_TAKEN}; got {_describe(source)}{advice}")


def get_path(source: object) -> str | None:
    """Return the path of a source that is given as a path; None for any other."""
    return os.fspath(source) if isinstance(source, str | os.PathLike) else None


def guess_kind_of(source: object) -> Kind | None:
    """Return the kind of whatever `open_source` takes, before it is opened; None if the content must decide."""
    if isinstance(source, Source):
        return source.info.kind if source.info.kind in get_args(Kind) else "video"  # type: ignore[return-value]
    if isinstance(source, str | os.PathLike):
        return guess_kind(os.fspath(source))
    if is_whole_number(source):
        return "camera"
    if is_content(source):
        return None
    return "video" if _is_array_sequence(source) else "image"


def may_be_camera(source: object, camera: CameraOptions) -> bool:
    """Return whether whatever `open_source` takes is a camera, or an address whose server must be asked."""
    path, kind = get_path(source), guess_kind_of(source)
    if path is None or not is_stream_url(path):
        return kind == "camera"
    return camera.live if camera.live is not None else kind == "camera" or may_be_live(path)


def find_kind(source: object, camera: CameraOptions | None) -> Kind | None:
    """Return the kind of whatever `open_source` takes; a server is asked where only it knows whether a stream is live.

    Args:
        source: Its name, or the source itself.
        camera: Whether an address is live, and how long to wait for an answer.

    Returns:
        The kind; None if the content must decide.

    Raises:
        ArgumentError: If `camera.live` is given for something that is no address, and is wrong there.
    """
    kind, path = guess_kind_of(source), get_path(source)
    camera = camera or CameraOptions()
    live = camera.live
    if path is None or not is_stream_url(path):
        if live is not None and live != (kind == "camera"):
            raise ArgumentError(f"live={live} decides about an address such as http://host/live.ts: leave it out here")
        return kind
    if live is None and kind == "video" and may_be_live(path):
        live = find_live(path, camera.timeout)
        _logger.info("%s is %s", hide_password(path), {True: "live", False: "not live", None: "not there"}[live])
    if live is None:
        return kind
    return "camera" if live else "video"


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


def _is_array_sequence(source: object) -> bool:
    """Return whether it is a video of arrays: an iterable of them, or one array (count, height, width, channels)."""
    if isinstance(source, np.ndarray):
        return source.ndim == 4
    return (
        isinstance(source, Iterable) and not isinstance(source, Source | str | os.PathLike) and not is_content(source)
    )


def _describe(source: object) -> str:
    if isinstance(source, np.ndarray):
        return f"an array of shape {source.shape}"
    if is_content(source):
        return get_content_name(source)
    if isinstance(source, Source):
        return source.info.name
    return (
        repr(source) if source is None or isinstance(source, str | os.PathLike | int | float) else type(source).__name__
    )


def _open_arrays(
    images: Iterable[NDArray[Any] | tuple[NDArray[Any], float]], kind: Kind | None, fps: float | Fraction | None
) -> Source:
    from .arrays import ArraySource

    if kind is not None and kind != "video":
        raise ArgumentTypeError(
            f"an iterable of arrays is a video, and {_WITH_ARTICLE[kind]} was asked for: give one array"
        )
    return ArraySource(images, fps=fps)


def _open_array(image: NDArray[Any], kind: Kind | None) -> Source:
    from .image import ImageSource

    if kind is not None and kind != "image":
        raise ArgumentTypeError(f"an array is an image, and {_WITH_ARTICLE[kind]} was asked for: give a list of arrays")
    return ImageSource(image)


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
        return _open_local(path, name, kind, stack)


def _open_content(content: Content, kind: Kind | None) -> Source:
    if kind == "camera":
        raise ArgumentTypeError(f"{get_content_name(content)} is no camera: give a number, a device or a URL")
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(open_private_copy(content))
        return _open_local(path, get_content_name(content), kind, stack)


def _open_local(path: str, name: str, kind: Kind | None, stack: contextlib.ExitStack) -> Source:
    if kind is None:
        return _open_unknown(path, name, stack)
    try:
        # An image is in memory once it is open: its copy is removed at once.
        return _open_image(path, name) if kind == "image" else _open_video(path, name, stack)
    except MediaError:
        if problem := _describe_other_kind(path, name, kind):
            raise MediaError(f"cannot read {name}: {problem}") from None
        raise


def _describe_other_kind(path: str, name: str, kind: Kind) -> str | None:
    """Return that a file is a video and not an image, or the other way round, as a phrase; None if it is neither."""
    if not os.path.isfile(path):
        return None
    is_image_file = _has_image_header(path)
    if kind == "video" and is_image_file and not _is_gif(path):
        taken = "rename it, as its name is that of a video" if is_video(name) else "Engine(image_path=...) takes it"
        return f"it is an image, not a video: {taken}"
    if kind == "image" and not is_image_file:
        from .video import VideoSource

        with contextlib.suppress(MediaError), VideoSource(path):
            taken = (
                "rename it, as its name is that of an image" if is_image(name) else "Engine(video_path=...) takes it"
            )
            return f"it is a video, not an image: {taken}"
    return None


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
    image_error: MediaError | None = None
    if not _is_gif(path):
        try:
            return _open_image(path, name)
        except MediaError as error:
            image_error = error
    try:
        return _open_video(path, name, stack)
    except MediaError:
        # What is wrong with an image, FFmpeg calls a video without a size.
        if image_error is not None and _has_image_header(path):
            raise image_error from None
        raise


def _is_gif(path: str) -> bool:
    """Return whether it is a GIF, which is read as a video."""
    with open(path, "rb") as file:
        return file.read(4) == b"GIF8"


def _has_image_header(path: str) -> bool:
    from ..images.header import read_image_header

    with open(path, "rb") as file:
        return read_image_header(file) is not None
