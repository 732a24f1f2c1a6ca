"""How a run goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..live.viewer import ViewerOpener
from .control import RunControl
from .frame_range import FrameRange
from .progress import OnProgress


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run goes.

    Attributes:
        frame_range: Which frames of a video are processed; without effect on images and cameras.
        frame_limit: How many frames are read at most; None for all, or what `frame_range` says.
        flips: Whether objects get mirrored frames.
        open_viewer: Opens what shows the result and steers the run; None for nothing.
        tune: Whether the viewer may change the numbers of the objects.
        progress: Whether to show a progress bar; None: if stderr is a terminal.
        max_failures: How many frames of a live stream in a row may fail and be covered; None: none.
        object_timeout: As in `Engine`.
        on_progress: As in `Engine`.
        control: What other threads may do to the run.
    """

    frame_range: FrameRange = field(default_factory=FrameRange)
    frame_limit: int | None = None
    flips: bool = False
    open_viewer: ViewerOpener | None = None
    tune: bool = False
    progress: bool | None = False
    max_failures: int | None = None
    object_timeout: float | None = None
    on_progress: OnProgress | None = None
    control: RunControl = field(default_factory=RunControl)
