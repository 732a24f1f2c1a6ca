"""Symbolic links at the end of an output's path: what they lead to is written, as `cp` does."""

from __future__ import annotations

import errno
import os
import stat

from ..errors import OutputError

# As many as Linux follows.
_MOST_LINKS = 40


def resolve_output(path: str, name: str) -> str:
    """Follow the links at the end of an output's path.

    Args:
        path: An absolute local path; nothing need exist under it.
        name: The name in errors.

    Returns:
        The path itself, or where the link leads to, which need not exist either.

    Raises:
        OutputError: If a link leads to a device, a pipe, a missing folder or one that others may write to, or was
            placed by another user in such a folder.
        OSError: If it leads in a circle.
    """
    place = path
    for _ in range(_MOST_LINKS):
        found = _read_status(place)
        if found is None or not stat.S_ISLNK(found.st_mode):
            if place != path:
                _check_link_target(place, found, name)
            return place
        folder = os.path.dirname(place)
        if _is_writable_by_others(folder) and found.st_uid != os.geteuid():
            raise OutputError(
                f"cannot write {name}: {place} is a symbolic link of another user in a folder that others may write "
                "to, give the path that it leads to"
            )
        target = os.path.join(folder, os.readlink(place))
        # The folder may be a link itself: only its real path says what ".." leads to.
        place = os.path.join(os.path.realpath(os.path.dirname(target)), os.path.basename(target))
    raise OSError(errno.ELOOP, "its symbolic links lead in a circle")


def _check_link_target(place: str, found: os.stat_result | None, name: str) -> None:
    link = f"cannot write {name}: it is a symbolic link to {place}"
    folder = os.path.dirname(place)
    if not os.path.isdir(folder):
        raise OutputError(f"{link}, and the folder {folder} does not exist, create it first")
    if not os.path.basename(place) or (found is not None and stat.S_ISDIR(found.st_mode)):
        raise OutputError(f"{link}, which is a folder, give a file name")
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise OutputError(f"{link}, which is a device or a pipe, give a file name")
    if _is_writable_by_others(folder):
        raise OutputError(f"{link}, in a folder that others may write to, give that path if you trust it")


def _read_status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_writable_by_others(folder: str) -> bool:
    if os.name == "nt":  # Its modes say nothing of other users.
        return False
    return bool(os.stat(folder).st_mode & stat.S_IWOTH)
