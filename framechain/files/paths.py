"""Paths: what their names say, and where outputs go."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ..errors import OutputError, reason

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".avif", ".jp2"}
    | {".pgm", ".ppm", ".pbm", ".pnm", ".pam", ".pfm", ".hdr", ".exr", ".qoi", ".pcx", ".sgi", ".ras"}
)
# These suffixes distinguish the URL of a file from that of a live stream.
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".asf", ".flv"}
    | {".ogv", ".3gp", ".3g2", ".mxf", ".vob", ".gif", ".m3u8", ".mpd"}
)
# Playlists: they name other files to read.
LIST_SUFFIXES = (".m3u8", ".mpd")
# Read straight from the network by FFmpeg or OpenCV; every other scheme is stow's.
_STREAM_SCHEMES = frozenset({"http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp", "srt", "rtp"})
# Containers that hold H.264 and play everywhere; the output of any other input is an mp4.
_KEPT_VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv"})

ALPHA_SUFFIXES = (".webm", ".mov", ".png", ".webp", ".tiff", ".tif", ".avif")
"""Suffixes of outputs that can hold alpha, and in which players and editors expect it."""

PathLike = str | os.PathLike[str]


def get_scheme(path: PathLike) -> str:
    """Return the URL scheme of a path in lower case; "" for a local path, with a Windows drive letter too."""
    scheme = urlsplit(os.fspath(path)).scheme.lower() if "://" in os.fspath(path) else ""
    return scheme if len(scheme) > 1 else ""


def is_stream_url(path: PathLike) -> bool:
    """Return whether a path is a URL that is read as a stream: http, rtsp, udp, ..."""
    return get_scheme(path) in _STREAM_SCHEMES


def is_web_playlist(path: PathLike) -> bool:
    """Return whether a path is the URL of an HLS playlist, by its name."""
    return get_scheme(path) in ("http", "https") and urlsplit(os.fspath(path)).path.lower().endswith(".m3u8")


def is_remote(path: PathLike) -> bool:
    """Return whether a path is a file on a store that stow reaches, such as s3://bucket/clip.mp4."""
    scheme = get_scheme(path)
    return bool(scheme) and scheme not in _STREAM_SCHEMES


def is_image(path: PathLike) -> bool:
    """Return whether a path has the suffix of an image."""
    return Path(urlsplit(os.fspath(path)).path if get_scheme(path) else path).suffix.lower() in IMAGE_SUFFIXES


def is_video(path: PathLike) -> bool:
    """Return whether a path has the suffix of a video."""
    return Path(urlsplit(os.fspath(path)).path if get_scheme(path) else path).suffix.lower() in VIDEO_SUFFIXES


def make_output_path(path: PathLike, extension: str, *, video: bool, alpha: bool = False) -> str:
    """Return the path of an input's output: clip.mp4 -> clip_out.mp4, me.v2.jpg -> me.v2_out.jpg.

    Args:
        path: The input: a local path or one that stow reaches.
        extension: What is added to the name, after an underscore.
        video: Whether a video is written; the output of clip.avi or clip.gif is clip_out.mp4.
        alpha: Whether it must hold alpha: then clip_out.webm, or clip_out.mov for a .mov; me_out.png.

    Returns:
        A path in the input's folder.
    """
    text = os.fspath(path)
    cut = max(text.rfind("/"), text.rfind(os.sep)) + 1
    folder, name = text[:cut], text[cut:]
    if is_stream_url(text):
        folder, name = "", Path(urlsplit(text).path).name or "stream"
    stem, suffix = os.path.splitext(name)
    return f"{folder}{stem}_{extension}{choose_output_suffix(suffix, video=video, alpha=alpha)}"


def choose_output_suffix(suffix: str, *, video: bool, alpha: bool = False) -> str:
    """Return the suffix of an input's output.

    Example:
        >>> choose_output_suffix(".avi", video=True), choose_output_suffix(".jpg", video=False, alpha=True)
        ('.mp4', '.png')
    """
    if video and suffix.lower() not in _KEPT_VIDEO_SUFFIXES:
        suffix = ".mp4"
    if alpha and suffix.lower() not in ALPHA_SUFFIXES:
        suffix = ".webm" if video else ".png"
    return suffix


def check_is_no_folder(path: str, suffix: str) -> None:
    """Check that an output is not named by its folder alone.

    Args:
        path: The output.
        suffix: A usual suffix, for the advice.

    Raises:
        OutputError: If it is.
    """
    if path.endswith(("/", os.sep)) or os.path.isdir(path):
        example = os.path.join(path, f"out{suffix}")
        raise OutputError(f"cannot write {path}: it is a folder, name a file in it such as {example}")


def make_write_error(target: str, error: BaseException) -> OutputError:
    """Return an error that says in one sentence why an output cannot be written.

    Args:
        target: The output.
        error: What the operating system or a library raised.
    """
    why = reason(error)
    if isinstance(error, FileNotFoundError) and not get_scheme(target):
        folder = os.path.dirname(target) or "."
        gone = "its temporary file" if os.path.isdir(folder) else f"the folder {folder}"
        why = f"{gone} was removed while it was written"
    return OutputError(f"cannot write {target}: {why}")


def find_free_name(path: str, taken: Collection[str] = ()) -> str:
    """Return a path under which nothing exists: the path itself, or with _2, _3, ... added.

    Args:
        path: A path.
        taken: Paths that are in use although nothing exists under them yet.

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
    """Return a URL without user name and password, for messages.

    Example:
        >>> hide_password("rtsp://admin:secret@10.0.0.7:554/live")
        'rtsp://10.0.0.7:554/live'
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
