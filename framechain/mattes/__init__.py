"""Mattes: each says who is foreground. A matte turns a frame into alpha, see `framechain.contracts.Matte`.

- `base`: `SmallMatte`, the base of mattes that work on a small copy of the frame.
- `chroma`: the green screen.
- `selfie`: people, found by MediaPipe's selfie segmentation models.
- `scene`: a camera that stands still, without a model.
- `onnx`: segmentation models in ONNX files that users bring.
- `region`: a part of the frame.
- `strict`: any matte, so that as little of the room as possible is shown.
- `arrays`, `cleanup`, `wall`: operations on masks, the clean-up of masks, and plain walls. Mattes share them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.lazy import make_lazy

if TYPE_CHECKING:
    from .base import SmallMatte
    from .chroma import ChromaKey
    from .onnx.family import OnnxFamily
    from .onnx.matte import OnnxMatte
    from .region import Region
    from .scene.contour import ContourFill
    from .scene.otsu import OtsuThreshold
    from .scene.reference import ReferenceFrame
    from .scene.running_average import RunningAverage
    from .scene.subtractors import KNN, MOG2
    from .selfie.matte import MediaPipeMatte
    from .strict import StrictMatte

# Most programs need one matte, and all of them take a fifth of the package's import time: import on first use.
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
    "Region": "region",
    "RunningAverage": "scene.running_average",
    "SmallMatte": "base",
    "StrictMatte": "strict",
}
__getattr__, __dir__ = make_lazy(__name__, _MODULES)

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
    "Region",
    "RunningAverage",
    "SmallMatte",
    "StrictMatte",
]
