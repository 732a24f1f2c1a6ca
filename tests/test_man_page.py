"""The manual page is that of the parsers, and has no mistake that man reports."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from support.patience import PATIENCE

from framechain.cli.commands import COMMANDS, build_parser_of

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "framechain.1"


def test_man_page_is_up_to_date() -> None:
    path = ROOT / "docs" / "make_man.py"
    spec = importlib.util.spec_from_file_location("make_man", path)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.make_page() == PAGE.read_text(encoding="utf-8"), "run: python docs/make_man.py"


def test_man_page_names_every_option() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    for command in ("", *COMMANDS):
        for action in build_parser_of(command)._actions:
            assert all(f"\\fB{name}\\fR" in page for name in action.option_strings if action.dest != "help")


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here")
def test_man_page_is_formatted_without_a_warning() -> None:
    command = ["groff", "-man", "-Tutf8", "-ww", "-z", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
