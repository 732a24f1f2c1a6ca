"""What was done for one segment: it goes back to whoever joins them, and beside the segment's file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """What was done for one segment.

    Attributes:
        number: Which one.
        path: Its file; None if no frame of it was written.
        times: Time and duration of each frame that was written, in ticks of the film, in order.
        processed: How many frames passed the chain, without those of the warm-up.
        stopped: Whether an object ended the run here: the film ends with it.
        digest_before: As in `SegmentSource`, and so is the next one.
        digest_last: See there.
        warnings: What was told, a sentence each.
        fault: Why the film must be processed as a whole; None if all is well.
    """

    number: int
    path: str | None = None
    times: tuple[tuple[int, int], ...] = ()
    processed: int = 0
    stopped: bool = False
    digest_before: str | None = None
    digest_last: str | None = None
    warnings: tuple[str, ...] = ()
    fault: str | None = None

    def to_json(self) -> bytes:
        """Return it as text."""
        return json.dumps(asdict(self)).encode()


def read_record(text: bytes) -> SegmentRecord:
    """Return the record that `to_json` wrote.

    Example:
        >>> read_record(SegmentRecord(3, "0003.mp4", ((0, 40),)).to_json()).times
        ((0, 40),)
    """
    values: dict[str, Any] = json.loads(text)
    values["times"] = tuple((int(time), int(duration)) for time, duration in values["times"])
    return SegmentRecord(**{**values, "warnings": tuple(values["warnings"])})
