"""The doctor's lines about cores and folders."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from framechain.doctor.machine import (
    CoreFacts,
    FolderFacts,
    gather_cores,
    gather_folders,
    judge_cores,
    judge_folders,
    read_quota,
)

GIGA = 10**9


@pytest.mark.parametrize(
    ("facts", "states", "words"),
    [
        (CoreFacts(8, 8, None, 0.3), ["ok"], "8 cores"),
        (CoreFacts(8, 4), ["ok"], "8 cores, of which this process may use 4"),
        (CoreFacts(8, 1), ["note"], "allow two or more"),
        (CoreFacts(8, 8, 2.5), ["note"], "allows the work of 2.5"),
        (CoreFacts(8, 8, 0.5), ["note"], "allow two or more"),
        (CoreFacts(8, 4, 4.0), ["ok"], "may use 4"),
        (CoreFacts(4, 4, None, 3.14), ["ok", "note"], "a load of 3.1 in the last minute, for 4 cores"),
        (CoreFacts(8, 8, 2.0, 1.5), ["note", "note"], "for 2 cores"),
    ],
)
def test_cores_verdicts(facts: CoreFacts, states: list[str], words: str) -> None:
    verdicts = list(judge_cores(facts))
    assert [verdict.state for verdict in verdicts] == states
    assert words in " ".join(f"{verdict.text} {verdict.advice}" for verdict in verdicts)


def test_cores_facts_are_those_of_this_process() -> None:
    facts = gather_cores()
    assert facts.total == os.cpu_count()
    assert 1 <= facts.allowed <= facts.total


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/a/b\n", {"a/cpu.max": "200000 100000\n", "a/b/cpu.max": "max 100000\n"}, 2.0),
        ("0::/a/b\n", {"a/cpu.max": "200000 100000\n", "a/b/cpu.max": "50000 100000\n"}, 0.5),
        ("0::/of/the/host\n", {"cpu.max": "100000 100000\n"}, 1.0),
        (
            "4:memory:/x\n2:cpu,cpuacct:/a\n",
            {"cpu/a/cpu.cfs_quota_us": "300000", "cpu/a/cpu.cfs_period_us": "1e"},
            None,
        ),
        (
            "4:memory:/x\n2:cpu,cpuacct:/a\n",
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "300000", "cpu,cpuacct/a/cpu.cfs_period_us": "100000"},
            3.0,
        ),
        ("2:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
    ],
)
def test_quota_is_the_least_of_the_control_groups(
    groups: str, files: dict[str, str], expected: float | None, tmp_path: Path
) -> None:
    write(tmp_path / "proc" / "self" / "cgroup", groups)
    for name, text in files.items():
        write(tmp_path / "sys" / "fs" / "cgroup" / name, text)
    assert read_quota(tmp_path) == expected


def test_quota_of_a_system_without_control_groups_is_none(tmp_path: Path) -> None:
    assert read_quota(tmp_path) is None


@pytest.mark.parametrize(
    ("facts", "states", "words"),
    [
        (FolderFacts(50 * GIGA, "", 20 * GIGA, ""), ["ok", "ok"], "50.0 GB are free for temporary files"),
        (FolderFacts(GIGA, "", GIGA, ""), ["note", "ok"], "set TMPDIR"),
        (FolderFacts(GIGA // 10, "", GIGA, ""), ["problem", "ok"], "0.1 GB are free"),
        (FolderFacts(0, "Read-only file system", GIGA, ""), ["problem", "ok"], "Read-only file system"),
        (FolderFacts(9 * GIGA, "", 0, "Permission denied"), ["ok", "note"], "--output"),
    ],
)
def test_folders_verdicts(facts: FolderFacts, states: list[str], words: str) -> None:
    verdicts = list(judge_folders(facts))
    assert [verdict.state for verdict in verdicts] == states
    assert words in " ".join(f"{verdict.text} {verdict.advice}" for verdict in verdicts)


def test_folders_are_written_and_left_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    facts = gather_folders()
    assert (facts.temporary_error, facts.current_error) == ("", "")
    assert facts.current_free > 0
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_gone_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert gather_folders().temporary_error == "No such file or directory"
