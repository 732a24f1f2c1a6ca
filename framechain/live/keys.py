"""The engine's own keys: one table, from which the window's help, the command line's and README's are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """What a key in the window does.

    Attributes:
        names: The key as one character, and others that do the same; the second is there for chains in which an
            object uses the first.
        action: What the window's session calls it.
        does: What it does, for a person.
    """

    names: tuple[str, ...]
    action: str
    does: str


KEYS = (
    Key(("q", "\x1b"), "stop", "stop; so does the close button"),
    Key(("h", "?"), "help", "show or hide the keys"),
    Key((" ",), "pause", "pause and go on"),
    Key(("s",), "snapshot", "save the picture as PNG, here"),
    Key(("r", "v"), "record", "start or end a recording"),
    Key(("f",), "rate", "show or hide the frames per second"),
)
"""Objects are offered a key first; what none of them uses is looked up here. q and Esc never reach them."""

# The same key without Shift, on the keyboards that most people have: what nobody uses is tried as the other.
UNSHIFTED = {"=": "+", "_": "-"}
_SHOWN = {" ": "space", "\x1b": "Esc"}


def find_action(name: str) -> str | None:
    """What the engine does at a key.

    Args:
        name: The key as one character.

    Returns:
        A `Key.action`, or None.
    """
    return next((key.action for key in KEYS if name in key.names), None)


def make_help_lines(objects: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """All keys of a chain, for a person.

    Args:
        objects: What the objects say they use; the engine's keys that are among them are shown by their second name.
            None for the engine's own keys alone, by all their names.

    Returns:
        (key, what it does) for each line.

    Example:
        >>> for key, does in make_help_lines({"r": "take the empty scene anew"})[4:]:
        ...     print(key, "-", does)
        v - start or end a recording
        f - show or hide the frames per second
        r - take the empty scene anew
    """
    lines = []
    for key in KEYS:
        free = [name for name in key.names if name not in (objects or ())]
        if objects is not None and key.action != "stop":
            free = free[:1]
        if free:
            lines.append((_words(free), key.does))
    return lines + [(_words([name]), does) for name, does in (objects or {}).items()]


def _words(names: Iterable[str]) -> str:
    return ", ".join(_SHOWN.get(name, name) for name in names)
