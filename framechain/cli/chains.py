"""The chain's objects: those of the command line, or those of a file of the user's."""

from __future__ import annotations

import argparse
import contextlib
import functools
import inspect
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

from ..basics.tunables import set_tunables
from ..chain import Chain
from ..errors import ArgumentError, FramechainError, MissingInputError, ObjectError, read_message
from ..objects.replacement import BackgroundReplacement
from .arguments import add_matte_options, add_result_options
from .builders import Part, describe_background, make_frame_rate
from .parsing import Unasked

DEFAULT_NAME = "objects"
"""The name that --chain FILE.py means."""

# What a chain of the user's has no use for; the rest of these options is about the background.
_WITH_CHAIN = frozenset({"background", "blur", "fit", "fps", "chain", "settings"})
_loading = threading.Lock()


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
    if options.chain is None:
        objects = [thing for part in parts if (thing := part(options)) is not None]
    else:
        objects = _make_own_objects(options)
    if options.settings:
        set_tunables(Chain(objects).tunables, dict(options.settings))
    return objects


def _make_own_objects(options: argparse.Namespace) -> list[Callable[..., Any]]:
    for action in list_chain_actions():
        if action.dest not in _WITH_CHAIN and vars(options)[action.dest] != action.default:
            raise ArgumentError(
                f"{action.option_strings[0]} is for the chain of the command line, and --chain {options.chain} brings "
                "its own objects: give them this value in the file"
            )
    objects = load_chain(options.chain)
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


def load_chain(text: str) -> list[Callable[..., Any]]:
    """Run a file of Python, anew each time, and return the objects that it makes.

    Args:
        text: The file and a name in it, such as "mychain.py:objects": a list, or a function without arguments that
            returns one. Without a name it is `objects`.

    Returns:
        The objects.

    Raises:
        MissingInputError: If there is no such file.
        ArgumentError: If it has no such list.
        ObjectError: If it fails; the sentence names the line.

    Example:
        >>> import tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "mychain.py")
        >>> with open(path, "w") as file:
        ...     _ = file.write("objects = [lambda frame: 255 - frame]")
        >>> len(load_chain(path)), len(load_chain(f"{path}:objects"))
        (1, 1)
    """
    path, name = split_chain(text)
    if not os.path.isfile(path):
        raise MissingInputError(f"--chain {text}: there is no file {path}")
    with _loading, _blaming(path):
        module = _run_file(path)
    if name not in vars(module):
        raise ArgumentError(f"{path} has no {name!r}: give a list of objects that name, or write --chain {path}:NAME")
    found = vars(module)[name]
    if callable(found) and not isinstance(found, Iterable):
        _check_needs_nothing(found, f"{name} of {path}")
        with _blaming(path):
            found = found()
    if not isinstance(found, Iterable) or isinstance(found, str | bytes):
        kind = type(found).__name__
        raise ArgumentError(f"{name} of {path} must be a list of objects, or a function that returns one, got {kind}")
    objects = list(found)
    Chain(objects, argument=f"{name} of {path}")
    return objects


def split_chain(text: str) -> tuple[str, str]:
    """Return the file and the name that a text such as "mychain.py:objects" has."""
    path, colon, name = text.rpartition(":")
    return (path, name) if colon and name.isidentifier() and path else (text, DEFAULT_NAME)


class _Loader(SourceFileLoader):
    """Loads a file that may be changed at any time: nothing compiled is kept beside it."""

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write nothing."""


def _run_file(path: str) -> ModuleType:
    """Run a file as a module. It can import what lies beside it, and workers can import it."""
    path = os.path.abspath(path)
    folder, stem = os.path.dirname(path), os.path.splitext(os.path.basename(path))[0]
    if folder not in sys.path:
        sys.path.append(folder)
    known = sys.modules.get(stem)
    is_free = known is None or vars(known).get("__file__") == path
    name = stem if stem.isidentifier() and is_free else f"framechain_chain_{abs(hash(path))}"
    spec = spec_from_file_location(name, path, loader=_Loader(name, path))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # Dataclasses and pickled objects look for their module.
    spec.loader.exec_module(module)
    return module


def _check_needs_nothing(function: Callable[..., Any], name: str) -> None:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # It is written in C.
        return
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [one.name for one in parameters if one.default is one.empty and one.kind not in free]
    if needed:
        raise ArgumentError(
            f"{name} needs {', '.join(needed)}: it must be a list of objects, or a function without arguments"
        )


@contextlib.contextmanager
def _blaming(path: str) -> Iterator[None]:
    """Make a context whose errors name the file and the line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        raise ObjectError(_explain(path, error)) from error


def _explain(path: str, error: BaseException) -> str:
    """Return a sentence with the line of the file where it failed."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    full = os.path.abspath(path)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == full]
    place = f"{path}, line {lines[-1]}" if lines else path
    kind = "" if isinstance(error, FramechainError) else f"{type(error).__name__}: "
    return f"{place}: {kind}{read_message(error)}"
