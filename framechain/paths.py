"""Paths: what they name, where results go, and files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from .errors import DependencyError, FramechainError, MediaError, MissingInputError, OutputError
from .locks import FileLock, ScratchFolder

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".avif", ".jp2"}
    | {".pgm", ".ppm", ".pbm", ".pnm", ".hdr", ".exr"}
)
# By which a URL is told for a file's and not a live stream's.
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".asf", ".flv"}
    | {".ogv", ".3gp", ".3g2", ".mxf", ".vob", ".gif", ".m3u8", ".mpd"}
)
# Read straight from the network by FFmpeg or OpenCV; every other scheme is stow's.
_STREAM_SCHEMES = frozenset({"http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp", "srt", "rtp"})
# A container that people meet and that plays in browsers, for inputs whose own container cannot hold H.264.
_KEPT_VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".mkv"})

ALPHA_SUFFIXES = (".webm", ".mov", ".png", ".webp", ".tiff", ".tif", ".avif")
"""Of outputs that can hold alpha, and that players and editors expect it in."""

# Of a target's name in those of its temporary files; what is added has room up to 255.
_LONGEST_NAME = 160
_RANDOM_CHARACTERS = 8

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
        MediaError: If it is a folder, a device, a pipe, or empty.
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


@contextlib.contextmanager
def local_copy(path: PathLike, what: str) -> Iterator[str]:
    """A local path with the content of `path`, for as long as the context lasts.

    Args:
        path: Local, a stream's URL (both are given back as they are), or what stow reaches.
        what: What it is for the error's sentence, such as "video".

    Yields:
        A path that can be opened.

    Raises:
        MissingInputError: If it does not exist.
        DependencyError: If stow needs a package for this store that is not installed.
    """
    text = os.path.expanduser(os.fspath(path))
    if is_stream_url(text):
        yield text
    elif not is_remote(text):
        if not os.path.exists(text):
            raise MissingInputError(f"{what} not found: {text} (looked in {os.getcwd()})")
        yield text
    else:
        with ScratchFolder() as folder:
            target = os.path.join(folder, text.rstrip("/").rsplit("/", 1)[-1] or "input")
            with _stow_errors(text, what):
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
    with _stow_errors(folder, what):
        import stow

        if not stow.exists(base):
            raise MissingInputError(f"{what} not found: {folder}")
        if stow.isfile(base):
            return None
        return [f"{base}/{item.path.rsplit('/', 1)[-1]}" for item in stow.iterls(base) if isinstance(item, stow.File)]


@contextlib.contextmanager
def _stow_errors(path: str, what: str) -> Iterator[None]:
    """Turn whatever a store's client raises into one sentence: there are as many kinds as clients."""
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


class PendingFile:
    """A file that is written beside its target and moved into place when it is whole.

    Until then it is called .NAME.framechain-XXXXXXXX.part.SUFFIX. What a killed run left under such a name is removed
    by the next one to the same target. Only one at a time writes to a target: a lock beside it, .NAME.framechain-lock,
    says so.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with PendingFile(target) as pending:
        ...     _ = pending.path.write_text("whole")
        ...     target.exists()
        ...     pending.commit()
        False
        >>> target.read_text()
        'whole'
    """

    def __init__(self, target: PathLike, *, inputs: tuple[PathLike, ...] = ()) -> None:
        """Check the target and choose a temporary name next to it.

        Args:
            target: Where the file is to appear: local, or on a store that stow reaches.
            inputs: Local files that must not be overwritten.

        Raises:
            OutputError: If the target is a folder, one of the inputs, a symbolic link, a device or a pipe, in a
                folder that is missing or cannot be written to, or being written by somebody else.
        """
        self.target = os.path.expanduser(os.fspath(target))
        self._remote = is_remote(self.target)
        self._folder: ScratchFolder | None = None
        self._lock: FileLock | None = None
        name = self.target.rstrip("/").rsplit("/", 1)[-1] if self._remote else os.path.basename(self.target)
        if not name:
            raise OutputError(f"cannot write {self.target}: it names a folder, give a file name")
        if self._remote:
            try:
                self._folder = ScratchFolder()
            except OSError as error:
                raise OutputError(f"cannot write {self.target}: {reason(error)}") from error
            self.path = Path(self._folder.path) / name
            return
        folder = os.path.dirname(self.target) or "."
        if not os.path.isdir(folder):
            raise OutputError(f"cannot write {self.target}: the folder {folder} does not exist, create it first")
        # An object may change the current folder meanwhile.
        self._final = os.path.abspath(self.target)
        if os.path.isdir(self.target):
            raise OutputError(f"cannot write {self.target}: it is a folder, give a file name")
        for path in inputs:
            if os.path.exists(self.target) and os.path.exists(path) and os.path.samefile(self.target, path):
                raise OutputError(f"cannot write {self.target}: it is the input, choose another output")
        self._refuse_what_is_no_file()
        try:
            self.path = self._begin(os.path.dirname(self._final), name)
        except BlockingIOError as error:
            raise OutputError(
                f"cannot write {self.target}: another run is writing it ({reason(error)}), "
                "wait for its end or choose another output"
            ) from error
        except OSError as error:
            raise cannot_write(self.target, error) from error

    def _begin(self, folder: str, name: str) -> Path:
        stem, suffix = os.path.splitext(_shortened(name))
        self._lock = FileLock(os.path.join(folder, f".{stem}{suffix}.framechain-lock"))
        try:
            before, after = f".{stem}.framechain-", f".part{suffix}"
            if self._lock.exclusive:
                _remove_left_over(folder, before, after)
            self._usual_mode = _usual_mode(folder, before, after)
            handle, temporary = tempfile.mkstemp(after, before, folder)
        except BaseException:
            self._lock.release()
            raise
        os.close(handle)
        return Path(temporary)

    def _refuse_what_is_no_file(self) -> None:
        # A file that appears whole takes the place of whatever has its name. A link would be lost where people
        # expect its target to be written, which another user may have chosen; a device or pipe would be no more.
        try:
            mode = os.lstat(self.target).st_mode
        except OSError:
            return
        if stat.S_ISLNK(mode):
            leads = os.path.realpath(self.target)
            raise OutputError(f"cannot write {self.target}: it is a symbolic link, give what it leads to, {leads}")
        if not stat.S_ISREG(mode):
            raise OutputError(f"cannot write {self.target}: it is a device or a pipe, give a file name")

    def write(self, data: bytes) -> None:
        """Write the whole content at once.

        Args:
            data: The content.

        Raises:
            OutputError: If the disk is full or fails.
        """
        try:
            # Not made anew where somebody has removed it: it would not be private any more.
            with self.path.open("wb" if self._remote else "r+b") as file:
                file.write(data)
        except OSError as error:
            raise cannot_write(self.target, error) from error

    def commit(self) -> None:
        """Put the file under its final name, replacing what was there.

        Raises:
            OutputError: If it cannot be moved or, for a remote target, uploaded, or the target has become a link
                or a device; nothing is left behind.
        """
        try:
            if self._remote:
                with _stow_errors(self.target, "output"):
                    import stow

                    stow.put(str(self.path), self.target, overwrite=True)
            else:
                self._refuse_what_is_no_file()
                _to_the_disk(self.path)
                # mkstemp makes files private; the result gets what an ordinary open() would have given it.
                with contextlib.suppress(PermissionError):
                    self.path.chmod(self._usual_mode)
                os.replace(self.path, self._final)
        except MissingInputError as error:
            raise OutputError(str(error)) from error
        except OutputError:
            raise
        except OSError as error:
            raise cannot_write(self.target, error) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove what was written so far; does nothing after `commit`."""
        if self._folder:
            self._folder.remove()
        if self._lock is None:
            return
        # The lock goes last: from then on the name may be somebody else's.
        lock, self._lock = self._lock, None
        with contextlib.suppress(OSError):
            self.path.unlink()
        lock.release()

    def __enter__(self) -> PendingFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def _shortened(name: str) -> str:
    """A name to which something can be added: file systems take 255 bytes."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    stem, suffix = os.path.splitext(name)
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
    return f"{os.fsencode(stem)[: _LONGEST_NAME - 40].decode(errors='ignore')}-{digest}{suffix[:20]}"


def _remove_left_over(folder: str, before: str, after: str) -> None:
    """Remove the temporary files of runs to one target that were killed; the target must be locked."""
    for name in os.listdir(folder):
        middle = len(name) - len(before) - len(after)
        if middle == _RANDOM_CHARACTERS and name.startswith(before) and name.endswith(after):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))


def _usual_mode(folder: str, before: str, after: str) -> int:
    """What a new file may be used for, by the umask and the folder's own rules.

    The umask itself can only be asked for by changing it, for all threads of the process.
    """
    probe = os.path.join(folder, f"{before}{secrets.token_hex(_RANDOM_CHARACTERS // 2)}{after}")
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return os.fstat(handle).st_mode & 0o777
    finally:
        os.close(handle)
        os.unlink(probe)


def _to_the_disk(path: Path) -> None:
    """Wait until a file is on the disk: some file systems find out only then that it is full."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


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
