"""What objects, mattes and backgrounds share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from types import MappingProxyType

from ..basics.tunables import Tunable
from ..frame import StreamInfo
from ..results import call_hook

# What is told in a few words; an attribute may be anything, such as an array or a model.
_SHORT_KINDS = (bool, int, float, str, tuple)


class Component:
    """What objects, mattes and backgrounds share; every part is optional.

    Attributes:
        keys: The keys that `on_key` uses and what each does, for the window's help: {"a": "next background"}. Default:
            none.
        problem: What a user should know at the end of a run, as a sentence. It is read after the last frame, before
            `close`, and becomes a `FramechainWarning` once the output is complete. Default: None.
        levels: The names of levels of quality, the cheapest first: on a camera the run calls `use_level` with the best
            one that keeps the camera's rate. Each stream begins with the last one. Default: none to choose from.
    """

    keys: Mapping[str, str] = MappingProxyType({})
    problem: str | None = None
    levels: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The name in messages. Default: the name of the class."""
        return type(self).__name__

    @property
    def tunables(self) -> Sequence[Tunable]:
        """Numbers that get a trackbar in the window. Default: none."""
        return ()

    def open(self, stream: StreamInfo) -> None:
        """Prepare for a stream; called before its first frame. Default: do nothing."""

    def close(self) -> None:
        """Release what is held; called after the last frame and after an error. Default: do nothing."""

    def reset(self) -> None:
        """Forget what was learnt of the stream, as if it had just been opened. Default: do nothing."""

    def on_key(self, key: str) -> bool:
        """Handle a key press in the window, one character; return True if it was used. Default: False."""
        return False

    def use_level(self, level: str) -> None:
        """Change to one of `levels`; called between two frames of a camera. Default: do nothing."""

    def _list_settings(self) -> dict[str, object]:
        """Return what notebooks show: numbers that a viewer may change, public attributes, levels and keys."""
        settings: dict[str, object] = {
            tunable.name: f"{tunable} ({tunable.minimum:g} to {tunable.maximum:g})" for tunable in self.tunables
        }
        for name, value in vars(self).items():
            if not name.startswith("_") and (isinstance(value, _SHORT_KINDS) or is_dataclass(value)):
                settings.setdefault(name, repr(value))
        if self.levels:
            settings["levels"] = ", ".join(self.levels)
        return settings | {f"key {key}": use for key, use in self.keys.items()}

    def _repr_html_(self) -> str:
        """Return the settings as a table, as notebooks show them."""
        from ..markup.elements import make_page, make_table

        return make_page(make_table(self.name, self._list_settings()))


def find_levels(parts: Iterable[Component]) -> Sequence[str]:
    """Return the levels of the first part of something that has some; none if no part has."""
    return next((part.levels for part in parts if part.levels), ())


def use_level(parts: Iterable[Component], level: str) -> None:
    """Change each part that has this level."""
    for part in parts:
        if level in part.levels:
            call_hook(part.name, "use_level", part.use_level, level)
