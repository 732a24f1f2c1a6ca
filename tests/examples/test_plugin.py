"""examples/plugin, installed into an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "plugin"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.slow
@pytest.mark.skipif(int(version("setuptools").split(".")[0]) < 71, reason="this setuptools builds no wheels by itself")
def test_plugin_installed_by_pip_is_found_by_name(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    if not python.exists():
        python = environment / "Scripts" / "python.exe"
    # The empty environment sees this one's libraries, and this clone; the plug-in is installed into it alone.
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).stdout.strip()
    Path(site, "outer.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
    package = tmp_path / "plugin"
    shutil.copytree(EXAMPLE, package, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-build-isolation", "-q"]
    run(*pip, package, cwd=tmp_path)
    command = [python, ROOT / "main.py"]

    listed = run(*command, "objects", "glow", cwd=tmp_path).stdout
    assert "  glow (framechain-glow): Bright parts of the picture glow.\n" in listed
    assert "radius: int = 15; How far the light spreads, in pixels; at least 1.\n" in listed

    image = np.zeros((40, 40, 3), np.uint8)
    image[18:22, 18:22] = 255
    assert cv2.imwrite(str(tmp_path / "a.png"), image)
    run(*command, "a.png", "--object", "glow:radius=3", "--quiet", cwd=tmp_path)
    result = cv2.imread(str(tmp_path / "a_out.png"))
    assert result[16, 16].min() > 0
    assert result[0, 0].max() == 0
    run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", "--doctest-modules", "-n", "0", cwd=package)
