"""Where frames go: image and video files, recordings, streams, virtual cameras and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import make_lazy

if TYPE_CHECKING:
    from .binary_file import BinaryFileSink
    from .broadcast import Broadcast
    from .image import ImageSink
    from .recorder import Recorder
    from .video import VideoSink
    from .virtual_camera import VirtualCamera

_MODULES = {
    "BinaryFileSink": "binary_file",
    "Broadcast": "broadcast",
    "ImageSink": "image",
    "Recorder": "recorder",
    "VideoSink": "video",
    "VirtualCamera": "virtual_camera",
}
__getattr__, __dir__ = make_lazy(__name__, _MODULES)

__all__ = ["BinaryFileSink", "Broadcast", "ImageSink", "Recorder", "VideoSink", "VirtualCamera"]
