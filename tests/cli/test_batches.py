"""Several inputs at the command line: what is printed, the report and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.media import flats, see, write_clip

from framechain.cli.arguments import build_parser
from framechain.cli.batches import is_batch
from framechain.cli.program import main

GREEN = ["--matte", "chroma", "--background", "#00ff00"]


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in/deep").mkdir(parents=True)
    Path("0").mkdir()
    write_clip("in/a.mp4", flats(5))
    write_clip("in/deep/b.mp4", flats(5))
    Path("in/notes.txt").touch()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("in/a.mp4", False), ("missing.mp4", False), ("0", False), ("http://h/a.mp4?x=*", False),
        ("s3://bucket/what?.mp4", False), ("s3://bucket/a", False), ("/dev/video0", False),
        ("in", True), ("in/", True), ("in/*.mp4", True), ("in/?.mp4", True), ("in/a.mp4 in/deep/b.mp4", True),
        ("s3://bucket/in/", True), ("s3://bucket/*.mp4", True), ("in/a.mp4 --workers 2", True),
        ("in/a.mp4 --force", True),
    ],
)  # fmt: skip
def test_is_batch_arguments_ask_for_one_run_or_for_several(words: str, expected: bool) -> None:
    assert is_batch(build_parser().parse_args(words.split())) is expected


def test_main_folder_prints_a_table_and_writes_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["in", "--output", "out", "--report", "report.json", *GREEN]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert [line.split()[:2] for line in printed.out.splitlines()[1:3]] == [
        ["done", "in/a.mp4"],
        ["done", "in/deep/b.mp4"],
    ]
    assert "; 1 is no media: in/notes.txt" in printed.out
    assert printed.err == ""
    assert json.loads(Path("report.json").read_text())["counts"]["done"] == 2
    assert see(Path("out/deep/b.mp4")).count == 5
    assert main(command) == 0
    assert "2 up to date" in capsys.readouterr().out


def test_main_one_bad_file_is_named_and_the_exit_code_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in/bad.mp4").write_text("no video")
    assert main(["in/*.mp4", "--output", "out", "--quiet", *GREEN]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert ": cannot read in/bad.mp4: it is no video or image" in printed.err
    assert Path("out/a.mp4").exists()


def test_main_options_reach_each_file() -> None:
    assert main(["in", "--end", "2", "--cut", "--quiet", "--output-extension", "green", *GREEN]) == 0
    assert see(Path("in/a_green.mp4")).count == see(Path("in/deep/b_green.mp4")).count == 3


def test_main_changed_background_file_makes_the_results_again(capsys: pytest.CaptureFixture[str]) -> None:
    import cv2
    from support.media import flat

    command = ["in/a.mp4", "in/deep", "--output", "out", "--matte", "chroma", "--background", "wall.png"]
    cv2.imwrite("wall.png", flat(50))
    assert main(command) == 0
    assert main(command) == 0
    assert "2 up to date" in capsys.readouterr().out
    cv2.imwrite("wall.png", flat(90))
    assert main(command) == 0
    assert "2 done" in capsys.readouterr().out


def test_main_progress_has_a_bar_for_the_whole_and_one_for_each_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["in", "--output", "out", "--progress", "--quiet", *GREEN]) == 0
    assert capsys.readouterr().err == ""  # --quiet says less.
    assert main(["in", "--output", "out", "--progress", "--force", *GREEN]) == 0
    drawn = capsys.readouterr().err
    assert "2 of 2 files, 10 frames" in drawn
    assert "a.mp4:" in drawn
    assert "b.mp4:" in drawn
