"""Types of parameters: what may be given for each, and what that is called."""

from __future__ import annotations

import collections.abc
import os
import types
import typing
from typing import Any, Literal

COMPONENTS = {
    "matte": "mattes",
    "background": "backgrounds",
    "foreground": "objects",
    "effect": "objects",
}
"""Parameters that take another component, by their names, and its group; see `find_group`."""

ONLY_FROM_PYTHON = "only from Python"
_WORDS = {bool: "bool", int: "int", float: "float", str: "str", type(None): "none"}


def list_kinds(hint: Any) -> list[Any]:
    """Return the types that an annotation allows.

    Example:
        >>> [kind.__name__ for kind in list_kinds(int | float | None)]
        ['int', 'float', 'NoneType']
    """
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return [kind for part in typing.get_args(hint) for kind in list_kinds(part)]
    if origin is typing.Annotated:
        return list_kinds(typing.get_args(hint)[0])
    return [type(None) if hint is None else hint]


def find_group(name: str, hint: Any) -> str | None:
    """Return the group of the components that a parameter takes; None if it takes plain values.

    Args:
        name: The parameter's name.
        hint: Its annotation; None if nothing is known.

    Example:
        >>> find_group("matte", None), find_group("foreground", str), find_group("radius", int)
        ('mattes', None, None)
    """
    kinds = list_kinds(hint) if hint is not None else []
    is_plain = bool(kinds) and all(kind in _WORDS or typing.get_origin(kind) is Literal for kind in kinds)
    return None if is_plain else COMPONENTS.get(name)


def is_path(kind: Any) -> bool:
    """Return whether a type is that of paths."""
    origin = typing.get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, os.PathLike)


def find_item_kinds(kind: Any) -> tuple[Any, ...] | None:
    """Return the types of a sequence's items, with a last `...` if there may be any number; None if it is none."""
    origin = typing.get_origin(kind) or kind
    if origin is tuple:
        return typing.get_args(kind) or (Any, ...)
    if origin in (list, collections.abc.Sequence, collections.abc.Iterable):
        return (*(typing.get_args(kind) or (Any,)), ...)
    return None


def is_colour(name: str) -> bool:
    """Return whether a parameter of this name takes a colour."""
    return "color" in name.lower() or "colour" in name.lower() or name == "bgr"


def spell_hint(name: str, hint: Any) -> str:
    """Return what may be given, in words.

    Args:
        name: The parameter's name.
        hint: Its annotation; None if nothing is known.

    Example:
        >>> spell_hint("color", tuple[int, int, int] | None)
        '#RRGGBB|none'
    """
    group = find_group(name, hint)
    if group is not None and hint is not None:
        return group.removesuffix("s")
    words = []
    for kind in list_kinds(hint) if hint is not None else ():
        items = find_item_kinds(kind)
        if typing.get_origin(kind) is Literal:
            words += [str(choice) for choice in typing.get_args(kind)]
        elif kind in _WORDS:
            words.append(_WORDS[kind])
        elif is_path(kind):
            words = ["path" if word == "str" else word for word in words] if "str" in words else [*words, "path"]
        elif items is not None:
            words.append("#RRGGBB" if is_colour(name) else _spell_items(items))
    return "|".join(dict.fromkeys(words)) or ("any" if hint in (None, Any) else ONLY_FROM_PYTHON)


def _spell_items(items: tuple[Any, ...]) -> str:
    words = [_WORDS.get(item, "...") for item in items if item is not ...]
    return ",".join([*words, "..."] if items[-1] is ... else words)
