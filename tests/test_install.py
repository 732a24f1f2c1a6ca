"""The package: a light import, the right models, its metadata."""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module, resources
from pathlib import Path

import pytest
import setuptools
from support.patience import PATIENCE

import framechain

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(framechain.__file__).parent
MODELS = {
    "selfie_segmentation.tflite": "1450dca4ccfaf919d8d86f281ea74795428ecaa594ba154c0a0ed92437644452",
    "selfie_segmentation_landscape.tflite": "7dd8567f5957fda45a1c6cc64ef6d043ed2055d0a3d6885b3625075187471dd7",
    "face_detection_short_range.tflite": "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "face_detection_full_range_sparse.tflite": "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    "pp_humansegv2_lite_portrait.tflite": "3c23fe07dfdca6da322f7642bc119235d797fd36d09aa71e03fc808f636af15b",
}


def python(program: str, path: Path = PACKAGE.parent, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(path), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_import_loads_no_heavy_package() -> None:
    """Slow packages are imported when they are first used."""
    heavy = ("mediapipe", "ai_edge_litert", "av", "stow", "matplotlib", "boto3", "tqdm", "PIL", "IPython")
    heavy = (*heavy, "importlib.metadata", "tomllib")
    done = python(f"import sys, framechain; print(*(name for name in {heavy} if name in sys.modules))")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_objects_are_made_without_heavy_packages() -> None:
    done = python(
        "import sys; from framechain import MPSegmentation, FPSmetric; MPSegmentation(), FPSmetric();"
        "print(*(name for name in ('mediapipe', 'ai_edge_litert', 'av', 'stow') if name in sys.modules))"
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_import_and_command_load_nothing_of_the_page() -> None:
    """What the extra `web` brings is imported by `framechain serve` alone."""
    page = ("aiohttp", "aiortc", "aioice", "yarl", "cryptography", "framechain.web")
    program = "import sys, framechain, framechain.cli.program"
    done = python(f"{program}; print(*(name for name in {page} if name in sys.modules))")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_import_av_before_cv2_is_a_warning() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only on Linux it matters")
    for first, is_warned in (("av", True), ("av, cv2", True), ("cv2, av", False), ("framechain, av", False)):
        done = python(f"import {first}, framechain")
        assert done.returncode == 0
        assert ("FramechainWarning: av was imported before cv2" in done.stderr) is is_warned


@pytest.mark.parametrize("name", MODELS)
def test_model_file_is_the_one_of_its_readme(name: str) -> None:
    data = (resources.files("framechain") / "assets" / name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == MODELS[name]
    readme = (PACKAGE / "assets" / "README.md").read_text(encoding="utf-8")
    assert MODELS[name] in readme
    assert name in readme
    assert "Apache" in (PACKAGE / "assets" / "LICENSE").read_text(encoding="utf-8")


def test_font_file_is_the_one_of_its_readme() -> None:
    digest = hashlib.sha256((PACKAGE / "assets" / "DejaVuSans.ttf").read_bytes()).hexdigest()
    assert digest in (PACKAGE / "assets" / "README.md").read_text(encoding="utf-8")
    assert "Bitstream" in (PACKAGE / "assets" / "LICENSE_DEJAVU").read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", ["changed", pytest.param("missing", marks=pytest.mark.slow)])
def test_model_file_damaged_or_missing_is_an_error(damage: str, tmp_path: Path) -> None:
    # With its byte code, but for files that Python is about to rename.
    shutil.copytree(PACKAGE, tmp_path / "framechain", ignore=shutil.ignore_patterns("*.pyc.*"))
    model = tmp_path / "framechain" / "assets" / "selfie_segmentation_landscape.tflite"
    if damage == "changed":
        model.write_bytes(model.read_bytes()[:-1] + b"!")
    else:
        model.unlink()
    done = python(
        "import numpy, framechain; framechain.MPSegmentation()(numpy.zeros((9, 9, 3), numpy.uint8))", path=tmp_path
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("framechain.errors.DependencyError: the model selfie_segmentation_landscape.tflite is ")
    assert last.endswith("reinstall framechain")


def test_missing_mediapipe_is_an_error_with_the_command_to_install_it(tmp_path: Path) -> None:
    for name in ("mediapipe", "ai_edge_litert"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('no such thing')")
    done = python(
        "import numpy, framechain; framechain.MPSegmentation()(numpy.zeros((9, 9, 3), numpy.uint8))",
        PYTHONPATH=f"{tmp_path}{os.pathsep}{PACKAGE.parent}",
    )
    assert done.returncode == 1
    message = "framechain.errors.DependencyError: MediaPipe cannot be imported (no such thing): pip install mediapipe"
    assert message in done.stderr


def test_package_version_exports_and_entry_point_exist() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|(a|b|rc)\d+)?", framechain.__version__)
    assert (PACKAGE / "py.typed").is_file()
    for name in framechain.__all__:
        assert getattr(framechain, name) is not None
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    module, function = re.findall(r'^framechain = "(\S+):(\S+)"$', project, re.MULTILINE)[0]
    assert callable(getattr(import_module(module), function))


def test_package_exports_every_error() -> None:
    members = vars(framechain.errors).items()
    kinds = {name for name, value in members if inspect.isclass(value) and issubclass(value, BaseException)}
    assert kinds <= set(framechain.__all__)
    assert "CameraLostError" in kinds


def test_dir_names_the_api_alone() -> None:
    packages = {"backgrounds", "effects", "faces", "framing", "mattes", "sinks", "sources"}
    names = {name for name in dir(framechain) if not name.startswith("__")}
    assert names == {*framechain.__all__, *packages} - {"__version__"}
    assert {"__version__", "__doc__", "__name__"} <= set(dir(framechain))


def test_package_contains_every_folder() -> None:
    """setuptools finds a folder by its __init__.py."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    include = re.findall(r'"(framechain[.*\w]*)"', re.findall(r"^include = \[([^\]]*)\]", project, re.MULTILINE)[0])
    listed = set(setuptools.find_packages(str(ROOT), include=include))
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert listed == {".".join(("framechain", *folder.relative_to(PACKAGE).parts)) for folder in folders}


def test_requirements_are_in_one_file() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dependencies = { file = ["requirements.txt"] }' in project
    lines = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    names = {re.split(r"[<>=]", line)[0] for line in lines if line}
    assert names >= {"opencv-python", "mediapipe", "numpy", "stow", "tqdm", "av"}
    assert all(">=" in line for line in lines if line)


def test_public_names_have_docstrings() -> None:
    for name in framechain.__all__:
        thing = getattr(framechain, name)
        if inspect.isclass(thing) and name != "Image":  # It is an alias, which Python 3.10 takes for a class.
            assert inspect.getdoc(thing), name
            for member, value in vars(thing).items():
                if not member.startswith("_") and callable(value):
                    assert inspect.getdoc(value), f"{name}.{member}"


def test_mattes_are_imported_when_first_used() -> None:
    script = (
        "import sys, framechain\n"
        "assert 'framechain.mattes.scene.subtractors' not in sys.modules\n"
        "from framechain import mattes\n"
        "assert sorted(mattes._MODULES) == sorted(mattes.__all__)\n"
        "assert all(getattr(mattes, name).__name__ == name for name in mattes.__all__)\n"
        "print(hasattr(mattes, 'unknown'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout == "False\n"
