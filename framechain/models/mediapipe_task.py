"""MediaPipe's tasks: they run a model where LiteRT is not installed."""

from __future__ import annotations

import weakref
from functools import partial
from typing import Any

from ..errors import DependencyError
from ..media.native_messages import hide_native_messages
from ..pixels.image import Image
from .litert import NOISE

_APT_LINE = "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0"


class MediaPipeTask:
    """One of MediaPipe's tasks for single images, with a model of ours."""

    def __init__(self, task: str, model: bytes, **options: Any) -> None:
        """Load a model.

        Args:
            task: The name of a class of `mediapipe.tasks.python.vision`, such as "ImageSegmenter".
            model: Bytes of a .tflite file.
            options: The task's options.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        try:
            import mediapipe
            from mediapipe.tasks import python as tasks
            from mediapipe.tasks.python import vision
        except ImportError as error:
            raise DependencyError(f"MediaPipe cannot be imported ({error}): pip install mediapipe") from error
        kind, kind_of_options = vars(vision)[task], vars(vision)[f"{task}Options"]
        base = tasks.BaseOptions(model_asset_buffer=model)
        try:
            with hide_native_messages(*NOISE):
                self._task: Any = kind.create_from_options(
                    kind_of_options(base_options=base, running_mode=vision.RunningMode.IMAGE, **options)
                )
        except OSError as error:
            raise DependencyError(
                f"MediaPipe cannot load a system library ({error}); on Debian and Ubuntu run: {_APT_LINE}"
            ) from error
        self._make_image: Any = partial(mediapipe.Image, mediapipe.ImageFormat.SRGB)
        self._release = weakref.finalize(self, _close, self._task)

    def _wrap(self, rgb: Image) -> Any:
        """Return an image, uint8 (h, w, 3) RGB, as the task takes it."""
        return self._make_image(rgb)

    def close(self) -> None:
        """Release the model."""
        self._release()


def _close(task: Any) -> None:
    try:
        task.close()
    except RuntimeError:
        # Python is ending, and MediaPipe's thread is gone. Without a handle, its __del__ prints no traceback.
        task._handle = None
