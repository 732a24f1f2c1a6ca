"""The keys of the window in one table; the window's help, the command line's and README's are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the window.

    Attributes:
        names: The key as one character, and others that do the same; the second one is for chains in which an
            object uses the first.
        action: The name of the action in `Session`.
        does: What it does, for the help.
        streams_only: True if the key has no use for a single image.
    """

    names: tuple[str, ...]
    action: str
    does: str
    streams_only: bool = False


KEYS = (
    Key(("q", "\x1b"), "stop", "stop; so does the close button"),
    Key(("h", "?"), "help", "show or hide the keys"),
    Key((" ",), "pause", "pause and go on", streams_only=True),
    Key(("s",), "snapshot", "save the frame as a PNG file"),
    Key(("r", "v"), "record", "start or end a recording", streams_only=True),
    Key(("u",), "mute", "mute the sound, or turn it on again", streams_only=True),
    Key(("f",), "rate", "show or hide the frames per second"),
)
"""Objects are offered a key first; other keys have the action of this table. q and Esc never reach objects."""

# On most keyboards + and - are on these keys: a key that no object uses is offered as the other one.
UNSHIFTED = {"=": "+", "_": "-"}
_SPELLED = {" ": "space", "\x1b": "Esc"}


def find_action(name: str, *, still: bool = False) -> str | None:
    """Return the action of a key.

    Args:
        name: The key as one character.
        still: True for the window of a single image.

    Returns:
        A `Key.action`, or None.
    """
    return next((key.action for key in _select(still) if name in key.names), None)


def make_help_lines(objects: Mapping[str, str] | None = None, *, still: bool = False) -> list[tuple[str, str]]:
    """Return the keys of a run, for the help.

    Args:
        objects: The keys that objects use and what each does; a key of the window that an object uses is listed by
            its second name. None for the keys of the window alone, by all their names.
        still: True for the window of a single image.

    Returns:
        (key, what it does) for each line.

    Example:
        >>> for key, does in make_help_lines({"r": "learn the empty scene again"})[4:]:
        ...     print(key, "-", does)
        v - start or end a recording
        u - mute the sound, or turn it on again
        f - show or hide the frames per second
        r - learn the empty scene again
    """
    lines = []
    for key in _select(still):
        free = [name for name in key.names if name not in (objects or ())]
        if objects is not None and key.action != "stop":
            free = free[:1]
        if free:
            lines.append((_spell(free), key.does))
    return lines + [(_spell([name]), does) for name, does in (objects or {}).items()]


def _select(still: bool) -> list[Key]:
    return [key for key in KEYS if not (still and key.streams_only)]


def _spell(names: Iterable[str]) -> str:
    return ", ".join(_SPELLED.get(name, name) for name in names)
