"""The doctor's lines about Python, packages and OpenCV."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path

import pytest

import framechain
from framechain.doctor.packages import (
    EXTRAS,
    OpenCvFacts,
    PackageFacts,
    PythonFacts,
    gather_opencv,
    gather_packages,
    gather_python,
    judge_opencv,
    judge_packages,
    judge_python,
)

ROOT = Path(__file__).resolve().parents[2]
PYTHON = PythonFacts("1.0", "CPython", "3.12.1", 64, "Linux 6.1", "x86_64")
REQUIREMENTS = (
    "av>=17.1,<19",
    "setuptools<81,>=65",
    "mediapipe>=1.2.2,<2",
    "tomli>=2; python_version < '3.11'",
    "onnxruntime>=1.24; python_version >= '3.11' and extra == 'onnx'",
    "onnxruntime>=1.20; python_version < '3.11' and extra == 'onnx'",
)
VERSIONS = {"av": "18.1.0", "setuptools": "80.9.0", "onnxruntime": "1.22.0"}
BOTH = {"opencv-contrib-python": "5.0.0.93", "opencv-python": "5.0.0.93"}
OPENCV = OpenCvFacts(BOTH, "5.0.0", "", "QT5")


def test_python_of_32_bits_is_a_problem() -> None:
    (usual,) = judge_python(PYTHON)
    assert usual.state == "ok"
    assert usual.text == "framechain 1.0 on CPython 3.12.1, 64 bits; Linux 6.1, x86_64"
    (verdict,) = judge_python(dataclasses.replace(PYTHON, bits=32))
    assert verdict.state == "problem"
    assert "64 bits" in verdict.advice


def test_python_facts_are_those_of_this_process() -> None:
    facts = gather_python()
    assert facts.framechain == framechain.__version__
    assert facts.version == ".".join(map(str, sys.version_info[:3]))


def test_packages_in_their_bounds_are_ok() -> None:
    states = [verdict.state for verdict in judge_packages(PackageFacts(VERSIONS, REQUIREMENTS))]
    assert states == ["ok", "ok"]


@pytest.mark.parametrize(
    ("name", "version", "asked"),
    [
        ("av", "19.0.0", "av>=17.1,<19"),
        ("av", "17.0.9", "av>=17.1,<19"),
        ("setuptools", "82.0", "setuptools<81,>=65"),
        ("onnxruntime", "1.19.2", "onnxruntime>=1.20"),
    ],
)
def test_package_out_of_its_bounds_is_a_problem(name: str, version: str, asked: str) -> None:
    first, *_ = judge_packages(PackageFacts({**VERSIONS, name: version}, REQUIREMENTS))
    assert first.state == "problem"
    assert f"{name} {version} is installed" in first.text
    assert first.advice == f"pip install '{asked}'"


def test_package_at_its_lower_bound_is_ok() -> None:
    facts = PackageFacts({**VERSIONS, "av": "17.1", "setuptools": "65"}, REQUIREMENTS)
    assert [verdict.state for verdict in judge_packages(facts)] == ["ok", "ok"]


def test_package_that_is_missing_is_a_problem_unless_another_check_judges_it() -> None:
    """MediaPipe may be missing where LiteRT is, and tomli is for an older Python."""
    first, *rest = judge_packages(PackageFacts({"setuptools": "80"}, REQUIREMENTS))
    assert (first.state, first.text, first.advice) == ("problem", "av is not installed", "pip install 'av>=17.1,<19'")
    assert [verdict.state for verdict in rest] == ["ok"]


def test_extras_are_named_with_the_command_that_installs_them() -> None:
    *_, last = judge_packages(PackageFacts({**VERSIONS, "aiohttp": "3.14"}, REQUIREMENTS))
    assert last.text.startswith("extras: onnx; not installed: virtual-camera, web, ")
    assert "pip install 'framechain[virtual-camera,web,s3,cluster,watch]'" in last.text


def test_extras_are_those_of_the_package() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = project.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    for name, packages in EXTRAS.items():
        line = re.findall(rf"^{name} = (.*)$", section, re.MULTILINE)[0]
        asked = re.findall(r"[\"]([a-z0-9]+)", line)
        assert set(asked) == set(packages) - {"distributed"}


def test_packages_facts_have_what_is_asked_for_and_installed() -> None:
    facts = gather_packages()
    assert any(line.startswith("av") for line in facts.requirements)
    assert facts.versions["numpy"]
    assert all(verdict.state == "ok" for verdict in judge_packages(facts))


def test_opencv_facts_are_those_of_this_process() -> None:
    import cv2

    facts = gather_opencv()
    assert facts.version == cv2.__version__
    assert not facts.av_came_first


def test_opencv_of_one_version_with_windows_is_ok() -> None:
    (verdict,) = judge_opencv(OPENCV)
    assert verdict.state == "ok"
    assert "QT5" in verdict.text


def test_opencv_from_no_package_is_ok() -> None:
    (verdict,) = judge_opencv(OpenCvFacts({}, "4.6.0", "", "GTK3"))
    assert verdict.state == "ok"
    assert "from no package of pip's" in verdict.text


@pytest.mark.parametrize(
    ("facts", "state", "words", "advice"),
    [
        (
            OpenCvFacts({"opencv-python": "5.0.0.93", "opencv-contrib-python": "4.9.0.80"}, "5.0.0", "", "QT5"),
            "problem",
            "different versions",
            "pip uninstall -y opencv-python opencv-contrib-python, then pip install opencv-python==5.0.0.93 "
            "opencv-contrib-python==5.0.0.93",
        ),
        (
            OpenCvFacts({"opencv-python": "5.0.0.93", "opencv-python-headless": "5.0.0.93"}, "5.0.0", "", "QT5"),
            "note",
            "the last one that was installed decides",
            "pip uninstall -y opencv-python opencv-python-headless, then pip install opencv-python==5.0.0.93",
        ),
        (
            OpenCvFacts({"opencv-python": "5.0.0.93", "opencv-python-headless": "5.0.0.93"}, "5.0.0", "", ""),
            "problem",
            "the last one that was installed decides",
            "pip uninstall -y opencv-python opencv-python-headless, then pip install opencv-python==5.0.0.93",
        ),
        (
            dataclasses.replace(OPENCV, version="4.12.0"),
            "problem",
            "but cv2 is 4.12.0: files of two versions are mixed",
            "pip uninstall -y opencv-contrib-python opencv-python, then pip install opencv-contrib-python==5.0.0.93 "
            "opencv-python==5.0.0.93",
        ),
        (
            OpenCvFacts({"opencv-python-headless": "5.0.0.93"}, "5.0.0", "", ""),
            "note",
            "has no windows",
            "for windows: pip install opencv-python",
        ),
        (
            OpenCvFacts(BOTH, error="libGL.so.1: cannot open shared object file"),
            "problem",
            "cannot be imported: libGL.so.1",
            "apt-get install -y libgl1",
        ),
        (OpenCvFacts({}, error="No module named 'cv2'"), "problem", "No module named", "opencv-python"),
        (dataclasses.replace(OPENCV, av_came_first=True), "problem", "av was imported before cv2", "sitecustomize"),
    ],
)
def test_opencv_fault_says_what_to_do(facts: OpenCvFacts, state: str, words: str, advice: str) -> None:
    first, *_ = judge_opencv(facts)
    assert first.state == state
    assert words in first.text
    assert advice in first.advice


def test_opencv_order_of_imports_matters_on_linux_alone() -> None:
    facts = dataclasses.replace(OPENCV, av_came_first=True, is_linux=False)
    assert [verdict.state for verdict in judge_opencv(facts)] == ["ok"]
