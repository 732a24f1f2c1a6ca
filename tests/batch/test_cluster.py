"""Clusters of real processes with a store beside them, and what may be wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.clusters import Store, cluster, fake_package, store
from support.media import flats, see, write_clip
from support.patience import PATIENCE

from framechain import Batch
from framechain.batch import cluster as clusters
from framechain.errors import ArgumentTypeError, FramechainError

pytest.importorskip("distributed")


def negative(frame: Any) -> Any:
    return 255 - frame


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    write_clip("in/a.mp4", flats(6))
    cv2.imwrite("in/me.png", np.full((32, 48, 3), 200, np.uint8))
    return tmp_path


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Store]:
    with store(monkeypatch) as made:
        made.put("in/deep/a.mp4", Path("in/a.mp4").read_bytes())
        made.put("in/me.png", Path("in/me.png").read_bytes())
        made.put("in/notes.txt", b"notes")
        made.put("in/bad.mp4", b"This is no video.")
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_batch_store_on_both_ends_keeps_the_tree(bucket: Store, folder: Path, workers: int) -> None:
    with cluster(folder, workers) if workers else Nothing() as made:
        batch = Batch("s3://media/in/", [negative], output="s3://media/out/", cluster=made.address)
        result = batch.run()
        again = batch.run()
    assert {record.input.rpartition("/")[2]: record.state for record in result.records} == {
        "a.mp4": "done", "bad.mp4": "failed", "me.png": "done",
    }  # fmt: skip
    assert result.failed[0].message.startswith("cannot read s3://media/in/bad.mp4")
    assert result.others == ["s3://media/in/notes.txt"]
    assert (len(again.up_to_date), len(again.failed)) == (2, 1)
    assert [key for key in bucket.list() if key.startswith("out/")] == [
        "out/.framechain/me.png.json", "out/deep/.framechain/a.mp4.json", "out/deep/a.mp4", "out/me.png",
    ]  # fmt: skip
    Path("a.mp4").write_bytes(bucket.get("out/deep/a.mp4"))
    assert see(Path("a.mp4")).count == 6
    Path("me.png").write_bytes(bucket.get("out/me.png"))
    assert (cv2.imread("me.png") == 55).all()


def test_batch_store_same_content_written_again_is_up_to_date(bucket: Store, folder: Path) -> None:
    batch = Batch("s3://media/in/*.png", [negative], output="out")
    assert len(batch.run().done) == 1
    bucket.put("in/me.png", Path("in/me.png").read_bytes())
    assert len(batch.run().up_to_date) == 1
    cv2.imwrite("in/me.png", np.full((32, 48, 3), 100, np.uint8))
    bucket.put("in/me.png", Path("in/me.png").read_bytes())
    assert len(batch.run().done) == 1
    assert (cv2.imread("out/me.png") == 155).all()


@pytest.mark.slow
def test_batch_cluster_that_is_there_does_the_work(folder: Path) -> None:
    with cluster(folder) as made:
        result = Batch("in", [negative], output="out", cluster=made.address).run()
    assert len(result.done) == 2
    assert (cv2.imread("out/me.png") == 55).all()


def test_connect_wrong_address_says_how_to_start_a_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(FramechainError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9: check the address"):
        Batch("samples", cluster="tcp://127.0.0.1:9", output="out").run()


def test_connect_word_that_is_no_address_is_refused() -> None:
    with pytest.raises(FramechainError, match="no Dask scheduler answers at nonsense://x"):
        Batch("samples", cluster="nonsense://x", output="out").run()


def test_connect_other_client_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match=r"client must be a distributed\.Client"):
        Batch("samples", client="tcp://127.0.0.1:8786", output="out").run()


@pytest.mark.slow
def test_connect_cluster_without_a_worker_says_how_to_start_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_SECONDS_FOR_A_WORKER", 0.5)
    with (
        cluster(folder, 0) as made,
        pytest.raises(FramechainError, match="has no worker: start some with: dask worker"),
    ):
        Batch("in", output="out", cluster=made.address).run()


ODD_WORKERS = {
    "none": ("framechain", {"__init__.py": "raise ImportError('not here')"}, "has no framechain, and this program"),
    "an old one": (
        "framechain",
        {"__init__.py": "", "_version.py": "__version__ = '0.0.1'"},
        r"has framechain 0\.0\.1, and this program .*: run there: pip install",
    ),
    "another Dask": (
        "dask-2020.1.0.dist-info",
        {"METADATA": "Metadata-Version: 2.1\nName: dask\nVersion: 2020.1.0\n"},
        r"has dask 2020\.1\.0, and this program .*: install the same versions everywhere",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("package", "files", "message"), ODD_WORKERS.values(), ids=ODD_WORKERS)
def test_connect_worker_that_cannot_do_the_work_is_refused(
    folder: Path, package: str, files: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "_SECONDS_FOR_A_WORKER", PATIENCE)
    with cluster(folder, 0) as made:
        made.start_worker(path=[fake_package(folder / "fake", package, files)])
        with pytest.raises(FramechainError, match=message) as caught:
            Batch("in", output="out", cluster=made.address).run()
    assert "the worker tcp://127.0.0.1:" in str(caught.value)


class Nothing:
    """No cluster."""

    address = None

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *exception: object) -> None:
        pass
