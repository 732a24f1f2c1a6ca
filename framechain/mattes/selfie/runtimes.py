"""Runtimes of a model: LiteRT where it is installed, otherwise MediaPipe's image segmenter.

Both contain the same interpreter and kernels, and return the same numbers bit for bit. MediaPipe passes each image
through a graph of its own: that takes as long again as the model, and needs graphics libraries and half a second to
import.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...media.native_messages import hide_native_messages
from ...models.litert import NOISE, LiteRtInterpreter
from ...models.mediapipe_task import MediaPipeTask
from ...pixels.image import Image

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


class LiteRtRuntime(LiteRtInterpreter):
    """A model in LiteRT's interpreter: float32 (1, h, w, 3) in [0, 1] to float32 (1, h, w, 1)."""

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run the model, see `Runtime`."""
        # No name for the view of the interpreter's memory: it must be gone when the model runs.
        np.multiply(rgb, _BYTE, out=self._interpreter.tensor(self._input)()[0])
        return self._invoke()[0][..., 0]


class MediaPipeRuntime(MediaPipeTask):
    """A model in MediaPipe's image segmenter.

    Its running modes for videos and for images return the same numbers, bit for bit. The one for images is used for
    both, because it needs no time stamps.
    """

    def __init__(self, model: bytes) -> None:
        """Load the bytes of a .tflite file.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        super().__init__("ImageSegmenter", model, output_confidence_masks=True, output_category_mask=False)

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run the model, see `Runtime`."""
        mask = self._task.segment(self._wrap(rgb)).confidence_masks[0].numpy_view()
        # A copy, because the view's memory is freed with the result.
        return np.array(mask.reshape(mask.shape[:2]))


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
