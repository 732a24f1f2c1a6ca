"""What native libraries print: held back, and in the way of nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from support.patience import PATIENCE

from framechain import Engine
from framechain.media import native_messages as _native
from framechain.media.native_messages import hide_native_messages


def test_known_lines_are_held_back_and_others_come_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with hide_native_messages("noise:", "din") as hidden:
        os.write(2, b"noise: one\nnews\ndin\n")
        assert capfd.readouterr().err == ""
    assert hidden == ["noise: one", "din"]
    assert capfd.readouterr().err == "news\n"


def test_an_error_inside_comes_out_and_leaves_stderr_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    hidden: list[str] = []

    def fail() -> None:
        nonlocal hidden
        with hide_native_messages("") as hidden:
            os.write(2, b"noise\n")
            raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        fail()
    os.write(2, b"after\n")
    assert (hidden, capfd.readouterr().err) == (["noise"], "after\n")


def test_where_another_thread_does_it_for_long_nobody_waits_for_ever(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while a camera is being opened, which may take ten seconds."""
    monkeypatch.setattr(_native, "_PATIENCE_SECONDS", 0.05)
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with hide_native_messages("nothing"):
            inside.set()
            done.wait(PATIENCE)

    other = threading.Thread(target=hold)
    other.start()
    assert inside.wait(PATIENCE)
    try:
        assert Engine(samples / "portrait.jpg", output_path=tmp_path / "out.png").run().frames_written == 1
        with hide_native_messages("x"), hide_native_messages("x") as hidden:  # Not in one thread either.
            os.write(2, b"xyz\n")
        assert hidden == []
        assert not done.is_set()
    finally:
        done.set()
        other.join()


NO_FOLDER = """
import sys, tempfile
sys.path.insert(0, sys.argv[1])
tempfile._candidate_tempdir_list = lambda: []
from framechain import Engine
print(Engine(sys.argv[2], output_path=sys.argv[3]).run().frames_written)
"""


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no files without a folder")
def test_no_folder_for_temporary_files_is_needed(samples: Path, repository: Path, tmp_path: Path) -> None:
    """As where everything is read-only but the output's folder, or every disk is full but that."""
    arguments = [repository, samples / "portrait.jpg", tmp_path / "out.png"]
    command = [sys.executable, "-c", NO_FOLDER, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_where_there_is_no_room_for_temporary_files_a_picture_that_needs_one_says_so(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OSError, match=r"cannot write .*out\.jp2: ") as caught:
        Engine(samples / "portrait.jpg", output_path=tmp_path / "out.jp2").run()
    assert type(caught.value).__name__ == "OutputError"
    assert list(tmp_path.iterdir()) == []
