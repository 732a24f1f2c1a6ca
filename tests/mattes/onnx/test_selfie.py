"""Trained networks through `OnnxMatte`: the models that ship here, as ONNX, answer as MediaPipe does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.benches import FOLDER, run

from framechain.mattes import OnnxMatte
from framechain.mattes.selfie.model import SelfieModel

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("mediapipe.tasks.metadata.schema_py_generated")

import selfie_onnx
from support.onnx_graphs import make_matte

SAMPLE = FOLDER.parent / "samples" / "portrait.jpg"


@pytest.mark.parametrize("selection", [0, 1])
@pytest.mark.parametrize(("layout", "half"), [("NHWC", False), ("NCHW", False), ("NCHW", True)])
def test_onnx_matte_selfie_models_answer_as_mediapipe(selection: int, layout: str, half: bool, tmp_path: Path) -> None:
    """Size, layout and float16 are read from the file; the sigmoid in the file is not applied again."""
    name = selfie_onnx.MODELS[selection]
    path = selfie_onnx.convert(name, tmp_path / f"{name}.onnx", layout=layout, half=half)
    model = SelfieModel(selection)
    image: Any = cv2.imread(str(SAMPLE))
    small = np.ascontiguousarray(cv2.resize(image, model.size, interpolation=cv2.INTER_AREA))
    expected = 255 * model(np.ascontiguousarray(small[..., ::-1]))
    model.close()
    assert 60 < expected.mean() < 200
    assert expected.max() - expected.min() > 250
    difference = np.abs(OnnxMatte(path)(small) - expected)
    assert difference.max() <= (8 if half else 0.6)
    assert difference.mean() <= (0.3 if half else 0.1)
    # The wrong order of channels is further off than the tolerance.
    assert np.abs(make_matte(path, channels="BGR")(small) - expected).mean() > 1


def _read_words(script: str, *arguments: str) -> list[list[str]]:
    """Return the words of the lines that a benchmark prints."""
    return [line.replace("|", " ").split() for line in run(script, *arguments).splitlines()]


@pytest.mark.slow
def test_benchmarks_onnx_model_is_measured(tmp_path: Path) -> None:
    """The score equals that of the same network in MediaPipe."""
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    image: Any = cv2.imread(str(SAMPLE))
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[200:, 100:400] = 255
    cv2.imwrite(str(tmp_path / "images" / "me.jpg"), image)
    cv2.imwrite(str(tmp_path / "masks" / "me.png"), mask)
    model = str(selfie_onnx.convert(selfie_onnx.MODELS[0], tmp_path / "mine.onnx"))
    lines = _read_words("quality.py", "--masks", str(tmp_path), "--onnx", model, "--only", "fast, general")
    (shipped,), (mine,) = ([line[-5:] for line in lines if line[:1] == [name]] for name in ("fast,", "mine"))
    assert 0.1 < float(mine[0]) < 1
    assert float(mine[0]) == pytest.approx(float(shipped[0]), abs=0.01)
    ((_, size, _, cost, memory),) = (
        line for line in _read_words("onnx_cost.py", "--onnx", model, "--frames", "1") if line[:1] == ["mine.onnx"]
    )
    assert float(size) == pytest.approx(Path(model).stat().st_size / 1e6, abs=0.06)
    assert float(cost) > 0
    assert float(memory) > 30 or sys.platform != "linux"
