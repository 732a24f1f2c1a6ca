"""Chains in files of Python: a list of objects, or a function that returns one."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable
from typing import Any

from ..chain import Chain
from ..errors import ArgumentError, MissingInputError
from .code_files import blaming, run_file

DEFAULT_NAME = "objects"
"""The name that FILE.py alone means."""


def load_chain(text: str, *, argument: str = "--chain") -> list[Callable[..., Any]]:
    """Run a file of Python, anew each time, and return the objects that it makes.

    Args:
        text: The file and a name in it, such as "mychain.py:objects": a list, or a function without arguments that
            returns one. Without a name it is `objects`.
        argument: What it is called in messages.

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
        raise MissingInputError(f"{argument} {text}: there is no file {path}")
    module = run_file(path)
    if name not in vars(module):
        raise ArgumentError(
            f"{path} has no {name!r}: give a list of objects that name, or write {argument} {path}:NAME"
        )
    found = vars(module)[name]
    if callable(found) and not isinstance(found, Iterable):
        _check_needs_nothing(found, f"{name} of {path}")
        with blaming(path):
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
