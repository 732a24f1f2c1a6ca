"""Files, folders and patterns as jobs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framechain.batch.inputs import Job, find_jobs
from framechain.errors import ArgumentError, ArgumentTypeError, MissingInputError


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "in/a.mp4", "in/b.avi", "in/me.jpg", "in/notes.txt", "in/list.m3u8", "in/.hidden.mp4", "in/.a.mp4.part",
        "in/deep/er/c.MOV", "in/.framechain/x.mp4", "in/cam (unfinished).mp4", "other/a.mp4", "noname",
    ):  # fmt: skip
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def pairs(*arguments: object, **named: object) -> list[tuple[str, str]]:
    return [(job.input, job.output) for job in find_jobs(*arguments, **named).jobs]  # type: ignore[arg-type]


def test_find_jobs_folder_keeps_its_tree_in_the_output() -> None:
    found = find_jobs("in", "out")
    assert found.jobs == [
        Job("in/a.mp4", "out/a.mp4", False),
        Job("in/b.avi", "out/b.mp4", False),
        Job("in/me.jpg", "out/me.jpg", True),
        Job("in/deep/er/c.MOV", "out/deep/er/c.MOV", False),
    ]
    assert found.others == ["in/list.m3u8", "in/notes.txt"]


def test_find_jobs_without_an_output_puts_results_next_to_the_inputs() -> None:
    assert pairs("in/") == [
        ("in/a.mp4", "in/a_out.mp4"),
        ("in/b.avi", "in/b_out.mp4"),
        ("in/me.jpg", "in/me_out.jpg"),
        ("in/deep/er/c.MOV", "in/deep/er/c_out.MOV"),
    ]


def test_find_jobs_outputs_of_an_earlier_run_are_no_inputs() -> None:
    before = pairs("in")
    for _, output in before:
        Path(output).touch()
    found = find_jobs("in")
    assert [(job.input, job.output) for job in found.jobs] == before
    assert sorted(found.earlier) == sorted(output for _, output in before)
    assert pairs(["in/a.mp4", "in/a_out.mp4"]) == [("in/a.mp4", "in/a_out.mp4")]


def test_find_jobs_output_folder_inside_of_the_inputs_is_no_input() -> None:
    Path("in/out").mkdir()
    Path("in/out/a.mp4").touch()
    assert "in/out/a.mp4" not in [name for name, _ in pairs("in", "in/out")]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("in/*.mp4", ["in/a.mp4"]),
        ("in/**/*.[mM]*", ["in/a.mp4", "in/deep/er/c.MOV"]),
        ("*/a.mp4", ["in/a.mp4", "other/a.mp4"]),
    ],
)
def test_find_jobs_pattern_that_no_shell_has_expanded_is_expanded(pattern: str, names: list[str]) -> None:
    found = find_jobs(pattern, "out")
    assert [job.input for job in found.jobs] == names
    assert [job.output for job in found.jobs] == [
        os.path.join("out", os.path.relpath(name, pattern.partition("*")[0] or ".")) for name in names
    ]


def test_find_jobs_named_file_is_an_input_whatever_its_name() -> None:
    assert pairs("noname", "out") == [("noname", "out/noname.mp4")]
    assert pairs("noname", "result.mkv") == [("noname", "result.mkv")]
    assert pairs(["missing.mp4", "noname"]) == [("missing.mp4", "missing_out.mp4"), ("noname", "noname_out.mp4")]


def test_find_jobs_file_given_twice_is_one_job() -> None:
    assert pairs(["in/a.mp4", "in", Path("in/../in/a.mp4")], "out")[0] == ("in/a.mp4", "out/a.mp4")
    assert len(pairs(["in/a.mp4", "in"], "out")) == 4


def test_find_jobs_transparent_results_get_a_suffix_that_holds_alpha() -> None:
    assert [output for _, output in pairs("in", "out", alpha=True)] == [
        "out/a.webm", "out/b.webm", "out/me.png", "out/deep/er/c.MOV",
    ]  # fmt: skip


def test_find_jobs_addresses_of_files_go_into_the_folder() -> None:
    assert pairs(["http://h/x/clip.mp4?key=1", "in/a.mp4"], "out")[0] == ("http://h/x/clip.mp4?key=1", "out/clip.mp4")


@pytest.mark.parametrize(
    ("inputs", "output", "message"),
    [
        (["in/a.mp4", "other/a.mp4"], "out", "in/a.mp4 and other/a.mp4 would both write out/a.mp4: rename one"),
        (["in/a.mp4", "other/a.mp4"], None, r"in different folders \(in, other\): say with --output FOLDER"),
        (["in"], "in", "the result of in/a.mp4 would replace the input in/a.mp4"),
        (["in"], "o.mp4", "o.mp4 is named as a file"),
        (["in/a.mp4", "0"], "out", "0 is a camera"),
        (["in", "rtsp://host/live"], "out", "rtsp://host/live is a camera"),
        ([], None, "there is no input"),
        (["in", ""], None, "an input is empty"),
    ],
)
def test_find_jobs_impossible_inputs_are_refused(inputs: list[str], output: str | None, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        find_jobs(inputs, output)


def test_find_jobs_two_names_with_one_result_are_refused() -> None:
    Path("in/a.mov").touch()
    Path("in/a.avi").touch()
    with pytest.raises(ArgumentError, match=r"in/a\.avi and in/a\.mp4 would both write in/a_out\.mp4"):
        find_jobs("in")


def test_find_jobs_pattern_without_a_match_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=rf"no file matches in/\*\.mkv \(looked in {tmp_path}/in\)"):
        find_jobs("in/*.mkv")


def test_find_jobs_number_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="inputs must be paths, got 3"):
        find_jobs([3])  # type: ignore[list-item]
