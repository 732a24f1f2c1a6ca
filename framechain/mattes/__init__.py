"""Who is in front: callables `frame -> alpha`, uint8 (H, W) in 0..255 or float32 (H, W) in [0, 1], 1 in front.

Mattes that watch the scene may say what somebody in front of the camera should know in an attribute `status`, and
all may say how their answer is best shaped in `edge`, (threshold, softness); see `SmallMatte`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import SmallMatte
    from .chroma import ChromaKey
    from .onnx.family import OnnxFamily
    from .onnx.matte import OnnxMatte
    from .scene.contour import ContourFill
    from .scene.otsu import OtsuThreshold
    from .scene.reference import ReferenceFrame
    from .scene.running_average import RunningAverage
    from .scene.subtractors import KNN, MOG2
    from .selfie.matte import MediaPipeMatte

# Imported when they are asked for: most programs need one of them, and all take a fifth of the package's import.
_MODULES = {
    "KNN": "scene.subtractors",
    "MOG2": "scene.subtractors",
    "ChromaKey": "chroma",
    "ContourFill": "scene.contour",
    "MediaPipeMatte": "selfie.matte",
    "OnnxFamily": "onnx.family",
    "OnnxMatte": "onnx.matte",
    "OtsuThreshold": "scene.otsu",
    "ReferenceFrame": "scene.reference",
    "RunningAverage": "scene.running_average",
    "SmallMatte": "base",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


__all__ = [
    "KNN",
    "MOG2",
    "ChromaKey",
    "ContourFill",
    "MediaPipeMatte",
    "OnnxFamily",
    "OnnxMatte",
    "OtsuThreshold",
    "ReferenceFrame",
    "RunningAverage",
    "SmallMatte",
]
