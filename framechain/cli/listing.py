"""`framechain objects`: what can be named, with what it takes."""

from __future__ import annotations

import sys
import textwrap
import warnings
from collections.abc import Iterator, Sequence

from ..errors import ArgumentError, DependencyError, FramechainWarning
from ..plugins.describe import describe
from ..plugins.registry import GROUPS, Entry, list_entries, suggest
from .parsing import Parser
from .printing import print_line, report_error, show_warnings

_WIDTH = 110


def build_objects_parser(prog: str | None = None) -> Parser:
    """Make the parser of `framechain objects`.

    Args:
        prog: The program's name in the help.
    """
    parser = Parser(
        prog=prog,
        description="List what --object, --matte, --background, --sink, INPUT and chain files can name: what "
        "framechain has, and what packages add to it that you installed with pip.",
    )
    parser.add_argument("input", nargs="?", metavar="NAME", help="names to show, or groups such as mattes")
    return parser


def list_components(words: Sequence[str]) -> int:
    """Print the names, one line of each, and the parameters with types and defaults.

    Args:
        words: The arguments after the word `objects`.

    Returns:
        The exit code.
    """
    parser = build_objects_parser()
    parser.prog = f"{parser.prog} objects"
    wanted = [word for word in parser.parse_args(words).inputs if word]
    show_warnings(parser.prog)
    try:
        entries = [entry for group in GROUPS for entry in list_entries(group)]
        for word in wanted:
            known = dict.fromkeys([*GROUPS, *(entry.name for entry in entries)])
            if word not in known:
                raise ArgumentError(f"there is no {word!r}: {suggest(word, known)}")
        for line in make_list([one for one in entries if not wanted or {one.name, one.group} & {*wanted}]):
            print_line(line, sys.stdout)
    except Exception as error:
        return report_error(parser.prog, error)
    return 0


def make_list(entries: Sequence[Entry]) -> Iterator[str]:
    """Return the lines of a list; one that cannot be loaded is named in a warning and left out.

    Args:
        entries: What to list, by groups.
    """
    group = ""
    for entry in entries:
        try:
            found = describe(entry.load())
        except DependencyError as error:
            warnings.warn(f"{error}; it is left out", FramechainWarning, stacklevel=2)
            continue
        if entry.group != group:
            yield from ([""] if group else [])
            group = entry.group
            yield f"{group}:"
        source = "" if entry.package == "framechain" else f" ({entry.package})"
        yield f"  {entry.name}{source}: {found.line}"
        for parameter in (one for one in found.parameters if one.can_be_named):
            words = f"{parameter}{'; ' if parameter.text else ''}{parameter.text}"
            yield from textwrap.wrap(words, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 10)
