"""Who is in front: callables `frame -> alpha`, uint8 (H, W) in 0..255 or float32 (H, W) in [0, 1], 1 in front.

Mattes that watch the scene may say what somebody in front of the camera should know in an attribute `status`, and
all may say how their answer is best shaped in `edge`, (threshold, softness); see `SmallMatte`.
"""

from .average import RunningAverage
from .base import SmallMatte
from .chroma import ChromaKey
from .contour import ContourFill
from .mediapipe import MediaPipeMatte
from .onnx import OnnxMatte
from .reference import ReferenceFrame
from .subtractors import KNN, MOG2
from .threshold import OtsuThreshold

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
