"""Faces: where they are, and how they are covered. See docs/faces.md.

- `face`: what is known of a face: its `box`, and more.
- `detector`: finds the faces of a frame; `network` runs BlazeFace, `candidates` joins what it says several times over,
  `tiles` are parts of a frame in which small faces are large enough.
- `cover`: hides faces; `ellipse` is where.
- `boxes`: draws them.
- `blur`: hides the faces of a stream. `watch` keeps track of them: `track` is one over time, `follow` finds where its
  picture went.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.lazy import make_lazy

if TYPE_CHECKING:
    from .blur import FaceBlur
    from .boxes import FaceBoxes
    from .cover import FaceCover
    from .detector import FaceDetector
    from .face import Face

_MODULES = {
    "Face": "face",
    "FaceBlur": "blur",
    "FaceBoxes": "boxes",
    "FaceCover": "cover",
    "FaceDetector": "detector",
}
__getattr__, __dir__ = make_lazy(__name__, _MODULES)

__all__ = [
    "Face",
    "FaceBlur",
    "FaceBoxes",
    "FaceCover",
    "FaceDetector",
]
