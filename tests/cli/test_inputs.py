"""What is said about an INPUT that is not one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from framechain.cli.inputs import explain_inputs


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("in", "0"):
        Path(folder).mkdir()
    for name in ("clip.mp4", "what?.mp4", "in/a.mp4"):
        Path(name).touch()


@pytest.mark.parametrize(
    "word", ["clip.mp4", "missing.mp4", "what?.mp4", "0", "http://h/a.mp4?x=*", "s3://bucket/what?.mp4", "/dev/video0"]
)
def test_explain_inputs_one_input_needs_no_explanation(word: str) -> None:
    assert explain_inputs([word], "framechain") is None


@pytest.mark.parametrize(
    ("words", "loop"),
    [
        (["in/a.mp4", "in/b.mp4", "in/c.mp4"], 'for f in in/*.mp4; do framechain "$f"; done'),
        (["a.mp4", "b.mov"], 'for f in a.mp4 b.mov; do framechain "$f"; done'),
        (["a.mp4", "b.mov", "in/c.mp4"], 'for f in a.mp4 b.mov ...; do framechain "$f"; done'),
        (["in"], 'for f in in/*; do framechain "$f"; done'),
        (["in/*.mov"], 'for f in in/*.mov; do framechain "$f"; done'),
    ],
)
def test_explain_inputs_names_the_loop_that_works(words: list[str], loop: str) -> None:
    problem = explain_inputs(words, "framechain", windows=False)
    assert problem is not None
    assert problem.endswith(loop)


def test_explain_inputs_program_and_shell_are_those_in_use() -> None:
    problem = explain_inputs(["*.mov"], "main.py", windows=True)
    assert problem is not None
    assert problem.endswith('for %f in (*.mov) do python main.py "%f"')
