"""Runs in places that another program chooses: interpreters, environments, streams, locales, umasks and clocks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.audio import beeps, hear
from support.media import flats, see, write_clip
from support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
FRAMES = 10

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a shell")


def slow(value: Any) -> Any:
    """A case like the one beside it: each starts a process."""
    return pytest.param(value, marks=pytest.mark.slow)


NEGATIVE = """
import sys
from framechain import Engine
Engine(video_path=sys.argv[1], output_path=sys.argv[2], custom_objects=[lambda frame: 255 - frame]).run()
"""


def check_run(
    folder: Path,
    *,
    options: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
    before: str = "",
    streams: str = "",
    name: str = "clip",
    program: str = NEGATIVE,
) -> Path:
    """Make the negative of a clip in a process of its own, check it, and return it.

    Args:
        folder: Where to work.
        options: Python's options.
        environment: All of the environment, besides the place of the package.
        before: What a shell does first, such as setting a umask.
        streams: What a shell does to the standard streams, such as closing one by `<&-`.
        name: The clip's name.
        program: Python that makes the negative.
    """
    source, target = (
        write_clip(folder / f"{name}.mp4", flats(FRAMES), audio=beeps(FRAMES / 25)),
        folder / f"{name}_.mp4",
    )
    command = ["/bin/sh", "-c", f'{before} exec "$@" {streams}', "sh", sys.executable, *options, "-c", program]
    done = subprocess.run(
        [*command, source, str(target)],
        cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert see(target).greys() == pytest.approx([255 - grey for grey in see(source).greys()], abs=4)
    assert hear(target).packets == hear(source).packets
    assert sorted(os.listdir(folder)) == sorted([f"{name}.mp4", f"{name}_.mp4"])
    return target


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [["-OO"], slow(["-X", "dev"]), slow(["-W", "error"])], ids=lambda options: "".join(options)
)
def test_run_in_another_mode_of_python_writes_its_output(options: list[str], tmp_path: Path) -> None:
    check_run(tmp_path, options=options)


@pytest.mark.slow
def test_model_in_optimised_python_and_an_empty_environment_cuts_out(tmp_path: Path) -> None:
    command = [sys.executable, "-OO", str(ROOT / "main.py"), str(ROOT / "samples" / "portrait.jpg")]
    done = subprocess.run(
        [*command, "--background", "#0000ff", "--output", "out.png"],
        cwd=tmp_path, env={}, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    image = cv2.imread(str(tmp_path / "out.png"))
    assert image is not None
    blue = (image == (255, 0, 0)).all(axis=2).mean()
    assert 0.1 < blue < 0.9


@pytest.mark.slow
def test_run_in_an_empty_environment_writes_its_output(tmp_path: Path) -> None:
    check_run(tmp_path, environment={})


@pytest.mark.parametrize("streams", ["<&- >&-", slow("<&- >&- 2>&-")])
def test_run_with_closed_streams_writes_its_output(streams: str, tmp_path: Path) -> None:
    check_run(tmp_path, streams=streams)


@pytest.mark.parametrize("locale", ["C", slow("tr_TR.UTF-8")])
def test_run_in_another_locale_writes_a_name_of_any_script(locale: str, tmp_path: Path) -> None:
    plain = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    check_run(tmp_path, environment={**os.environ, **plain}, name="Grüße-日本-\N{GRINNING FACE}")


@pytest.mark.parametrize("umask", [slow(0o000), 0o777])
def test_run_with_another_umask_writes_a_file_of_its_mode(umask: int, tmp_path: Path) -> None:
    if umask & 0o400 and os.geteuid() != 0:
        pytest.skip("only root reads a file that nobody may read")
    target = check_run(tmp_path, before=f"umask {umask:03o};")
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask


JUMPING = """
import itertools, sys, time
jumps, usual = itertools.cycle([0, 86400 * 400, -86400 * 7000, -3600, 1e9]), time.time
time.time = lambda: usual() + next(jumps)
time.time_ns = lambda: int(time.time() * 1e9)
""" + NEGATIVE.replace(").run()", ", progress=True, object_timeout=60).run()")


@pytest.mark.slow
def test_run_while_the_clock_jumps_writes_its_output(tmp_path: Path) -> None:
    check_run(tmp_path, program=JUMPING)


SPAWNED = """
import multiprocessing, sys
import numpy as np
from framechain import BackgroundReplacement, Encoding, Engine, FPSmetric
from framechain.backgrounds import Color
from framechain.mattes import ChromaKey

def work(source, target, objects, encoding):
    return Engine(video_path=source, output_path=target, custom_objects=objects, encoding=encoding).run()

if __name__ == "__main__":
    objects = [BackgroundReplacement(ChromaKey(), Color((9, 8, 7))), FPSmetric(np.uint8(3))]
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        results = pool.starmap(work, [(sys.argv[2], target, objects, Encoding(crf=5)) for target in sys.argv[3:]])
    print([result.frames_written for result in results])
"""


@pytest.mark.parametrize("method", [slow("spawn"), slow("forkserver"), "fork"])
def test_runs_in_a_pool_of_processes_with_objects_that_are_sent_there(method: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(FRAMES))
    program, targets = tmp_path / "program.py", [str(tmp_path / f"{number}.mp4") for number in range(4)]
    program.write_text(SPAWNED)
    done = subprocess.run(
        [sys.executable, str(program), method, source, *targets],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == (f"{[FRAMES] * 4}\n", 0), done.stderr
    assert [see(target).count for target in targets] == [FRAMES] * 4
