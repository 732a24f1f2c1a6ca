"""The doctor's lines about what runs the models."""

from __future__ import annotations

import pytest

from framechain.doctor.models import ModelFacts, OnnxFacts, gather_models, gather_onnx, judge_models, judge_onnx

VERSIONS = {"ai-edge-litert": "2.3.0", "mediapipe": "1.2.2"}
CPU = ("AzureExecutionProvider", "CPUExecutionProvider")


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (ModelFacts("LiteRT", VERSIONS, 1.3), "ok", "LiteRT 2.3.0 runs the model in 1.3 ms"),
        (ModelFacts("MediaPipe", {"mediapipe": "1.2.2"}, 2.6), "note", "pip install ai-edge-litert"),
        (ModelFacts(error="MediaPipe cannot be imported (x)"), "problem", "MediaPipe cannot be imported (x)"),
    ],
)
def test_models_verdicts(facts: ModelFacts, state: str, words: str) -> None:
    (verdict,) = judge_models(facts)
    assert verdict.state == state
    assert words in f"{verdict.text} {verdict.advice}"


def test_model_runs_on_this_machine() -> None:
    facts = gather_models()
    assert facts.runtime in ("LiteRT", "MediaPipe")
    assert facts.milliseconds > 0
    assert facts.error == ""


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (OnnxFacts({"onnxruntime": "1.24"}, CPU), "ok", "onnxruntime 1.24 runs models on the CPU alone"),
        (OnnxFacts({"onnxruntime-gpu": "1.24"}, ("CUDAExecutionProvider", *CPU)), "ok", "CUDAExecutionProvider"),
        (OnnxFacts({}, error="No module named 'onnxruntime'"), "note", "framechain[onnx]"),
        (OnnxFacts({"onnxruntime": "1.24"}, error="libcudart"), "problem", "--force-reinstall onnxruntime"),
        (
            OnnxFacts({"onnxruntime": "1.24", "onnxruntime-gpu": "1.23"}, CPU),
            "problem",
            "pip uninstall -y onnxruntime onnxruntime-gpu",
        ),
    ],
)
def test_onnx_verdicts(facts: OnnxFacts, state: str, words: str) -> None:
    (verdict,) = judge_onnx(facts)
    assert verdict.state == state
    assert words in f"{verdict.text} {verdict.advice}"


def test_onnx_providers_are_those_of_this_machine() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    assert gather_onnx().providers == tuple(onnxruntime.get_available_providers())
