"""From a name with arguments, as the command line and chain files have it, to the call that makes a component."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import isroutine
from operator import attrgetter
from typing import Any

from ..contracts import Sink, Source
from ..errors import ArgumentError, ArgumentTypeError, FramechainError, MissingInputError, ObjectError, read_message
from .backgrounds import describe_background
from .calls import Call, FunctionCall
from .code_files import load_file
from .convert import convert
from .describe import Parameter, describe
from .hints import COMPONENTS
from .registry import find_entry, list_entries, suggest

Trust = Callable[[str, "str | None"], None]
"""Called with a reference to code and the file that it names, if any, before that is run; may refuse it."""

NAME = "name"
"""What a table of a chain file has besides its arguments."""

# No address and no drive.
_REFERENCE = re.compile(r"[^:]{2,}:[A-Za-z_]\w*")
# A dot comes only after the name of a component, as in "matte.history=300": values such as addresses have dots too.
_ARGUMENT = re.compile(rf"[:,](?=(?:(?:{'|'.join(COMPONENTS)})\.)*[A-Za-z_]\w*=)")
_BASES: dict[str, type[Any]] = {"sources": Source, "sinks": Sink}


def split_text(text: str) -> tuple[str, dict[str, str]]:
    """Return the name and the arguments of a text.

    Example:
        >>> split_text("fps:color=#ff0000,position=7,70")
        ('fps', {'color': '#ff0000', 'position': '7,70'})
        >>> split_text("./my_effect.py:Glow:radius=9")
        ('./my_effect.py:Glow', {'radius': '9'})
        >>> split_text("find-matte:matte=mog2:matte.history=300")
        ('find-matte', {'matte': 'mog2', 'matte.history': '300'})
    """
    head, *rest = _ARGUMENT.split(text)
    return head, dict(part.split("=", 1) for part in rest)


def join_text(name: str, arguments: Mapping[str, str]) -> str:
    """Return the text of a name with arguments.

    Raises:
        ArgumentError: If a value has what separates arguments, as in "12:x=3".

    Example:
        >>> join_text("fps", {"color": "#ff0000", "position": "7,70"})
        'fps:color=#ff0000:position=7,70'
    """
    text = ":".join([name, *(f"{key}={value}" for key, value in arguments.items())])
    if split_text(text) != (name, dict(arguments)):
        raise ArgumentError(f"the arguments of {name} cannot be written as one text: leave out what looks like :NAME=")
    return text


def is_entry(group: str, text: str) -> bool:
    """Return whether a text, which may also be a path, is a name of an entry point: what is there by that path counts.

    References to code are none: a text of the page may come here.
    """
    name = split_text(text)[0]
    if not re.fullmatch(r"[A-Za-z][\w-]*", name) or os.path.lexists(text):
        return False
    # Names of ours such as "video" are also words for what is looked for.
    found = (entry for entry in list_entries(group) if entry.name == name)
    return any(entry.package != "framechain" or text != name for entry in found)


class Builder:
    """Finds what names stand for.

    Example:
        >>> call = Builder("--object").describe("objects", "fps:color=#ff0000")
        >>> call.make().color, call.spell()
        ((0, 0, 255), 'FPSmetric(color=(0, 0, 255))')
    """

    def __init__(self, where: str, *, folder: str = "", trust: Trust | None = None) -> None:
        """Say where the names stand.

        Args:
            where: The option or the file, for messages.
            folder: What relative paths are relative to.
            trust: Asked before code is run that is no entry point; None to run all that is named.
        """
        self._where, self._folder, self._trust = where, folder, trust

    def describe(self, group: str, wanted: object) -> Call:
        """Return the call that makes a component.

        Args:
            group: One of `framechain.plugins.registry.GROUPS`.
            wanted: A text such as "fps:color=#ff0000", or a table with a name and arguments, whose values may be such
                tables themselves.

        Raises:
            FramechainError: If there is no such name or argument, a value is of another type, or code fails.
        """
        shown = wanted
        try:
            if isinstance(wanted, str):
                name, arguments = split_text(wanted)
            elif isinstance(wanted, Mapping) and isinstance(wanted.get(NAME), str):
                name, arguments = str(wanted[NAME]), {key: value for key, value in wanted.items() if key != NAME}
                shown = name
            else:
                raise ArgumentError(f'a component is a text, or a table with a {NAME}, such as {{ {NAME} = "fps" }}')
            if group == "backgrounds" and not self._is_known(group, name):
                is_file = isinstance(wanted, str) and (not arguments or os.path.lexists(self._join(wanted)))
                name, arguments = (str(wanted), {}) if is_file else (name, arguments)
                call = describe_background(self._join(name))
                return Call(call.function, *call.values, **{**call.named, **self._read(name, call.function, arguments)})
            return self._describe(group, name, arguments)
        except FramechainError as error:
            if str(error).startswith(self._where):  # A component within this one.
                raise
            raise type(error)(f"{self._where} {shown}: {error}") from error

    def make(self, call: Call) -> Any:
        """Make a component.

        Args:
            call: The call.

        Raises:
            FramechainError: If that fails.
        """
        try:
            return call.make()
        except FramechainError as error:
            raise type(error)(f"{self._where} {call.shown}: {error}") from error
        except Exception as error:
            message = f"{type(error).__name__}: {read_message(error)}"
            raise ObjectError(f"{self._where} {call.shown} cannot be made: {message}") from error

    def _is_known(self, group: str, name: str) -> bool:
        return bool(_REFERENCE.fullmatch(name)) or any(entry.name == name for entry in list_entries(group))

    def _join(self, path: str) -> str:
        joined = os.path.join(self._folder, path)
        return joined if self._folder and os.path.exists(joined) else path

    def _describe(self, group: str, name: str, arguments: Mapping[str, object]) -> Call:
        if _REFERENCE.fullmatch(name):
            thing = self._load_reference(group, name)
        else:
            thing = _check_kind(group, name, find_entry(group, name).load())
        values = self._read(name, thing, arguments)
        missing = [one.name for one in describe(thing).parameters if one.is_required and one.name not in values]
        if missing:
            raise ArgumentError(f"{name} needs {' and '.join(missing)}: add {missing[0]}=VALUE")
        call = Call(thing, **values) if isinstance(thing, type) else FunctionCall(thing, **values)
        call.shown = name
        return call

    def _read(self, name: str, thing: Callable[..., Any], arguments: Mapping[str, object]) -> dict[str, Any]:
        """Return the values of arguments, as the parameters take them."""
        parameters = {one.name: one for one in describe(thing).parameters}
        values: dict[str, Any] = {}
        for key, value in _nest(arguments).items():
            if key not in parameters:
                raise ArgumentError(_explain_unknown(name, key, parameters, values))
            group = parameters[key].group
            if group is not None and isinstance(value, str | Mapping) and value != "none":
                values[key] = self.describe(group, value)
            else:
                values[key] = convert(value, parameters[key], self._folder)
        return values

    def _load_reference(self, group: str, reference: str) -> Callable[..., Any]:
        place, _, name = reference.rpartition(":")
        is_file = place.endswith(".py")
        path = os.path.join(self._folder, place) if is_file else None
        if path is not None and not os.path.isfile(path):
            raise MissingInputError(f"there is no file {path}")
        if self._trust is not None:
            self._trust(reference, path)
        if path is not None:
            module = load_file(path)
        else:
            try:
                module = import_module(place)
            except (Exception, SystemExit) as error:
                if os.path.isfile(file := os.path.join(self._folder, f"{place}.py")):
                    raise ArgumentError(f"there is a file {file}: write {place}.py:{name}") from error
                kind = type(error).__name__
                raise ArgumentError(f"{place} cannot be imported: {kind}: {read_message(error)}") from error
        try:
            thing = attrgetter(name)(module)  # Some modules make their names only when these are asked for.
        except AttributeError:
            here = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
            known = [*here, *vars(module).get("__all__", ())]
            raise ArgumentError(f"{place} has no {name!r}: {suggest(name, dict.fromkeys(known))}") from None
        return _check_kind(group, reference, thing)


def _nest(arguments: Mapping[str, object]) -> dict[str, object]:
    """Return arguments whose names have dots as tables of the components that they belong to.

    Raises:
        ArgumentError: If one belongs to a component that is not named.
    """
    nested = {key: value for key, value in arguments.items() if "." not in key}
    for key, value in arguments.items():
        owner, dot, rest = key.partition(".")
        if not dot:
            continue
        given = nested.get(owner)
        if isinstance(given, str):
            given = {NAME: given}
        if not isinstance(given, Mapping):
            raise ArgumentError(f"{key} is an argument of a {owner}, and none is named: add {owner}=NAME")
        nested[owner] = {**given, rest: value}
    return nested


def _explain_unknown(name: str, key: str, parameters: Mapping[str, Parameter], values: Mapping[str, object]) -> str:
    """Return what is wrong with an argument that a component does not have."""
    for owner, value in values.items():
        if isinstance(value, Call) and any(one.name == key for one in describe(value.function).parameters):
            return f"{name} has no argument {key!r}: that of its {owner} is {owner}.{key}"
    return (
        f"{name} has no argument {key!r}: {suggest(key, [one.name for one in parameters.values() if one.can_be_named])}"
    )


def _check_kind(group: str, reference: str, thing: Any) -> Callable[..., Any]:
    """Check that what is made is of the right kind: a class of anything else might do harm when its object is made."""
    base = _BASES.get(group)
    if base is not None:
        if not (isinstance(thing, type) and issubclass(thing, base)):
            raise ArgumentTypeError(f"{reference} must be a class that inherits framechain.{base.__name__}")
        return thing
    if not isinstance(thing, type) and callable(thing) and not isroutine(thing):
        raise ArgumentTypeError(f"{reference} is an object already: name its class, {type(thing).__name__}")
    is_right = any("__call__" in vars(kind) for kind in thing.__mro__) if isinstance(thing, type) else callable(thing)
    if not is_right:
        raise ArgumentTypeError(
            f"{reference} must be a class whose objects are called with frames, or a function frame -> frame"
        )
    return thing  # type: ignore[no-any-return]
