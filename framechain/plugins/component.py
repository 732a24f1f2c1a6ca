"""From a name with arguments, as the command line and chain files have it, to the call that makes a component."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from ..errors import ArgumentError, ArgumentTypeError, FramechainError, MissingInputError, ObjectError, read_message
from .backgrounds import describe_background
from .calls import Call, FunctionCall
from .code_files import load_file
from .convert import convert
from .describe import describe
from .hints import COMPONENTS
from .registry import find_entry, list_entries, suggest

Trust = Callable[[str, "str | None"], None]
"""Called with a reference to code and the file that it names, if any, before that is run; may refuse it."""

NAME = "name"
"""What a table of a chain file has besides its arguments."""

# No address and no drive.
_REFERENCE = re.compile(r"[^:]{2,}:[A-Za-z_]\w*")
_ARGUMENT = re.compile(r"[:,](?=[A-Za-z_]\w*=)")


def split_text(text: str) -> tuple[str, dict[str, str]]:
    """Return the name and the arguments of a text.

    Example:
        >>> split_text("fps:color=#ff0000,position=7,70")
        ('fps', {'color': '#ff0000', 'position': '7,70'})
        >>> split_text("./my_effect.py:Glow:radius=9")
        ('./my_effect.py:Glow', {'radius': '9'})
    """
    head, *rest = _ARGUMENT.split(text)
    return head, dict(part.split("=", 1) for part in rest)


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
            if group == "backgrounds" and isinstance(wanted, str) and not self._is_known(group, name):
                return describe_background(self._join(wanted))
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
        thing = self._load_reference(name) if _REFERENCE.fullmatch(name) else find_entry(group, name).load()
        parameters = {one.name: one for one in describe(thing).parameters}
        values: dict[str, Any] = {}
        for key, value in arguments.items():
            if key not in parameters:
                raise ArgumentError(f"{name} has no argument {key!r}: {suggest(key, parameters)}")
            if key in COMPONENTS and isinstance(value, str | Mapping) and value != "none":
                values[key] = self.describe(COMPONENTS[key], value)
            else:
                values[key] = convert(value, parameters[key], self._folder)
        missing = [one.name for one in parameters.values() if one.is_required and one.name not in values]
        if missing:
            raise ArgumentError(f"{name} needs {' and '.join(missing)}: add {missing[0]}=VALUE")
        call = Call(thing, **values) if isinstance(thing, type) else FunctionCall(thing, **values)
        call.shown = name
        return call

    def _load_reference(self, reference: str) -> Callable[..., Any]:
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
                kind = type(error).__name__
                raise ArgumentError(f"{place} cannot be imported: {kind}: {read_message(error)}") from error
        if name not in vars(module):
            here = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
            raise ArgumentError(f"{place} has no {name!r}: {suggest(name, here)}")
        return _check_kind(reference, vars(module)[name])


def _check_kind(reference: str, thing: Any) -> Callable[..., Any]:
    """Check that what is made can be called: a class of anything else might do harm when its object is made."""
    is_right = any("__call__" in vars(kind) for kind in thing.__mro__) if isinstance(thing, type) else callable(thing)
    if not is_right:
        raise ArgumentTypeError(
            f"{reference} must be a class whose objects are called with frames, or a function frame -> frame"
        )
    return thing  # type: ignore[no-any-return]
