"""Programs without stdout or stderr: windowed ones (pythonw), services, `program 2>&-`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.media import photos, see, write_clip

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
how, *arguments = sys.argv[1:]
if how == "none":
    sys.stderr = None
elif how == "closed":
    sys.stderr.close()
from framechain import BackgroundReplacement, Engine
from framechain.backgrounds import Blur
from framechain.mattes import MediaPipeMatte

class Remarks:
    problem = "something to say"
    def __call__(self, frame):
        return frame

for progress in (True, None):
    chain = [BackgroundReplacement(MediaPipeMatte(), Blur()), Remarks()]
    result = Engine(video_path="clip.mp4", custom_objects=chain, output_path="out.mp4", progress=progress).run()
    assert (result.frames_written, result.warnings[-1:]) == (8, ("something to say",)), result
print("done")
"""


def run_program(folder: Path, *words: str, how: str = "") -> subprocess.CompletedProcess[str]:
    """Run Python without some of its standard streams: `how` is what a shell understands, such as `2>&-`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = ["sh", "-c", f'exec "$@" {how}', "sh", sys.executable, *words]
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, timeout=100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_clip(tmp_path / "clip.mp4", photos(8))
    return tmp_path


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("how", ["none", *(pytest.param(how, marks=pytest.mark.slow) for how in ("closed", "2>&-"))])
def test_run_without_stderr_writes_its_output(how: str, folder: Path) -> None:
    done = run_program(folder, "-c", PROGRAM, how, how=how if how == "2>&-" else "")
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr
    assert see(folder / "out.mp4").count == 8
    assert sorted(os.listdir(folder)) == ["clip.mp4", "out.mp4"]


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize(
    ("how", "printed"), [("2>&-", "wrote out.mp4: 8 frames"), pytest.param("<&- >&- 2>&-", "", marks=pytest.mark.slow)]
)
def test_command_line_without_stderr_writes_its_output_and_mixes_nothing(how: str, printed: str, folder: Path) -> None:
    words = [str(ROOT / "main.py"), "clip.mp4", "--output", "out.mp4", "--progress", "-v"]
    done = run_program(folder, *words, how=how)
    assert done.returncode == 0
    assert done.stdout.startswith(printed)
    assert len(done.stdout.splitlines()) == bool(printed)
    assert see(folder / "out.mp4").count == 8


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_command_line_without_stderr_prints_no_error_on_stdout(folder: Path) -> None:
    done = run_program(folder, str(ROOT / "main.py"), "none.mp4", how="2>&-")
    assert (done.returncode, done.stdout) == (1, "")
