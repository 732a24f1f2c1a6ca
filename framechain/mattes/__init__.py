"""Who is in front: callables `frame -> alpha`, uint8 (H, W) in 0..255 or float32 (H, W) in [0, 1], 1 in front."""

from .mediapipe import MediaPipeMatte

__all__ = ["MediaPipeMatte"]
