"""Batches that run short of something, such as room on a disk."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.disks import small_disk
from support.media import flats, see, write_clip

from framechain import Batch
from framechain.batch.inputs import Job
from framechain.batch.recipe import make_recipe
from framechain.errors import OutputError

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
    assert {record.input: (record.state, record.tries) for record in result.records} == {
        "in/a.mp4": ("done", 1), "in/large.mp4": ("failed", 3), "in/z.mp4": ("done", 1),
    }  # fmt: skip
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
