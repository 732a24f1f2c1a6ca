"""Values of the command line and of chain files, as a component's parameters take them."""

from __future__ import annotations

import math
import os
import re
import typing
from typing import Any, Literal

from ..errors import ArgumentError
from ..files.paths import is_remote
from .describe import Parameter
from .hints import find_item_kinds, is_colour, is_path, list_kinds, spell_hint

_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
_NO = object()
"""A type does not take the value."""


def convert(value: Any, parameter: Parameter, folder: str = "") -> Any:
    """Return a value as a parameter takes it.

    Args:
        value: A text, or a value of a chain file: a number, a bool, a text or a list.
        parameter: The parameter; its annotation says what it takes, else the type of its default.
        folder: What relative paths are relative to.

    Raises:
        ArgumentError: If it takes no such value.

    Example:
        >>> convert("#ff0000", Parameter("color", tuple[int, int, int], (0, 0, 0)))
        (0, 0, 255)
        >>> convert("7, 70", Parameter("position", tuple[int, int], (0, 0))), convert("1", Parameter("x", float, 0.0))
        ((7, 70), 1.0)
    """
    if parameter.hint in (None, Any):
        return _guess(value) if isinstance(value, str) else value
    kinds = list_kinds(parameter.hint)
    is_sequence = any(map(find_item_kinds, kinds))
    if is_sequence and isinstance(value, str) and value.startswith("#") and is_colour(parameter.name):
        return parse_colour(parameter.name, value)
    # A text is last: it takes everything.
    for kind in sorted(kinds, key=lambda kind: kind is str or is_path(kind)):
        found = _take(value, kind)
        if found is not _NO:
            is_file = isinstance(found, str) and any(is_path(kind) for kind in kinds)
            return _join(folder, found) if is_file else found
    what = spell_hint(parameter.name, parameter.hint)
    if not parameter.can_be_named:
        raise ArgumentError(f"{parameter.name} can be given only from Python, got {value!r}")
    raise ArgumentError(f"{parameter.name} must be {_explain(what)}, got {value!r}")


def parse_colour(name: str, text: str) -> tuple[int, int, int]:
    """Return a colour as blue, green and red.

    Args:
        name: What it is for, for the message.
        text: Such as "#00ff00" or "#0f0".

    Raises:
        ArgumentError: If it is no colour.
    """
    digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    try:
        red, green, blue = bytes.fromhex(digits) if text.startswith("#") else b""
    except ValueError:
        raise ArgumentError(f"{name} {text} is not a colour: write '#RRGGBB', such as '#00ff00'") from None
    return blue, green, red


def _take(value: Any, kind: Any) -> Any:
    if typing.get_origin(kind) is Literal:
        return next((choice for choice in typing.get_args(kind) if value in (choice, str(choice))), _NO)
    items = find_item_kinds(kind)
    if items is not None:
        return _take_items(value, items)
    if kind in (Any, object):
        return value
    if kind is type(None):
        return None if value is None or (isinstance(value, str) and value.lower() == "none") else _NO
    if kind is bool:
        return _take_bool(value)
    if kind in (int, float):
        return _take_number(value, kind)
    return value if isinstance(value, str) and (kind is str or is_path(kind)) else _NO


def _take_bool(value: Any) -> Any:
    word = value.lower() if isinstance(value, str) else value
    return word if isinstance(word, bool) else True if word in _TRUE else False if word in _FALSE else _NO


def _take_number(value: Any, kind: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return _NO
    if kind is int:
        is_whole = isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,18}\s*", value))
        return int(value) if is_whole else _NO
    try:
        number = float(value)
    except ValueError:
        return _NO
    return _NO if math.isnan(number) else number


def _take_items(value: Any, items: tuple[Any, ...]) -> Any:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        return _NO
    kinds = items[:-1] * len(given) if items[-1] is ... else items
    if len(kinds) != len(given):
        return _NO
    found = tuple(
        next((taken for one in list_kinds(kind) if (taken := _take(item, one)) is not _NO), _NO)
        for item, kind in zip(given, kinds, strict=True)
    )
    return _NO if _NO in found else found


def _guess(text: str) -> Any:
    """Return a value for a parameter of which nothing is known."""
    for kind in (type(None), bool, int, float):
        if (found := _take(text, kind)) is not _NO:
            return found
    return text


def _join(folder: str, path: str) -> str:
    return path if not folder or not path or is_remote(path) or os.path.isabs(path) else os.path.join(folder, path)


def _explain(what: str) -> str:
    words = {
        "bool": "true or false",
        "int": "a whole number",
        "float": "a number",
        "str": "a text",
        "path": "a path",
        "none": "none",
        "#RRGGBB": "a colour '#RRGGBB' or numbers blue,green,red",
    }
    known = (words.get(word, f"{word} with commas" if "," in word else word) for word in what.split("|"))
    return " or ".join(dict.fromkeys(known))
