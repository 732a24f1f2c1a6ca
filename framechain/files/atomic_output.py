"""Files that appear under their final name complete or not at all.

`tempfile` makes the temporary file. It has no rename at the end, no lock, and no clean-up after a killed process.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Protocol

from ..errors import MissingInputError, OutputError, reason
from .links import resolve_output
from .locks import FileLock, ScratchFolder
from .paths import PathLike, is_remote, make_write_error
from .stores import translate_store_errors

# How much of the target's name its temporary files have, in bytes.
_LONGEST_NAME = 160
_LONGEST_SUFFIX = 20
_RANDOM_CHARACTERS = 8


class PrivateFolder(Protocol):
    """A folder of this process, as `ScratchFolder`."""

    path: str

    def remove(self) -> None: ...  # noqa: D102


class AtomicOutput:
    """A file that is written beside its target and renamed to it when it is complete.

    Until then it is called .NAME.framechain-XXXXXXXX.part.SUFFIX. Such files of killed runs are removed by the next run
    to the same target. A lock beside the target, .NAME.framechain-lock, lets one run at a time write to it. If the
    target is a symbolic link, the file that it leads to is written, and the link stays.

    Attributes:
        target: The target as it was given, for messages.
        path: The temporary file.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with AtomicOutput(target) as output:
        ...     _ = output.path.write_text("complete")
        ...     target.exists()
        ...     output.commit()
        False
        >>> target.read_text()
        'complete'
    """

    def __init__(self, target: PathLike, *, inputs: tuple[PathLike, ...] = ()) -> None:
        """Check the target and create the temporary file.

        Args:
            target: The path of the complete file: local, or on a store that stow reaches.
            inputs: What must not be overwritten: local files, and files on a store.

        Raises:
            OutputError: If the target is a folder, one of the inputs, a device or a pipe, a symbolic link that
                `resolve_output` refuses, in a folder that is missing or cannot be written to, being written by another
                run, or has too long a name.
        """
        self.target = os.path.expanduser(os.fspath(target))
        self._remote = is_remote(self.target)
        self._folder: PrivateFolder | None = None
        self._lock: FileLock | None = None
        name = self.target.rstrip("/").rsplit("/", 1)[-1] if self._remote else os.path.basename(self.target)
        if not name:
            raise OutputError(f"cannot write {self.target}: it names a folder, give a file name")
        if self._remote:
            if self.target in [os.fspath(path) for path in inputs]:
                raise OutputError(f"cannot write {self.target}: it is the input, choose another output")
            try:
                self._folder = self._make_folder()
            except OSError as error:
                raise OutputError(f"cannot write {self.target}: {reason(error)}") from error
            self.path = Path(self._folder.path) / name
            return
        folder = os.path.dirname(self.target) or "."
        if not os.path.isdir(folder):
            raise OutputError(f"cannot write {self.target}: the folder {folder} does not exist, create it first")
        if os.path.isdir(self.target):
            raise OutputError(f"cannot write {self.target}: it is a folder, give a file name")
        for path in inputs:
            if os.path.exists(self.target) and os.path.exists(path) and os.path.samefile(self.target, path):
                raise OutputError(f"cannot write {self.target}: it is the input, choose another output")
        try:
            # An object of the chain may change the current folder before the end.
            absolute = os.path.abspath(self.target)
        except FileNotFoundError as error:
            raise OutputError(f"cannot write {self.target}: the current folder was removed, go to another") from error
        try:
            self._final = resolve_output(absolute, self.target)
            self._get_mode_of_target()
            self.path = self._begin(os.path.splitext(name)[1])
        except BlockingIOError as error:
            raise OutputError(
                f"cannot write {self.target}: another run is writing it ({reason(error)}), "
                "wait for its end or choose another output"
            ) from error
        except OutputError:
            raise
        except OSError as error:
            raise make_write_error(self.target, error) from error
        except ValueError as error:  # The name has a null byte or half a surrogate pair.
            raise OutputError(f"cannot write {self.target!r}: no file can have such a name") from error

    def _begin(self, suffix: str) -> Path:
        """Take the lock and create the temporary file, whose suffix chooses the format of what is written."""
        folder, name = os.path.split(self._final)
        stem, own_suffix = os.path.splitext(_shorten_name(name))
        self._lock = FileLock(os.path.join(folder, f".{stem}{own_suffix}.framechain-lock"))
        try:
            self._usual_mode = _get_usual_mode(folder, *_split_hidden_name(stem, suffix))
            return Path(self._make_file(folder, stem, suffix[:_LONGEST_SUFFIX], is_alone=self._lock.exclusive))
        except BaseException:
            self._lock.release()
            raise

    def _make_folder(self) -> PrivateFolder:
        """Return a folder for the copy of what is sent to a store at the end."""
        return ScratchFolder()

    def _make_file(self, folder: str, stem: str, suffix: str, *, is_alone: bool) -> str:
        """Create the temporary file.

        Args:
            folder: Where the target is.
            stem: The target's name, shortened, without its suffix.
            suffix: The suffix.
            is_alone: Whether nobody else writes to the target now.

        Returns:
            Its path.
        """
        before, after = _split_hidden_name(stem, suffix)
        if is_alone:
            _remove_abandoned_files(folder, before, after)
        handle, temporary = tempfile.mkstemp(after, before, folder)
        os.close(handle)
        return temporary

    def _get_mode_of_target(self) -> int | None:
        """Return the mode of the file that will be replaced; None if there is none.

        Raises:
            OutputError: If it is not a regular file: renaming would replace the device or link itself.
            OSError: If nothing can have this name, such as one that is too long.
        """
        try:
            mode = os.lstat(self._final).st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(mode):
            # Links were followed at the start; this one may be of another user.
            leads = os.path.realpath(self._final)
            raise OutputError(f"cannot write {self.target}: it has become a symbolic link to {leads}, remove the link")
        if not stat.S_ISREG(mode):
            raise OutputError(f"cannot write {self.target}: it is a device or a pipe, give a file name")
        return stat.S_IMODE(mode)

    def write(self, data: bytes) -> None:
        """Write the whole content at once.

        Args:
            data: The content.

        Raises:
            OutputError: If the disk is full or fails.
        """
        try:
            # A file that was removed meanwhile is not created again: it would not be private.
            with self.path.open("wb" if self._remote else "r+b") as file:
                file.write(data)
        except OSError as error:
            raise make_write_error(self.target, error) from error

    def commit(self) -> None:
        """Give the file its final name, replacing what was there.

        Raises:
            OutputError: If it cannot be renamed or, for a remote target, uploaded, or the target has become a link or a
                device; no temporary file is left.
        """
        try:
            self._publish()
        finally:
            self.discard()

    def _publish(self) -> None:
        try:
            if self._remote:
                with translate_store_errors(self.target, "output"):
                    import stow

                    stow.put(str(self.path), self.target, overwrite=True)
            else:
                mode = self._get_mode_of_target()
                _wait_for_disk(self.path)
                # mkstemp makes files private.
                with contextlib.suppress(PermissionError):
                    self.path.chmod(self._usual_mode if mode is None else mode & 0o777)
                os.replace(self.path, self._final)
        except MissingInputError as error:
            raise OutputError(str(error)) from error
        except OutputError:
            raise
        except OSError as error:
            raise make_write_error(self.target, error) from error

    def discard(self) -> None:
        """Remove what was written so far; does nothing after `commit`."""
        if self._folder:
            self._folder.remove()
        if self._lock is None:
            return
        # The lock is released last: from then on, another run may use the name.
        lock, self._lock = self._lock, None
        with contextlib.suppress(OSError):
            self.path.unlink()
        lock.release()

    def __enter__(self) -> AtomicOutput:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def _split_hidden_name(stem: str, suffix: str) -> tuple[str, str]:
    """Return what precedes and what follows the random part of a temporary file's name."""
    return f".{stem}.framechain-", f".part{suffix[:_LONGEST_SUFFIX]}"


def _shorten_name(name: str) -> str:
    """Return a name to which something can be added: file systems take 255 bytes."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    stem, suffix = os.path.splitext(name)
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
    return f"{os.fsencode(stem)[: _LONGEST_NAME - 40].decode(errors='ignore')}-{digest}{suffix[:_LONGEST_SUFFIX]}"


def _remove_abandoned_files(folder: str, before: str, after: str) -> None:
    """Remove the temporary files of killed runs to one target, which must be locked."""
    for name in os.listdir(folder):
        middle = len(name) - len(before) - len(after)
        if middle == _RANDOM_CHARACTERS and name.startswith(before) and name.endswith(after):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))


def _get_usual_mode(folder: str, before: str, after: str) -> int:
    """Return the mode that a new file gets by the umask and the folder's own rules (a default ACL).

    A file is created to find out: the umask can only be read by changing it for all threads, and does not tell the
    folder's rules.
    """
    probe = os.path.join(folder, f"{before}{secrets.token_hex(_RANDOM_CHARACTERS // 2)}{after}")
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return os.fstat(handle).st_mode & 0o777
    finally:
        os.close(handle)
        os.unlink(probe)


def _wait_for_disk(path: Path) -> None:
    """Wait until a file is on the disk: a power cut must not leave an empty file under the final name."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
