"""What is said about an INPUT that is not one file: several, a folder, or a pattern that no shell has expanded."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..files.paths import get_scheme


def explain_inputs(words: Sequence[str], prog: str, *, windows: bool = os.name == "nt") -> str | None:
    """Return why INPUT cannot be processed and what to do instead, as a sentence; None if it is one input.

    Args:
        words: The words given as INPUT.
        prog: The program's name.
        windows: Whether the shell is that of Windows.

    Example:
        >>> explain_inputs(["in/a.mp4", "in/b.mp4"], "framechain", windows=False)
        'a run has one INPUT, got 2: for f in in/*.mp4; do framechain "$f"; done'
    """
    first = words[0]
    if len(words) > 1:
        return f"a run has one INPUT, got {len(words)}: {_make_loop(_find_pattern(words), prog, windows)}"
    if first.isdecimal():  # A camera, also if there is a folder of that name.
        return None
    if os.path.isdir(first):
        loop = _make_loop(os.path.join(first, "*"), prog, windows)
        return f"cannot read {first}: it is a folder, give an image or a video file; for each file in it: {loop}"
    if any(sign in first for sign in "*?") and not get_scheme(first) and not os.path.lexists(first):
        return f"no file is named {first}, and a run has one INPUT; for each match: {_make_loop(first, prog, windows)}"
    return None


def _find_pattern(words: Sequence[str]) -> str:
    """Return a pattern for files of one kind in one folder, or the first files."""
    folders = {os.path.dirname(word) for word in words}
    suffixes = {os.path.splitext(word)[1] for word in words}
    if len(folders) == len(suffixes) == 1:
        return os.path.join(folders.pop(), f"*{suffixes.pop()}")
    return " ".join(words[:2]) + (" ..." if len(words) > 2 else "")


def _make_loop(pattern: str, prog: str, windows: bool) -> str:
    command = f"python {prog}" if prog.endswith(".py") else prog
    if windows:
        return f'for %f in ({pattern}) do {command} "%f"'
    return f'for f in {pattern}; do {command} "$f"; done'
