"""What a component is and takes: read from its signature and its docstring."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .hints import ONLY_FROM_PYTHON, find_group, is_colour, spell_hint

_ENTRY = re.compile(r"(\*{0,2}\w+)(?: \([^)]*\))?: *(.*)")
# What the chain fills in for a function.
_FILLED_IN = ("info", "alpha")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What can be given to a component.

    Attributes:
        name: Its name.
        hint: Its annotation, resolved; the type of the default where there is none, and None if nothing is known.
        default: Its default; `inspect.Parameter.empty` if it must be given.
        text: What the docstring says.
    """

    name: str
    hint: Any
    default: Any
    text: str = ""

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.default is inspect.Parameter.empty

    @property
    def group(self) -> str | None:
        """The group of the components that it takes; None if it takes plain values."""
        return find_group(self.name, self.hint)

    @property
    def can_be_named(self) -> bool:
        """Whether a text can say it, which is not so for arrays and functions."""
        return spell_hint(self.name, self.hint) not in (ONLY_FROM_PYTHON, "none")

    def spell_default(self) -> str:
        """Return the default as the command line takes it.

        Example:
            >>> Parameter("color", tuple[int, int, int], (0, 0, 255)).spell_default()
            '#ff0000'
        """
        value = self.default
        if is_colour(self.name) and isinstance(value, tuple | list) and len(value) == 3:
            return "#{2:02x}{1:02x}{0:02x}".format(*value)
        return _spell_default(value)

    def __str__(self) -> str:
        shown = "" if self.is_required else f" = {self.spell_default()}"
        return f"{self.name}: {spell_hint(self.name, self.hint)}{shown}"


@dataclass(frozen=True, slots=True)
class Description:
    """What a component is and takes.

    Attributes:
        line: One line.
        parameters: What can be given to it.
    """

    line: str
    parameters: tuple[Parameter, ...]


def describe(thing: Callable[..., Any]) -> Description:
    """Describe a class, or a function that is an object by itself.

    Args:
        thing: A class, whose `__init__` is read, or a function `frame -> frame`, whose frame is left out.

    Example:
        >>> def darken(frame, amount: float = 0.5):
        ...     '''Makes the frame darker.
        ...
        ...     Args:
        ...         frame: The frame.
        ...         amount: From 0 to 1.
        ...     '''
        >>> found = describe(darken)
        >>> found.line, str(found.parameters[0]), found.parameters[0].text
        ('Makes the frame darker.', 'amount: float = 0.5', 'From 0 to 1.')
    """
    line = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ").strip()
    return Description(line, tuple(_list_parameters(thing)))


def _list_parameters(thing: Callable[..., Any]) -> Iterator[Parameter]:
    seen = {"self"}
    for number, function in enumerate(_list_functions(thing)):
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):  # It is written in C.
            return
        if not isinstance(thing, type):
            parameters = [one for one in parameters[1:] if one.name not in _FILLED_IN]
        texts = _read_arguments(inspect.getdoc(thing) or "") if number == 0 else {}
        texts |= _read_arguments(inspect.getdoc(function) or "")
        takes_more = False
        for one in parameters:
            takes_more = takes_more or one.kind is one.VAR_KEYWORD
            if one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL, one.POSITIONAL_ONLY) or one.name in seen:
                continue
            seen.add(one.name)
            yield Parameter(one.name, _resolve(function, one), one.default, texts.get(one.name, ""))
        if not takes_more:
            return


def _list_functions(thing: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """List the functions that take the arguments: those of base classes too, to which `**more` is passed on."""
    if not isinstance(thing, type):
        yield thing
        return
    for kind in thing.__mro__[:-1]:
        if "__init__" in vars(kind):
            yield vars(kind)["__init__"]


def _resolve(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    if parameter.annotation is not parameter.empty:
        holder = types.SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
        try:
            names: Any = inspect.unwrap(function)
            return typing.get_type_hints(holder, names.__globals__)[parameter.name]
        except Exception:  # It names what is imported for the type checker alone.
            return None
    is_known = parameter.default is not parameter.empty and parameter.default is not None
    return type(parameter.default) if is_known else None


def _read_arguments(text: str) -> dict[str, str]:
    """Return what a docstring in Google's style says of each argument."""
    lines = iter(text.splitlines())
    if not any(line.strip() in ("Args:", "Arguments:", "Parameters:") for line in lines):
        return {}
    found: dict[str, str] = {}
    name, depth = "", None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent == 0:
            break
        depth = indent if depth is None and line.strip() else depth
        match = _ENTRY.fullmatch(line.strip()) if indent == depth else None
        if match:
            name = match[1].lstrip("*")
            found[name] = match[2]
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def _spell_default(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(_spell_default(item) for item in value)
    if isinstance(value, str | int | float):
        return f"{value}" if value != "" else '""'
    return getattr(value, "__name__", None) or repr(value)
