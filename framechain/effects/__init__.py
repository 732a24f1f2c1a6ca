"""Effects: objects that change how the frames look. See docs/objects.md.

- `base`: numbers that may be set while running, work on luma and chroma.
- `tone`, `white_balance`, `detail`, `vignette`: light, colour and detail.
- `drawing`: looks.
- `text`, `overlay`: what is laid over the frames.
- `geometry`: the frame's size and direction.
- `mask`: an effect on the person or on the background alone.
- `onnx_style`: networks that users bring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.lazy import make_lazy

if TYPE_CHECKING:
    from .detail import Denoise, Sharpen
    from .drawing import Cartoon, Hologram, PencilSketch
    from .geometry import Crop, Resize, Rotate
    from .mask import Mask
    from .onnx_style import OnnxStyle
    from .overlay import Overlay
    from .text import Text
    from .tone import Gamma, LowLight
    from .vignette import Vignette
    from .white_balance import WhiteBalance

# A program that uses none of them does not wait for them.
_MODULES = {
    "Cartoon": "drawing",
    "Crop": "geometry",
    "Denoise": "detail",
    "Gamma": "tone",
    "Hologram": "drawing",
    "LowLight": "tone",
    "Mask": "mask",
    "OnnxStyle": "onnx_style",
    "Overlay": "overlay",
    "PencilSketch": "drawing",
    "Resize": "geometry",
    "Rotate": "geometry",
    "Sharpen": "detail",
    "Text": "text",
    "Vignette": "vignette",
    "WhiteBalance": "white_balance",
}
__getattr__, __dir__ = make_lazy(__name__, _MODULES)

__all__ = [
    "Cartoon",
    "Crop",
    "Denoise",
    "Gamma",
    "Hologram",
    "LowLight",
    "Mask",
    "OnnxStyle",
    "Overlay",
    "PencilSketch",
    "Resize",
    "Rotate",
    "Sharpen",
    "Text",
    "Vignette",
    "WhiteBalance",
]
