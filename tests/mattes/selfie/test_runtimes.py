"""The runtimes of a model: LiteRT and MediaPipe return the same numbers."""

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

from framechain.mattes.selfie import runtimes
from framechain.mattes.selfie.model import GENERAL, LANDSCAPE, SelfieModel, read_model
from framechain.mattes.selfie.runtimes import LiteRtRuntime, MediaPipeRuntime, Runtime

ORIGINALS = Path(__file__).resolve().parents[3] / "benchmarks" / "models"

pytest.importorskip("ai_edge_litert", reason="LiteRT has no wheel for this system")


@pytest.fixture
def portrait(samples: Path) -> Any:
    image = cv2.imread(str(samples / "portrait.jpg"))
    assert image is not None
    return image[..., ::-1]


@pytest.mark.parametrize("selection", [GENERAL, LANDSCAPE])
def test_runtimes_same_image_give_the_same_numbers(selection: int, portrait: Any) -> None:
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


@pytest.mark.parametrize("selection", [GENERAL, LANDSCAPE])
def test_read_model_gives_the_same_numbers_as_the_original_file(selection: int, portrait: Any) -> None:
    name = "selfie_segmentation.tflite" if selection == GENERAL else "selfie_segmentation_landscape.tflite"
    original = (ORIGINALS / name).read_bytes()
    assert original != read_model(selection)
    ours, theirs = LiteRtRuntime(read_model(selection)), LiteRtRuntime(original)
    for share in (1.0, 0.5):
        part = portrait[: int(portrait.shape[0] * share)]
        rgb: Any = np.ascontiguousarray(cv2.resize(part, SelfieModel(selection).size, interpolation=cv2.INTER_AREA))
        np.testing.assert_array_equal(ours(rgb), theirs(rgb))


@pytest.mark.parametrize("kind", [LiteRtRuntime, MediaPipeRuntime])
def test_runtime_answer_outlives_next_call_and_close(kind: Callable[[bytes], Runtime], portrait: Any) -> None:
    runtime = kind(read_model(LANDSCAPE))
    found = runtime(np.ascontiguousarray(cv2.resize(portrait, (256, 144))))
    kept = found.copy()
    runtime(np.zeros((144, 256, 3), np.uint8))
    runtime.close()
    np.testing.assert_array_equal(found, kept)


def test_load_runtime_with_litert_uses_it() -> None:
    assert isinstance(runtimes.load_runtime(read_model(LANDSCAPE), (256, 144)), LiteRtRuntime)


def test_load_runtime_without_litert_uses_mediapipe(portrait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = SelfieModel(LANDSCAPE)
    rgb: Any = np.ascontiguousarray(cv2.resize(portrait, one.size))
    found = one(rgb)
    one.close()
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    np.testing.assert_array_equal(one(rgb), found)
    assert isinstance(one._runtime, MediaPipeRuntime)
    one.close()


@pytest.mark.parametrize("selection", [GENERAL, LANDSCAPE])
def test_selfie_model_closed_and_copied_is_loaded_again(selection: int, portrait: Any) -> None:
    one = SelfieModel(selection)
    rgb: Any = np.ascontiguousarray(cv2.resize(portrait, one.size))
    found = one(rgb)
    twin = copy.deepcopy(one)
    one.close()
    one.close()
    np.testing.assert_array_equal(one(rgb), found)
    np.testing.assert_array_equal(twin(rgb), found)


@pytest.mark.slow
def test_engine_with_litert_does_not_import_mediapipe(samples: Path, tmp_path: Path) -> None:
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
