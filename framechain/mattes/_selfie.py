"""MediaPipe's selfie segmentation models: loading one, asking it, letting it go."""

from __future__ import annotations

import hashlib
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._native import noise_hidden
from ..errors import DependencyError
from ..stream import Image

GENERAL, LANDSCAPE = 0, 1
"""MediaPipe's own numbering."""

# File, (width, height) of the input, SHA-256.
_MODELS = {
    GENERAL: (
        "selfie_segmentation.tflite", (256, 256),
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    ),
    LANDSCAPE: (
        "selfie_segmentation_landscape.tflite", (256, 144),
        "a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd",
    ),
}  # fmt: skip
_NOISE = ("INFO: Created TensorFlow Lite", "WARNING: Logging before InitGoogle()", "W0000 ", "I0000 ")
_APT_LINE = "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0"


class SelfieModel:
    """One of the two models; loaded on first use.

    Its running mode for videos gives the same numbers as the one for pictures, bit for bit, so the latter serves
    both and needs no time stamps.
    """

    def __init__(self, selection: int) -> None:
        """Name it.

        Args:
            selection: GENERAL or LANDSCAPE.
        """
        self.selection = selection
        self.size = _MODELS[selection][1]
        self._segmenter: Any = None
        self._make_image: Any = None
        self._release: Any = None

    @property
    def wide(self) -> bool:
        """Whether it sees wide pictures."""
        return self.size[0] > self.size[1]

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Find people.

        Args:
            rgb: uint8 (h, w, 3) of the model's own size, R first, C-contiguous.

        Returns:
            float32 (h, w): the confidence that a pixel belongs to a person, in [0, 1].

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        self.open()
        result = self._segmenter.segment(self._make_image(rgb))
        mask = result.confidence_masks[0].numpy_view()
        # A copy: the view does not keep the memory, which is the result's and goes with it.
        return np.array(mask.reshape(mask.shape[:2]))

    def open(self) -> None:
        """Load it, if it is not.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        if self._segmenter is not None:
            return
        try:
            import mediapipe
            from mediapipe.tasks import python as tasks
            from mediapipe.tasks.python import vision
        except ImportError as error:
            raise DependencyError(f"MediaPipe cannot be imported ({error}): pip install mediapipe") from error
        options = vision.ImageSegmenterOptions(
            base_options=tasks.BaseOptions(model_asset_buffer=_read(self.selection)),
            running_mode=vision.RunningMode.IMAGE,
            output_confidence_masks=True,
            output_category_mask=False,
        )
        try:
            with noise_hidden(*_NOISE):
                self._segmenter = vision.ImageSegmenter.create_from_options(options)
                self._make_image = lambda rgb: mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)
                self._release = weakref.finalize(self, _close, self._segmenter)
                # The first inference prints too, and is slow: not in the middle of a stream.
                self(np.zeros((self.size[1], self.size[0], 3), np.uint8))
        except OSError as error:
            self._segmenter = None
            raise DependencyError(
                f"MediaPipe cannot load a system library ({error}); on Debian and Ubuntu run: {_APT_LINE}"
            ) from error

    def close(self) -> None:
        """Release it; it is loaded again on the next use. May be called twice."""
        if self._segmenter is not None:
            self._release()
            self._segmenter = None

    def __getstate__(self) -> dict[str, Any]:
        # A native handle can be neither pickled nor copied; the copy loads its own on first use.
        return {**self.__dict__, "_segmenter": None, "_make_image": None, "_release": None}


def _close(segmenter: Any) -> None:
    try:
        segmenter.close()
    except RuntimeError:
        # The interpreter is going, and with it the thread that MediaPipe does everything in. Without a handle
        # its __del__, which would print a traceback then, has nothing to do.
        segmenter._handle = None


def _read(selection: int) -> bytes:
    from importlib import resources

    name, _, digest = _MODELS[selection]
    try:
        data = (resources.files("framechain") / "assets" / name).read_bytes()
    except OSError as error:
        raise DependencyError(f"the model {name} is missing from the package: reinstall framechain") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise DependencyError(f"the model {name} is not the one that was shipped: reinstall framechain")
    return data
