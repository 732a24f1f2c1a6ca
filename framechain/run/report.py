"""Warnings of a run."""

from __future__ import annotations

import sys
import warnings

from ..errors import FramechainWarning


def warn(problem: str) -> None:
    """Warn at the line of the caller's program that started the run."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("framechain."):
        level, frame = level + 1, frame.f_back
    warnings.warn(problem, FramechainWarning, stacklevel=level)
