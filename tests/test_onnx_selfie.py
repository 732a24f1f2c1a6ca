"""A trained network through `OnnxMatte`: the models that ship here, as ONNX, answer as MediaPipe does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from framechain.mattes import OnnxMatte
from framechain.mattes._selfie import SelfieModel

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("mediapipe.tasks.metadata.schema_py_generated")

import selfie_onnx

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "portrait.jpg"


@pytest.mark.parametrize("selection", [0, 1])
@pytest.mark.parametrize(("layout", "half"), [("NHWC", False), ("NCHW", False), ("NCHW", True)])
def test_the_models_that_ship_here(selection: int, layout: str, half: bool, tmp_path: Path) -> None:
    """Size, layout and float16 are read from the file, and no sigmoid is added to the one that is in it."""
    name = selfie_onnx.MODELS[selection]
    path = selfie_onnx.convert(name, tmp_path / f"{name}.onnx", layout=layout, half=half)
    finder = SelfieModel(selection)
    picture: Any = cv2.imread(str(SAMPLE))
    small = np.ascontiguousarray(cv2.resize(picture, finder.size, interpolation=cv2.INTER_AREA))
    expected = 255 * finder(np.ascontiguousarray(small[..., ::-1]))
    finder.close()
    assert 60 < expected.mean() < 200
    assert expected.max() - expected.min() > 250
    difference = np.abs(OnnxMatte(path)(small) - expected)
    assert difference.max() <= (8 if half else 0.6)
    assert difference.mean() <= (0.3 if half else 0.1)
    # The wrong order of channels is not good enough to pass for the right one.
    assert np.abs(OnnxMatte(path, channels="BGR")(small) - expected).mean() > 1
