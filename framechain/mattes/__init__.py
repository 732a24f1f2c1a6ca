"""Who is in front: callables `frame -> alpha`, uint8 (H, W) in 0..255 or float32 (H, W) in [0, 1], 1 in front.

Mattes that watch the scene may say what somebody in front of the camera should know in an attribute `status`, and
all may say how their answer is best shaped in `edge`, (threshold, softness); see `SmallMatte`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .average import RunningAverage
    from .base import SmallMatte
    from .chroma import ChromaKey
    from .contour import ContourFill
    from .mediapipe import MediaPipeMatte
    from .onnx import OnnxMatte
    from .reference import ReferenceFrame
    from .subtractors import KNN, MOG2
    from .threshold import OtsuThreshold

# Imported when they are asked for: most programs need one of them, and all take a fifth of the package's import.
_MODULES = {
    "KNN": "subtractors",
    "MOG2": "subtractors",
    "ChromaKey": "chroma",
    "ContourFill": "contour",
    "MediaPipeMatte": "mediapipe",
    "OnnxMatte": "onnx",
    "OtsuThreshold": "threshold",
    "ReferenceFrame": "reference",
    "RunningAverage": "average",
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
    "OnnxMatte",
    "OtsuThreshold",
    "ReferenceFrame",
    "RunningAverage",
    "SmallMatte",
]
