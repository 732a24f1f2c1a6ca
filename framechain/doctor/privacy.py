"""Keeps what is private out of a diagnosis: names of users and hosts, folders, serial numbers.

Messages of libraries hold paths, and cameras are named after people. Every fact passes `hide_private` before it is
judged, so that nothing private can reach a line or the JSON.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import socket
import tempfile
from pathlib import Path
from typing import Any, TypeVar

HIDDEN = "(hidden)"
"""What stands in the place of a name or a number."""

_CUT = ".../"
_ENVIRONMENT = ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME", "USERDOMAIN", "SUDO_USER")
# Everybody's names, which tell nothing and stand in sentences.
_COMMON = frozenset({"root", "user", "localhost", "localdomain"})
_SHORTEST = 2
# The folders of a path; its last part says which file it is. A path has a root, a drive or a home folder.
_FOLDERS = re.compile(r"(?<![\w/:.])(?:~|[A-Za-z]:)?[\\/](?!dev/)(?:[^\s\\/:'\"]+[\\/])+")
# Serial numbers have at least eight digits, or letters and digits in capitals with several digits among them.
_SERIAL = re.compile(r"\b(?:\d{8,}|(?=(?:[A-Z]*\d){4})[A-Z0-9]{9,})\b")

Thing = TypeVar("Thing")


class Privacy:
    """Knows the names and folders of this machine and its user, and hides them in facts."""

    def __init__(self) -> None:
        """Look up the names and folders."""
        self._names = re.compile(
            "|".join(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])" for name in find_names()) or r"(?!)",
            re.IGNORECASE,
        )
        # With all that follows up to the last slash: folders below them may have spaces in their names.
        folders = "|".join(map(re.escape, find_folders())) or r"(?!)"
        self._folders = re.compile(rf"(?:{folders})(?:[^'\":\n]*[\\/])?")

    def hide_private(self, thing: Thing) -> Thing:
        """Return facts without what is private.

        Args:
            thing: A text, or a dataclass, tuple or dict with texts anywhere in it; other values are kept.
        """
        found: Any = thing
        if isinstance(found, str):
            found = self._hide_in_text(found)
        elif isinstance(found, tuple):
            found = tuple(self.hide_private(item) for item in found)
        elif isinstance(found, dict):
            found = {self.hide_private(key): self.hide_private(value) for key, value in found.items()}
        elif dataclasses.is_dataclass(found) and not isinstance(found, type):
            fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
            found = dataclasses.replace(found, **self.hide_private(fields))
        result: Thing = found
        return result

    def _hide_in_text(self, text: str) -> str:
        text = _FOLDERS.sub(_CUT, self._folders.sub(_CUT, text))
        return _SERIAL.sub(HIDDEN, self._names.sub(HIDDEN, text))


def find_names() -> list[str]:
    """Return the names of this user and this machine, the longest first."""
    names: set[str | None] = {os.environ.get(variable) for variable in _ENVIRONMENT}
    host = socket.gethostname()
    names |= {host, host.partition(".")[0], Path(os.path.expanduser("~")).name}
    try:
        import pwd
    except ImportError:  # Not on Windows.
        pass
    else:
        try:
            user = pwd.getpwuid(os.getuid())
        except KeyError:  # In a container without such a user.
            pass
        else:
            full_name = user.pw_gecos.partition(",")[0]
            names |= {user.pw_name, full_name, *full_name.split()}
    kept = {name for name in names if name and len(name) >= _SHORTEST and name.lower() not in _COMMON}
    return sorted(kept, key=lambda name: (-len(name), name))


def find_folders() -> list[str]:
    """Return the folders whose paths may hold spaces and names, the longest first."""
    known = [os.path.expanduser("~")]
    for find in (os.getcwd, tempfile.gettempdir):
        with contextlib.suppress(OSError):  # It was deleted, or there is none.
            known.append(find())
    folders = {path for folder in known for path in (folder, os.path.realpath(folder))}
    return sorted((folder for folder in folders if len(Path(folder).parts) > 1), key=len, reverse=True)
