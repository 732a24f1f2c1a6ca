"""What the command line prints: lines, the log, and errors."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from typing import TextIO

from ..errors import ArgumentError, ArgumentTypeError, FramechainError, FramechainWarning

_TRACEBACK_VARIABLE = "FRAMECHAIN_TRACEBACK"


def report_error(prog: str, error: Exception) -> int:
    """Print what an exception says.

    Args:
        prog: The program's name.
        error: The exception that is being handled.

    Returns:
        The exit code.

    Raises:
        Exception: The exception itself if it is none of ours, and the environment asks for its traceback.
    """
    if isinstance(error, FramechainError):
        report(prog, str(error))
        return 2 if isinstance(error, ArgumentError | ArgumentTypeError) else 1
    if os.environ.get(_TRACEBACK_VARIABLE):
        raise error
    advice = f"set {_TRACEBACK_VARIABLE}=1 to see where"
    report(prog, f"unexpected {type(error).__name__}: {error} ({advice})")
    return 1


def show_warnings(prog: str) -> None:
    """Print each warning as a line on stderr.

    Args:
        prog: The program's name.
    """
    warnings.simplefilter("always", FramechainWarning)
    # A library that stow imports says this with older versions of setuptools; it is nothing for users.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    warnings.showwarning = lambda message, *rest, **more: report(prog, f"warning: {message}")


def start_log(verbosity: int, name: str = "framechain") -> None:
    """Print a log on stderr, from INFO on, or from DEBUG on if asked twice.

    Args:
        verbosity: How often it was asked for; 0 for nothing.
        name: Whose log.
    """
    log = logging.getLogger(name)
    for handler in [handler for handler in log.handlers if isinstance(handler, _LogHandler)]:
        log.removeHandler(handler)
    if not verbosity:
        return
    handler = _LogHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO if verbosity == 1 else logging.DEBUG)


class _LogHandler(logging.Handler):
    """Prints on the current stderr; a full disk or a closed pipe costs lines, not the run."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        print_line(self.format(record), sys.stderr)


def report(prog: str, message: str) -> None:
    """Print a sentence on stderr, after the name of the program."""
    print_line(f"{prog}: {' '.join(message.split())}", sys.stderr)


def print_line(line: str, file: TextIO | None) -> None:
    """Print a line if that is possible: a full disk or a closed pipe must not cost the output."""
    if file is None:  # Under pythonw.
        return
    try:
        print(line, file=file, flush=True)
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):  # Python would report the unwritten rest at its exit.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, file.fileno())
            os.close(nowhere)
