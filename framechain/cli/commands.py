"""The words that may stand first on the command line, each with a parser of its own."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .arguments import build_parser


def _build_objects_parser(prog: str) -> argparse.ArgumentParser:
    from .listing import build_objects_parser

    return build_objects_parser(prog)


def _build_serve_parser(prog: str) -> argparse.ArgumentParser:
    from .page.serving import build_serve_parser

    return build_serve_parser(prog)


# An entry for each branch of `program.main`.
_COMMANDS: dict[str, Callable[[str], argparse.ArgumentParser]] = {
    "objects": _build_objects_parser,
    "serve": _build_serve_parser,
}
COMMANDS = tuple(_COMMANDS)
"""Their names."""


def build_parser_of(command: str, prog: str = "framechain") -> argparse.ArgumentParser:
    """Make the parser of a command.

    Args:
        command: One of `COMMANDS`, or "" for that of a run.
        prog: The program's name, without the command.

    Example:
        >>> build_parser_of("serve").prog
        'framechain serve'
    """
    return _COMMANDS[command](f"{prog} {command}") if command else build_parser(prog)
