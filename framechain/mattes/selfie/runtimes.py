"""What runs a segmentation model: LiteRT itself where it is installed, otherwise MediaPipe's task around it.

Both are the same interpreter with the same kernels and give the same numbers, bit for bit. MediaPipe's task passes each
picture through a graph of its own, which takes as long again as the model, needs the libraries of a graphics card, and
takes half a second to import.
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

_NOISE = ("INFO: Created TensorFlow Lite", "WARNING: Logging before InitGoogle()", "W0000 ", "I0000 ")
_APT_LINE = "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0"
_BYTE = np.float32(1 / 255)


class Runtime(Protocol):
    """A loaded model."""

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run it.

        Args:
            rgb: uint8 (h, w, 3) of the model's own size, R first, C-contiguous.

        Returns:
            float32 (h, w) in [0, 1], an array of its own.
        """

    def close(self) -> None:
        """Let it go."""


class LiteRtRuntime:
    """A model in LiteRT's interpreter, formerly TensorFlow Lite's."""

    def __init__(self, model: bytes) -> None:
        """Load it.

        Args:
            model: A .tflite file's bytes: float32 (1, h, w, 3) in [0, 1] to float32 (1, h, w, 1).

        Raises:
            ImportError: If LiteRT is not there.
        """
        from ai_edge_litert.interpreter import Interpreter

        # One thread: the pipeline keeps the other cores busy.
        with hide_native_messages(*_NOISE):
            self._interpreter: Any = Interpreter(model_content=model, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._output: int = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run it, see `Runtime`."""
        # A view of its memory, which must be gone when the model runs.
        np.multiply(rgb, _BYTE, out=self._interpreter.tensor(self._input)()[0])
        self._interpreter.invoke()
        confidence: NDArray[np.float32] = self._interpreter.get_tensor(self._output)[0, ..., 0]
        return confidence

    def close(self) -> None:
        """Let it go."""
        self._interpreter = None


class MediaPipeRuntime:
    """A model in MediaPipe's task for image segmentation.

    Its running mode for videos gives the same numbers as the one for pictures, bit for bit, so the latter serves
    both and needs no time stamps.
    """

    def __init__(self, model: bytes) -> None:
        """Load it.

        Args:
            model: A .tflite file's bytes.

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
            with hide_native_messages(*_NOISE):
                self._segmenter: Any = vision.ImageSegmenter.create_from_options(options)
        except OSError as error:
            raise DependencyError(
                f"MediaPipe cannot load a system library ({error}); on Debian and Ubuntu run: {_APT_LINE}"
            ) from error
        self._make_image: Any = partial(mediapipe.Image, mediapipe.ImageFormat.SRGB)
        self._release = weakref.finalize(self, _close, self._segmenter)

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run it, see `Runtime`."""
        result = self._segmenter.segment(self._make_image(rgb))
        mask = result.confidence_masks[0].numpy_view()
        # A copy: the view does not keep the memory, which is the result's and goes with it.
        return np.array(mask.reshape(mask.shape[:2]))

    def close(self) -> None:
        """Let it go."""
        self._release()


def _close(segmenter: Any) -> None:
    try:
        segmenter.close()
    except RuntimeError:
        # Python is ending, and with it the thread that MediaPipe does everything in. Without a handle
        # its __del__, which would print a traceback then, has nothing to do.
        segmenter._handle = None


def load(model: bytes, size: tuple[int, int]) -> Runtime:
    """Load a model with the fastest runtime that is there, and run it once.

    Args:
        model: A .tflite file's bytes.
        size: The (width, height) that it takes.

    Returns:
        It, ready.

    Raises:
        DependencyError: If LiteRT is not there, and MediaPipe or a system library that it needs is not either.
    """
    try:
        runtime: Runtime = LiteRtRuntime(model)
    except ImportError:
        runtime = MediaPipeRuntime(model)
    with hide_native_messages(*_NOISE):
        # The first inference prints too, and is slow: not in the middle of a stream.
        runtime(np.zeros((size[1], size[0], 3), np.uint8))
    return runtime
