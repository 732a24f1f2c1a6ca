"""What a release needs says the same in each place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from framechain import __version__

ROOT = Path(__file__).resolve().parent.parent
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
INSTALL = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def test_citation_has_the_version_of_the_package() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [__version__]


def test_install_page_names_every_extra() -> None:
    extras = re.search(r"\[project\.optional-dependencies\]\n(.*?)\n\n", PROJECT, re.DOTALL)
    assert extras is not None
    names = re.findall(r"^([\w-]+) = \[", extras[1], re.MULTILINE)
    assert len(names) >= 7
    assert set(re.findall(r"^\| `pip install '\.\[([\w-]+)\]'`", INSTALL, re.MULTILINE)) == set(names)


@pytest.mark.parametrize("workflow", ["nightly.yml", "release.yml"])
def test_workflow_tries_the_pythons_of_the_install_page(workflow: str) -> None:
    text = (ROOT / ".github" / "workflows" / workflow).read_text(encoding="utf-8")
    matrix = max(re.findall(r"python: \[(.+)\]", text), key=len)
    pythons = re.findall(r'"([\d.]+)"', matrix)
    assert f"Python {', '.join(pythons[:-1])} or {pythons[-1]} on" in INSTALL
    assert f'requires-python = ">={pythons[0]}"' in PROJECT


def test_workflows_pin_their_actions_and_ask_for_few_permissions() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert all(re.search(r"@v\d+\.\d+\.\d+$", line) for line in text.splitlines() if "uses:" in line), path.name
        assert "\npermissions:\n  contents: read\n\n" in text, path.name
        assert "Not run" in text.split("name:", 1)[0], path.name
