"""Paths: what they name, where results go, and how stores are reached."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .boxes import refuse_bombs
from .errors import DependencyError, FramechainError, MediaError, MissingInputError, OutputError
from .locks import ScratchFolder

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


def output_path_for(path: PathLike, extension: str, *, video: bool, alpha: bool = False) -> str:
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


def check_input_file(path: str, name: str) -> None:
    """Refuse what is there but is no file with something in it: reading a device or a pipe may never end.

    Args:
        path: A local path; one that does not exist is left to whoever opens it.
        name: What to call it in the error.

    Raises:
        MediaError: If it is a folder, a device, a pipe, or empty, or what `refuse_bombs` refuses.
    """
    try:
        told = os.stat(path)
    except (OSError, ValueError):
        return
    if stat.S_ISDIR(told.st_mode):
        raise MediaError(f"cannot read {name}: it is a folder, give a picture or a video file")
    if not stat.S_ISREG(told.st_mode):
        raise MediaError(f"cannot read {name}: it is a device or a pipe, give a picture or a video file")
    if told.st_size == 0:
        raise MediaError(f"cannot read {name}: the file is empty")
    refuse_bombs(path, name)


def _here() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "a folder that was removed"


@contextlib.contextmanager
def local_copy(path: PathLike, what: str) -> Iterator[str]:
    """A local path with the content of `path`, for as long as the context lasts.

    Args:
        path: Local, a stream's URL (both are given back as they are), or what stow reaches.
        what: What it is for the error's sentence, such as "video".

    Yields:
        A path that can be opened, whatever the current folder becomes.

    Raises:
        MissingInputError: If it does not exist.
        MediaError: If it is a list of other files on a store: beside its copy it would name files of this machine.
        DependencyError: If stow needs a package for this store that is not installed.
    """
    text = os.path.expanduser(os.fspath(path))
    if is_stream_url(text):
        yield text
    elif not is_remote(text):
        if not os.path.exists(text):
            raise MissingInputError(f"{what} not found: {text} (looked in {_here()})")
        # It may be opened again later, as for its sound: by then an object may have changed the current folder.
        yield os.path.abspath(text)
    elif text.lower().endswith(LIST_SUFFIXES):
        raise MediaError(f"cannot read {text}: lists of other files are not followed from a store, give one of those")
    else:
        with ScratchFolder() as folder:
            target = os.path.join(folder, text.rstrip("/").rsplit("/", 1)[-1] or "input")
            with store_errors(text, what):
                import stow

                if not stow.exists(text):
                    raise MissingInputError(f"{what} not found: {text}")
                stow.get(text, target)
            yield target


def remote_files(folder: str, what: str) -> list[str] | None:
    """The files in a folder on a store.

    Args:
        folder: A path that stow reaches, such as s3://bucket/rooms.
        what: What it is for the error's sentence, such as "background folder".

    Returns:
        Their paths; None if it is a file itself.

    Raises:
        MissingInputError: If it does not exist.
        DependencyError: If stow needs a package for this store that is not installed.
    """
    base = folder.rstrip("/")
    with store_errors(folder, what):
        import stow

        if not stow.exists(base):
            raise MissingInputError(f"{what} not found: {folder}")
        if stow.isfile(base):
            return None
        return [f"{base}/{item.path.rsplit('/', 1)[-1]}" for item in stow.iterls(base) if isinstance(item, stow.File)]


@contextlib.contextmanager
def store_errors(path: str, what: str) -> Iterator[None]:
    """Turn whatever a store's client raises into one sentence: there are as many kinds as clients.

    Args:
        path: A path that stow reaches.
        what: What it is for the error's sentence, such as "video".

    Raises:
        MissingInputError: If it cannot be reached.
        DependencyError: If stow needs a package for this store that is not installed.
    """
    try:
        yield
    except FramechainError:
        raise
    except ImportError as error:
        raise DependencyError(
            f"{path} needs a package that is not installed ({error}); for s3:// run: pip install boto3"
        ) from error
    except Exception as error:
        raise MissingInputError(f"cannot reach the {what} {path}: {error}") from error


def cannot_write(target: str, error: BaseException) -> OutputError:
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


def reason(error: BaseException) -> str:
    """What went wrong, in the words of the operating system or library, without errno and file names."""
    strerror: Any = getattr(error, "strerror", None)
    return str(strerror or error or type(error).__name__)
