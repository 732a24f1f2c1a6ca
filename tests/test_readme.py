"""README: its programs run, its commands are parsed, its tables name every argument."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.patience import PATIENCE

from framechain import Engine, FPSmetric, MPSegmentation
from framechain.cli.arguments import build_parser
from framechain.cli.builders import list_object_keys
from framechain.live.keys import make_help_lines
from framechain.sources.video import VideoSource

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_readme_program_with_five_objects_runs(tmp_path: Path) -> None:
    program = next(text for text in PROGRAMS if "class Trail" in text)
    (tmp_path / "samples").mkdir()
    shutil.copy(ROOT / "samples" / "clip.mp4", tmp_path / "samples")
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    with VideoSource(str(tmp_path / "samples" / "clip_out.mp4")) as source:
        assert sum(1 for _ in source) == 150


def find_commands() -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("python main.py") and "--help" not in line]


@pytest.mark.parametrize("command", find_commands())
def test_readme_command_is_parsed(command: str) -> None:
    options = build_parser().parse_args(shlex.split(command, comments=True)[2:])
    assert options.input


def test_readme_has_commands() -> None:
    assert len(find_commands()) >= 4


@pytest.mark.parametrize("thing", [Engine, MPSegmentation, FPSmetric])
def test_readme_tables_name_every_argument(thing: type) -> None:
    missing = [
        name
        for name in inspect.signature(thing).parameters
        if name != "clock" and not re.search(rf"`[^`]*\b{name}\b", README)
    ]
    assert missing == []


def test_readme_lists_the_keys() -> None:
    table = re.search(r"\| key \| \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)", README)
    assert table is not None
    rows = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in table[1].splitlines()]
    assert [(key.strip("`").replace("`, `", ", "), does) for key, does in rows] == [
        *make_help_lines(),
        *list_object_keys(),
    ]
