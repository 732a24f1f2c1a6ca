"""The chain's objects: those of the command line, or those of a file of the user's."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..basics.tunables import set_tunables
from ..chain import Chain
from ..errors import ArgumentError
from ..objects.overlays import FPSmetric
from ..objects.replacement import BackgroundReplacement
from ..plugins.calls import Call
from ..plugins.chain_file import ENDING, ChainFile
from ..plugins.component import Builder
from ..plugins.python_chain import load_chain
from .arguments import add_matte_options, add_result_options
from .builders import Part, describe_background, describe_replacement, make_frame_rate
from .parsing import Unasked

# What a chain of the user's has no use for; the rest of these options is about the background.
_WITH_CHAIN = frozenset({"background", "blur", "fit", "fps", "chain", "settings", "allow_code"})
WITH_OBJECTS = frozenset({"objects", "fps", "chain", "settings", "allow_code"})
"""Options that are not about the object `segmentation`."""
SEGMENTATION = "segmentation"
"""The object that the options about foreground and background make."""


def make_objects(options: argparse.Namespace, parts: Sequence[Part]) -> list[Callable[..., Any]]:
    """Make the objects that every frame passes.

    Args:
        options: The parsed arguments.
        parts: Make the objects of the command line, in order; without --chain.

    Returns:
        New objects.

    Raises:
        FramechainError: If an argument cannot be used, or the file of --chain fails.
    """
    if options.objects and options.chain is None:
        objects = _make_named_objects(options)
    elif options.chain is None:
        objects = [thing for part in parts if (thing := part(options)) is not None]
    else:
        objects = _make_own_objects(options)
    if options.settings:
        set_tunables(Chain(objects).tunables, dict(options.settings))
    return objects


def _make_named_objects(options: argparse.Namespace) -> list[Callable[..., Any]]:
    builder = Builder("--object")
    objects = [builder.make(call) for call in describe_named_objects(options)]
    Chain(objects, argument="--object")
    return objects


def describe_named_objects(options: argparse.Namespace) -> list[Call]:
    """Return the calls that make the objects of --object, and of --fps.

    Args:
        options: The parsed arguments.

    Raises:
        FramechainError: If there is no such object, or an argument cannot be used.
    """
    builder = Builder("--object")
    calls = [
        describe_replacement(options) if text == SEGMENTATION else builder.describe("objects", text)
        for text in options.objects
    ]
    if SEGMENTATION not in options.objects:
        for action in list_chain_actions():
            if action.dest not in WITH_OBJECTS and _is_given(action, options):
                raise ArgumentError(
                    f"{action.option_strings[0]} is for the object {SEGMENTATION}, which is not among those of "
                    f"--object: add --object {SEGMENTATION}"
                )
    return [*calls, Call(FPSmetric)] if options.fps else calls


def open_chain_file(options: argparse.Namespace) -> ChainFile:
    """Read the file of --chain.

    Raises:
        FramechainError: If that is impossible.
    """
    return ChainFile(options.chain, allow_code=options.allow_code)


def _is_given(action: argparse.Action, options: argparse.Namespace) -> bool:
    value = vars(options)[action.dest]
    return not isinstance(value, Unasked) and value != action.default


def _make_own_objects(options: argparse.Namespace) -> list[Callable[..., Any]]:
    for action in list_chain_actions():
        if action.dest not in _WITH_CHAIN and vars(options)[action.dest] != action.default:
            raise ArgumentError(
                f"{action.option_strings[0]} is for the chain of the command line, and --chain {options.chain} brings "
                "its own objects: give them this value in the file"
            )
    is_file = options.chain.endswith(ENDING)
    objects = open_chain_file(options).make_objects() if is_file else load_chain(options.chain)
    if not isinstance(options.background, Unasked):
        replacements = [thing for thing in objects if isinstance(thing, BackgroundReplacement)]
        if not replacements:
            raise ArgumentError(
                f"--background {options.background}: {options.chain} has no BackgroundReplacement that shows it"
            )
        for thing in replacements:
            thing.background = describe_background(options).make()
    rate = make_frame_rate(options)
    return objects if rate is None else [*objects, rate]


@functools.cache
def list_chain_actions() -> Sequence[argparse.Action]:
    """Return the options that say what the chain is."""
    parser = argparse.ArgumentParser(add_help=False)
    group = parser.add_argument_group()
    add_result_options(group)
    add_matte_options(group)
    return list(parser._actions)
