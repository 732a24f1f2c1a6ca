"""Writes chain files."""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._version import __version__
from ..errors import ArgumentError
from ..files.paths import is_remote, make_write_error
from .calls import Call
from .component import NAME
from .describe import describe
from .hints import is_colour, is_path, list_kinds
from .registry import list_entries

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_chain_file(
    path: str,
    calls: Sequence[Call],
    settings: Mapping[str, float],
    engine: Mapping[Sequence[str], Any],
    *,
    code: str | None = None,
) -> None:
    """Write a chain file.

    Args:
        path: The file; one that is there is replaced.
        calls: They make the objects; after those of `code`.
        settings: Numbers that are set once the objects are made.
        engine: Options of the engine, by their places in the file.
        code: FILE.py:NAME of a list of objects.

    Raises:
        ArgumentError: If an object cannot be written.
        OutputError: If the file cannot be written.
    """
    folder = os.path.dirname(os.path.abspath(path))
    lines = [f"# framechain {__version__}: framechain INPUT --chain {os.path.basename(path)}"]
    if code is not None:
        lines += [f"chain = {_write_value(_make_relative(code, folder))}"]
    for call in calls:
        lines += ["", *_write_table(("objects",), _make_table("objects", call, folder), is_item=True)]
    if settings:
        lines += ["", *_write_table(("set",), settings)]
    tables: dict[tuple[str, ...], dict[str, Any]] = {}
    for (*table, name), value in engine.items():
        tables.setdefault(tuple(table), {})[name] = value
    for names, values in sorted(tables.items()):
        lines += ["", *_write_table(names, values)]
    text = "\n".join(lines) + "\n"
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise make_write_error(path, error) from error


def _make_table(group: str, call: Call, folder: str) -> dict[str, Any]:
    """Return the name and the arguments of a component, without those that are defaults."""
    parameters = {one.name: one for one in describe(call.function).parameters}
    if isinstance(call.function, type):
        given = dict(inspect.signature(call.function).bind(*call.values, **call.named).arguments)
        for name in [name for name in given if name not in parameters]:  # What `**more` has taken.
            given |= given.pop(name)
    else:
        given = dict(call.named)
    table: dict[str, Any] = {NAME: _find_name(group, call, folder)}
    for name, value in given.items():
        if isinstance(value, Call):
            table[name] = _make_table(parameters[name].group or "objects", value, folder)
        elif parameters[name].is_required or value != parameters[name].default:
            is_file = any(is_path(kind) for kind in list_kinds(parameters[name].hint))
            table[name] = _make_relative(value, folder) if is_file else _write_colour(name, value)
    return table


def _find_name(group: str, call: Call, folder: str) -> str:
    """Return a name that leads to the same class: that of an entry point, or a reference."""
    place, _, name = call.shown.rpartition(":")
    if place:
        return f"{_make_relative(place, folder)}:{name}" if place.endswith(".py") else call.shown
    reference = f"{call.function.__module__}:{call.function.__qualname__}"
    entries = list_entries(group)
    found = next((entry.name for entry in entries if reference == entry.reference), None)
    known = {entry.name for entry in entries}
    return call.shown if call.shown in known else found or reference


def _make_relative(path: Any, folder: str) -> Any:
    if not isinstance(path, str) or not path or is_remote(path) or os.path.isabs(path):
        return path
    try:
        relative = os.path.relpath(os.path.abspath(path), folder)
    except ValueError:  # It is on another drive of Windows.
        return os.path.abspath(path)
    return relative.replace(os.sep, "/")


def _write_colour(name: str, value: Any) -> Any:
    if is_colour(name) and isinstance(value, tuple | list) and len(value) == 3:
        return "#{2:02x}{1:02x}{0:02x}".format(*value)
    return value


def _write_table(names: tuple[str, ...], table: Mapping[str, Any], *, is_item: bool = False) -> Iterator[str]:
    title = ".".join(map(_write_key, names))
    yield f"[[{title}]]" if is_item else f"[{title}]"
    for name, value in table.items():
        if not isinstance(value, Mapping):
            yield f"{_write_key(name)} = {_write_value(value)}"
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _write_table((*names, name), value)


def _write_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _write_value(name)


def _write_value(value: Any) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_write_value, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    raise ArgumentError(f"{value!r:.80} cannot be written to a chain file")
