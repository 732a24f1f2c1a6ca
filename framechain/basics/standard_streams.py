"""stdin, stdout and stderr of a program that has none: a windowed one (pythonw), a service, or `program 2>&-`."""

from __future__ import annotations

import os
import sys


def open_missing() -> None:
    """Open the null device as each standard stream that the process was started without.

    Otherwise the next file that is opened, such as the output, would get its number, and native libraries would write
    their messages into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # The lowest number that is free.


def can_write_stderr() -> bool:
    """Return whether `sys.stderr` is there and open."""
    try:
        sys.stderr.write("")
    except (AttributeError, OSError, ValueError):
        return False
    return True
