"""Films of a batch in segments: in this process, by workers, on the command line; stopped and begun again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.films import COUNT, FILMS, describe_output, digest_frames
from support.media import Array

from framechain import Encoding, Engine, FrameObject
from framechain.batch.batch import Batch
from framechain.batch.job import BrokenOffError
from framechain.batch.runners import LocalRunner
from framechain.batch.segments.places import make_map
from framechain.cli.program import main
from framechain.errors import ArgumentError
from framechain.objects.overlays import FPSmetric
from framechain.pixels.pyav import av

LOSSLESS = Encoding(crf=0)


class Negative(FrameObject):
    history = 0

    def __call__(self, frame: Array) -> Array:
        return 255 - frame


@pytest.fixture
def film(tmp_path: Path) -> str:
    (tmp_path / "in").mkdir()
    return FILMS["b-frames"](tmp_path / "in")


@pytest.fixture
def whole(film: str, tmp_path: Path) -> Path:
    output = tmp_path / "whole.mp4"
    Engine(video_path=film, custom_objects=[Negative()], output_path=output, encoding=LOSSLESS).run()
    return output


def count_key_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(packet.is_keyframe for packet in container.demux(video=0) if packet.size)


def list_segments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(".*segments-*/*.json"))


def test_batch_with_segments_makes_each_film_of_them_and_images_as_ever(
    film: str, whole: Path, samples: Path, tmp_path: Path
) -> None:
    shutil.copy(samples / "portrait.jpg", tmp_path / "in")
    batch = Batch(tmp_path / "in", [Negative()], output=tmp_path / "out", segments=3, encoding=LOSSLESS)
    result = batch.run()
    assert {Path(record.input).name: record.state for record in result.records} == {
        "b.mp4": "done",
        "portrait.jpg": "done",
    }
    assert [record.frames for record in result.records if record.input == film] == [COUNT]
    joined = tmp_path / "out" / "b.mp4"
    assert digest_frames(joined) == digest_frames(whole)
    assert describe_output(joined) == describe_output(whole)
    assert count_key_frames(joined) == 3
    assert list_segments(tmp_path / "out") == []
    assert {record.state for record in batch.run().records} == {"up to date"}


@pytest.mark.slow
def test_batch_with_workers_and_segments_makes_the_same_film(film: str, whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    output = tmp_path / "out.mp4"
    result = Batch(film, [Negative()], output=output, segments=4, workers=2, encoding=LOSSLESS).run()
    assert [record.message for record in result.records] == [""]
    assert digest_frames(output) == digest_frames(whole)


def test_batch_whose_chain_needs_all_frames_makes_the_whole_film_and_says_so(film: str, tmp_path: Path) -> None:
    (record,) = Batch(film, [lambda frame: frame], output=tmp_path / "out.mp4", segments=4).run().records
    assert (record.state, record.frames) == ("done", COUNT)
    assert "is processed as a whole, not in segments: " in record.warnings[0]
    (record,) = (
        Batch(film, [lambda frame: frame], output=tmp_path / "b.mp4", segments=4, assume_history=0).run().records
    )
    assert record.warnings == ()


def test_batch_refuses_numbers_that_make_no_sense(film: str) -> None:
    for options, message in (
        ({"segments": 0}, "segments must be"),
        ({"segments": 2, "assume_history": -1}, "assume_history must be"),
        ({"assume_history": 1}, "assume_history is for films that are cut"),
    ):
        with pytest.raises(ArgumentError, match=message):
            Batch(film, [Negative()], **options)  # type: ignore[arg-type]


def test_map_that_is_stopped_says_so() -> None:
    seen: list[int] = []
    stopped = make_map(LocalRunner(), must_stop=lambda: len(seen) == 2)
    with pytest.raises(BrokenOffError, match="the same command goes on"):
        seen.extend(stopped(abs, [-1, -2, -3]))
    assert seen == [1, 2]


def test_command_line_with_segments_writes_one_film(
    film: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, report = tmp_path / "out.mp4", tmp_path / "report.json"
    words = [film, "--output", str(output), "--segments", "3", "--fps", "--crf", "0", "--report", str(report)]
    assert main(words) == 0
    assert count_key_frames(output) == 3
    whole = tmp_path / "whole.mp4"
    Engine(video_path=film, custom_objects=[FPSmetric()], output_path=whole, encoding=LOSSLESS).run()
    assert describe_output(output) == describe_output(whole)
    assert json.loads(report.read_text())["files"][0]["frames"] == COUNT
    assert "1 done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--segments", "many"], "--segments: must be a whole number or auto, got 'many'"),
        (["--segments", "0"], "segments must be"),
        (["--assume-history", "3"], "assume_history is for films that are cut"),
    ],
)
def test_command_line_with_wrong_segments_says_so(
    words: list[str], message: str, film: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main([film, *words])
    except SystemExit as left:  # The parser leaves by itself.
        code = left.code  # type: ignore[assignment]
    assert code == 2
    assert message in capsys.readouterr().err
