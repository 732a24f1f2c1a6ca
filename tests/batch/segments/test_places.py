"""Segments made by real workers of Dask, and on a store."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.clusters import Cluster
from support.films import COUNT, FILMS, describe_output, digest_frames
from support.media import Array
from support.patience import PATIENCE, eventually

from framechain import Encoding, Engine, FrameInfo, FrameObject
from framechain.batch.batch import Batch
from framechain.batch.cluster import connect
from framechain.batch.runners import Runner
from framechain.batch.segments.places import make_map
from framechain.batch.segments.process import process_in_segments
from framechain.batch.segments.record import read_record
from framechain.errors import FramechainError, MissingInputError, ObjectError

pytest.importorskip("distributed")
LOSSLESS = Encoding(crf=0)


class Negative(FrameObject):
    history = 0

    def __init__(self, death: str = "", always: bool = False) -> None:
        self.death, self.always = death, always

    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        if self.death and info.index == 40 and (self.always or not os.path.exists(self.death)):
            Path(self.death).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 255 - frame


class Fails(Negative):
    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        raise ValueError("too dark")


@pytest.fixture(scope="module")
def workers() -> Iterator[Runner]:
    with connect(workers=2) as runner:
        yield runner


@pytest.fixture
def film(tmp_path: Path) -> str:
    return FILMS["b-frames"](tmp_path)


def make_whole(film: str, folder: Path) -> Path:
    whole = folder / "whole.mp4"
    Engine(video_path=film, custom_objects=[Negative()], output_path=whole, encoding=LOSSLESS).run()
    return whole


def list_hidden(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.startswith(".")]


@pytest.mark.slow
def test_worker_that_is_killed_in_a_segment_costs_nothing(workers: Runner, film: str, tmp_path: Path) -> None:
    output, death = tmp_path / "out.mp4", tmp_path / "death"
    objects = [Negative(str(death))]
    process_in_segments(film, objects, output, segments=4, map=make_map(workers), encoding=LOSSLESS)
    assert death.exists()
    whole = make_whole(film, tmp_path)
    assert digest_frames(output) == digest_frames(whole)
    assert describe_output(output) == describe_output(whole)
    assert list_hidden(tmp_path) == []


@pytest.mark.slow
def test_segment_that_kills_each_worker_makes_no_film(workers: Runner, film: str, tmp_path: Path) -> None:
    objects = [Negative(str(tmp_path / "death"), always=True)]
    with pytest.raises(FramechainError, match="every worker that tried it died at it"):
        process_in_segments(film, objects, tmp_path / "out.mp4", segments=4, map=make_map(workers))
    assert not (tmp_path / "out.mp4").exists()
    assert list_hidden(tmp_path) == []


@pytest.mark.slow
def test_object_that_fails_at_a_worker_ends_the_run_with_its_error(workers: Runner, film: str, tmp_path: Path) -> None:
    with pytest.raises(ObjectError, match=r"Fails raised ValueError at frame [0-9]+: too dark"):
        process_in_segments(film, [Fails()], tmp_path / "out.mp4", segments=4, map=make_map(workers))
    assert list_hidden(tmp_path) == []


@pytest.mark.slow
def test_film_that_cannot_be_cut_is_made_by_a_worker(workers: Runner, film: str, tmp_path: Path) -> None:
    thing = Negative()
    thing.history = None  # type: ignore[assignment]
    with pytest.warns(UserWarning, match="is processed as a whole"):
        result = process_in_segments(film, [thing], tmp_path / "out.mp4", segments=4, map=make_map(workers))
    assert result.frames_written == COUNT


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of s3, which moto plays in this process."""
    moto = pytest.importorskip("moto")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "DEFAULT_REGION"):
        monkeypatch.setenv(f"AWS_{name}", "us-east-1")
    import boto3

    with moto.mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="media")
        yield client


def list_store(store: Any) -> list[str]:
    return sorted(entry["Key"] for entry in store.list_objects_v2(Bucket="media").get("Contents", []))


@pytest.mark.slow
def test_film_on_a_store_is_cut_and_joined_there(store: Any, film: str, tmp_path: Path) -> None:
    store.upload_file(film, "media", "in/film.mp4")
    # What an earlier run, with other work, left there.
    store.put_object(Bucket="media", Key="out/.film.mp4.framechain-segments-old/0001.mp4", Body=b"part")
    result = process_in_segments(
        "s3://media/in/film.mp4", [Negative()], "s3://media/out/film.mp4", segments=3, encoding=LOSSLESS
    )
    assert result.output_path == "s3://media/out/film.mp4"
    assert list_store(store) == ["in/film.mp4", "out/film.mp4"]
    store.download_file("media", "out/film.mp4", str(tmp_path / "out.mp4"))
    whole = make_whole(film, tmp_path)
    assert digest_frames(tmp_path / "out.mp4") == digest_frames(whole)
    assert describe_output(tmp_path / "out.mp4") == describe_output(whole)


@pytest.mark.slow
def test_run_on_a_store_that_stopped_is_resumed(
    store: Any, film: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.upload_file(film, "media", "in/film.mp4")
    made: list[int] = []

    def lose_the_store(function: Any, items: Any) -> Any:
        for item in items:
            if item.number == 2 and not made:
                raise MissingInputError("cannot reach the output s3://media: 500")
            yield function(item)

    arguments: Any = ("s3://media/in/film.mp4", [Negative()], "s3://media/out/film.mp4")
    with pytest.raises(MissingInputError):
        process_in_segments(*arguments, segments=3, map=lose_the_store, resume="key")
    kept = [name for name in list_store(store) if "segments-" in name]
    assert [name.rsplit("/", 1)[1] for name in kept] == ["0000.json", "0000.mp4", "0001.json", "0001.mp4"]
    before = {name: store.head_object(Bucket="media", Key=name)["LastModified"] for name in kept}

    def note(function: Any, items: Any) -> Any:
        for item in items:
            record = function(item)
            made.append(record.number)
            yield record
        after = {name: store.head_object(Bucket="media", Key=name)["LastModified"] for name in kept}
        assert after == before

    process_in_segments(*arguments, segments=3, map=note, resume="key")
    assert made == [0, 1, 2]
    assert list_store(store) == ["in/film.mp4", "out/film.mp4"]


class Slow(Negative):
    def __init__(self, log: str) -> None:
        super().__init__()
        self.log = log

    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        time.sleep(0.03)
        with open(self.log, "a") as file:
            file.write(f"{info.index}\n")
        return 255 - frame


def catch(function: Callable[[], Any]) -> Exception | None:
    try:
        function()
    except Exception as error:
        return error
    return None


@pytest.mark.slow
def test_film_whose_scheduler_is_killed_is_resumed_by_the_next_run(film: str, tmp_path: Path) -> None:
    output, here, log = tmp_path / "out" / "b.mp4", [Path(__file__).parent], tmp_path / "log"
    arguments: dict[str, Any] = {"output": output, "segments": 6, "encoding": LOSSLESS}
    cluster = Cluster(tmp_path)
    try:
        scheduler = cluster.start_scheduler()
        for _ in range(2):
            cluster.start_worker(path=here)
        errors: list[Any] = []
        batch = Batch(film, [Slow(str(log))], cluster=cluster.address, **arguments)
        running = threading.Thread(target=lambda: errors.append(catch(batch.run)))
        running.start()
        eventually(lambda: len(list(tmp_path.glob("out/.*/0*.json"))) >= 2, "two segments", pause=0.01)
        scheduler.kill()
        running.join(PATIENCE)
    finally:
        cluster.close()
    assert not output.exists()
    assert isinstance(errors[0], FramechainError), errors
    assert "the same command goes on" in str(errors[0])
    done = [read_record(path.read_bytes()) for path in tmp_path.glob("out/.*/0*.json")]
    assert 2 <= len(done) <= 5
    log.unlink()
    again = Cluster(tmp_path)
    try:
        again.start_scheduler()
        again.start_worker(path=here)
        (record,) = Batch(film, [Slow(str(log))], cluster=again.address, **arguments).run().records
    finally:
        again.close()
    assert (record.state, record.frames, record.warnings) == ("done", COUNT, ())
    assert len(log.read_text().split()) == COUNT - sum(len(known.times) for known in done)
    whole = make_whole(film, tmp_path)
    assert digest_frames(output) == digest_frames(whole)
    assert describe_output(output) == describe_output(whole)
    assert not list(tmp_path.glob("out/.*segments*"))
