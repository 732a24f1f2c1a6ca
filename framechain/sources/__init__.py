"""Where frames come from: images, videos and cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import make_getattr

if TYPE_CHECKING:
    from .camera import CameraSource
    from .image import ImageSource
    from .reader import Reader
    from .video import VideoSource

_MODULES = {"CameraSource": "camera", "ImageSource": "image", "Reader": "reader", "VideoSource": "video"}
__getattr__ = make_getattr(__name__, _MODULES)

__all__ = ["CameraSource", "ImageSource", "Reader", "VideoSource"]
