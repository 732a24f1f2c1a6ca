"""Calls that can be made, and written as Python."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

_MODULES = (
    "framechain.backgrounds",
    "framechain.mattes",
    "framechain.effects",
    "framechain.faces",
    "framechain.framing",
)


class Call:
    """A class and its arguments; these may be calls themselves.

    Attributes:
        function: The class.
        values: Its arguments.
        named: Its arguments by name.
        shown: The name that the user knows it by.

    Example:
        >>> from framechain.backgrounds import Color
        >>> call = Call(Color, (0, 255, 0))
        >>> call.make().bgr, call.spell(), list(call.list_imports())
        ((0, 255, 0), 'Color((0, 255, 0))', [('framechain.backgrounds', 'Color')])
    """

    def __init__(self, function: Callable[..., Any], *values: Any, **named: Any) -> None:
        """Note a call.

        Args:
            function: What is called.
            values: Its arguments.
            named: Its arguments by name.
        """
        self.function = function
        self.values, self.named = values, named
        self.shown = function.__name__

    def make(self) -> Any:
        """Make the call, after those of its arguments."""
        values = [_make(value) for value in self.values]
        return self.function(*values, **{name: _make(value) for name, value in self.named.items()})

    def spell(self) -> str:
        """Return the call as Python, without the arguments that are defaults."""
        bound = inspect.signature(self.function).bind(*self.values, **self.named)
        words = []
        for name, value in bound.arguments.items():
            default = bound.signature.parameters[name].default
            if default is inspect.Parameter.empty:
                words.append(spell_value(value))
            elif isinstance(value, Call) or value != default:
                words.append(f"{name}={spell_value(value)}")
        return f"{self.function.__name__}({', '.join(words)})"

    def list_imports(self) -> Iterator[tuple[str, str]]:
        """List the modules and names that the Python needs."""
        module = self.function.__module__
        ours = "framechain" if module.startswith("framechain.") else module
        yield next((known for known in _MODULES if module.startswith(known)), ours), self.function.__name__
        for value in (*self.values, *self.named.values()):
            if isinstance(value, Call):
                yield from value.list_imports()


class FunctionCall(Call):
    """A function that is an object itself; its arguments are kept for each frame.

    Example:
        >>> def darken(frame, amount=0.5):
        ...     return (frame * (1 - amount)).astype("uint8")
        >>> FunctionCall(darken, amount=0.2).spell(), FunctionCall(darken).make() is darken
        ('partial(darken, amount=0.2)', True)
    """

    def make(self) -> Any:
        """Return the function, with its arguments."""
        return functools.partial(self.function, **self.named) if self.named else self.function

    def spell(self) -> str:
        """Return the function as Python."""
        words = [self.function.__name__, *(f"{name}={spell_value(value)}" for name, value in self.named.items())]
        return f"partial({', '.join(words)})" if self.named else words[0]

    def list_imports(self) -> Iterator[tuple[str, str]]:
        """List the modules and names that the Python needs."""
        yield from super().list_imports()
        if self.named:
            yield "functools", "partial"


def spell_value(value: Any) -> str:
    """Return a value as Python, with double quotes.

    Example:
        >>> spell_value("a b.mp4"), spell_value(None), spell_value((1, 2.5))
        ('"a b.mp4"', 'None', '(1, 2.5)')
    """
    if isinstance(value, Call):
        return value.spell()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _make(value: Any) -> Any:
    return value.make() if isinstance(value, Call) else value
