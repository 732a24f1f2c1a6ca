"""The result of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RunResult:
    """What `Engine.run` did.

    Attributes:
        output_path: The file that was written; None if none was.
        frames_read: Frames taken from the source.
        frames_processed: Frames that passed the chain or, outside the range to process, were left as they are.
        frames_written: Frames in the output.
        seconds: Wall-clock time of the run.
        stopped: Why it ended before the source did: "q", "esc", "closed" (the window), "stop" (`Engine.stop`, or `Stop`
            was raised) or a signal's name such as "SIGINT"; None if it went to the end.
        dropped: Frames of a live source that were skipped because a newer one was there.
        covered: Frames of a live source that could not be processed and were covered instead of shown.
        tuned: The values that were set by trackbars (`tune`), by name.
        warnings: What was lost or done differently, a sentence each.
        skipped: Frames that an object left out of the output (`SKIP`); they count as processed.
        source: The name of what was read: a path, an address without its password, or a camera; None if nothing was.
            Results are equal whatever their source.
    """

    output_path: str | None = None
    frames_read: int = 0
    frames_processed: int = 0
    frames_written: int = 0
    seconds: float = 0.0
    stopped: str | None = None
    dropped: int = 0
    covered: int = 0
    tuned: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    skipped: int = 0
    source: str | None = field(default=None, compare=False)

    @property
    def stopped_early(self) -> bool:
        """True if it ended before the source did."""
        return self.stopped is not None

    @property
    def frames_per_second(self) -> float:
        """Frames processed per second of wall-clock time."""
        return self.frames_processed / self.seconds if self.seconds > 0 else 0.0

    def _repr_html_(self) -> str:
        """Return the result beside the source, and the facts, as notebooks show them."""
        from ..notebook.allowance import Allowance
        from ..notebook.run_view import make_run_view

        return make_run_view(self, Allowance())
