"""Mattes of models that users bring as ONNX files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...basics.arguments import check_choice, check_count, check_path
from ...errors import ArgumentError
from ...pixels.image import Image, shrink
from ..arrays import Bytes, resize_bytes
from ..opened import OpenedMatte
from .families import PRESETS
from .family import OnnxFamily
from .model import OnnxModel
from .session import Provider

if TYPE_CHECKING:
    from ...frame import Frame, StreamInfo

# If nobody is in the frame, an uncertain answer must not be stretched until it looks like a person.
_LEAST_SPAN = 0.1
_PROBE = 360, 640

Region = tuple[int, int, int, int]


class OnnxMatte(OpenedMatte):
    """Alpha by a segmentation or matting model in an ONNX file; needs onnxruntime (`pip install 'framechain[onnx]'`).

    A model without a preset gets a family of yours (`OnnxFamily`), or what the file says and common values. A model
    decides what is computed and which files with weights are read: load only models that you trust. No custom
    operators are loaded, and onnxruntime from 1.24 on (Python 3.11) refuses weights outside of the model's folder.

    Example:
        >>> from framechain import BackgroundReplacement, Engine
        >>> from framechain.backgrounds import Color
        >>> matte = OnnxMatte("modnet.onnx", preset="modnet")  # loaded when a stream begins
        >>> replace = BackgroundReplacement(matte, Color((0, 255, 0)))
        >>> run = Engine(video_path="clip.mp4", custom_objects=[replace]).run  # doctest: +SKIP
    """

    works_on_yuv = True
    can_prepare = True

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        preset: str | None = None,
        family: type[OnnxFamily] | None = None,
        providers: Sequence[Provider] | None = None,
        threads: int | None = None,
    ) -> None:
        """Choose a model; it is loaded when a stream begins or on first use.

        Args:
            model_path: A local file.
            preset: "modnet", "pp-humanseg", "pp-humanseg-v2-lite", "u2net", "isnet" or "rvm" (Robust Video Matting,
                which is found by its inputs without a preset too).
            family: A class of your own instead of a preset.
            providers: onnxruntime's execution providers, as it takes them; None for the CPU.
            threads: Threads for one operator; None for one on each core.

        Raises:
            ArgumentError: If a value cannot be used.
        """
        if preset is not None:
            check_choice("preset", preset, tuple(PRESETS))
        if family is not None and not (isinstance(family, type) and issubclass(family, OnnxFamily)):
            raise ArgumentError(f"family must be a class derived from OnnxFamily, got {family!r}")
        if preset is not None and family is not None:
            raise ArgumentError(f"give preset={preset!r} or family={family.__name__}, not both")
        self.model_path = check_path("model_path", model_path)
        kind = PRESETS[preset] if preset is not None else family
        self._family = kind() if kind is not None else None
        self._must_have_size = family is not None and "size" in vars(family)
        self._providers = providers
        self._threads = None if threads is None else check_count("threads", threads, 1)
        self._model: OnnxModel | None = None
        self._foreground: NDArray[Any] | None = None

    @property
    def family(self) -> OnnxFamily:
        """The family; of a loaded model the one that was found if none was given."""
        return self._model.family if self._model is not None else self._family or OnnxFamily()

    @property
    def edge(self) -> tuple[float, float] | None:  # type: ignore[override]
        """The family's (threshold, softness); None for a model that gives alpha."""
        edge = self.family.edge
        return None if edge is None else (edge[0], edge[1])

    @property
    def mixes_edges(self) -> bool:  # type: ignore[override]
        """True for alpha, and for confidence that is made an edge."""
        return self.family.is_alpha or self.family.edge is not None

    @property
    def corrects_foreground(self) -> bool:  # type: ignore[override]
        """Whether the loaded model gives the foreground's colours."""
        return self._model is not None and self._model.gives_foreground

    @property
    def memory(self) -> int | None:  # type: ignore[override]
        """0, but None for a model that carries states, which is loaded to find out."""
        return None if self._load().is_recurrent else 0

    def open(self, stream: StreamInfo | None) -> None:
        """Load the model before the first frame waits for it, and forget earlier streams.

        Raises:
            DependencyError: If onnxruntime is missing.
            MissingInputError: If there is no such file.
            ArgumentError: If the model does not take an image and give a matte as its family says.
        """
        self._is_open = True
        self._load()
        self.reset()

    def close(self) -> None:
        """Release the model; it is loaded again on the next use."""
        super().close()
        self._model = self._foreground = None

    def reset(self) -> None:
        """Forget earlier frames, for models that carry states."""
        self._foreground = None
        if self._model is not None:
            self._model.reset()

    def __call__(self, frame: Image) -> Bytes:
        """Estimate alpha or confidence: uint8 (H, W) for a frame of any size. Errors are those of `open`."""
        height, width = frame.shape[:2]
        found = self._estimate(width, height, lambda *inner: shrink(frame, *inner)[..., ::-1])
        return resize_bytes(found, width, height)

    def estimate(self, frame: Frame) -> Bytes:
        """Estimate alpha or confidence; of a frame in YUV at the size of the model's answer."""
        if not frame.is_yuv:
            return self(frame.read_bgr())
        from ...pixels.convert import convert_to_small_rgb

        planes, colour = frame.yuv, frame.info.stream.colour
        return self._estimate(*frame.size, lambda *inner: convert_to_small_rgb(planes, colour, *inner))

    def correct_foreground(self, frame: Image, alpha: Bytes) -> Image:
        """Put the model's foreground colours where alpha is partial; `frame` is written to."""
        if self._foreground is None:
            return frame
        # Inside, the frame itself is finer than the network's colours.
        edge = (alpha > 0) & (alpha < 255)
        in_bgr = self._foreground if self.family.channels == "BGR" else self._foreground[::-1]
        for channel, plane in enumerate(in_bgr.astype(np.float32, copy=False)):
            colours: Any = plane if plane.shape == alpha.shape else cv2.resize(plane, alpha.shape[::-1])
            frame[..., channel][edge] = _convert_to_bytes(colours[edge])
        return frame

    def _load(self) -> OnnxModel:
        if self._model is None:
            model = OnnxModel(self.model_path, self._family, self._providers, self._threads)
            size = model.family.size if self._must_have_size else None
            if isinstance(size, Sequence) and model.fill_size(size) != tuple(size):
                raise model.refuse(f"does not take {size[0]}x{size[1]}: leave size out of the family")
            _probe(model)
            self._model = model
        return self._model

    def _estimate(self, width: int, height: int, make_rgb: Callable[[int, int], Image]) -> Bytes:
        """Estimate a frame of a size in pixels, of which `make_rgb` makes a smaller image of a given size."""
        self._check_open()
        model = self._load()
        size, region = _place(model, width, height)
        answer, colours = model.run(_prepare(model, make_rgb(*_measure(region)), size, region))
        alpha = _crop(answer, size, region)
        self._foreground = None if colours is None else _crop(colours, size, region)
        if model.family.normalise:
            low, high = float(alpha.min()), float(alpha.max())
            alpha = (alpha - low) / max(high - low, _LEAST_SPAN)
        return _convert_to_bytes(alpha)

    def __getstate__(self) -> dict[str, Any]:
        # A session can be neither pickled nor copied: the copy loads its own on first use.
        return {**self.__dict__, "_model": None, "_foreground": None}


def _probe(model: OnnxModel) -> None:
    """Run the model on noise: its first run is slow, and what it answers decides the activation."""
    noise = np.random.default_rng(0).integers(0, 256, (*_PROBE, 3), np.uint8)
    size, region = _place(model, noise.shape[1], noise.shape[0])
    model.run(_prepare(model, shrink(noise, *_measure(region)), size, region))
    model.reset()


def _measure(region: Region) -> tuple[int, int]:
    return region[2] - region[0], region[3] - region[1]


def _place(model: OnnxModel, width: int, height: int) -> tuple[tuple[int, int], Region]:
    """Return (width, height) of the input, and (left, top, right, bottom) of the frame in it."""
    across, down = model.fill_size(model.family.choose_size(width, height))
    if model.family.fit == "stretch":
        return (across, down), (0, 0, across, down)
    factor = min(across / width, down / height)
    inner = max(1, round(width * factor)), max(1, round(height * factor))
    left, top = (across - inner[0]) // 2, (down - inner[1]) // 2
    return (across, down), (left, top, left + inner[0], top + inner[1])


def _prepare(model: OnnxModel, rgb: Image, size: tuple[int, int], region: Region) -> NDArray[Any]:
    """Return the input, (3, h, w). Bars are 0, which is the mean."""
    image = rgb if model.family.channels == "RGB" else rgb[..., ::-1]
    width, height = size
    # The model's memory order saves a copy.
    shape, order = ((3, height, width), (0, 1, 2)) if model.layout == "NCHW" else ((height, width, 3), (2, 0, 1))
    is_raw = model.dtype == np.uint8
    planes: NDArray[Any] = np.zeros(shape, np.uint8 if is_raw else np.float32).transpose(order)
    left, top, right, bottom = region
    part = planes[:, top:bottom, left:right]
    if is_raw:
        part[...] = image.transpose(2, 0, 1)
    else:
        model.family.prepare(image, part)
    return planes


def _crop(planes: NDArray[Any], size: tuple[int, int], region: Region) -> NDArray[Any]:
    """Return the frame's region of an answer, (h, w) or (3, h, w), that may be smaller than the input."""
    down, across = planes.shape[-2:]
    left, top, right, bottom = (
        round(side * most / whole) for side, most, whole in zip(region, (across, down) * 2, size * 2, strict=True)
    )
    return planes[..., top : max(bottom, top + 1), left : max(right, left + 1)]


def _convert_to_bytes(values: NDArray[Any]) -> Bytes:
    return (np.clip(values.astype(np.float32, copy=False), 0, 1) * 255 + 0.5).astype(np.uint8)
