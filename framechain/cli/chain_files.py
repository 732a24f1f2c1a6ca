"""Chain files on the command line: --chain FILE.toml and --save-chain."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ..errors import ArgumentError
from ..objects.overlays import FPSmetric
from ..plugins.calls import Call
from ..plugins.chain_file import ENDING, ChainFile, list_engine_options
from ..plugins.python_chain import load_chain, split_chain
from ..plugins.saving import write_chain_file
from .arguments import build_parser
from .builders import Part, describe_replacement, make_frame_rate, make_replacement
from .chains import describe_named_objects, open_chain_file
from .parsing import Unasked


def apply_chain_file(
    parser: argparse.ArgumentParser, words: Sequence[str], options: argparse.Namespace
) -> argparse.Namespace:
    """Take the engine's options of the file of --chain, if it has some: those of the command line count more.

    Args:
        parser: The parser; its defaults become those of the file.
        words: The arguments.
        options: The parsed arguments.

    Returns:
        The arguments, parsed again.

    Raises:
        FramechainError: If the file cannot be used.
    """
    if not (options.chain or "").endswith(ENDING):
        return options
    parser.set_defaults(**ChainFile(options.chain).list_options())
    again: argparse.Namespace = parser.parse_args(words)
    for bound in ("start", "end"):
        # A bound may be a time or a frame: what is given as the one replaces the file's as the other.
        names = (bound, f"{bound}_video_frame")
        if any(vars(options)[name] for name in names):
            vars(again).update({name: vars(options)[name] for name in names})
    return again


def save_chain(options: argparse.Namespace, parts: Sequence[Part]) -> None:
    """Write the file of --save-chain.

    Args:
        options: The parsed arguments, with the engine's options of the file of --chain.
        parts: Make the objects of the command line.

    Raises:
        FramechainError: If the chain cannot be written.
    """
    if not options.save_chain.endswith(ENDING):  # By that --chain tells it from a file of Python.
        raise ArgumentError(f"--save-chain {options.save_chain}: the name of the file must end with {ENDING}")
    settings: dict[str, float] = {}
    code: str | None = None
    if options.chain is not None:
        code, settings, calls = _describe_own_chain(options)
    elif options.objects:
        calls = describe_named_objects(options)
    elif list(parts) == [make_replacement, make_frame_rate]:
        calls = [describe_replacement(options), *([Call(FPSmetric)] if options.fps else [])]
    else:
        raise ArgumentError("--save-chain knows no names for the parts of this program: name the objects by --object")
    defaults = build_parser()
    engine = {
        place: vars(options)[name]
        for place, name in list_engine_options()
        if vars(options)[name] != defaults.get_default(name)
    }
    write_chain_file(options.save_chain, calls, {**settings, **dict(options.settings)}, engine, code=code)


def _describe_own_chain(options: argparse.Namespace) -> tuple[str | None, dict[str, float], list[Call]]:
    """Return the code that makes the first objects, the numbers to set, and the calls that make the others."""
    if not isinstance(options.background, Unasked):
        raise ArgumentError(f"--save-chain does not take --background into {options.chain}: write it into the file")
    rate = [Call(FPSmetric)] if options.fps else []
    if not options.chain.endswith(ENDING):
        load_chain(options.chain)  # What cannot be used is not written.
        return ":".join(split_chain(options.chain)), {}, rate
    file = open_chain_file(options)
    return file.code, file.settings, [*file.describe(), *rate]
