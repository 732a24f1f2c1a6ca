"""A component's parameters as fields of a form: only those whose values can do no harm, whoever fills the form in."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import ArgumentError, FramechainError
from .describe import Parameter, describe
from .hints import find_item_kinds, is_colour, is_path, list_kinds
from .registry import Entry, list_entries

_QUOTED = re.compile(r'"([^"]+)"')
_DEEPEST = 3
_FREE_TEXT = "text"
_USUAL = ("mediapipe", "blur", "gamma")
# What a value may look like: no separator of arguments, no path and no address.
_PATTERNS = {
    "number": re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?|none"),
    "numbers": re.compile(r"[-+0-9.eE, ]+|none"),
    "switch": re.compile(r"true|false|none"),
    "colour": re.compile(r"#[0-9a-fA-F]{6}|none"),
}
_FIRST = {"number": "1", "numbers": "", "switch": "false", "colour": "#00ff00", "text": ""}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter that anybody may set.

    Attributes:
        name: Its name as in a text for `--object`, such as "matte.history".
        kind: "number", "numbers", "switch", "colour", "choice", "component" or "text".
        value: Its value as a text: the given one, or the default; "" for none.
        choices: What a choice or a component can be; `value` may be something else that was given.
        text: What the docstring says.
        is_required: Whether there is no default.
    """

    name: str
    kind: str
    value: str
    choices: tuple[str, ...] = ()
    text: str = ""
    is_required: bool = False

    def check(self, value: str) -> None:
        """Refuse a value that is not of the field's kind.

        Raises:
            ArgumentError: If it is none.
        """
        pattern = _PATTERNS.get(self.kind)
        is_right = value in self.choices or not self.choices
        if not is_right or (pattern is not None and not pattern.fullmatch(value)):
            what = f"one of {', '.join(self.choices)}" if self.choices else f"a {self.kind}"
            raise ArgumentError(f"{self.name} must be {what}, got {value[:80]!r}")


class Forms:
    """The components that can be chosen by a form, with their fields; what is installed is looked at once.

    Example:
        >>> forms = Forms()
        >>> fields = forms.list_fields("objects", "sharpen", {"radius": "2"})
        >>> [(field.name, field.kind, field.value) for field in fields]
        [('amount', 'number', '0.8'), ('radius', 'number', '2')]
        >>> [field.name for field in forms.list_fields("objects", "find-matte", {"matte": "mog2"})][:3]
        ['matte', 'matte.history', 'matte.var_threshold']
    """

    def __init__(self) -> None:
        """Look at nothing yet."""
        self._entries: dict[str, dict[str, Entry]] = {}
        self._offers: dict[str, dict[str, Entry]] = {}

    def list_offers(self, group: str) -> Mapping[str, Entry]:
        """Return the entries of a group that need nothing but fields, by their names.

        Args:
            group: The group.
        """
        if group not in self._offers:
            entries = self.list_entries(group).items()
            self._offers[group] = {name: entry for name, entry in entries if _needs_fields_alone(entry)}
        return self._offers[group]

    def list_entries(self, group: str) -> Mapping[str, Entry]:
        """Return all entries of a group that one package alone has, by their names.

        Args:
            group: The group.
        """
        if group not in self._entries:
            entries = list_entries(group)
            names = [entry.name for entry in entries]
            self._entries[group] = {entry.name: entry for entry in entries if names.count(entry.name) == 1}
        return self._entries[group]

    def list_choices(self, group: str) -> list[str]:
        """Return the names of a group that can be made without any argument; the first one is the usual one."""
        offers = self.list_offers(group)
        names = [name for name in offers if not any(one.is_required for one in _list_parameters(offers[name]))]
        return sorted(names, key=lambda name: name not in _USUAL)

    def list_fields(self, group: str, name: str, given: Mapping[str, str], prefix: str = "") -> Iterator[Field]:
        """List the fields of a component, and those of the components in it.

        Args:
            group: Its group.
            name: Its name; what is no entry has no fields.
            given: Arguments that are given, by the names of the fields.
            prefix: What comes before the names, such as "matte.".
        """
        entry = self.list_entries(group).get(name)
        if entry is None or prefix.count(".") >= _DEEPEST:
            return
        for parameter in _list_parameters(entry):
            yield from self.list_fields_of(parameter, given, prefix)

    def list_fields_of(self, parameter: Parameter, given: Mapping[str, str], prefix: str = "") -> Iterator[Field]:
        """List the field of one parameter, and those of the component that it takes."""
        kind, name, group = _find_kind(parameter), prefix + parameter.name, parameter.group
        if kind is None:
            return
        choices = self.list_choices(group) if group is not None else list(_list_values(parameter))
        first = choices[0] if choices else _FIRST.get(kind, "")
        value = given.get(name, first if parameter.is_required else _spell(parameter))
        if choices and not parameter.is_required and parameter.default is None:
            choices = ["none", *choices]
        yield Field(name, kind, value, tuple(choices), parameter.text, parameter.is_required)
        if group is not None:
            yield from self.list_fields(group, value, given, f"{name}.")


def _needs_fields_alone(entry: Entry) -> bool:
    try:
        parameters = _list_parameters(entry)
    except FramechainError:
        return False
    return all(_find_kind(one) is not None for one in parameters if one.is_required)


def _list_parameters(entry: Entry) -> tuple[Parameter, ...]:
    return describe(entry.load()).parameters


def _spell(parameter: Parameter) -> str:
    """Return the default as the command line takes it."""
    if parameter.default is None:
        return "none" if _find_kind(parameter) in ("choice", "component") else ""
    return parameter.spell_default()


def _find_kind(parameter: Parameter) -> str | None:
    """Return the kind of a parameter's field; None if it has none, as what it takes may be a path or an address."""
    if parameter.group is not None:
        return "component"
    kinds = [kind for kind in list_kinds(parameter.hint) if kind is not type(None)] if parameter.hint else []
    if not kinds or any(map(is_path, kinds)):
        return None
    if _list_values(parameter):
        return "choice"
    if str in kinds:
        return "text" if parameter.name == _FREE_TEXT else None
    sequences = [items for kind in kinds if (items := find_item_kinds(kind)) is not None]
    if sequences and is_colour(parameter.name):
        return "colour"
    if any(_is_numeric(items) for items in sequences):
        return "numbers"
    if kinds == [bool]:
        return "switch"
    return "number" if {int, float} & {*kinds} else None


def _list_values(parameter: Parameter) -> tuple[str, ...]:
    """Return the values of a choice: those of its type, or the words that the docstring has in quotes."""
    kinds: list[Any] = list_kinds(parameter.hint) if parameter.hint else []
    named = [str(one) for kind in kinds if typing.get_origin(kind) is Literal for one in typing.get_args(kind)]
    if named or str not in kinds or parameter.name == _FREE_TEXT:
        return tuple(named)
    words = tuple(dict.fromkeys(_QUOTED.findall(parameter.text)))
    return words if len(words) > 1 else ()


def _is_numeric(items: tuple[Any, ...]) -> bool:
    return all(kind in (int, float) for item in items if item is not ... for kind in list_kinds(item))
