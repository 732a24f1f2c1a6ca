"""Locks that end with their process, however it ends, and scratch folders that are removed after it.

Not `filelock`: it does not remove its file, does not report who holds the lock, and on file systems without locks takes
the existence of the file for a lock, which outlives a killed process.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
import threading

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BUSY = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
# Some network file systems have no locks.
_UNKNOWN = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
# Windows lets nobody read a locked byte: the process's number stands far before it.
_FAR = 1 << 30

# A pipe with the lock's name must not make anybody wait.
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)

_SCRATCH = re.compile(r"(framechain-[0-9a-f]{16})(\.lock)?")

# Network file systems may lock by process, so that its threads would all get the lock.
_mine: set[str] = set()
_mine_guard = threading.Lock()


def _forget_mine() -> None:
    """Leave the locks to the process that a process was forked from."""
    global _mine_guard
    _mine_guard = threading.Lock()  # Another thread, which is not in this process, may have held it.
    _mine.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_mine)


class FileLock:
    """A locked file: its lock, not its existence, shows that it is in use.

    The system releases the lock when its process dies. The file is removed with the lock; after a `kill -9` it stays,
    and the next `FileLock` replaces it, also that of another user.

    Attributes:
        exclusive: False on a file system without locks: other processes may have this one too.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "lock")
        >>> lock = FileLock(path)
        >>> try:
        ...     FileLock(path)
        ... except BlockingIOError as error:
        ...     print(error.strerror == f"process {os.getpid()} holds it")
        True
        >>> lock.release()
        >>> os.path.exists(path)
        False
    """

    def __init__(self, path: str, note: str = "") -> None:
        """Take the lock.

        Args:
            path: The file, in a folder that can be written to.
            note: What the file says about its holder, after the number of the process.

        Raises:
            BlockingIOError: If somebody else holds it; `strerror` says who.
            OSError: If the file cannot be created, or what has its name cannot be used; `strerror` says which.
        """
        self._path = path
        self._key = os.path.realpath(path)
        self._handle: int | None = None
        self.exclusive = False
        with _mine_guard:
            if self._key in _mine:
                raise BlockingIOError(errno.EWOULDBLOCK, f"process {os.getpid()} holds it")
            self._handle, self.exclusive = _open_locked(path, note)
            _mine.add(self._key)

    def release(self) -> None:
        """Release it; may be called twice."""
        with _mine_guard:
            handle, self._handle = self._handle, None
            if handle is None:
                return
            _mine.discard(self._key)
            # Windows removes no open file. Elsewhere it is removed first: nobody may find it there and unlocked.
            if sys.platform == "win32":
                os.close(handle)
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            if sys.platform != "win32":
                with contextlib.suppress(OSError):
                    # A child that was forked meanwhile has the file open too and would keep the lock.
                    fcntl.flock(handle, fcntl.LOCK_UN)
                os.close(handle)


def _open_locked(path: str, note: str) -> tuple[int, bool]:
    """Open and lock a file; only one that is created here is written to: another may be a link to a file of a user."""
    while True:
        handle, is_new = _open(path)
        is_mine = False
        try:
            exclusive = _lock(handle)
            # The last holder may have removed the file after we opened it.
            if _is_same_file(path, handle):
                if is_new:
                    # Who holds it is only told to others. On a full disk it must not end in an error that leaves it.
                    with contextlib.suppress(OSError):
                        os.write(handle, f"{os.getpid()} {note}".rstrip().encode())
                # One that a killed process left is replaced. Where that is forbidden it serves as it is.
                is_mine = is_new or not exclusive or not _remove(path)
                if is_mine:
                    return handle, exclusive
        except BlockingIOError:
            text = os.pread(handle, 20, 0).decode(errors="replace") if hasattr(os, "pread") else ""
            number = text.partition(" ")[0]
            who = f"process {number}" if number.isdecimal() else "another process"
            raise BlockingIOError(errno.EWOULDBLOCK, f"{who} holds it") from None
        finally:
            if not is_mine:
                os.close(handle)


def _open(path: str) -> tuple[int, bool]:
    """Open a file; return its handle and whether it is new."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o666)
        except FileExistsError:
            try:
                return _open_existing(path), False
            except FileNotFoundError:  # It was released.
                continue
            except OSError as error:
                advice = f"its lock {path} cannot be used ({error.strerror}), remove that file if no run is at work"
                raise OSError(error.errno, advice) from error
        if sys.platform != "win32":
            # Reading is enough to lock it: after a `kill -9` another user of the folder can take over.
            with contextlib.suppress(OSError):
                os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode) | 0o444)
        return handle, True


def _open_existing(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | _FLAGS)
    except PermissionError:
        return os.open(path, os.O_RDONLY | _FLAGS)


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _lock(handle: int) -> bool:
    """Lock an open file; return False if the file system has no locks."""
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            raise BlockingIOError(error.errno, "somebody else holds it") from error
        if error.errno in _UNKNOWN:
            return False
        raise
    return True


def _is_same_file(path: str, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


class ScratchFolder:
    """A private folder for copies of remote files. Those of killed runs are removed when one is made.

    Example:
        >>> with ScratchFolder() as path:
        ...     os.path.isdir(path)
        True
        >>> os.path.exists(path)
        False
    """

    def __init__(self) -> None:
        """Create it among the system's temporary files.

        Raises:
            OSError: If it cannot be created.
        """
        top = tempfile.gettempdir()
        _remove_abandoned_folders(top)
        self.path = os.path.join(top, f"framechain-{secrets.token_hex(8)}")
        # It is locked before it exists, so that nobody takes it for abandoned.
        self._lock = FileLock(f"{self.path}.lock")
        try:
            os.mkdir(self.path, 0o700)
        except BaseException:
            self._lock.release()
            raise

    def remove(self) -> None:
        """Remove it and all that is in it; may be called twice."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()

    def __enter__(self) -> str:
        return self.path

    def __exit__(self, *exception: object) -> None:
        self.remove()


def _remove_abandoned_folders(top: str) -> None:
    found = {match[1] for name in os.listdir(top) if (match := _SCRATCH.fullmatch(name))}
    for path in (os.path.join(top, name) for name in found):
        # It may belong to another user, or be in use.
        with contextlib.suppress(OSError):
            lock = FileLock(f"{path}.lock")
            if lock.exclusive:
                shutil.rmtree(path, ignore_errors=True)
            lock.release()
