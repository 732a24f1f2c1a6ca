"""What became of one file of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["done", "up to date", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one file of a batch.

    Attributes:
        input: The file that was read.
        output: The file that was to be written.
        state: "done"; "up to date": it had been made before; "failed"; "skipped": another batch makes it, or this one
            was stopped before.
        message: Why, for "failed" and "skipped"; else "".
        frames: Frames in the output; 0 if nothing was written.
        seconds: Wall-clock time of the work.
        warnings: What was lost or done differently, a sentence each.
        tries: How often it was tried.
        may_pass: Whether what made it fail may be over soon, such as a full disk or a store that does not answer.
    """

    input: str
    output: str
    state: State
    message: str = ""
    frames: int = 0
    seconds: float = 0.0
    warnings: tuple[str, ...] = field(default=())
    tries: int = 1
    may_pass: bool = False

    def to_json(self) -> Mapping[str, Any]:
        """Return the record as plain values, for a report that a machine reads."""
        return {key: value for key, value in asdict(self).items() if key != "may_pass"}
