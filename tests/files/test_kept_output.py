"""Outputs that are never removed: their names until they are complete, and what becomes of them after a kill."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from framechain.errors import OutputError
from framechain.files.kept_output import KeptOutput

ROOT = Path(__file__).resolve().parents[2]


def names(folder: Path) -> list[str]:
    """The names that a user sees, without those of locks."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def kill_while_writing(target: Path, data: str = "frames") -> None:
    """Let a process begin an output and end without a word, as by kill -9."""
    program = (
        "import os, sys; from framechain.files.kept_output import KeptOutput\n"
        "KeptOutput(sys.argv[1]).path.write_text(sys.argv[2]); os._exit(9)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program, str(target), data], check=False, env=environment)
    assert done.returncode == 9


def test_kept_output_has_a_visible_name_until_commit_and_replaces_the_target_then(tmp_path: Path) -> None:
    target = tmp_path / "me.mp4"
    target.write_text("holidays")
    with KeptOutput(target) as output:
        output.path.write_text("frames")
        assert names(tmp_path) == ["me (unfinished).mp4", "me.mp4"]
        assert target.read_text() == "holidays"
        output.commit()
    assert os.listdir(tmp_path) == ["me.mp4"]
    assert target.read_text() == "frames"


def test_kept_output_that_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    with KeptOutput(tmp_path / "me.mp4") as output:
        output.path.write_text("frames")
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_kept_output_of_killed_runs_are_renamed_each_to_a_name_of_its_own(tmp_path: Path) -> None:
    target = tmp_path / "me.mp4"
    (tmp_path / "me (recovered 2).mp4").write_text("holidays")
    for number in range(3):
        kill_while_writing(target, f"run {number}")
    with KeptOutput(target) as output:
        assert output.recovered == [str(tmp_path / "me (recovered 4).mp4")]
        output.path.write_text("the last run")
        output.commit()
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == {
        "me (recovered 1).mp4": "run 0",
        "me (recovered 2).mp4": "holidays",
        "me (recovered 3).mp4": "run 1",
        "me (recovered 4).mp4": "run 2",
        "me.mp4": "the last run",
    }


def test_kept_output_without_content_is_not_recovered(tmp_path: Path) -> None:
    kill_while_writing(tmp_path / "me.mp4", "")
    with KeptOutput(tmp_path / "me.mp4") as output:
        assert output.recovered == []
    assert os.listdir(tmp_path) == []


def test_kept_output_leaves_what_belongs_to_other_targets(tmp_path: Path) -> None:
    others = ["me (unfinished).mkv", "we (unfinished).mp4", "me (unfinished)!.mp4", "me2 (unfinished).mp4"]
    for name in others:
        (tmp_path / name).write_text(name)
    with KeptOutput(tmp_path / "me.mp4") as output:
        assert output.recovered == []
    assert names(tmp_path) == sorted(others)


def test_kept_output_in_use_is_refused_and_not_recovered(tmp_path: Path) -> None:
    with KeptOutput(tmp_path / "me.mp4") as output:
        output.path.write_text("frames")
        with pytest.raises(OutputError, match="another run is writing it"):
            KeptOutput(tmp_path / "me.mp4")
        assert names(tmp_path) == ["me (unfinished).mp4"]


def test_kept_output_relative_target_recovered_name_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kill_while_writing(tmp_path / "me.mp4")
    with KeptOutput("me.mp4") as output:
        assert output.recovered == ["me (recovered 1).mp4"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows needs a right for links")
def test_kept_output_behind_a_link_is_beside_what_the_link_leads_to(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "me.mp4").symlink_to(disk / "film.mp4")
    kill_while_writing(tmp_path / "me.mp4")
    assert names(disk) == ["film (unfinished).mp4"]
    with KeptOutput(tmp_path / "me.mp4") as output:
        assert output.recovered == [str(disk / "film (recovered 1).mp4")]


def test_kept_output_that_cannot_get_its_name_stays(tmp_path: Path) -> None:
    with KeptOutput(tmp_path / "me.mp4") as output:
        output.path.write_text("frames")
        (tmp_path / "me.mp4").mkdir()
        with pytest.raises(OutputError, match="device or a pipe"):
            output.commit()
    assert (tmp_path / "me (unfinished).mp4").read_text() == "frames"
    (tmp_path / "me.mp4").rmdir()
    with KeptOutput(tmp_path / "me.mp4") as output:  # The lock was released.
        assert output.recovered == [str(tmp_path / "me (recovered 1).mp4")]


def test_kept_output_for_a_store_that_refuses_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with KeptOutput("nowhere://bucket/me.mp4") as output:
        output.path.write_text("frames")
        with pytest.raises(OutputError, match="nowhere"):
            output.commit()
    (kept,) = tmp_path.glob("framechain_recording_*/me.mp4")
    assert kept.read_text() == "frames"
    with KeptOutput("nowhere://bucket/me.mp4"):
        pass
    assert list(tmp_path.glob("framechain_recording_*/*")) == [kept]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other modes")
def test_kept_output_mode_is_private_until_commit_and_usual_then(tmp_path: Path) -> None:
    with KeptOutput(tmp_path / "me.mp4") as output:
        assert stat.S_IMODE(output.path.stat().st_mode) == 0o600
        output.commit()
    (tmp_path / "other").touch()
    assert (tmp_path / "me.mp4").stat().st_mode == (tmp_path / "other").stat().st_mode
