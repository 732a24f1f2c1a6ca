"""How the command starts, quickly and without a traceback at Ctrl-C, and what -v reports."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.patience import PATIENCE

from framechain.cli.program import main

CTRL_C_AT_AN_IMPORT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finder())
from framechain_command import run
run()
"""


def run_python(program: str, *arguments: str, cwd: Path) -> tuple[int, str, str]:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", ["framechain", "cv2", "numpy", "framechain.cli.builders"])
def test_installed_command_ctrl_c_at_an_import_shows_no_traceback(name: str, repository: Path) -> None:
    assert run_python(CTRL_C_AT_AN_IMPORT, name, cwd=repository) == (130, "", "")


@pytest.mark.slow
def test_installed_command_runs_the_program(repository: Path) -> None:
    program = "import sys; sys.argv[1:] = ['nowhere.mp4']; from framechain_command import run; run()"
    code, out, err = run_python(program, cwd=repository)
    assert (code, out) == (1, "")
    assert "video not found: nowhere.mp4" in err


def test_program_imports_nothing_heavy(repository: Path) -> None:
    """The help appears at once."""
    heavy = ("mediapipe", "ai_edge_litert", "av", "stow", "matplotlib", "boto3", "tqdm")
    program = f"import sys, framechain.cli.program; print(*(name for name in {heavy} if name in sys.modules))"
    assert run_python(program, cwd=repository) == (0, "\n", "")


@pytest.fixture
def clean_log() -> Iterator[None]:
    yield
    main(["nowhere.mp4"])  # Without -v the handler of an earlier call goes.
    assert [type(handler) for handler in logging.getLogger("framechain").handlers] in ([], [logging.NullHandler])


@pytest.mark.usefixtures("clean_log")
@pytest.mark.parametrize(("option", "levels"), [("--fps", []), ("-v", ["INFO"]), ("-vv", ["DEBUG", "INFO"])])
def test_verbose_prints_the_log_on_stderr(
    option: str, levels: list[str], samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def add_logging_object(options: Any) -> Any:
        def log(frame: Any) -> Any:
            logging.getLogger("framechain.tests").debug("in detail")
            logging.getLogger("framechain.tests").info("in short")
            return frame

        return log

    main(["nowhere.mp4", option])  # A second call adds no second handler.
    arguments = [str(samples / "portrait.jpg"), "--output", str(tmp_path / "o.png"), option]
    capfd.readouterr()
    assert main(arguments, parts=[add_logging_object]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("wrote ")
    lines = [line for line in err.splitlines() if "framechain.tests" in line]
    assert [re.fullmatch(r"\S+ \S+ (\w+) framechain\.tests: in \w+", line)[1] for line in lines] == levels  # type: ignore[index]
    if not levels:
        assert err == ""
