"""Runtimes of a model: LiteRT where it is installed, otherwise MediaPipe's image segmenter.

Both contain the same interpreter and kernels, and return the same numbers bit for bit. MediaPipe passes each image
through a graph of its own: that takes as long again as the model, and needs graphics libraries and half a second to
import.
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import DependencyError
from ...media.native_messages import hide_native_messages
from ...pixels.image import Image

NOISE = ("INFO: Created TensorFlow Lite", "WARNING: Logging before InitGoogle()", "W0000 ", "I0000 ")
"""Parts of the lines that the runtimes print without need."""

_APT_LINE = "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0"
_BYTE = np.float32(1 / 255)


class Runtime(Protocol):
    """A loaded model."""

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run the model on an image, uint8 (h, w, 3) RGB of the model's size, C-contiguous.

        Returns:
            float32 (h, w) in [0, 1], an array of its own: the confidence that a pixel belongs to a person.
        """

    def close(self) -> None:
        """Release the model."""


class LiteRtRuntime:
    """A model in LiteRT's interpreter, formerly TensorFlow Lite's."""

    def __init__(self, model: bytes) -> None:
        """Load the bytes of a .tflite file: float32 (1, h, w, 3) in [0, 1] to float32 (1, h, w, 1).

        Raises:
            ImportError: If LiteRT is not installed.
        """
        from ai_edge_litert.interpreter import Interpreter

        # One thread, because the pipeline keeps the other cores busy.
        with hide_native_messages(*NOISE):
            self._interpreter: Any = Interpreter(model_content=model, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._output: int = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run the model, see `Runtime`."""
        # No name for the view of the interpreter's memory: it must be gone when the model runs.
        np.multiply(rgb, _BYTE, out=self._interpreter.tensor(self._input)()[0])
        return self._invoke()[..., 0]

    def _invoke(self) -> NDArray[np.float32]:
        """Run the model on what its input holds: its output, an array of its own."""
        self._interpreter.invoke()
        output: NDArray[np.float32] = self._interpreter.get_tensor(self._output)[0]
        return output

    def close(self) -> None:
        """Release the model."""
        self._interpreter = None


class MediaPipeRuntime:
    """A model in MediaPipe's image segmenter.

    Its running modes for videos and for images return the same numbers, bit for bit. The one for images is used for
    both, because it needs no time stamps.
    """

    def __init__(self, model: bytes) -> None:
        """Load the bytes of a .tflite file.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        try:
            import mediapipe
            from mediapipe.tasks import python as tasks
            from mediapipe.tasks.python import vision
        except ImportError as error:
            raise DependencyError(f"MediaPipe cannot be imported ({error}): pip install mediapipe") from error
        options = vision.ImageSegmenterOptions(
            base_options=tasks.BaseOptions(model_asset_buffer=model),
            running_mode=vision.RunningMode.IMAGE,
            output_confidence_masks=True,
            output_category_mask=False,
        )
        try:
            with hide_native_messages(*NOISE):
                self._segmenter: Any = vision.ImageSegmenter.create_from_options(options)
        except OSError as error:
            raise DependencyError(
                f"MediaPipe cannot load a system library ({error}); on Debian and Ubuntu run: {_APT_LINE}"
            ) from error
        self._make_image: Any = partial(mediapipe.Image, mediapipe.ImageFormat.SRGB)
        self._release = weakref.finalize(self, _close, self._segmenter)

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run the model, see `Runtime`."""
        result = self._segmenter.segment(self._make_image(rgb))
        mask = result.confidence_masks[0].numpy_view()
        # A copy, because the view's memory is freed with the result.
        return np.array(mask.reshape(mask.shape[:2]))

    def close(self) -> None:
        """Release the model."""
        self._release()


def _close(segmenter: Any) -> None:
    try:
        segmenter.close()
    except RuntimeError:
        # Python is ending, and MediaPipe's thread is gone. Without a handle, its __del__ prints no traceback.
        segmenter._handle = None


def load_runtime(model: bytes, size: tuple[int, int]) -> Runtime:
    """Load a model with the fastest runtime that is installed, and run it once.

    Args:
        model: Bytes of a .tflite file.
        size: (width, height) of the model's input.

    Raises:
        DependencyError: If neither LiteRT nor MediaPipe with its system libraries is installed.
    """
    try:
        runtime: Runtime = LiteRtRuntime(model)
    except ImportError:
        runtime = MediaPipeRuntime(model)
    with hide_native_messages(*NOISE):
        # The first inference is slow and prints messages: it must not happen in the middle of a stream.
        runtime(np.zeros((size[1], size[0], 3), np.uint8))
    return runtime
