"""Mattes of models that users bring along, as ONNX files."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...arguments import check_count, check_number
from ...contracts import Matte
from ...errors import ArgumentError
from ...frame import Frame
from ...pixels.image import Image, shrink
from ..arrays import Bytes, Floats, scaled
from .families import PRESETS, Recipe, checked
from .model import Model, alpha_of, guessed_activation
from .session import Provider

if TYPE_CHECKING:
    pass

__all__ = ["PRESETS", "OnnxMatte"]

_BGR_TO = {"BGR": (0, 1, 2), "RGB": (2, 1, 0)}
_RGB_TO = {"RGB": (0, 1, 2), "BGR": (2, 1, 0)}
# Where nobody is there, the most uncertain answer should not be stretched into a person.
_LEAST_SPAN = 0.1
_PROBE = 360, 640

Box = tuple[int, int, int, int]


class OnnxMatte(Matte):
    """Alpha by a segmentation or matting model in an ONNX file; needs onnxruntime (`pip install 'framechain[onnx]'`).

    For models of people that are better, or faster, than the ones that ship here, within their licences. A preset
    has the numbers of a family; every one of them can be given instead, for models that are not in the list:

    - "modnet": MODNet, portraits; true alpha. Shorter side 512, sides in multiples of 32.
    - "pp-humanseg": PP-HumanSeg of 192x192, also that of OpenCV's model zoo; "pp-humanseg-v2-lite": the one for
      portraits, 256x144. Two classes, fast.
    - "u2net": U2-Net, its small version and the one for people; 320x320. "isnet": IS-Net (DIS), 1024x1024. What
      stands out, not people only; slow.
    - "rvm": Robust Video Matting, found by its inputs without a preset as well; true alpha and the foreground's own
      colours at soft edges. Its states go from frame to frame, and are dropped when a stream begins, at `reset()` and
      where the size changes.

    Without a preset the layout, and the size where the file tells one, are taken from the file.

    A model file is data, and no custom operators are loaded, but it decides what is computed and how much memory that
    takes, and names the files its weights are in: load only models that you trust. onnxruntime from 1.24 on (Python
    3.11 and newer) refuses weights outside of the model's folder.

    Example:
        >>> from framechain import BackgroundReplacement, Engine
        >>> from framechain.backgrounds import Color
        >>> matte = OnnxMatte("modnet.onnx", preset="modnet")  # loaded when a stream begins
        >>> replace = BackgroundReplacement(matte, Color((0, 255, 0)))
        >>> run = Engine(video_path="clip.mp4", custom_objects=[replace]).run  # doctest: +SKIP
    """

    works_on_yuv = True
    can_prepare = True

    edge: tuple[float, float] | None
    """Threshold and softness that a `BackgroundReplacement` uses unless it is told others; None for true alpha."""

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        preset: str | None = None,
        size: int | Sequence[int] | None = None,
        fit: str | None = None,
        multiple: int | None = None,
        layout: str | None = None,
        channels: str | None = None,
        scale: float | str | None = None,
        mean: float | Sequence[float] | None = None,
        std: float | Sequence[float] | None = None,
        output: str | int | None = None,
        channel: int | None = None,
        activation: str | None = None,
        normalise: bool | None = None,
        edge: Sequence[float] | None = None,
        downsample_ratio: float | None = None,
        foreground: bool = True,
        providers: Sequence[Provider] | None = None,
        threads: int | None = None,
    ) -> None:
        """Choose a model; it is loaded when a stream begins or on first use. None takes the preset's value.

        The model's input is `(pixel * scale - mean) / std`, in its own order of channels.

        Args:
            model_path: A local file.
            preset: The family, see above.
            size: What a frame is scaled to: (width, height); or the shorter side, proportions kept, unless that lies
                between the frame's sides (512 without a preset); the longer one is at most four times that, and at most
                4096 where frames are given as they are ("rvm"). A size that the file fixes goes before a preset's.
            fit: How a frame gets into a fixed size: "stretch", squeezed, or "contain", with bars.
            multiple: What width and height are rounded down to a multiple of, where the size is not fixed (32).
            layout: "NCHW" or "NHWC"; read from the file, and the first where that does not tell.
            channels: "RGB" or "BGR": what the model wants.
            scale: Factor for pixels 0..255 (1 / 255); or "max": so that the brightest becomes 1.
            mean: Subtracted: one number or three (0). A model that takes bytes gets the pixels as they are.
            std: Divided by: one number or three (1).
            output: Which output is the matte, by name or place (one named pha, alpha, matte or mask; else the first).
            channel: Which channel of it is in front (the second of two).
            activation: What follows the output: "none", "sigmoid", "softmax"; "auto" looks at the answer to noise.
            normalise: Whether to stretch each answer to 0..1, by 10 times at most.
            edge: (threshold, softness) for `BackgroundReplacement` where a model answers with confidence, which is not
                alpha: (0.5, 0.2), say.
            downsample_ratio: Robust Video Matting's, in (0, 1]: (512 / longer side, at most 1). Whole bodies want more.
            foreground: Whether the foreground's own colours are used at soft edges where the model gives them.
            providers: onnxruntime's execution providers, as it takes them (CPU).
            threads: How many share the work of one operator (as many as there are cores).

        Raises:
            ArgumentError: If a value cannot be used.
        """
        if preset is not None and preset not in PRESETS:
            raise ArgumentError(f"preset must be one of {', '.join(PRESETS)}, got {preset!r}")
        self.model_path = os.fspath(model_path)
        self.preset = preset
        self._given = checked({
            "size": size, "fit": fit, "multiple": multiple, "layout": layout, "channels": channels, "scale": scale,
            "mean": mean, "std": std, "channel": channel, "activation": activation, "normalise": normalise,
            "edge": edge,
        })  # fmt: skip
        if downsample_ratio is not None:
            check_number("downsample_ratio", downsample_ratio, 0.01, 1)
        self._settings: dict[str, Any] = {
            "output": output,
            "downsample_ratio": downsample_ratio,
            "providers": providers,
            "threads": None if threads is None else check_count("threads", threads, 1),
        }
        self._wants_foreground = foreground
        self._recipe = (PRESETS[preset] if preset else Recipe()).with_given(self._given)
        self.edge = self._recipe.edge
        self._activation = self._recipe.activation
        self._model: Model | None = None
        self._foreground: NDArray[Any] | None = None

    def open(self, stream: object) -> None:
        """Load the model before the first frame waits for it, and forget earlier streams.

        Args:
            stream: Not needed.

        Raises:
            DependencyError: If onnxruntime is missing.
            MissingInputError: If there is no such file.
            ArgumentError: If the model is not one that takes a picture and gives a matte, or not as was told.
        """
        self._loaded()
        self.reset()

    def reset(self) -> None:
        """Forget the frames before: for models that carry states."""
        self._foreground = None
        if self._model is not None:
            self._model.reset()

    def __call__(self, frame: Image) -> Bytes:
        """Find who is in front.

        Args:
            frame: uint8 (H, W, 3) BGR of any size.

        Returns:
            uint8 (H, W): alpha, or the confidence that a pixel is in front, 0..255.

        Raises:
            DependencyError: If onnxruntime is missing.
            MissingInputError: If there is no such file.
            ArgumentError: If the model does not do what it should.
        """
        height, width = frame.shape[:2]
        (across, down), box = self._place(width, height)
        small = shrink(frame, box[2] - box[0], box[3] - box[1])
        return scaled(self._find(small, _BGR_TO[self._recipe.channels], across, down, box), width, height)

    def estimate(self, frame: Frame) -> Bytes:
        """Find who is foreground in a frame.

        Args:
            frame: BGR or YUV.

        Returns:
            uint8 (h, w), for YUV of the size that the model answers in: alpha or confidence, 0..255.

        Raises:
            DependencyError: If onnxruntime is missing.
            MissingInputError: If there is no such file.
            ArgumentError: If the model does not do what it should.
        """
        if not frame.is_yuv:
            return self(frame.read_bgr())
        from ...pixels.convert import convert_to_small_rgb

        picture, colour = frame.yuv, frame.info.stream.colour
        (across, down), box = self._place(picture.width, picture.height)
        small = convert_to_small_rgb(picture, colour, box[2] - box[0], box[3] - box[1])
        return self._find(small, _RGB_TO[self._recipe.channels], across, down, box)

    @property
    def mixes_edges(self) -> bool:  # type: ignore[override]
        """Whether soft edges are to be cleaned of the old background's colour where the model gives no colours.

        Alpha says how much of it there is. Confidence does not until it is made an edge: it is soft within people, too.
        """
        return self.preset is not None or self.edge is not None

    @property
    def corrects_foreground(self) -> bool:  # type: ignore[override]
        """Whether the model gives the foreground's own colours, and they are wanted."""
        return self._wants_foreground and self._model is not None and self._model.gives_foreground

    def correct_foreground(self, frame: Image, alpha: Bytes) -> Image:
        """Put the model's foreground colours where alpha is partial.

        Args:
            frame: uint8 (H, W, 3) BGR; written to.
            alpha: uint8 (H, W).

        Returns:
            The frame.
        """
        if self._foreground is None or self._model is None:
            return frame
        # Inside, the frame itself is finer than what a network gives back.
        rows, columns = np.nonzero((alpha > 0) & (alpha < 255))
        first = self._model.layout == "NCHW"
        planes = self._foreground[0] if first else self._foreground[0].transpose(2, 0, 1)
        for channel, source in enumerate(_BGR_TO[self._recipe.channels]):
            plane = planes[source].astype(np.float32, copy=False)
            if plane.shape != alpha.shape:
                plane = np.asarray(cv2.resize(plane, alpha.shape[::-1]), np.float32)
            frame[rows, columns, channel] = _as_bytes(plane[rows, columns])
        return frame

    def _place(self, width: int, height: int) -> tuple[tuple[int, int], Box]:
        """Width and height of the model's picture, and where in it the frame goes."""
        fixed, wanted = self._loaded().size, self._recipe.size_for(width, height)
        across, down = (side or other for side, other in zip(fixed, wanted, strict=True))
        if self._recipe.fit == "stretch":
            return (across, down), (0, 0, across, down)
        factor = min(across / width, down / height)
        inner = max(1, round(width * factor)), max(1, round(height * factor))
        left, top = (across - inner[0]) // 2, (down - inner[1]) // 2
        return (across, down), (left, top, left + inner[0], top + inner[1])

    def _find(self, small: Image, order: tuple[int, ...], across: int, down: int, box: Box) -> Bytes:
        model = self._loaded()
        answer, self._foreground = model.run(
            self._blob(model, small, order, across, down, box), foreground=self.corrects_foreground
        )
        alpha = alpha_of(model, answer, channel=self._recipe.channel, activation=self._activation)
        model.must_be_numbers(alpha)
        rows, columns = alpha.shape
        left, top, right, bottom = (
            round(side * most / whole_side)
            for side, most, whole_side in zip(box, (columns, rows) * 2, (across, down) * 2, strict=True)
        )
        alpha = alpha[top : max(bottom, top + 1), left : max(right, left + 1)]
        if self._recipe.normalise:
            low, high = float(alpha.min()), float(alpha.max())
            alpha = (alpha - low) / max(high - low, _LEAST_SPAN)
        return _as_bytes(alpha)

    def _blob(
        self, model: Model, small: Image, order: tuple[int, ...], across: int, down: int, box: Box
    ) -> NDArray[Any]:
        """The model's input; bars are 0, which is the mean."""
        raw = model.dtype == np.uint8
        recipe = self._recipe
        factor = 1 / max(1, int(small.max())) if isinstance(recipe.scale, str) else recipe.scale
        shape = (1, 3, down, across) if model.layout == "NCHW" else (1, down, across, 3)
        blob = np.zeros(shape, np.uint8 if raw else np.float32)
        planes = blob[0] if model.layout == "NCHW" else blob[0].transpose(2, 0, 1)
        left, top, right, bottom = box
        for plane, source, mean, std in zip(planes, order, recipe.mean, recipe.std, strict=True):
            part = plane[top:bottom, left:right]
            if raw:
                part[...] = small[..., source]
                continue
            np.multiply(small[..., source], np.float32(factor / std), out=part)
            part -= np.float32(mean / std)
        return blob

    def _loaded(self) -> Model:
        if self._model is None:
            model = Model(self.model_path, layout=self._given["layout"], **self._settings)
            if self.preset == "rvm" and not model.recurrent:
                raise model.refusal(
                    "is not Robust Video Matting, whose inputs are src, r1i to r4i and downsample_ratio"
                )
            if self.preset not in (None, "rvm") and model.recurrent:
                raise model.refusal(f"is Robust Video Matting, not {self.preset}: take the preset rvm, or none")
            if self.preset is None and model.recurrent:
                self._recipe = PRESETS["rvm"].with_given(self._given)
            asked = self._given["size"]
            if isinstance(asked, tuple) and any(s not in (None, a) for s, a in zip(model.size, asked, strict=True)):
                raise model.refusal(f"does not take {asked[0]}x{asked[1]}: leave size out")
            self._model = model
            try:
                self._probe(model)
            except BaseException:
                self._model = None
                raise
        return self._model

    def _probe(self, model: Model) -> None:
        """Look at noise: the first time is slow, and not to be in the middle of a stream; and what comes out tells."""
        noise = np.random.default_rng(0).integers(0, 256, (*_PROBE, 3), np.uint8)
        (across, down), box = self._place(noise.shape[1], noise.shape[0])
        small = shrink(noise, box[2] - box[0], box[3] - box[1])
        answer, _ = model.run(self._blob(model, small, (0, 1, 2), across, down, box))
        self._activation = self._recipe.activation
        if self._activation == "auto":
            self._activation = "none" if self._recipe.normalise else guessed_activation(model, answer)
        alpha_of(model, answer, channel=self._recipe.channel, activation=self._activation)
        model.reset()

    def close(self) -> None:
        """Release the model; it is loaded again on the next use. May be called twice."""
        self._model = self._foreground = None

    def __enter__(self) -> OnnxMatte:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        # A session can be neither pickled nor copied; the copy loads its own on first use, without a past.
        return {**self.__dict__, "_model": None, "_foreground": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> OnnxMatte:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__getstate__(), memo))
        return twin


def _as_bytes(values: Floats | NDArray[Any]) -> Bytes:
    return (np.clip(values.astype(np.float32, copy=False), 0, 1) * 255 + 0.5).astype(np.uint8)
