"""Where frames come from: images, videos, cameras and arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.lazy import make_lazy

if TYPE_CHECKING:
    from .arrays import ArraySource
    from .camera import CameraSource
    from .image import ImageSource
    from .reader import Reader
    from .video import VideoSource

_MODULES = {
    "ArraySource": "arrays",
    "CameraSource": "camera",
    "ImageSource": "image",
    "Reader": "reader",
    "VideoSource": "video",
}
__getattr__, __dir__ = make_lazy(__name__, _MODULES)

__all__ = ["ArraySource", "CameraSource", "ImageSource", "Reader", "VideoSource"]
