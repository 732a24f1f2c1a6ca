"""Batches that run short of something, such as room on a disk, memory, or time to be heard from."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.disks import small_disk
from support.media import flats, see, write_clip
from support.patience import PATIENCE

from framechain import Batch
from framechain.batch.claims import ClaimedError, HeldError, claim
from framechain.batch.inputs import Job
from framechain.batch.job import Work, run_job
from framechain.batch.recipe import make_recipe
from framechain.errors import OutputError

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three clips; no encoder makes the one in the middle small."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (20, 120, 160, 3), np.uint8)
    write_clip("in/a.mp4", flats(10))
    write_clip("in/large.mp4", list(noise))
    write_clip("in/z.mp4", flats(10))
    return tmp_path


@pytest.fixture
def disk(folder: Path) -> Iterator[Callable[[int], Path]]:
    with small_disk(folder / "out") as resized:
        yield resized


def find_files() -> set[str]:
    return {str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file()}


def check_outputs(*names: str, frames: int = 10) -> None:
    """Only whole files have their names, and nothing else is left."""
    for name in names:
        assert see(Path(f"out/{name}.mp4")).count == frames
    assert find_files() == {file for name in names for file in (f"{name}.mp4", f".framechain/{name}.mp4.json")}


@pytest.mark.parametrize("workers", [None, pytest.param(2, marks=pytest.mark.slow)])
def test_batch_full_disk_fails_the_file_that_has_no_room(
    disk: Callable[[int], Path], workers: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framechain.batch.batch._SECONDS_BETWEEN_TRIES", 0.01)
    disk(120)
    result = Batch("in", output="out", workers=workers).run()
    assert {record.input: record.state for record in result.records} == {
        "in/a.mp4": "done", "in/large.mp4": "failed", "in/z.mp4": "done",
    }  # fmt: skip
    assert result.failed[0].tries == 3
    # Beside a worker whose large file fills the disk for a moment, the others may need another try.
    if workers is None:
        assert [record.tries for record in result.done] == [1, 1]
    assert result.failed[0].message.startswith("cannot write out/large.mp4: No space left on device")
    check_outputs("a", "z")
    disk(8192)
    result = Batch("in", output="out", workers=workers).run()
    assert (len(result.up_to_date), [record.input for record in result.done]) == (2, ["in/large.mp4"])


def test_batch_full_disk_at_any_place_leaves_nothing_half_made(
    disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framechain.batch.batch._SECONDS_BETWEEN_TRIES", 0.0)
    cv2.imwrite("in/me.png", np.full((32, 48, 3), 200, np.uint8))
    seen = set()
    # Each small file takes a page of 4 KB: the output, its lock, its claim, what it was made of.
    for kilobytes in range(4, 44, 4):
        (record,) = Batch("in/me.png", output=disk(kilobytes)).run().records
        seen.add(record.state)
        left = find_files()
        if record.state == "failed":
            assert "No space left on device" in record.message
            assert record.message.startswith("cannot write ")
            assert left <= {"me.png"}, (kilobytes, record)
        else:
            assert left == {"me.png", ".framechain/me.png.json"}
        if left:
            assert (cv2.imread("out/me.png") == 200).all()
        for name in left:
            Path("out", name).unlink()
    assert seen == {"done", "failed"}


def test_recipe_full_disk_leaves_the_one_that_was_kept(disk: Callable[[int], Path]) -> None:
    job = Job("in/a.mp4", f"{disk(64).name}/a.mp4", is_image=False)
    Path("out/.framechain").mkdir()
    make_recipe(job, "first").keep(job)
    with contextlib.suppress(OSError), Path("out/other").open("wb", buffering=0) as other:
        while other.write(bytes(4096)):
            pass
    with pytest.raises(OutputError, match=r"cannot write out/\.framechain/a\.mp4\.json: No space left on device"):
        make_recipe(job, "second").keep(job)
    assert find_files() == {"other", ".framechain/a.mp4.json"}
    assert json.loads(Path("out/.framechain/a.mp4.json").read_text())["chain"] == "first"


class Eater:
    """Takes more memory than a worker has, at one file."""

    def open(self, stream: Any) -> None:
        if Path(stream.name).name == "large.mp4":
            self.held = np.ones(1_200_000_000, np.uint8)
            time.sleep(PATIENCE)

    def __call__(self, frame: Any) -> Any:
        return frame


class Holder:
    """Holds Python's lock, at one file."""

    def open(self, stream: Any) -> None:
        if Path(stream.name).name == "large.mp4":
            ctypes.PyDLL(None).usleep(2_500_000)

    def __call__(self, frame: Any) -> Any:
        return frame


@contextlib.contextmanager
def local_client(**options: Any) -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL, **options
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.mark.slow
def test_batch_worker_out_of_memory_fails_the_file_after_three(folder: Path) -> None:
    with dask.config.set({"distributed.scheduler.allowed-failures": 2}), local_client(memory_limit="1GB") as client:
        result = Batch("in", [Eater()], output="out", client=client).run()
    assert [record.input for record in result.failed] == ["in/large.mp4"]
    assert "every worker that tried it died at it: it has run out of memory" in result.failed[0].message
    # A worker may die after a file is complete and before that is known: then it is found up to date.
    assert len(result.done) + len(result.up_to_date) == 2
    check_outputs("a", "z")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Schedulers that are started here take a worker for dead after a second; Dask's least time is ten heartbeats."""
    monkeypatch.setattr("distributed.scheduler.heartbeat_interval", lambda workers: 0.1)
    with dask.config.set({"distributed.scheduler.worker-ttl": "1s", "distributed.scheduler.allowed-failures": 2}):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_batch_object_that_holds_the_lock_is_not_taken_for_another_batch(folder: Path) -> None:
    with local_client() as client:
        result = Batch("in", [Holder()], output="out", client=client).run()
    assert result.skipped == []
    states = {record.input: record.state for record in result.records}
    large = states.pop("in/large.mp4")
    assert set(states.values()) <= {"done", "up to date"}
    if large == "failed":
        assert "took for dead" in result.failed[0].message or "died at it" in result.failed[0].message
    assert all(see(path).count in (10, 20) for path in Path("out").glob("*.mp4"))
    assert not list(Path("out/.framechain").glob("*.claim"))


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_batch_own_workers_may_hold_the_lock(folder: Path) -> None:
    result = Batch("in", [Holder()], output="out", workers=2).run()
    assert [(record.state, record.tries) for record in result.records] == [("done", 1)] * 3


def test_claim_of_the_same_batch_is_tried_again(folder: Path) -> None:
    with claim("out/a.mp4", "one"):
        with pytest.raises(HeldError, match=r"cannot write out/a\.mp4: a worker .* still at it \(process \d+ holds"):
            claim("out/a.mp4", "one").__enter__()
        with pytest.raises(ClaimedError, match=r"it is being made by another batch \(process \d+ holds it\)"):
            claim("out/a.mp4", "two").__enter__()
        record = run_job(Work("one", [], ""), Job("in/a.mp4", "out/a.mp4", is_image=False))
        assert (record.state, record.may_pass) == ("failed", True)
    assert list(Path("out/.framechain").iterdir()) == []


@pytest.mark.slow
def test_batch_own_workers_with_much_memory_go_on(folder: Path) -> None:
    with dask.config.set({"distributed.worker.memory.pause": 0.001}):  # Python alone takes more.
        result = Batch("in", output="out", workers=1).run()
    assert [record.state for record in result.records] == ["done"] * 3
