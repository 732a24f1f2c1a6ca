"""The names of objects, mattes, backgrounds, sources and sinks, from the entry points of installed packages."""

from __future__ import annotations

import difflib
import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, DependencyError, read_message

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUPS = ("objects", "mattes", "backgrounds", "sources", "sinks")
"""What can be registered; the group of entry points is "framechain.objects" and so on."""

OWN_PACKAGE = "framechain"
"""The package of ours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name, and where what it stands for is defined.

    Attributes:
        group: One of `GROUPS`.
        name: The name, such as "fps".
        reference: Module and name in it, such as "framechain.objects.overlays:FPSmetric".
        package: The package that brings it.
    """

    group: str
    name: str
    reference: str
    package: str

    def load(self) -> Callable[..., Any]:
        """Import what the name stands for: a class, or a function.

        Raises:
            DependencyError: If that fails; the sentence names the package.
        """
        module, _, name = self.reference.partition(":")
        try:
            found: Any = import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
        except (Exception, SystemExit) as error:
            raise DependencyError(
                f"{self.name} of the package {self.package} cannot be loaded from {self.reference}: "
                f"{type(error).__name__}: {read_message(error)}"
            ) from error
        if not callable(found):
            raise DependencyError(
                f"{self.name} of the package {self.package} must be a class or a function, and {self.reference} is "
                f"{type(found).__name__}"
            )
        return found  # type: ignore[no-any-return]


def list_entries(group: str) -> list[Entry]:
    """Return what is registered, by name.

    Args:
        group: One of `GROUPS`.

    Example:
        >>> [entry.package for entry in list_entries("objects") if entry.name == "fps"]
        ['framechain']
    """
    return list(_list_entries(group, tuple(sys.path)))


@functools.lru_cache(maxsize=4 * len(GROUPS))
def _list_entries(group: str, places: tuple[str, ...]) -> Sequence[Entry]:
    """Return what is registered; to look into all installed packages takes some 10 ms, and each name asks for it."""
    found = (_make_entry(group, point) for point in _list_points(f"{OWN_PACKAGE}.{group}"))
    return sorted(set(found), key=lambda entry: (entry.name, entry.package, entry.reference))


def _list_points(group: str) -> Iterator[EntryPoint]:
    # Installed packages are read about where names are asked for: `import framechain` does not wait for it.
    from importlib.metadata import entry_points

    from .own_package import OwnPackage

    yield from (point for point in OwnPackage().entry_points if point.group == group)
    # An older framechain may be installed beside this one: ours are all in the file.
    yield from (point for point in entry_points(group=group) if _get_package(point) != OWN_PACKAGE)


def _make_entry(group: str, point: EntryPoint) -> Entry:
    return Entry(group, point.name, point.value.split("[")[0].strip(), _get_package(point))


def _get_package(point: EntryPoint) -> str:
    return str(point.dist.name) if point.dist is not None else "(unknown)"


def find_entry(group: str, name: str) -> Entry:
    """Return what a name stands for.

    Args:
        group: One of `GROUPS`.
        name: The name.

    Raises:
        ArgumentError: If there is no such name, or two packages use it.

    Example:
        >>> find_entry("objects", "fps").reference
        'framechain.objects.overlays:FPSmetric'
    """
    entries = list_entries(group)
    found = [entry for entry in entries if entry.name == name]
    if not found:
        raise ArgumentError(f"there is no {group.removesuffix('s')} {name!r}: {_explain(group, name, entries)}")
    if len(found) > 1:
        packages = " and ".join(entry.package for entry in found)
        raise ArgumentError(f"{name} is a name of {packages}: write {' or '.join(entry.reference for entry in found)}")
    return found[0]


def _explain(group: str, name: str, entries: Sequence[Entry]) -> str:
    """Return what may have been meant by a name that there is not."""
    names = sorted({entry.name for entry in entries})
    head = re.split(r"[:,=\s]", name)[0]
    if head != name and head in names:
        return f"arguments have names, write {head}:ARG=VALUE (`framechain objects {head}` lists them)"
    if name.endswith(".py"):
        return f"of a file of Python name what is in it, {name}:NAME"
    others = [other.removesuffix("s") for other in GROUPS if any(entry.name == name for entry in list_entries(other))]
    # A name such as video is that of many things.
    return f"it is a {others[0]}" if len(others) == 1 else suggest(name, names)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return what may have been meant, and what there is.

    Example:
        >>> suggest("treshold", ["threshold", "softness"])
        'did you mean threshold? There is threshold, softness'
        >>> suggest("x", [])
        'there is none'
    """
    names: Sequence[str] = list(known)
    if not names:
        return "there is none"
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.5)
    listed = f"here is {', '.join(names)}"
    return f"did you mean {close[0]}? T{listed}" if close else f"t{listed}"
