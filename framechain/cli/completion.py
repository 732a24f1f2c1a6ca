"""Completion of the command line by the shell's Tab key, through argcomplete (extra `completion`)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from ..plugins.registry import list_entries
from .builders import MATTES
from .commands import COMMANDS, build_parser_of


def complete() -> int:
    """Write what the word at the cursor can become, for argcomplete's part in the shell.

    Returns:
        The exit code: 1 if argcomplete is not installed here.

    Raises:
        SystemExit: When it is written.
    """
    try:
        import argcomplete
    except ImportError:
        return 1
    # The shell's part says here how many words stand before the options: 1, the program.
    before = int(os.environ["_ARGCOMPLETE"])
    _, _, _, words, _ = argcomplete.split_line(os.environ["COMP_LINE"], int(os.environ["COMP_POINT"]))
    command = words[before] if len(words) > before and words[before] in COMMANDS else ""
    if command:
        os.environ["_ARGCOMPLETE"] = str(before + 1)
    parser = build_parser_of(command)
    for action in parser._actions:
        if completer := _find_completer(action, is_first=not command):
            action.completer = completer  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, exit_method=sys.exit)
    return 0


def _find_completer(action: argparse.Action, is_first: bool) -> Callable[..., list[str]] | None:
    """Return what completes the values of an option; None leaves that to argcomplete: choices, or names of files."""
    if action.dest == "input":
        return _complete_input if is_first else None
    if action.dest == "objects":
        return lambda **_: [entry.name for entry in list_entries("objects")]
    if action.dest == "matte":
        return lambda **_: [*MATTES, *(entry.name for entry in list_entries("mattes"))]
    if action.dest == "background":
        return _complete_background
    return None


def _complete_input(prefix: str, **_: Any) -> list[str]:
    return [*COMMANDS, *_list_files(prefix)]


def _complete_background(prefix: str, **_: Any) -> list[str]:
    return [*(entry.name for entry in list_entries("backgrounds")), *_list_files(prefix)]


def _list_files(prefix: str) -> list[str]:
    from argcomplete.completers import FilesCompleter

    return list(FilesCompleter()(prefix))
