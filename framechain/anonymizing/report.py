"""The report of an anonymized clip: JSON that says where each face was, and takes corrections."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import _version
from ..files.atomic_output import AtomicOutput
from ..files.paths import PathLike, make_write_error
from .tracks import MARKS, Spot, Track

SCHEMA = "framechain.anonymize/1"
"""What a report says of itself; the number changes when an older program would misread it."""

_PRIVATE = "This file says where each face is. It belongs to the source and is as private as the source."
_HOW = (
    'Set "removed" of a track to true to leave it uncovered, or to false to cover it. Add to "added" entries such as '
    '{"from": 10, "to": 40, "box": [x, y, width, height]}, or "boxes": {"10": [...], "40": [...]} instead of "box"; '
    "frames count from 0, both ends are covered. Then: framechain anonymize SOURCE --edit THIS_FILE"
)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What tells the source from other clips.

    Attributes:
        path: As it was given.
        size: (width, height) of its frames, upright.
        first: The index of the first frame that was looked at.
        frames: How many frames were looked at.
        times: Seconds of the first frame and of the last one.
        size_in_bytes: Of the file; None if it is not local.
        sha256: Of its content; None if it is not local.
    """

    path: str
    size: tuple[int, int]
    first: int
    frames: int
    times: tuple[float, float]
    size_in_bytes: int | None = None
    sha256: str | None = None

    @property
    def last(self) -> int:
        """The index of the last frame that was looked at."""
        return self.first + self.frames - 1

    def find_time(self, index: int) -> float:
        """Return about when a frame is shown, in seconds: exactly if the rate is constant."""
        begin, end = self.times
        return begin + (end - begin) * (index - self.first) / max(1, self.frames - 1)


@dataclass(slots=True)
class Report:
    """What was found in a clip.

    Attributes:
        source: The clip.
        settings: How it was covered and looked at, plain values.
        tracks: The faces; those that are left uncovered among them.
        added: What a person added, as it stands in the file.
        cuts: The first frame of each scene but the first one.
    """

    source: SourceFacts
    settings: Mapping[str, Any]
    tracks: Sequence[Track]
    added: Sequence[Mapping[str, Any]] = ()
    cuts: Sequence[int] = field(default=())

    def write(self, path: PathLike) -> None:
        """Write the report; a file that is there is replaced once the new one is complete.

        Raises:
            OutputError: If that is impossible.
        """
        write_text(path, "".join(_format(self)))


def write_text(path: PathLike, text: str) -> None:
    """Write a file of text, complete or not at all.

    Raises:
        OutputError: If that is impossible.
    """
    with AtomicOutput(path) as output:
        try:
            output.path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise make_write_error(os.fspath(path), error) from error
        output.commit()


def _format(report: Report) -> Iterator[str]:
    """Yield the text of a report: a line for each box, so that a person can edit it and tools can compare it."""
    source = report.source
    head = {
        "schema": SCHEMA,
        "version": _version.__version__,
        "private": _PRIVATE,
        "how_to_correct": _HOW,
        "source": {
            "path": source.path,
            "bytes": source.size_in_bytes,
            "sha256": source.sha256,
            "width": source.size[0],
            "height": source.size[1],
            "first_frame": source.first,
            "frames": source.frames,
            "times": [round(time, 6) for time in source.times],
        },
        "settings": dict(report.settings),
        "cuts": list(report.cuts),
    }
    yield json.dumps(head, indent=1)[:-2]
    yield ',\n "tracks": ['
    for position, track in enumerate(report.tracks):
        facts: dict[str, Any] = {
            "id": track.number,
            "from": track.first,
            "to": track.last,
            "times": [round(source.find_time(index), 3) for index in (track.first, track.last)],
            "score": round(track.best_score, 3),
            **{mark: track.count(mark) for mark in MARKS if mark != "added"},
            "removed": track.removed,
            "reason": track.reason,
        }
        yield f'{"," if position else ""}\n  {json.dumps(facts)[:-1]}, "boxes": [\n'
        yield ",\n".join(f"   {json.dumps(_describe_spot(index, spot))}" for index, spot in track.spots.items())
        yield "]}"
    yield f'],\n "added": {json.dumps(list(report.added))}\n}}\n'


def _describe_spot(index: int, spot: Spot) -> list[Any]:
    box = spot.box
    return [
        index,
        *(round(value, 1) for value in (box.x, box.y, box.width, box.height)),
        spot.mark,
        round(spot.score, 3),
    ]


def hash_file(path: str) -> tuple[int, str]:
    """Return the number of bytes of a file and the SHA-256 of its content.

    Raises:
        OSError: If it cannot be read.
    """
    digest, count = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            count += len(block)
    return count, digest.hexdigest()
