"""Make the manual page framechain.1 from the parsers of the command line: run it again when an option has changed.

python docs/make_man.py
man ./docs/framechain.1
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from framechain import __version__
from framechain.cli.commands import COMMANDS, build_parser_of

PAGE = Path(__file__).with_name("framechain.1")
# A default that is counted from the cores of the machine at hand.
_OF_THIS_MACHINE = re.compile(r"default: \d+, by the number of cores")


def escape(text: str) -> str:
    """Return a text for troff, whose marks are a backslash, a hyphen, and a point or quote at a line's start."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def make_option(parser: argparse.ArgumentParser, action: argparse.Action) -> Iterator[str]:
    """Return the lines of one option or argument."""
    value = ""
    if action.nargs != 0:
        word = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest)
        value = f"\\fI{escape(str(word))}\\fR"
    if isinstance(action, argparse.BooleanOptionalAction):
        value = ""
    names = ", ".join(f"\\fB{escape(name)}\\fR" for name in action.option_strings)
    yield ".TP"
    yield " ".join(filter(None, (names, value)))
    text = " ".join(parser._get_formatter()._expand_help(action).split())
    yield escape(_OF_THIS_MACHINE.sub("default: by the number of cores", text))


def make_options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Return the lines of all options, by groups."""
    for group in parser._action_groups:
        shown = [
            action for action in group._group_actions if action.help != argparse.SUPPRESS and action.dest != "help"
        ]
        if shown:
            if shown[0].option_strings:
                yield f".SS {escape(str(group.title)).capitalize()}"
            for action in shown:
                yield from make_option(parser, action)


def make_paragraphs(text: str) -> Iterator[str]:
    """Return what stands below the options: each paragraph begins with its heading and a colon."""
    for paragraph in text.replace("%(prog)s", "framechain").strip().split("\n\n"):
        heading, _, rest = paragraph.partition(":")
        yield f".SH {escape(heading.upper())}"
        lines = rest.strip("\n")
        if "\n" in lines:
            yield from (".nf", escape(lines), ".fi")
        else:
            yield escape(lines.strip())


def make_page() -> str:
    """Return the manual page as troff's source."""
    parser = build_parser_of("")
    description = " ".join((parser.description or "").split())
    lines = [
        '.\\" Made by docs/make_man.py: change the parsers, not this file.',
        f'.TH FRAMECHAIN 1 "" "framechain {__version__}" "User commands"',
        ".SH NAME",
        "framechain \\- cut people out of images, videos and cameras",
        ".SH SYNOPSIS",
        ".B framechain\n[\\fIOPTION\\fR...] [\\fIINPUT\\fR...]",
        *(f".br\n.B framechain {command}\n[\\fIOPTION\\fR...]" for command in COMMANDS),
        ".SH DESCRIPTION",
        escape(description),
        ".SH OPTIONS",
        *make_options(parser),
    ]
    for command in COMMANDS:
        own = build_parser_of(command)
        lines += [
            f".SH FRAMECHAIN {command.upper()}",
            escape(" ".join((own.description or "").split())),
            *make_options(own),
        ]
    lines += [*make_paragraphs(parser.epilog or "")]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
    print(f"wrote {PAGE}")
