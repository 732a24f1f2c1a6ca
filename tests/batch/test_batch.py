"""Batches over real files, in this process and by two workers of Dask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import flats, see, write_clip

from framechain import Batch, Engine
from framechain.errors import ArgumentError, ArgumentTypeError, MissingInputError, ObjectError
from framechain.files.locks import FileLock

distributed = pytest.importorskip("distributed")


def negative(frame: Any) -> Any:
    return 255 - frame


class Counter:
    """Counts frames into the corner: it must begin anew with each file."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, frame: Any) -> Any:
        self.seen += 1
        frame[:] = self.seen * 10
        return frame


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(params=["here", pytest.param("workers", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {} if request.param == "here" else {"client": request.getfixturevalue("client")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three good files, a bad one, and one that is no media."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in/deep").mkdir(parents=True)
    write_clip("in/a.mp4", flats(6))
    write_clip("in/deep/b.mp4", flats(4))
    cv2.imwrite("in/me.png", np.full((32, 48, 3), 200, np.uint8))
    Path("in/bad.mp4").write_text("This is no video.")
    Path("in/notes.txt").touch()
    return tmp_path


def states(result: Any) -> dict[str, str]:
    return {record.input: record.state for record in result.records}


ALL_DONE = {"in/a.mp4": "done", "in/deep/b.mp4": "done", "in/me.png": "done", "in/bad.mp4": "failed"}


@pytest.mark.slow
def test_batch_folder_writes_the_same_as_one_run_each(folder: Path, place: dict[str, Any]) -> None:
    result = Batch("in", [negative], output="out", **place).run()
    assert states(result) == ALL_DONE
    assert (result.others, result.frames) == (["in/notes.txt"], 11)
    for name in ("a.mp4", "deep/b.mp4"):
        Engine(video_path=f"in/{name}", custom_objects=[negative], output_path="one.mp4", progress=False).run()
        one, made = see(Path("one.mp4")), see(Path("out", name))
        assert made.count == one.count
        assert all((made.bgr(index) == one.bgr(index)).all() for index in range(one.count))
    assert (cv2.imread("out/me.png") == 55).all()
    assert not Path("out/bad.mp4").exists()


def test_batch_failed_file_has_its_sentence(folder: Path, place: dict[str, Any]) -> None:
    (failed,) = Batch("in", output="out", **place).run().failed
    assert failed.message.startswith("cannot read in/bad.mp4: it is no video or image that FFmpeg understands")
    assert failed.tries == 1


def test_batch_second_run_makes_nothing_again(folder: Path, place: dict[str, Any]) -> None:
    Batch("in", [negative], output="out", **place).run()
    before = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.*") if path.is_file()}
    result = Batch("in", [negative], output="out", **place).run()
    assert (len(result.up_to_date), len(result.failed), len(result.done)) == (3, 1, 0)
    assert {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.*") if path.is_file()} == before


@pytest.mark.parametrize(
    "change",
    [
        lambda batch: batch | {"objects": [lambda frame: frame // 2]},
        lambda batch: batch | {"cut": True, "end_video_frame": 2},
        lambda batch: batch | {"force": True},
        lambda batch: write_clip("in/a.mp4", flats(7)) and batch,
        lambda batch: Path("out/a.mp4").write_bytes(b"another program's") and batch,
        lambda batch: Path("out/a.mp4").unlink() or batch,
        lambda batch: Path("out/.framechain/a.mp4.json").write_text("{") and batch,
    ],
    ids=["objects", "options", "force", "input", "replaced output", "lost output", "damaged recipe"],
)
def test_batch_what_has_changed_is_made_again(folder: Path, change: Any) -> None:
    batch = {"inputs": "in/a.mp4", "objects": [negative], "output": "out"}
    assert len(Batch(**batch).run().done) == 1  # type: ignore[arg-type]
    assert len(Batch(**batch).run().up_to_date) == 1  # type: ignore[arg-type]
    changed = change(batch) or batch
    assert len(Batch(**changed).run().done) == 1
    assert see(Path("out/a.mp4")).count >= 3


def test_batch_each_file_gets_objects_as_they_were_given(folder: Path, place: dict[str, Any]) -> None:
    counter = Counter()
    Batch("in/**/*.mp4", [counter], output="out", **place).run()
    for name in ("a.mp4", "deep/b.mp4"):
        assert see(Path("out", name)).bgr(0).mean() == pytest.approx(10, abs=3)
    assert counter.seen == 0


def test_batch_fail_fast_begins_nothing_after_the_failure(folder: Path) -> None:
    result = Batch(["in/bad.mp4", "in/a.mp4", "in/me.png"], output="out", fail_fast=True).run()
    assert states(result) == {"in/bad.mp4": "failed", "in/a.mp4": "skipped", "in/me.png": "skipped"}
    assert result.stopped == "fail-fast"


def test_batch_object_that_raises_fails_each_file(folder: Path) -> None:
    def fail(frame: Any) -> Any:
        raise ValueError("too dark")

    result = Batch("in/a.mp4", [fail], output="out").run()
    assert "fail raised ValueError at frame 0: too dark" in result.failed[0].message
    with pytest.raises(ObjectError):
        Engine(video_path="in/a.mp4", custom_objects=[fail], output_path="x.mp4").run()


def test_batch_output_that_another_makes_is_left_to_it(folder: Path) -> None:
    Path("out/.framechain").mkdir(parents=True)
    lock = FileLock("out/.framechain/a.mp4.claim")
    try:
        result = Batch("in/a.mp4", output="out").run()
    finally:
        lock.release()
    assert "it is being made by another batch (process " in result.skipped[0].message
    assert not Path("out/a.mp4").exists()
    assert len(Batch("in/a.mp4", output="out").run().done) == 1


def test_batch_passing_fault_is_tried_three_times(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framechain.batch.batch._SECONDS_BETWEEN_TRIES", 0.01)
    Path("out").touch()  # A file where the folder must be.
    result = Batch("in/a.mp4", output="out").run()
    assert (result.failed[0].tries, len(result.records)) == (3, 1)
    assert "a part of its path is a file, where a folder is needed" in result.failed[0].message


def test_batch_object_that_cannot_be_sent_is_refused_by_name(folder: Path, client: Any) -> None:
    class Locked:
        def __init__(self) -> None:
            self.lock = threading.Lock()

        def __call__(self, frame: Any) -> Any:
            return frame

    with pytest.raises(ArgumentError, match=r"objects\[1\], Locked, cannot be sent to workers .*lock"):
        Batch("in", [negative, Locked()], output="out", client=client).run()
    assert not Path("out").exists()
    assert len(Batch("in/a.mp4", [Locked()], output="out").run().done) == 1  # Here it works.


def test_batch_warnings_of_a_run_are_in_its_record(folder: Path, recwarn: pytest.WarningsRecorder) -> None:
    Path("in/cut.mp4").write_bytes(Path("in/a.mp4").read_bytes()[:-200])
    result = Batch("in/a.mp4", [negative], output="o.mkv", start_video_frame=99).run()
    assert result.records[0].warnings or result.records[0].state == "failed"
    assert not [warning for warning in recwarn if "framechain" in str(warning.category)]


def test_batch_result_is_a_table_and_a_report(folder: Path) -> None:
    result = Batch("in", [negative], output="out").run()
    lines = str(result).splitlines()
    assert lines[0].split() == ["input", "frames", "seconds"]
    assert lines[1].split()[:3] == ["done", "in/a.mp4", "6"]
    assert any(line.startswith("failed  in/bad.mp4") and "cannot read in/bad.mp4" in line for line in lines)
    assert lines[-1].startswith("3 done, 1 failed: 11 frames in ")
    assert lines[-1].endswith("; 1 is no media: in/notes.txt")
    result.write("report.json")
    report = json.loads(Path("report.json").read_text())
    assert report["counts"] == {"done": 3, "up to date": 0, "skipped": 0, "failed": 1}
    assert [file["input"] for file in report["files"]] == [record.input for record in result.records]


def test_batch_folder_without_media_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(MissingInputError, match=r"there is no image or video in .*, only 1 other files"):
        Batch(tmp_path).run()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sinks": []}, "Batch has no argument sinks"),
        ({"objects": [3]}, "not callable"),
        ({"output": 3}, "output must be a folder, got 3"),
    ],
)
def test_batch_wrong_arguments_are_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        Batch("in", **arguments)
