"""What is lost, killed or different on one machine: the film is whole, or there is none."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from support.films import COUNT, FILMS, describe_output, digest_frames
from support.media import Array, looped

from framechain import Encoding, Engine, FrameInfo, FrameObject
from framechain.batch.segments import source as segment_source
from framechain.batch.segments.plan import Segment
from framechain.batch.segments.process import process_in_segments
from framechain.batch.segments.record import SegmentRecord
from framechain.errors import ArgumentError, FramechainError, FramechainWarning, MediaError, ObjectError, OutputError
from framechain.pixels.pyav import av

LOSSLESS = Encoding(crf=0)
Answers = Iterable[Any]


class Negative(FrameObject):
    history = 0

    def __call__(self, frame: Array) -> Array:
        return 255 - frame


class Fails(Negative):
    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        if info.index == 50:
            raise ValueError("frame 50 is too dark")
        return frame


class Grows(Negative):
    def __call__(self, frame: Array, info: FrameInfo) -> Array:
        return frame if info.index < 30 else frame.repeat(2, axis=0)


@pytest.fixture
def film(tmp_path: Path) -> str:
    return FILMS["b-frames"](tmp_path)


@pytest.fixture
def whole(film: str, tmp_path: Path) -> Path:
    output = tmp_path / "whole.mp4"
    Engine(video_path=film, custom_objects=[Negative()], output_path=output, encoding=LOSSLESS).run()
    return output


def list_hidden(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.startswith(".")]


def make(film: str, output: Path, **options: Any) -> Any:
    return process_in_segments(film, [Negative()], output, segments=4, encoding=LOSSLESS, **options)


def backwards(function: Callable[[Any], Any], items: Answers) -> Answers:
    return [function(item) for item in reversed(list(items))]


def in_other_processes(function: Callable[[Any], Any], items: Answers) -> Answers:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return list(pool.map(function, items))


@pytest.mark.parametrize("map_", [backwards, pytest.param(in_other_processes, marks=pytest.mark.slow)])
def test_segments_from_anywhere_are_joined_in_the_order_of_the_film(
    map_: Any, film: str, whole: Path, tmp_path: Path
) -> None:
    make(film, tmp_path / "out.mp4", map=map_)
    assert digest_frames(tmp_path / "out.mp4") == digest_frames(whole)
    assert describe_output(tmp_path / "out.mp4") == describe_output(whole)


def losing(function: Callable[[Any], Any], items: Answers) -> Answers:
    return [function(item) for item in items][:-1]


def doubling(function: Callable[[Any], Any], items: Answers) -> Answers:
    answers = [function(item) for item in items]
    return [*answers, answers[1]]


@pytest.mark.parametrize("map_", [losing, doubling])
def test_segments_that_are_lost_or_come_twice_make_no_film(map_: Any, film: str, tmp_path: Path) -> None:
    with pytest.raises(FramechainError, match=r"the segments \[0, 1, .* were made, and 4 were asked for"):
        make(film, tmp_path / "out.mp4", map=map_)
    assert not (tmp_path / "out.mp4").exists()
    assert list_hidden(tmp_path) == []


def change_last(change: Callable[[SegmentRecord], SegmentRecord]) -> Any:
    def map_(function: Callable[[Any], Any], items: Answers) -> Answers:
        *others, last = [function(item) for item in items]
        return [*others, change(last)]

    return map_


def cut_file(record: SegmentRecord) -> SegmentRecord:
    assert record.path is not None
    os.truncate(record.path, os.path.getsize(record.path) - 3000)
    return record


def with_other_encoder(record: SegmentRecord) -> SegmentRecord:
    assert record.path is not None
    copy = f"{record.path}.mp4"
    Engine(video_path=record.path, output_path=copy, encoding=Encoding(preset="slow")).run()
    return replace(record, path=copy)


def lose_a_frame(record: SegmentRecord) -> SegmentRecord:
    return replace(record, times=record.times[:-1])


def come_early(record: SegmentRecord) -> SegmentRecord:
    return replace(record, times=tuple((time - record.times[0][0], length) for time, length in record.times))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (cut_file, MediaError, r"segment 3 has|cannot read"),
        (lose_a_frame, MediaError, "segment 3 has 18 frames instead of 17"),
        (with_other_encoder, OutputError, r"out.mp4: its segments were encoded in different ways"),
        (come_early, OutputError, r"out.mp4: the frames of the segments are not in order"),
    ],
)
def test_segment_that_is_not_what_it_should_be_makes_no_film(
    change: Any, error: type[Exception], message: str, film: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        make(film, tmp_path / "out.mp4", map=change_last(change))
    assert not (tmp_path / "out.mp4").exists()
    assert list_hidden(tmp_path) == []


def test_segment_that_is_decoded_in_another_way_makes_the_film_as_a_whole(
    film: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_source, "_compute_digest", lambda frame: str(frame.info))
    with pytest.warns(FramechainWarning, match="as a whole, not in segments: it is decoded in another way when it is"):
        make(film, tmp_path / "out.mp4")
    assert digest_frames(tmp_path / "out.mp4") == digest_frames(whole)


def test_index_that_leads_too_far_makes_the_same_film(
    film: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bool] = []

    def skip_too_far(self: Any, tick: int) -> bool:
        opened.append(True)
        return bool(original(self, tick + 10_000))

    original = segment_source.VideoSource.skip_to_tick
    monkeypatch.setattr(segment_source.VideoSource, "skip_to_tick", skip_too_far)
    make(film, tmp_path / "out.mp4")
    assert opened
    assert digest_frames(tmp_path / "out.mp4") == digest_frames(whole)


def test_film_with_other_frames_than_its_packets_say_is_made_as_a_whole(film: str, tmp_path: Path) -> None:
    """One packet is damaged, and gives no frame."""
    damaged, joined, whole = tmp_path / "damaged.mp4", tmp_path / "out.mp4", tmp_path / "whole.mp4"
    content = bytearray(Path(film).read_bytes())
    with av.open(film) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][50]
        content[packet.pos : packet.pos + packet.size] = bytes(packet.size)
    damaged.write_bytes(content)
    with pytest.warns(FramechainWarning, match="damaged packets were skipped"):
        expected = Engine(video_path=damaged, custom_objects=[Negative()], output_path=whole, encoding=LOSSLESS).run()
    assert expected.frames_written == COUNT - 1
    with pytest.warns(FramechainWarning):
        result = make(str(damaged), joined)
    assert re.search(r"as a whole, not in segments: .* other than its packets say", result.warnings[0])
    assert result.warnings[1:] == expected.warnings
    assert digest_frames(joined) == digest_frames(whole)


def test_object_that_fails_leaves_nothing(film: str, tmp_path: Path) -> None:
    with pytest.raises(ObjectError, match="Fails raised ValueError at frame 50: frame 50 is too dark"):
        process_in_segments(film, [Fails()], tmp_path / "out.mp4", segments=4, resume="key")
    assert not (tmp_path / "out.mp4").exists()
    assert list_hidden(tmp_path) == []


def test_object_that_changes_the_size_is_noticed_between_segments(film: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out.mp4: its segments were encoded|frame 30 is 96x128 and the first was"):
        process_in_segments(film, [Grows()], tmp_path / "out.mp4", segments=4)


def test_output_that_cannot_be_written_is_said_before_any_work(film: str, tmp_path: Path) -> None:
    called: list[Segment] = []
    for output in (tmp_path / "no folder" / "out.mp4", Path(film)):
        with pytest.raises(OutputError, match=r"does not exist|it is the input"):
            process_in_segments(
                film, [Negative()], output, segments=4, map=lambda function, items: called.extend(items)
            )
    assert called == []


def test_argument_for_windows_or_cameras_is_refused(film: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="a film that is processed in segments has no show: leave it out"):
        process_in_segments(film, [Negative()], tmp_path / "out.mp4", show=True)


KILLED = """
import os, signal, sys
sys.path.insert(0, {folder!r})
from framechain import Encoding
from framechain.batch.segments.process import process_in_segments
from test_faults import Negative

class Dies(Negative):
    def __call__(self, frame, info):
        if info.index == 40:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(frame)

process_in_segments({film!r}, [Dies()], {output!r}, segments=4, encoding=Encoding(crf=0), resume="key")
"""


@pytest.mark.slow
def test_run_that_was_killed_is_resumed(film: str, whole: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    code = KILLED.format(folder=str(Path(__file__).parent), film=film, output=str(output))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == -signal.SIGKILL
    (folder,) = (tmp_path / name for name in list_hidden(tmp_path) if "segments-" in name)
    assert sorted(path.name for path in folder.glob("*.json")) == ["0000.json", "0001.json"]
    made: list[int] = []

    def note(function: Callable[[Any], Any], items: Answers) -> Answers:
        for item in items:
            before = time.time_ns()
            record = function(item)
            if os.stat(record.path).st_mtime_ns >= before:
                made.append(record.number)
            yield record

    make(film, output, map=note, resume="key")
    assert made == [2, 3]
    assert digest_frames(output) == digest_frames(whole)
    assert describe_output(output) == describe_output(whole)
    assert list_hidden(tmp_path) == []


@pytest.mark.parametrize("resume", [None, "key"])
def test_run_whose_cluster_is_lost_is_resumed_if_that_was_asked_for(
    resume: str | None, film: str, whole: Path, tmp_path: Path
) -> None:
    def lose_cluster(function: Callable[[Any], Any], items: Answers) -> Answers:
        for item in items:
            if item.number == 3:
                raise FramechainError("the cluster tcp://10.0.0.7:8786 was lost")
            yield function(item)

    with pytest.raises(FramechainError, match="was lost"):
        make(film, tmp_path / "out.mp4", map=lose_cluster, resume=resume)
    kept = [path.name for path in tmp_path.glob(".out.mp4*/*.json")]
    assert sorted(kept) == (["0000.json", "0001.json", "0002.json"] if resume else [])
    make(film, tmp_path / "out.mp4", resume=resume)
    assert digest_frames(tmp_path / "out.mp4") == digest_frames(whole)
    assert list_hidden(tmp_path) == []


def test_segments_of_a_film_that_is_cut_elsewhere_are_not_used(film: str, whole: Path, tmp_path: Path) -> None:
    def lose_cluster(function: Callable[[Any], Any], items: Answers) -> Answers:
        yield function(next(iter(items)))
        raise FramechainError("the cluster was lost")

    output = tmp_path / "out.mp4"
    with pytest.raises(FramechainError, match="was lost"):
        process_in_segments(film, [Negative()], output, segments=2, map=lose_cluster, resume="key", encoding=LOSSLESS)
    make(film, output, resume="key")
    assert digest_frames(output) == digest_frames(whole)
    assert list_hidden(tmp_path) == []


def test_segments_of_other_work_are_not_used_but_removed(film: str, whole: Path, tmp_path: Path) -> None:
    old = tmp_path / ".out.mp4.framechain-segments-other"
    old.mkdir()
    (old / "0000.json").write_bytes(SegmentRecord(0, "nothing.mp4").to_json())
    make(film, tmp_path / "out.mp4", resume="key")
    assert digest_frames(tmp_path / "out.mp4") == digest_frames(whole)
    assert list_hidden(tmp_path) == []


@pytest.mark.slow
def test_long_film_auto_goes_by_length_and_workers(film: str, tmp_path: Path) -> None:
    long = looped(film, tmp_path / "long.mp4", 20)
    counted: list[Any] = []

    def count(function: Callable[[Any], Any], items: Answers) -> Answers:
        counted.extend(items)
        return [function(item) for item in items]

    result = process_in_segments(long, [Negative()], tmp_path / "out.mp4", workers=2, map=count)
    assert result.frames_written == 20 * COUNT
    assert len(counted) == 6
    assert {segment.first % 18 for segment in counted} == {0}  # At key frames.
