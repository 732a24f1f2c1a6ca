"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from types import TracebackType

from ..errors import MissingInputError, OutputError, reason
from .locks import FileLock, ScratchFolder
from .paths import PathLike, is_remote, make_write_error
from .stores import translate_store_errors

# Of a target's name in those of its temporary files; what is added has room up to 255.
_LONGEST_NAME = 160
_RANDOM_CHARACTERS = 8


class AtomicOutput:
    """A file that is written beside its target and moved into place when it is whole.

    Until then it is called .NAME.framechain-XXXXXXXX.part.SUFFIX. What a killed run left under such a name is removed
    by the next one to the same target. Only one at a time writes to a target: a lock beside it, .NAME.framechain-lock,
    says so.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with AtomicOutput(target) as pending:
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
            inputs: What must not be overwritten: local files, and what lies on a store.

        Raises:
            OutputError: If the target is a folder, one of the inputs, a symbolic link, a device or a pipe, in a
                folder that is missing or cannot be written to, being written by somebody else, or has too long a name.
        """
        self.target = os.path.expanduser(os.fspath(target))
        self._remote = is_remote(self.target)
        self._folder: ScratchFolder | None = None
        self._lock: FileLock | None = None
        name = self.target.rstrip("/").rsplit("/", 1)[-1] if self._remote else os.path.basename(self.target)
        if not name:
            raise OutputError(f"cannot write {self.target}: it names a folder, give a file name")
        if self._remote:
            if self.target in [os.fspath(path) for path in inputs]:
                raise OutputError(f"cannot write {self.target}: it is the input, choose another output")
            try:
                self._folder = ScratchFolder()
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
            # An object may change the current folder meanwhile.
            self._final = os.path.abspath(self.target)
        except FileNotFoundError as error:
            raise OutputError(f"cannot write {self.target}: the current folder was removed, go to another") from error
        try:
            self._mode_before()
            self.path = self._begin(os.path.dirname(self._final), name)
        except BlockingIOError as error:
            raise OutputError(
                f"cannot write {self.target}: another run is writing it ({reason(error)}), "
                "wait for its end or choose another output"
            ) from error
        except OutputError:
            raise
        except OSError as error:
            raise make_write_error(self.target, error) from error
        except ValueError as error:  # A null byte, half a surrogate pair.
            raise OutputError(f"cannot write {self.target!r}: no file can have such a name") from error

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

    def _mode_before(self) -> int | None:
        """What the file that is there may be used for; None if there is none.

        Raises:
            OutputError: If it is no file.
            OSError: If nothing can be there, as of a name that is too long.
        """
        # A file that appears whole takes the place of whatever has its name. A link would be lost where people
        # expect its target to be written, which another user may have chosen; a device or pipe would be no more.
        try:
            mode = os.lstat(self._final).st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(mode):
            leads = os.path.realpath(self._final)
            raise OutputError(f"cannot write {self.target}: it is a symbolic link, give what it leads to, {leads}")
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
            # Not made anew where somebody has removed it: it would not be private any more.
            with self.path.open("wb" if self._remote else "r+b") as file:
                file.write(data)
        except OSError as error:
            raise make_write_error(self.target, error) from error

    def commit(self) -> None:
        """Put the file under its final name, replacing what was there.

        Raises:
            OutputError: If it cannot be moved or, for a remote target, uploaded, or the target has become a link
                or a device; nothing is left behind.
        """
        try:
            if self._remote:
                with translate_store_errors(self.target, "output"):
                    import stow

                    stow.put(str(self.path), self.target, overwrite=True)
            else:
                mode = self._mode_before()
                _to_the_disk(self.path)
                # mkstemp makes files private; the result gets what an ordinary open() would have given or left it.
                with contextlib.suppress(PermissionError):
                    self.path.chmod(self._usual_mode if mode is None else mode & 0o777)
                os.replace(self.path, self._final)
        except MissingInputError as error:
            raise OutputError(str(error)) from error
        except OutputError:
            raise
        except OSError as error:
            raise make_write_error(self.target, error) from error
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

    def __enter__(self) -> AtomicOutput:
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
