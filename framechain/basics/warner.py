"""The warnings of a run, which must never cost its output."""

from __future__ import annotations

import contextlib
import sys
import warnings

from ..errors import FramechainWarning


def warn(problem: str) -> None:
    """Warn at the line of the caller's program that called this package.

    Args:
        problem: A sentence.

    Raises:
        FramechainWarning: If a filter makes an error of it.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("framechain."):
        level, frame = level + 1, frame.f_back
    with contextlib.suppress(ValueError):  # sys.stderr is closed.
        warnings.warn(problem, FramechainWarning, stacklevel=level)


class Warner:
    """The warnings of a run.

    Where a filter turns them into errors (`-W error`), the run goes on: the error is raised by `raise_error`, once the
    outputs are complete.

    Attributes:
        told: The sentences, each once.
    """

    def __init__(self) -> None:
        """Begin without a warning."""
        self.told: list[str] = []
        self._error: Warning | None = None

    def warn(self, problem: str) -> None:
        """Warn, unless that was said before.

        Args:
            problem: A sentence.
        """
        if problem in self.told:
            return
        self.told.append(problem)
        try:
            warn(problem)
        except Warning as error:
            self._error = self._error or error

    def raise_error(self) -> None:
        """Raise the first warning that a filter made an error."""
        if self._error is not None:
            raise self._error
