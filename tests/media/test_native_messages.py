"""What native libraries print on stderr is hidden, and nothing else suffers from it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.patience import PATIENCE

from framechain.media import native_messages
from framechain.media.native_messages import hide_native_messages


def test_hide_native_messages_known_lines_are_hidden_and_others_printed_afterwards(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with hide_native_messages("noise:", "din") as hidden:
        os.write(2, b"noise: one\nnews\ndin\n")
        assert capfd.readouterr().err == ""
    assert hidden == ["noise: one", "din"]
    assert capfd.readouterr().err == "news\n"


def test_hide_native_messages_error_inside_is_raised_and_stderr_restored(capfd: pytest.CaptureFixture[str]) -> None:
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


def test_hide_native_messages_context_of_another_thread_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As while a camera is being opened, which may take ten seconds."""
    monkeypatch.setattr(native_messages, "_PATIENCE_SECONDS", 0.05)
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with hide_native_messages("nothing"):
            inside.set()
            done.wait(PATIENCE)

    other = threading.Thread(target=hold)
    other.start()
    assert inside.wait(PATIENCE)
    try:
        with hide_native_messages("x"), hide_native_messages("x") as hidden:  # Not in one thread either.
            os.write(2, b"xyz\n")
        assert hidden == []
        assert not done.is_set()
    finally:
        done.set()
        other.join()


NO_FOLDER = """
import os, sys, tempfile
sys.path.insert(0, sys.argv[1])
tempfile._candidate_tempdir_list = lambda: []
from framechain import Engine
from framechain.media.native_messages import hide_native_messages
with hide_native_messages("noise") as hidden:
    os.write(2, b"noise\\n")
print(hidden, Engine(sys.argv[2], output_path=sys.argv[3]).run().frames_written)
"""


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no files without a folder")
@pytest.mark.parametrize("suffix", [pytest.param(".png", marks=pytest.mark.slow), ".jp2"])
def test_hide_native_messages_without_temporary_folder_hides(
    suffix: str, samples: Path, repository: Path, tmp_path: Path
) -> None:
    """As where everything is read-only but the output's folder, or every other disk is full."""
    arguments = [repository, samples / "portrait.jpg", tmp_path / f"out{suffix}"]
    command = [sys.executable, "-c", NO_FOLDER, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['noise'] 1\n", "")
