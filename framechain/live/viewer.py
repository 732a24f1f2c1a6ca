"""Where a run shows its result while it goes on, and where the viewer steers it: a window, or a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..basics.tunables import Tunable
from ..contracts import FrameObject, Source
from ..frame import Frame

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..sinks.files.recorder import Recorder


def _turn(tunable: Tunable, position: int) -> None:
    tunable.turn(position)


def _find_no_level() -> None:
    return None


@dataclass(frozen=True, slots=True)
class ViewerControls:
    """What the viewer can change about the objects of a run.

    Attributes:
        on_key: Offers a key to the objects; returns True if one of them used it.
        keys: Returns the keys that the objects use and what each does, for the help.
        objects: The objects; their `status` is shown where they do not draw it themselves.
        tunables: The numbers that get a trackbar.
        turn: Sets a tunable to a position of its trackbar; may raise a `FramechainError`.
        level: Returns the level of quality that the run chose, shown with the rate; None if there is none to choose.
    """

    on_key: Callable[[str], bool]
    keys: Callable[[], Mapping[str, str]]
    objects: Sequence[FrameObject] = ()
    tunables: Sequence[Tunable] = ()
    turn: Callable[[Tunable, int], object] = _turn
    level: Callable[[], str | None] = _find_no_level


class Viewer:
    """Shows the frames of a run and hears what its viewer wants; the run calls it in its own thread.

    Attributes:
        paused: True while the viewer wants to keep the frame; the run then calls `wait` instead of `show`.
        changed: True if the viewer changed an object since the last `show` began: an image is processed again.
        unused_key: The last key that nobody used, which ends the view of an image; None if there was none.
    """

    paused: bool = False
    changed: bool = False
    unused_key: str | None = None

    @property
    def stopped(self) -> str | None:
        """How the viewer ended the run, such as "q"; None before."""
        raise NotImplementedError

    @property
    def tuned(self) -> dict[str, float]:
        """The value of each tunable that the viewer could change, by name. Default: none."""
        return {}

    def set_notice(self, text: str | None) -> None:
        """Take a line for the viewer until further notice, such as that the camera is lost. Default: do nothing."""

    def show(self, frame: Frame) -> None:
        """Show a processed frame, which is not written to, and do what the viewer asked for meanwhile."""
        raise NotImplementedError

    def poll(self) -> None:
        """Do what the viewer asked for while no new frame comes; return at once."""
        raise NotImplementedError

    def wait(self) -> None:
        """Do what the viewer asks for within some 30 ms, during a pause or while an image is shown."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Release what is held. Default: do nothing."""


ViewerOpener = Callable[[ViewerControls, Source, "Recorder | None"], Viewer]
"""Makes the viewer of a run; the recorder is that of a camera, None without one."""
