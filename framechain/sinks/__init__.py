"""Where frames go: image and video files, recordings, streams, virtual cameras and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.lazy import make_lazy

if TYPE_CHECKING:
    from .broadcast import Broadcast
    from .files.binary_file import BinaryFileSink
    from .files.image import ImageSink
    from .files.recorder import Recorder
    from .files.video import VideoSink
    from .virtual_camera import VirtualCamera

_MODULES = {
    "BinaryFileSink": "files.binary_file",
    "Broadcast": "broadcast",
    "ImageSink": "files.image",
    "Recorder": "files.recorder",
    "VideoSink": "files.video",
    "VirtualCamera": "virtual_camera",
}
__getattr__, __dir__ = make_lazy(__name__, _MODULES)

__all__ = ["BinaryFileSink", "Broadcast", "ImageSink", "Recorder", "VideoSink", "VirtualCamera"]
