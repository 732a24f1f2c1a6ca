"""A person cut out by MediaPipe's selfie segmentation models, which ship in this package."""

from __future__ import annotations

import copy
import hashlib
import weakref
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .._native import noise_hidden
from ..errors import ArgumentError, DependencyError
from ..images import shrink
from ..stream import Colour, Image

if TYPE_CHECKING:
    from av import VideoFrame

# By MediaPipe's own numbering: file, (width, height) of the input, SHA-256.
_MODELS = {
    0: (
        "selfie_segmentation.tflite", (256, 256),
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    ),
    1: (
        "selfie_segmentation_landscape.tflite", (256, 144),
        "a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd",
    ),
}  # fmt: skip
_NOISE = ("INFO: Created TensorFlow Lite", "WARNING: Logging before InitGoogle()", "W0000 ", "I0000 ")
_APT_LINE = "sudo apt-get install -y libegl1 libgles2 libgl1 libglib2.0-0"


class MediaPipeMatte:
    """Alpha of the people in a frame.

    For people who fill a good part of the frame, within some two metres of the camera. It finds nobody far
    away, and hands that leave the body's outline only sometimes.

    Frames are handed to the model as RGB of the model's own size. Its running mode for videos gives the same
    numbers as the one for pictures, bit for bit, so the latter serves both and needs no time stamps.

    Example:
        >>> import numpy as np
        >>> with MediaPipeMatte(model_selection=1) as matte:
        ...     alpha = matte(np.zeros((90, 160, 3), np.uint8))
        >>> alpha.shape, alpha.dtype
        ((90, 160), dtype('uint8'))
    """

    edge = (0.5, 0.2)
    """Threshold and softness that a `BackgroundReplacement` uses unless it is told others."""

    looks_ahead = True
    """It may be asked for a file's next frame while the one before is composited."""

    def __init__(self, model_selection: int = 1) -> None:
        """Choose a model; it is loaded when a stream begins or on first use.

        Args:
            model_selection: 0 = general (256x256), 1 = landscape (256 wide, 144 high), which is faster.

        Raises:
            ArgumentError: If it is neither.
        """
        if model_selection not in _MODELS:
            raise ArgumentError(f"model_selection must be 0 (general) or 1 (landscape), got {model_selection!r}")
        self.model_selection = model_selection
        self._size = _MODELS[model_selection][1]
        self._segmenter: Any = None
        self._make_image: Any = None
        self._release: Any = None

    def open(self, stream: object) -> None:
        """Load the model before the first frame waits for it.

        Args:
            stream: Not needed: every stream is cut out alike.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        if self._segmenter is None:
            self._load()

    def __call__(self, frame: Image) -> NDArray[np.uint8]:
        """Find the people in a frame.

        Args:
            frame: uint8 (H, W, 3) BGR of any size.

        Returns:
            uint8 (H, W): the model's confidence that a pixel belongs to a person, 0..255.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        self.open(None)
        small = cv2.cvtColor(shrink(frame, *self._size), cv2.COLOR_BGR2RGB)
        confidence = self._segment(small)
        height, width = frame.shape[:2]
        # Scaled as bytes: a fifth of the time of scaling floats, and finer than the model is sure of.
        scaled = cv2.resize((confidence * 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
        return scaled.astype(np.uint8, copy=False)

    def alpha_of_planes(self, picture: VideoFrame, colour: Colour) -> NDArray[np.uint8]:
        """Find the people in a picture that is still in YUV.

        Args:
            picture: 8-bit yuv420p.
            colour: Its matrix and range.

        Returns:
            uint8 (h, w) of the model's size: its confidence that a pixel belongs to a person, 0..255.

        Raises:
            DependencyError: If MediaPipe or a system library that it needs is missing.
        """
        from ..colour import small_rgb

        self.open(None)
        return (self._segment(small_rgb(picture, colour, *self._size)) * 255).astype(np.uint8)

    def _segment(self, rgb: NDArray[Any]) -> NDArray[np.float32]:
        result = self._segmenter.segment(self._make_image(rgb))
        mask: NDArray[np.float32] = result.confidence_masks[0].numpy_view()
        return mask.reshape(mask.shape[:2])

    def _load(self) -> None:
        try:
            import mediapipe
            from mediapipe.tasks import python as tasks
            from mediapipe.tasks.python import vision
        except ImportError as error:
            raise DependencyError(f"MediaPipe cannot be imported ({error}): pip install mediapipe") from error
        model = _read_model(self.model_selection)
        options = vision.ImageSegmenterOptions(
            base_options=tasks.BaseOptions(model_asset_buffer=model),
            running_mode=vision.RunningMode.IMAGE,
            output_confidence_masks=True,
            output_category_mask=False,
        )
        try:
            with noise_hidden(*_NOISE):
                self._segmenter = vision.ImageSegmenter.create_from_options(options)
                self._make_image = lambda rgb: mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb)
                # The first inference prints too, and is slow: not in the middle of a stream.
                self._release = weakref.finalize(self, _close, self._segmenter)
                self._segment(np.zeros((self._size[1], self._size[0], 3), np.uint8))
        except OSError as error:
            self._segmenter = None
            raise DependencyError(
                f"MediaPipe cannot load a system library ({error}); on Debian and Ubuntu run: {_APT_LINE}"
            ) from error

    def close(self) -> None:
        """Release the model; it is loaded again on the next use. May be called twice."""
        if self._segmenter is not None:
            self._release()
            self._segmenter = None

    def __enter__(self) -> MediaPipeMatte:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        # A native handle can be neither pickled nor copied; the copy loads its own on first use.
        return {**self.__dict__, "_segmenter": None, "_make_image": None, "_release": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> MediaPipeMatte:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__getstate__(), memo))
        return twin


def _close(segmenter: Any) -> None:
    try:
        segmenter.close()
    except RuntimeError:
        # The interpreter is going, and with it the thread that MediaPipe does everything in. Without a handle
        # its __del__, which would print a traceback then, has nothing to do.
        segmenter._handle = None


def _read_model(model_selection: int) -> bytes:
    from importlib import resources

    name, _, digest = _MODELS[model_selection]
    try:
        data = (resources.files("framechain") / "assets" / name).read_bytes()
    except OSError as error:
        raise DependencyError(f"the model {name} is missing from the package: reinstall framechain") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise DependencyError(f"the model {name} is not the one that was shipped: reinstall framechain")
    return data
