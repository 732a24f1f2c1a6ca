"""A job: one file that a visitor has uploaded, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..shelf import KeptFile, Shelf
from ..transfer.downloads import UNKNOWN
from .file_run import FileRun

State = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(eq=False, slots=True)
class Job:
    """One file that a visitor has uploaded. Use it in the thread of the event loop.

    Attributes:
        visitor: The id of the visitor.
        shelf: Where its files are kept.
        original: The upload.
        run: What processes it.
        state: How it stands; the last three are final.
        kind: "image" or "video"; by its name until its content is known.
        content_type: As what browsers show the original; unknown until it is opened.
        result: What was made; None until it is complete.
        result_type: As what browsers show the result.
        message: Why it failed.
        warnings: What was lost or done differently, a sentence each.
        frames: How many frames were done, once it has ended.
        is_removed: Whether the visitor has removed it: then nothing is kept.
    """

    visitor: str
    shelf: Shelf
    original: KeptFile
    run: FileRun
    kind: str
    state: State = "waiting"
    content_type: str = UNKNOWN
    result: KeptFile | None = None
    result_type: str = UNKNOWN
    message: str | None = None
    warnings: Sequence[str] = ()
    frames: int = 0
    is_removed: bool = False

    @property
    def id(self) -> str:
        """What the page calls it."""
        return self.original.id

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state not in ("waiting", "running")

    def as_json(self) -> dict[str, Any]:
        """Return what the page is told."""
        progress = self.run.progress() if self.state == "running" else None
        frames, total = self.frames, self.frames if self.state == "done" else None
        if progress is not None:
            frames, total = progress.frames, progress.total
        return {
            "id": self.id,
            "name": self.original.name,
            "state": self.state,
            "frames": frames,
            "total": total,
            "seconds_left": None if progress is None else progress.remaining,
            "message": self.message,
            "warnings": list(self.warnings),
            "kind": self.kind,
            "result": self._describe_result(),
            "original": f"/api/jobs/{self.id}/original",
            "playable": self.content_type != UNKNOWN,
            "expires_in": self.shelf.count_seconds_left(self.original),
        }

    def _describe_result(self) -> dict[str, Any] | None:
        if self.result is None:
            return None
        return {
            "name": self.result.name,
            "size": self.result.size,
            "url": f"/api/jobs/{self.id}/result",
            "playable": self.result_type != UNKNOWN,
        }
