"""What a batch has done, for people and for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ArgumentError, OutputError
from ..files.paths import PathLike, make_write_error
from .record import Record, State

# Of more files than this, only those that failed have a line of their own.
_MOST_LINES = 40
_STATES: tuple[State, ...] = ("done", "up to date", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a batch has done; printed it is a table.

    Attributes:
        records: What became of each file, in the order of the inputs.
        others: Files among the inputs that are no media.
        seconds: Wall-clock time of the whole.
        stopped: Why it ended before all was done: "fail-fast", or a signal's name such as "SIGINT"; None if it did not.
    """

    records: Sequence[Record]
    others: Sequence[str] = ()
    seconds: float = 0.0
    stopped: str | None = None

    @property
    def done(self) -> list[Record]:
        """The files that were made."""
        return self._choose("done")

    @property
    def up_to_date(self) -> list[Record]:
        """The files that had been made before, of the same."""
        return self._choose("up to date")

    @property
    def failed(self) -> list[Record]:
        """The files that failed; `message` says why."""
        return self._choose("failed")

    @property
    def skipped(self) -> list[Record]:
        """The files that another batch makes, and those that were not begun."""
        return self._choose("skipped")

    @property
    def frames(self) -> int:
        """Frames in the outputs that were made."""
        return sum(record.frames for record in self.records)

    def _choose(self, state: State) -> list[Record]:
        return [record for record in self.records if record.state == state]

    def __str__(self) -> str:
        """Return a table."""
        shown = self.records if len(self.records) <= _MOST_LINES else [*self.skipped, *self.failed]
        rows = [
            (record.state, record.input, f"{record.frames}", f"{record.seconds:.1f} s", record.message)
            for record in shown
        ]
        lines = []
        if rows:
            head = ("", "input", "frames", "seconds", "")
            widths = [max(len(row[column]) for row in (head, *rows)) for column in range(4)]
            for row in (head, *rows):
                state, name, frames, seconds, message = row
                texts = (state.ljust(widths[0]), name.ljust(widths[1]))
                numbers = (frames.rjust(widths[2]), seconds.rjust(widths[3]))
                lines.append("  ".join((*texts, *numbers, message)).rstrip())
        for record in self.records:
            lines += [f"warning: {record.input}: {warning}" for warning in record.warnings]
        lines.append(self.summary)
        return "\n".join(lines)

    @property
    def summary(self) -> str:
        """One line: how many files became what."""
        counts = [f"{len(files)} {state}" for state in _STATES if (files := self._choose(state))]
        rate = f", {self.frames / self.seconds:.0f} frames/s" if self.frames > 1 and self.seconds > 0 else ""
        text = f"{', '.join(counts) or 'no files'}: {self.frames} frames in {self.seconds:.1f} s{rate}"
        if self.others:
            names = ", ".join(self.others[:3]) + (", ..." if len(self.others) > 3 else "")
            verb = "is" if len(self.others) == 1 else "are"
            text += f"; {len(self.others)} {verb} no media: {names}"
        return text + (f" (stopped by {self.stopped})" if self.stopped else "")

    def write(self, path: PathLike) -> None:
        """Write a report that a program can read: JSON with one record for each file.

        Args:
            path: The file, such as "report.json"; one that is there is replaced.

        Raises:
            OutputError: If it cannot be written.
        """
        content = {
            "files": [record.to_json() for record in self.records],
            "no_media": list(self.others),
            "counts": {state: len(self._choose(state)) for state in _STATES},
            "frames": self.frames,
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
        }
        try:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
        except OSError as error:
            raise make_write_error(str(path), error) from error
        except ValueError as error:
            raise OutputError(f"cannot write {path!r}: no file can have such a name") from error


def check_report_path(path: PathLike) -> None:
    """Refuse a report that would be written at the end in vain.

    Raises:
        ArgumentError: If its folder is not there.
    """
    folder = os.path.dirname(os.fspath(path)) or "."
    if not os.path.isdir(folder) or os.path.isdir(path):
        raise ArgumentError(f"the report {path} cannot be written: name a file in a folder that exists")
