"""Reads a report that a person has corrected; a mistake is one sentence that names the entry."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NoReturn

from ..errors import ArgumentError, MissingInputError, reason
from ..faces.box import Box
from ..files.paths import PathLike
from .report import SCHEMA, Report, SourceFacts
from .tracks import MARKS, Spot, Track


def read_report(path: PathLike) -> Report:
    """Read a report that a person may have edited.

    Args:
        path: The JSON file.

    Returns:
        What it says; what was added is a track of its own, too.

    Raises:
        MissingInputError: If there is no such file.
        ArgumentError: If it is no such report, or an entry cannot be used: the sentence names the entry.
    """
    name = os.fspath(path)
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except FileNotFoundError as error:
        raise MissingInputError(f"there is no report {name}") from error
    except OSError as error:
        raise ArgumentError(f"cannot read the report {name}: {reason(error)}") from error
    except ValueError as error:
        raise ArgumentError(f"{name} is no report: it is not valid JSON ({error})") from error
    return _Reader(name).read(content)


class _Reader:
    """Checks what a file says, entry by entry."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self, content: Any) -> Report:
        if not isinstance(content, dict) or "schema" not in content:
            raise ArgumentError(f"{self._name} is no report of framechain anonymize: it has no schema")
        if content["schema"] != SCHEMA:
            found = content["schema"]
            raise ArgumentError(
                f"{self._name} has the schema {found!r}, and this version reads {SCHEMA!r}: make it anew"
            )
        facts = self._take(content, "source", dict, "the report")
        take = self._take
        first, frames = take(facts, "first_frame", int, "source"), take(facts, "frames", int, "source")
        source = SourceFacts(
            take(facts, "path", str, "source"),
            (take(facts, "width", int, "source"), take(facts, "height", int, "source")),
            first,
            frames,
            self._read_times(facts),
            facts.get("bytes"),
            facts.get("sha256"),
        )
        tracks = [
            self._read_track(entry, f"tracks[{at}]", source)
            for at, entry in enumerate(take(content, "tracks", list, "the report"))
        ]
        added = content.get("added", [])
        if not isinstance(added, list):
            self._fail("added", f"must be a list, got {added!r:.60}")
        for at, entry in enumerate(added):
            make_added_track(entry, f"{self._name}: added[{at}]", source)
        settings = take(content, "settings", dict, "the report")
        return Report(source, settings, tracks, added, content.get("cuts", []))

    def _read_times(self, facts: Mapping[str, Any]) -> tuple[float, float]:
        times = self._take(facts, "times", list, "source")
        if len(times) != 2 or not all(map(_is_number, times)):
            self._fail("source", f"has 'times': {times!r:.60}, which must be two numbers of seconds")
        return float(times[0]), float(times[1])

    def _read_track(self, entry: Any, where: str, source: SourceFacts) -> Track:
        if not isinstance(entry, dict):
            self._fail(where, f"must be a track, got {entry!r:.60}")
        track = Track(self._take(entry, "id", int, where))
        removed = entry.get("removed", False)
        if not isinstance(removed, bool):
            self._fail(where, f'has "removed": {removed!r:.60}, which must be true or false')
        track.removed = removed
        # A reason is why the program left a face uncovered; a person who covers it needs none.
        track.reason = str(entry.get("reason", "")) if removed else ""
        for at, line in enumerate(self._take(entry, "boxes", list, where)):
            inner = f"{where}.boxes[{at}]"
            if not isinstance(line, list) or len(line) not in (5, 6, 7):
                self._fail(inner, f"must be [frame, x, y, width, height, mark, score], got {line!r:.60}")
            index = _check_frame(line[0], f"{self._name}: {inner}", source)
            box = _read_box(line[1:5], f"{self._name}: {inner}")
            mark = line[5] if len(line) > 5 else "added"
            if mark not in MARKS:
                self._fail(inner, f"has the mark {mark!r:.60}, which must be one of {', '.join(MARKS)}")
            score = line[6] if len(line) > 6 else 0.0
            if not _is_number(score):
                self._fail(inner, f"has the score {score!r:.60}, which must be a number")
            track.spots[index] = Spot(box, mark, float(score))
        if not track.spots:
            self._fail(where, 'has no boxes: set "removed": true instead')
        track.spots = dict(sorted(track.spots.items()))
        return track

    def _take(self, entry: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
        if key not in entry:
            self._fail(where, f"has no {key!r}")
        value = entry[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            self._fail(where, f"has {key!r}: {value!r:.60}, which must be {_KINDS[kind]}")
        return value

    def _fail(self, where: str, what: str) -> NoReturn:
        raise ArgumentError(f"{self._name}: {where} {what}")


_KINDS = {int: "a whole number", str: "text", list: "a list", dict: "an object"}


def make_added_track(entry: Any, where: str, source: SourceFacts) -> Track:
    """Return what a person added as a track.

    Args:
        entry: {"from": frame, "to": frame, "box": [x, y, width, height]}, or with "boxes": {frame: box} at key frames,
            between which the box moves on a straight line; before the first and after the last it stands still.
        where: The file and the entry, for errors.
        source: The clip.

    Raises:
        ArgumentError: If it cannot be used.
    """
    if not isinstance(entry, dict):
        raise ArgumentError(f'{where} must be an object with "from", "to" and "box", got {entry!r:.60}')
    if unknown := sorted(set(entry) - {"from", "to", "box", "boxes"}):
        raise ArgumentError(f'{where} has {unknown[0]!r}, which is not known: it takes "from", "to", "box" or "boxes"')
    for key in ("from", "to"):
        if key not in entry:
            raise ArgumentError(f"{where} has no {key!r}, the frame of its {'beginning' if key == 'from' else 'end'}")
    start, end = _check_frame(entry["from"], where, source), _check_frame(entry["to"], where, source)
    if start > end:
        raise ArgumentError(f"{where} begins at frame {start}, after its end at frame {end}: swap them")
    if ("box" in entry) == ("boxes" in entry):
        raise ArgumentError(f'{where} must have either "box", [x, y, width, height], or "boxes", such a box by frames')
    keys = {start: entry["box"]} if "box" in entry else entry["boxes"]
    if not isinstance(keys, dict) or not keys:
        raise ArgumentError(f'{where} has "boxes": {keys!r:.60}, which must be such as {{"10": [x, y, width, height]}}')
    boxes: dict[int, Box] = {}
    for key, value in keys.items():
        if isinstance(key, str) and not key.isdecimal():
            raise ArgumentError(f"{where} has a box at {key!r}, which is no frame")
        boxes[_check_frame(int(key), where, source)] = _read_box(value, where)
    known, track = sorted(boxes), Track()
    for index in range(start, end + 1):
        before = max((key for key in known if key <= index), default=known[0])
        after = min((key for key in known if key >= index), default=known[-1])
        share = (index - before) / (after - before) if after > before else 0.0
        track.spots[index] = Spot(boxes[before].mix(boxes[after], share), "added")
    return track


def _check_frame(value: Any, where: str, source: SourceFacts) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ArgumentError(f"{where} has the frame {value!r:.60}, which must be a whole number")
    if not source.first <= value <= source.last:
        raise ArgumentError(f"{where} has the frame {value}, and there are the frames {source.first} to {source.last}")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6


def _read_box(value: Any, where: str) -> Box:
    is_box = isinstance(value, list) and len(value) == 4 and all(map(_is_number, value))
    if not is_box or value[2] <= 0 or value[3] <= 0:
        raise ArgumentError(f"{where} has the box {value!r:.60}, which must be [x, y, width, height] in pixels")
    return Box(*map(float, value))
