"""The lines of Python that do what a command line does."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence

from ...objects.overlays import FPSmetric
from ...plugins.calls import Call, spell_value
from ...plugins.chain_file import ENDING
from ..builders import (
    Part,
    describe_background,
    describe_replacement,
    make_frame_rate,
    make_replacement,
    parse_input,
)
from ..chains import describe_named_objects
from ..commands import COMMANDS
from ..parsing import Unasked


def write_program(options: argparse.Namespace, words: Sequence[str], parts: Sequence[Part]) -> str:
    """Write a program.

    Args:
        options: The parsed arguments; those of the output are left out.
        words: The same as words.
        parts: Make the objects of the command line. If they are not the usual ones, the program calls them.

    Returns:
        Lines that make the objects, and run an engine with them.
    """
    if options.chain is None and not options.objects and list(parts) != [make_replacement, make_frame_rate]:
        return _write_main(words, parts)
    imports = [("framechain", "Engine")]
    if options.chain is not None:
        lines, needed = _write_own_chain(options)
        imports += needed
    else:
        usual = [describe_replacement(options), *([Call(FPSmetric)] if options.fps else [])]
        calls = describe_named_objects(options) if options.objects else usual
        imports += [pair for call in calls for pair in call.list_imports()]
        lines = [f"objects = [{', '.join(call.spell() for call in calls)}]"]
    if options.settings:
        imports += [("framechain.basics.tunables", "set_tunables"), ("framechain.chain", "Chain")]
        values = ", ".join(f"{spell_value(name)}: {_shorten(value)}" for name, value in options.settings)
        lines.append(f"set_tunables(Chain(objects).tunables, {{{values}}})")
    lines.append(f"Engine({_write_input(options.input)}, custom_objects=objects).run()")
    return "\n".join([*_write_imports(imports), "", *lines]) + "\n"


def spell_source(name: str) -> str:
    """Return a name that is taken for a file and nothing else.

    Example:
        >>> spell_source("clip.mp4"), spell_source("doctor"), spell_source("-x.mp4")
        ('clip.mp4', './doctor', './-x.mp4')
    """
    is_plain = not name.startswith("-") and name not in COMMANDS
    return name if is_plain else f".{os.sep}{name}"


def spell_file(name: str) -> str:
    """Return the name of a background that is taken for a file and nothing else."""
    is_word = name in ("blur", "transparent") or name.startswith("#")
    return f".{os.sep}{name}" if is_word else name


def _write_main(words: Sequence[str], parts: Sequence[Part]) -> str:
    imports = [("framechain.cli.program", "main")]
    for part in parts:
        module = part.__module__
        if module == "__main__":
            module = os.path.splitext(os.path.basename(sys.argv[0]))[0]
        imports.append((module, part.__name__))
    names = ", ".join(part.__name__ for part in parts)
    return "\n".join([*_write_imports(imports), "", f"main({_write_list(words)}, parts=[{names}])"]) + "\n"


def _write_own_chain(options: argparse.Namespace) -> tuple[list[str], list[tuple[str, str]]]:
    if options.chain.endswith(ENDING):
        imports = [("framechain", "load_chain")]
        allow = ", allow_code=True" if options.allow_code else ""
        lines = [f"objects = load_chain({spell_value(options.chain)}{allow}).objects"]
    else:
        imports = [("framechain.cli.chains", "load_chain")]
        lines = [f"objects = load_chain({spell_value(options.chain)})"]
    if not isinstance(options.background, Unasked):
        call = describe_background(options)
        imports += [("framechain", "BackgroundReplacement"), *call.list_imports()]
        lines += [
            "for thing in objects:",
            "    if isinstance(thing, BackgroundReplacement):",
            f"        thing.background = {call.spell()}",
        ]
    if options.fps:
        imports.append(("framechain", "FPSmetric"))
        lines.append("objects.append(FPSmetric())")
    return lines, imports


def _write_input(text: str) -> str:
    ((name, value),) = parse_input(text).items()
    # A camera is shown, as by the command line.
    return f"source={spell_value(value)}, show=True" if name == "webcam_id" else f"{name}={spell_value(value)}"


def _write_imports(imports: Iterable[tuple[str, str]]) -> list[str]:
    by_module: dict[str, set[str]] = {}
    for module, name in imports:
        by_module.setdefault(module, set()).add(name)
    return [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(by_module.items())]


def _write_list(words: Sequence[str]) -> str:
    return f"[{', '.join(spell_value(word) for word in words)}]"


def _shorten(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
