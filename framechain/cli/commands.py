"""The words that may stand first on the command line, each with a parser of its own."""

from __future__ import annotations

import argparse
from importlib import import_module

from .arguments import build_parser

# An entry for each branch of `program.main`: the function that makes the parser, imported when it is asked for.
_COMMANDS = {
    "anonymize": (".anonymizing", "build_anonymize_parser"),
    "doctor": (".diagnosis", "build_doctor_parser"),
    "objects": (".listing", "build_objects_parser"),
    "serve": (".page.serving", "build_serve_parser"),
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
    if not command:
        return build_parser(prog)
    module, name = _COMMANDS[command]
    parser: argparse.ArgumentParser = vars(import_module(module, __package__))[name](f"{prog} {command}")
    return parser
