"""What runs the models: LiteRT where it is installed, otherwise MediaPipe's task, with the same answers."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.patience import PATIENCE

from framechain.mattes.selfie import runtimes as _runtimes
from framechain.mattes.selfie.model import GENERAL, LANDSCAPE, SelfieModel, read_model
from framechain.mattes.selfie.runtimes import LiteRtRuntime, MediaPipeRuntime, Runtime

pytest.importorskip("ai_edge_litert", reason="LiteRT has no wheel for this system")


@pytest.fixture
def portrait(samples: Path) -> Any:
    picture = cv2.imread(str(samples / "portrait.jpg"))
    assert picture is not None
    return picture[..., ::-1]


@pytest.mark.parametrize("selection", [GENERAL, LANDSCAPE])
def test_both_give_the_same_numbers(selection: int, portrait: Any) -> None:
    size = SelfieModel(selection).size
    lite, task = LiteRtRuntime(read_model(selection)), MediaPipeRuntime(read_model(selection))
    height, width = portrait.shape[:2]
    for share in (1.0, 0.7, 0.4):
        part = portrait[: int(height * share), : int(width * share)]
        rgb: Any = np.ascontiguousarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
        one, other = lite(rgb), task(rgb)
        assert one.shape == other.shape == size[::-1]
        assert one.dtype == other.dtype == np.float32
        np.testing.assert_array_equal(one, other)
        assert one.max() > 0.9
        assert one.min() < 0.1
    lite.close()
    task.close()


@pytest.mark.parametrize("kind", [LiteRtRuntime, MediaPipeRuntime])
def test_an_answer_outlives_the_next_one_and_the_model(kind: Callable[[bytes], Runtime], portrait: Any) -> None:
    runtime = kind(read_model(LANDSCAPE))
    found = runtime(np.ascontiguousarray(cv2.resize(portrait, (256, 144))))
    kept = found.copy()
    runtime(np.zeros((144, 256, 3), np.uint8))
    runtime.close()
    np.testing.assert_array_equal(found, kept)


def test_litert_is_used_where_it_is() -> None:
    assert isinstance(_runtimes.load_runtime(read_model(LANDSCAPE), (256, 144)), LiteRtRuntime)


def test_without_litert_mediapipe_does_it(portrait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = SelfieModel(LANDSCAPE)
    rgb: Any = np.ascontiguousarray(cv2.resize(portrait, one.size))
    found = one(rgb)
    one.close()
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    np.testing.assert_array_equal(one(rgb), found)
    assert isinstance(one._runtime, MediaPipeRuntime)
    one.close()


@pytest.mark.parametrize("selection", [GENERAL, LANDSCAPE])
def test_a_model_is_closed_copied_and_used_again(selection: int, portrait: Any) -> None:
    one = SelfieModel(selection)
    rgb: Any = np.ascontiguousarray(cv2.resize(portrait, one.size))
    found = one(rgb)
    twin = copy.deepcopy(one)
    one.close()
    one.close()
    np.testing.assert_array_equal(one(rgb), found)
    np.testing.assert_array_equal(twin(rgb), found)


def test_mediapipe_is_not_even_imported_where_litert_is(samples: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from framechain import Engine, MPSegmentation;"
        f"Engine(image_path={str(samples / 'portrait.jpg')!r}, output_path={str(tmp_path / 'out.png')!r},"
        " custom_objects=[MPSegmentation()]).run();"
        "print(*(name for name in ('mediapipe', 'matplotlib') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
    assert (tmp_path / "out.png").is_file()
