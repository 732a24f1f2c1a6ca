"""Completion by the Tab key: the words that argcomplete's part in the shell gets."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.children import Nursery, fork, nursery
from support.patience import PATIENCE

from framechain.cli import commands, program

# argcomplete writes to file descriptors of its own, which are pytest's in this process.
WORK = """
from framechain.cli.program import main
def work(line):
    open("found", "w").close()
    os.environ.update(_ARGCOMPLETE="1", _ARGCOMPLETE_STDOUT_FILENAME="found", _ARGCOMPLETE_IFS="\\n")
    os.environ.update(COMP_LINE=line, COMP_POINT=str(len(line)))
    try:
        main()
    except SystemExit as ended:
        return ended.code
"""


@pytest.fixture(scope="module")
def shells() -> Iterator[Nursery]:
    pytest.importorskip("argcomplete")
    with nursery(WORK) as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "sea.jpg").touch()
    return tmp_path


@fork
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("framechain --backg", ["--background"]),
        ("framechain clip.mp4 --quality b", ["balanced", "best"]),
        ("framechain se", ["sea.jpg", "serve"]),
        ("framechain clip.mp4 --object pencil", ["pencil-sketch"]),
        ("framechain clip.mp4 --matte mo", ["mog2"]),
        ("framechain clip.mp4 --background se", ["sea.jpg"]),
        ("framechain clip.mp4 --background tr", ["transparent"]),
        ("framechain clip.mp4 --reference cl", ["clip.mp4", "clips/"]),
        ("framechain serve --max-u", ["--max-upload"]),
        ("framechain clip.mp4 serve --max-u", [""]),
    ],
)
def test_completion_of_a_word_is_what_can_follow(line: str, expected: list[str], folder: Path, shells: Nursery) -> None:
    child = shells.child(folder, line)
    assert (child.end(), child.err) == (0, "")
    words = (folder / "found").read_text(encoding="utf-8").split("\n")
    assert sorted(word.strip() for word in words) == expected


def test_completion_without_argcomplete_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    assert program.main() == 1


def test_commands_are_the_branches_of_the_program() -> None:
    source = Path(program.__file__).read_text(encoding="utf-8")
    assert sorted(re.findall(r'words\[:1\] == \["(\w+)"\]', source)) == sorted(commands.COMMANDS)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_completion_in_bash(repository: Path, folder: Path) -> None:
    pytest.importorskip("argcomplete")
    (folder / "framechain").write_text(
        f"#!{sys.executable}\nimport sys; sys.path.insert(0, {str(repository)!r})\n"
        "from framechain_command import run\nrun()\n"
    )
    (folder / "framechain").chmod(0o755)
    script = f"""
    PATH="{folder}:$PATH"
    eval "$({sys.executable} -m argcomplete.scripts.register_python_argcomplete framechain)"
    COMP_LINE="framechain clip.mp4 --backg" COMP_POINT=27 COMP_TYPE=9
    COMP_WORDS=(framechain clip.mp4 --backg) COMP_CWORD=2
    _python_argcomplete framechain --backg clip.mp4
    echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.split() == ["--background"], done.stderr
