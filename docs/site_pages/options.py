"""The reference of the command line: every option of every parser, in reStructuredText."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import framechain

_CLI = Path(framechain.__file__).parent / "cli"
_BUILDER = re.compile(r"^def (build_(\w*?)_?parser)\(", re.MULTILINE)


def list_parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parsers of the command line by what is typed: `framechain`, `framechain serve`, ...

    Each function `build_..._parser` below framechain/cli makes one, so that no new command is forgotten.
    """
    parsers: dict[str, argparse.ArgumentParser] = {}
    for path in sorted(_CLI.rglob("*.py")):
        for function, word in _BUILDER.findall(path.read_text(encoding="utf-8")):
            module = ".".join(["framechain.cli", *path.relative_to(_CLI).with_suffix("").parts])
            command = f"framechain {word.replace('_', '-')}".strip()
            parsers[command] = getattr(importlib.import_module(module), function)(prog=command)
    return dict(sorted(parsers.items()))


def write_page() -> str:
    """Write the list of the options in Markdown."""
    text: list[str] = []
    for command, parser in list_parsers().items():
        text.append(f"## {command}\n")
        text.append(_plain(str(parser.description or "")) + "\n")
        for group, actions in _list_groups(parser):
            lines = [f".. program:: {command}", ""]
            for action in actions:
                lines += _describe(action, parser)
            text += [f"### {group}\n", "```{eval-rst}\n" + "\n".join(lines) + "```\n"]
    return "\n".join(text)


def _list_groups(parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[argparse.Action]]]:
    """Give the groups in the order of the help, that of the help itself last."""
    titles = {"positional arguments": "What is read", "options": "Help"}
    groups = sorted(parser._action_groups, key=lambda group: group.title == "options")
    for group in groups:
        actions = [action for action in group._group_actions if action.help != argparse.SUPPRESS]
        if actions:
            yield titles.get(str(group.title), str(group.title).capitalize()), actions


def _describe(action: argparse.Action, parser: argparse.ArgumentParser) -> list[str]:
    value = _name_value(action)
    names = ", ".join(f"{name}{value}" for name in action.option_strings) or f"{action.metavar or action.dest}"
    help_text = parser._get_formatter()._expand_help(action) if action.help else ""
    return [f".. option:: {names}", "", f"   {_escape(help_text)}", ""]


def _name_value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    metavar: Any = action.metavar
    if metavar is None:
        metavar = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
    return f" [{metavar}]" if action.nargs == "?" else f" {metavar}"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _escape(text: str) -> str:
    """Make help text reStructuredText: backticks are code, and nothing else is markup."""
    parts = re.split(r"`([^`]*)`", re.sub(r"(?<![\w`-])(--[a-z][\w-]*)(?!`)", r"`\1`", _plain(text)))
    escaped = [re.sub(r"([*\\|_])", r"\\\1", part) for part in parts]
    return "".join(f"``{parts[i]}``" if i % 2 else escaped[i] for i in range(len(parts)))
