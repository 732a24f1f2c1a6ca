"""How the chain of the page is set, and what makes the chain of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

LookKey = tuple[str, tuple[str, ...] | None, str]
"""What `Look.key` returns."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the chain of a visitor is set: the live view and the jobs use the same.

    Attributes:
        background: As the option `--background`: "blur", "#rrggbb", "transparent" or the path of a file. "" for the
            chain's own.
        values: The values of tunables by name; those that are not named keep their own.
        item: What the page calls a background that is a file, such as "item:3"; "" for others.
        name: What the visitor calls a file of their own, for the command; "" if that is its path.
        objects: The objects as texts for `--object`; None for those that the server begins with.
        matte: As the option `--matte`; "" for the one that the server begins with.
    """

    background: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    item: str = ""
    name: str = ""
    objects: tuple[str, ...] | None = None
    matte: str = ""

    @property
    def key(self) -> LookKey:
        """What decides which objects there are, and what they begin with."""
        return self.background, self.objects, self.matte

    @property
    def bare(self) -> Look:
        """The same without values."""
        return Look(self.background, objects=self.objects, matte=self.matte)

    def as_json(self) -> dict[str, Any]:
        """Return what the page gets to know of it: no path of the server.

        Example:
            >>> Look("/rooms/1.jpg", {"threshold": 0.4}, "item:1").as_json()
            {'background': 'item:1', 'values': {'threshold': 0.4}}
        """
        return {"background": self.item or self.background, "values": dict(self.values)}


class ChainMaker(Protocol):
    """Makes the objects of a chain, as the command line does."""

    chain: str | None
    """The name of a chain of the user's, such as "mychain.py:objects"; None for that of the command line."""

    has_background: bool
    """Whether the chain has a background to choose, or may get one."""

    background: str
    """The background that the server begins with, as in `Look`; it may be a folder of images."""

    def list_texts(self, look: Look) -> Sequence[str] | None:
        """Return the objects of a look as texts for `--object`; None if they cannot be changed."""

    def find_matte(self, look: Look) -> str:
        """Return the matte of the object `segmentation`, as the option `--matte`."""

    def shows_background(self, look: Look) -> bool:
        """Return whether an object of a look shows its background."""

    def make_objects(self, look: Look) -> Sequence[Callable[..., Any]]:
        """Return new objects, set as the look says; each run needs its own. It may be called in any thread.

        Raises:
            FramechainError: If one of them cannot be made.
        """

    def change_background(self, objects: Sequence[Callable[..., Any]], look: Look) -> None:
        """Give running objects the background of a look; called between two frames.

        Raises:
            FramechainError: If it cannot be used.
        """

    def make_command(self, look: Look, source: str) -> str:
        """Return the command line that does the same with an input."""

    def make_program(self, look: Look, source: str) -> str:
        """Return the lines of Python that do the same with an input."""
