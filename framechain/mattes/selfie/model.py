"""One of MediaPipe's selfie segmentation models: the file that ships in the package, loaded on first use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...models.assets import read_asset
from ...models.lazy import LazyModel
from ...pixels.image import Image
from .runtimes import Runtime, load_runtime

GENERAL, LANDSCAPE = 0, 1
"""MediaPipe's own numbers for the models."""

# File, (width, height) of the input, SHA-256.
_MODELS = {
    GENERAL: (
        "selfie_segmentation.tflite", (256, 256),
        "1450dca4ccfaf919d8d86f281ea74795428ecaa594ba154c0a0ed92437644452",
    ),
    LANDSCAPE: (
        "selfie_segmentation_landscape.tflite", (256, 144),
        "7dd8567f5957fda45a1c6cc64ef6d043ed2055d0a3d6885b3625075187471dd7",
    ),
}  # fmt: skip


class SelfieModel(LazyModel[Runtime]):
    """A selfie segmentation model."""

    def __init__(self, selection: int) -> None:
        """Choose a model: GENERAL or LANDSCAPE."""
        self.selection = selection
        self.size = _MODELS[selection][1]

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run the model on an image, see `Runtime`. Errors are those of `open`."""
        return self._load()(rgb)

    def _make_runtime(self) -> Runtime:
        return load_runtime(read_model(self.selection), self.size)


def read_model(selection: int) -> bytes:
    """Read the file of the model GENERAL or LANDSCAPE, and check that it is the one that was shipped.

    Raises:
        DependencyError: If it is missing or has other content.
    """
    name, _, digest = _MODELS[selection]
    return read_asset(name, digest)
