"""Paths: what they name, where results go, and how stores are reached."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ..errors import OutputError, reason

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".avif", ".jp2"}
    | {".pgm", ".ppm", ".pbm", ".pnm", ".hdr", ".exr"}
)
# By which a URL is told for a file's and not a live stream's.
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".asf", ".flv"}
    | {".ogv", ".3gp", ".3g2", ".mxf", ".vob", ".gif", ".m3u8", ".mpd"}
)
# Of lists that name other files to be read.
LIST_SUFFIXES = (".m3u8", ".mpd")
# Read straight from the network by FFmpeg or OpenCV; every other scheme is stow's.
_STREAM_SCHEMES = frozenset({"http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp", "srt", "rtp"})
# A container that people meet and that plays in browsers, for inputs whose own container cannot hold H.264.
_KEPT_VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv"})

ALPHA_SUFFIXES = (".webm", ".mov", ".png", ".webp", ".tiff", ".tif", ".avif")
"""Of outputs that can hold alpha, and that players and editors expect it in."""

PathLike = str | os.PathLike[str]


def scheme_of(path: PathLike) -> str:
    """The URL scheme of a path in lower case, "" for a local one (a Windows drive letter is local)."""
    scheme = urlsplit(os.fspath(path)).scheme.lower() if "://" in os.fspath(path) else ""
    return scheme if len(scheme) > 1 else ""


def is_stream_url(path: PathLike) -> bool:
    """Whether a path is a URL that is read as a stream: http, rtsp, udp and their kin."""
    return scheme_of(path) in _STREAM_SCHEMES


def is_remote(path: PathLike) -> bool:
    """Whether a path is a file on a store that stow reaches, such as s3://bucket/clip.mp4."""
    scheme = scheme_of(path)
    return bool(scheme) and scheme not in _STREAM_SCHEMES


def is_image(path: PathLike) -> bool:
    """Whether a path's suffix is a still picture's."""
    return Path(urlsplit(os.fspath(path)).path if scheme_of(path) else path).suffix.lower() in IMAGE_SUFFIXES


def is_video(path: PathLike) -> bool:
    """Whether a path's suffix is a video file's."""
    return Path(urlsplit(os.fspath(path)).path if scheme_of(path) else path).suffix.lower() in VIDEO_SUFFIXES


def make_output_path(path: PathLike, extension: str, *, video: bool, alpha: bool = False) -> str:
    """Where the result of an input goes: clip.mp4 -> clip_out.mp4, me.v2.jpg -> me.v2_out.jpg.

    Args:
        path: The input: a local path or one that stow reaches.
        extension: What is added to the name, after an underscore.
        video: Whether a video is written; the result of clip.avi or clip.gif is clip_out.mp4.
        alpha: Whether it must hold alpha: then clip_out.webm, or clip_out.mov for a .mov; me_out.png.

    Returns:
        A path next to the input.
    """
    text = os.fspath(path)
    cut = max(text.rfind("/"), text.rfind(os.sep)) + 1
    folder, name = text[:cut], text[cut:]
    if is_stream_url(text):
        folder, name = "", Path(urlsplit(text).path).name or "stream"
    stem, suffix = os.path.splitext(name)
    if video and suffix.lower() not in _KEPT_VIDEO_SUFFIXES:
        suffix = ".mp4"
    if alpha and suffix.lower() not in ALPHA_SUFFIXES:
        suffix = ".webm" if video else ".png"
    return f"{folder}{stem}_{extension}{suffix}"


def make_write_error(target: str, error: BaseException) -> OutputError:
    """Why an output cannot be written, as an error to raise.

    Args:
        target: The output.
        error: What the operating system or a library raised.

    Returns:
        An error with one sentence.
    """
    why = reason(error)
    if isinstance(error, FileNotFoundError) and not scheme_of(target):
        folder = os.path.dirname(target) or "."
        gone = "its temporary file" if os.path.isdir(folder) else f"the folder {folder}"
        why = f"{gone} was removed while it was written"
    return OutputError(f"cannot write {target}: {why}")


def find_free_name(path: str, taken: Collection[str] = ()) -> str:
    """A name that nothing has yet: the path itself, or it with _2, _3 ... added.

    Args:
        path: A path.
        taken: Names that are promised already.

    Returns:
        A path in the same folder.

    Example:
        >>> find_free_name("samples/clip.mp4"), find_free_name("samples/other.mp4")
        ('samples/clip_2.mp4', 'samples/other.mp4')
    """
    stem, suffix = os.path.splitext(path)
    number, free = 1, path
    while free in taken or os.path.exists(free):
        number += 1
        free = f"{stem}_{number}{suffix}"
    return free


def hide_password(url: str) -> str:
    """A URL for people to read: who may log in is nobody's business.

    Args:
        url: Any URL.

    Returns:
        The same without user name and password.

    Example:
        >>> hide_password("rtsp://admin:secret@10.0.0.7:554/live")
        'rtsp://10.0.0.7:554/live'
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
