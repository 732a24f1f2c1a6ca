"""Faces: where they are, and how they are covered. See docs/faces.md.

- `face`: what is known of a face.
- `detector`: finds the faces of a frame; `network` runs BlazeFace, `candidates` joins what it says several times over,
  `tiles` are parts of a frame in which small faces are large enough.
- `cover`: hides faces; `ellipse` is where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.lazy import make_lazy

if TYPE_CHECKING:
    from .cover import FaceCover
    from .detector import FaceDetector
    from .face import Face

_MODULES = {
    "Face": "face",
    "FaceCover": "cover",
    "FaceDetector": "detector",
}
__getattr__, __dir__ = make_lazy(__name__, _MODULES)

__all__ = [
    "Face",
    "FaceCover",
    "FaceDetector",
]
