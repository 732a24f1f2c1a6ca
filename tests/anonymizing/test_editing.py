"""Reports that a person has corrected: what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framechain import ArgumentError, MissingInputError
from framechain.anonymizing.editing import make_added_track, read_report
from framechain.anonymizing.report import Report, SourceFacts
from framechain.anonymizing.tracks import Spot, Track
from framechain.faces.box import Box

SOURCE = SourceFacts("clip.mp4", (640, 360), 10, 20, (0.4, 1.2), 1234, "ab" * 32)


def make_report() -> Report:
    spots = {index: Spot(Box(10.0 * index, 20.0, 30.0, 40.5), "detected", 0.75) for index in range(12, 15)}
    spots[15] = Spot(Box(150.0, 20.0, 30.0, 40.0), "filled")
    return Report(SOURCE, {"cover": "blur"}, [Track(1, spots), Track(2, spots, True, "not certain")], (), (17,))


def test_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    make_report().write(tmp_path / "report.json")
    read = read_report(tmp_path / "report.json")
    assert (read.source, read.tracks) == (SOURCE, make_report().tracks)
    assert list(read.cuts) == [17]
    read.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == (tmp_path / "report.json").read_text()


def test_added_boxes_move_between_key_frames_and_stand_still_outside() -> None:
    entry = {"from": 10, "to": 18, "boxes": {"12": [0, 0, 10, 10], "16": [40, 0, 20, 10]}}
    spots = make_added_track(entry, "added[0]", SOURCE).spots
    assert list(spots) == list(range(10, 19))
    assert [spots[index].box.x for index in (10, 12, 14, 16, 18)] == [0, 0, 20, 40, 40]
    assert spots[14].box.width == 15
    assert {spot.mark for spot in spots.values()} == {"added"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda content: content.pop("schema"), "no report of framechain anonymize"),
        (lambda content: content.update(schema="framechain.anonymize/9"), "has the schema 'framechain.anonymize/9'"),
        (lambda content: content["source"].pop("frames"), "source has no 'frames'"),
        (lambda content: content["source"].update(times=["a", 1]), "two numbers of seconds"),
        (lambda content: content.update(tracks={}), "'tracks': {}, which must be a list"),
        (lambda content: content["tracks"].append(3), r"tracks\[2\] must be a track, got 3"),
        (lambda content: content["tracks"][1].update(removed="yes"), r'tracks\[1\] has "removed": .yes.'),
        (lambda content: content["tracks"][1].update(boxes=[]), r'tracks\[1\] has no boxes: set "removed"'),
        (lambda content: content["tracks"][0]["boxes"].append([1]), r"tracks\[0\].boxes\[4\] must be \[frame, x"),
        (
            lambda content: content["tracks"][0]["boxes"][1].__setitem__(0, 99),
            r"boxes\[1\] has the frame 99, and there",
        ),
        (lambda content: content["tracks"][0]["boxes"][1].__setitem__(3, 0), r"boxes\[1\] has the box .* in pixels"),
        (lambda content: content["tracks"][0]["boxes"][1].__setitem__(5, "x"), r"boxes\[1\] has the mark 'x'"),
        (lambda content: content.update(added=[{"to": 12}]), r"added\[0\] has no 'from'"),
        (lambda content: content.update(added=[{"from": 12, "to": 11, "box": [0, 0, 9, 9]}]), "swap them"),
        (lambda content: content.update(added=[{"from": 12, "to": 13}]), r'added\[0\] must have either "box"'),
        (lambda content: content.update(added=[{"from": 12, "to": "x", "box": []}]), r"added\[0\] has the frame 'x'"),
        (lambda content: content.update(added=[{"from": 12, "to": 13, "box": [0, 0]}]), r"has the box \[0, 0\]"),
        (lambda content: content.update(added=[{"from": 12, "to": 13, "boxes": {"a": [1]}}]), "at 'a', which is no"),
        (lambda content: content.update(added=[{"from": 12, "to": 13, "size": 2}]), "has 'size', which is not known"),
    ],
)
def test_report_with_a_bad_entry_is_refused_by_its_name(change: Any, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    make_report().write(path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ArgumentError, match=sentence) as raised:
        read_report(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_report_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="there is no report"):
        read_report(tmp_path / "none.json")
    (tmp_path / "text.json").write_text("{no")
    with pytest.raises(ArgumentError, match="not valid JSON"):
        read_report(tmp_path / "text.json")
