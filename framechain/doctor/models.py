"""What runs the models: LiteRT or MediaPipe for the model that is shipped, ONNX Runtime for others."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .packages import find_versions
from .verdict import Verdict, join_words

_RUNS = 5
_ONNX_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml")
# Azure's sends frames to a server: framechain does not use it.
_NO_GPU = ("CPUExecutionProvider", "AzureExecutionProvider")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What runs the model that finds people.

    Attributes:
        runtime: "LiteRT" or "MediaPipe"; "" if neither can.
        versions: Which are installed, with their versions.
        milliseconds: How long one image takes.
        error: Why the model does not run.
    """

    runtime: str = ""
    versions: Mapping[str, str] | None = None
    milliseconds: float = 0.0
    error: str = ""


def gather_models() -> ModelFacts:
    """Load the model as a run does, and run it."""
    import numpy as np

    from ..errors import DependencyError
    from ..mattes.selfie.model import LANDSCAPE, SelfieModel, read_model
    from ..mattes.selfie.runtimes import LiteRtRuntime, load_runtime

    versions = find_versions(["ai-edge-litert", "mediapipe"])
    width, height = SelfieModel(LANDSCAPE).size
    try:
        runtime = load_runtime(read_model(LANDSCAPE), (width, height))
    except DependencyError as error:
        return ModelFacts(versions=versions, error=str(error))
    seconds = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        runtime(np.zeros((height, width, 3), np.uint8))
        seconds.append(time.perf_counter() - began)
    runtime.close()
    name = "LiteRT" if isinstance(runtime, LiteRtRuntime) else "MediaPipe"
    return ModelFacts(name, versions, round(1000 * min(seconds), 2))


def judge_models(facts: ModelFacts) -> Iterable[Verdict]:
    """Return whether people can be found."""
    versions = facts.versions or {}
    if facts.error:
        yield Verdict("problem", facts.error, "pip install ai-edge-litert, or pip install mediapipe")
        return
    package = "ai-edge-litert" if facts.runtime == "LiteRT" else "mediapipe"
    text = f"{facts.runtime} {versions.get(package, '')} runs the model in {facts.milliseconds:.1f} ms"
    if facts.runtime == "LiteRT":
        yield Verdict("ok", text)
    else:
        advice = "LiteRT takes half the time, where it has wheels: pip install ai-edge-litert"
        yield Verdict("note", text, advice)


@dataclass(frozen=True, slots=True)
class OnnxFacts:
    """ONNX Runtime, for models of your own.

    Attributes:
        packages: Which of its packages are installed, with their versions.
        providers: What it was built to run models on.
        error: Why it cannot be imported.
    """

    packages: Mapping[str, str]
    providers: tuple[str, ...] = ()
    error: str = ""


def gather_onnx() -> OnnxFacts:
    """Look at ONNX Runtime."""
    from ..errors import DependencyError
    from ..mattes.onnx.session import import_onnxruntime

    packages = find_versions(_ONNX_PACKAGES)
    try:
        onnxruntime = import_onnxruntime()
    except DependencyError as error:
        return OnnxFacts(packages, error=str(error.__cause__ or error))
    return OnnxFacts(packages, tuple(onnxruntime.get_available_providers()))


def judge_onnx(facts: OnnxFacts) -> Iterable[Verdict]:
    """Return whether models of your own can be run, and on what."""
    named = join_words([f"{name} {version}" for name, version in facts.packages.items()])
    if len(facts.packages) > 1:
        text = f"{named} write into one folder: the last one that was installed is used"
        names = " ".join(facts.packages)
        yield Verdict("problem", text, f"pip uninstall -y {names}, then install the one that you want")
    if facts.error and not facts.packages:
        advice = "for --matte onnx and OnnxStyle: pip install 'framechain[onnx]'"
        yield Verdict("note", "onnxruntime is not installed", advice)
    elif facts.error:
        advice = f"pip install --force-reinstall {next(iter(facts.packages))}"
        yield Verdict("problem", f"{named} cannot be imported: {facts.error}", advice)
    elif len(facts.packages) < 2:
        gpu = [name for name in facts.providers if name not in _NO_GPU]
        on = f"built for {join_words(gpu)}: pass them as providers" if gpu else "runs models on the CPU alone"
        yield Verdict("ok", f"{named or 'onnxruntime'} {on}")
