from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import EntryPoints
from pathlib import Path

import pytest
from support.plugins import install

from framechain.errors import ArgumentError, DependencyError
from framechain.plugins.calls import Call
from framechain.plugins.registry import GROUPS, find_entry, list_entries

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("group", GROUPS)
def test_list_entries_of_framechain_can_all_be_loaded(group: str) -> None:
    own = [entry for entry in list_entries(group) if entry.package == "framechain"]
    assert own
    for entry in own:
        assert callable(entry.load())
        assert entry.name == entry.name.lower()
        assert "_" not in entry.name


@pytest.mark.parametrize("group", ["objects", "mattes", "backgrounds"])
def test_entries_of_framechain_can_be_imported_as_programs_spell_them(group: str) -> None:
    for entry in (entry for entry in list_entries(group) if entry.package == "framechain"):
        ((module, name),) = Call(entry.load()).list_imports()
        assert getattr(import_module(module), name) is entry.load()


def test_entry_points_file_is_what_setuptools_reads() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["dynamic"]["entry-points"] == {"file": ["framechain/plugins/entry_points.txt"]}
    assert "entry-points" in project["project"]["dynamic"]
    text = (ROOT / "framechain/plugins/entry_points.txt").read_text(encoding="utf-8")
    points = EntryPoints._from_text(text)  # type: ignore[attr-defined]
    listed = {(f"framechain.{group}", one.name, one.reference) for group in GROUPS for one in list_entries(group)}
    assert {(point.group, point.name, point.value) for point in points} <= listed


def test_list_entries_has_those_of_installed_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = install(tmp_path, monkeypatch)
    found = find_entry("objects", "glow")
    assert (found.package, found.reference) == ("framechain-glow", f"{module}:Glow")
    assert found.load().__name__ == "Glow"


def test_list_entries_counts_an_installed_framechain_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list_entries("objects")
    old = tmp_path / "framechain-0.1.dist-info"
    old.mkdir()
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: framechain\nVersion: 0.1\n")
    (old / "entry_points.txt").write_text("[framechain.objects]\nfps = framechain.gone:FPS\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert list_entries("objects") == before


def test_find_entry_misspelt_names_the_nearest() -> None:
    with pytest.raises(ArgumentError, match=r"there is no object 'fpss': did you mean fps\?"):
        find_entry("objects", "fpss")


def test_find_entry_of_two_packages_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "one", monkeypatch)
    install(tmp_path / "two", monkeypatch, name="shine")
    with pytest.raises(ArgumentError, match="framechain-glow and framechain-shine: write glow_effects:Glow or shine_"):
        find_entry("objects", "glow")


def test_load_that_fails_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)
    with pytest.raises(DependencyError, match=r"broken of the package framechain-glow cannot be loaded .*: Mod"):
        find_entry("objects", "broken").load()
