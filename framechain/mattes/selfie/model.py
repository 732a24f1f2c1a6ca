"""One of MediaPipe's selfie segmentation models: the file that ships in the package, loaded on first use."""

from __future__ import annotations

import hashlib
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import DependencyError
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


_RuntimeType = TypeVar("_RuntimeType", bound=Runtime)


class LazyModel(Generic[_RuntimeType]):
    """A model whose runtime is made on first use; a subclass has `_make_runtime`."""

    _runtime: _RuntimeType | None = None

    def _make_runtime(self) -> _RuntimeType:
        raise NotImplementedError

    def open(self) -> None:
        """Load the model if it is not loaded.

        Raises:
            DependencyError: If what runs the model is missing.
        """
        self._load()

    def _load(self) -> _RuntimeType:
        if self._runtime is None:
            self._runtime = self._make_runtime()
        return self._runtime

    def close(self) -> None:
        """Release the model; it is loaded again on the next use. May be called twice."""
        if self._runtime is not None:
            self._runtime.close()
            self._runtime = None

    def __getstate__(self) -> dict[str, Any]:
        # A native handle can be neither pickled nor copied: the copy loads its own on first use.
        return {**self.__dict__, "_runtime": None}


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


def read_asset(name: str, digest: str) -> bytes:
    """Read a file of framechain/assets, and check that it is the one that was shipped.

    Args:
        name: The file's name.
        digest: Its SHA-256 in hexadecimal digits.

    Raises:
        DependencyError: If it is missing or has other content.
    """
    from importlib import resources

    try:
        data = (resources.files("framechain") / "assets" / name).read_bytes()
    except OSError as error:
        raise DependencyError(f"the model {name} is missing from the package: reinstall framechain") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise DependencyError(f"the model {name} is not the one that was shipped: reinstall framechain")
    return data
