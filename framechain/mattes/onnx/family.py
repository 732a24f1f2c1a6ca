"""A family of models: how an image becomes the input, and what the output means."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ...basics.arguments import check_choice, check_count, check_number
from ...errors import ArgumentError
from ...pixels.image import Image
from ..arrays import Floats

# The cost of a network grows with the image: a strip of 8x400 would be enlarged to 512x25600.
_LONGEST, _LONGEST_TO_SHORT = 4096, 4


class OnnxFamily:
    """Base of the families of models. Derive a class for a model that has no preset, and give its numbers.

    The model's input is `(pixel * scale - mean) / std`.

    Attributes:
        size: Size of the input: (width, height); or the shorter side, with the proportions kept, unless that lies
            between the frame's sides (the longer side is then at most four times that); None for the frame's own
            size, at most 4096. Not used where the file fixes the size.
        fit: How a frame fits into a fixed size: "stretch" or "contain" (letterbox).
        multiple: Width and height are rounded down to a multiple of this where `size` is no pair.
        layout: "NCHW" or "NHWC"; None reads it from the file.
        channels: "RGB" or "BGR".
        scale: Factor for pixels in 0..255, or "max" to scale the image's maximum to 1.
        mean: One number or one for each channel. Models of uint8 get the pixels as they are.
        std: One number or one for each channel.
        output: The matte's output by name or index; None takes pha, alpha, matte or mask, else the first.
        foreground: The output with the foreground's colours in 0..1, used at soft edges if the model has it.
        channel: The output's channel for the foreground; None takes the only one, or the second of two.
        activation: What follows the output: "none", "sigmoid" or "softmax"; "auto" decides by the answer to noise.
        normalise: Whether each answer is stretched to 0..1, by a factor of 10 at most.
        is_alpha: Whether the answer is alpha, so that soft edges are decontaminated; confidence is not.
        edge: (threshold, softness) by which `BackgroundReplacement` turns confidence into alpha, such as (0.5, 0.2).

    Example:
        >>> class MyModel(OnnxFamily):
        ...     size = 256, 144
        ...     mean = std = 0.5
        ...     edge = 0.5, 0.2
        >>> from framechain.mattes import OnnxMatte
        >>> matte = OnnxMatte("my_model.onnx", family=MyModel)
    """

    size: int | Sequence[int] | None = 512
    fit: str = "stretch"
    multiple: int = 32
    layout: str | None = None
    channels: str = "RGB"
    scale: float | str = 1 / 255
    mean: float | Sequence[float] = 0.0
    std: float | Sequence[float] = 1.0
    output: str | int | None = None
    foreground: str | None = None
    channel: int | None = None
    activation: str = "auto"
    normalise: bool = False
    is_alpha: bool = False
    edge: Sequence[float] | None = None

    def __init__(self) -> None:
        """Check the attributes: an `ArgumentError` names one that cannot be used."""
        check_choice("fit", self.fit, ("stretch", "contain"))
        check_choice("channels", self.channels, ("RGB", "BGR"))
        check_choice("activation", self.activation, ("auto", "none", "sigmoid", "softmax"))
        if self.layout is not None:
            check_choice("layout", self.layout, ("NCHW", "NHWC"))
        if self.channel is not None:
            check_count("channel", self.channel, 0)
        if self.scale != "max":
            check_number("scale", self.scale, 1e-6, 1e6)
        check_count("multiple", self.multiple, 1)
        self._means, self._stds = _check_three("mean", self.mean, -1e6), _check_three("std", self.std, 1e-6)
        if isinstance(self.size, Sequence) and len(self.size) == 2 and not isinstance(self.size, str):
            for part, side in zip(("width", "height"), self.size, strict=True):
                check_count(f"the {part} in size", side, 1)
        elif self.size is not None:
            check_count("size", self.size, 1)
        if self.edge is not None:
            if not isinstance(self.edge, Sequence) or len(self.edge) != 2:
                raise ArgumentError(f"edge must be (threshold, softness), got {self.edge!r}")
            for part, number in zip(("threshold", "softness"), self.edge, strict=True):
                check_number(f"the {part} in edge", number, 0, 1)

    def find_fault(self, inputs: Collection[str], *, is_recurrent: bool) -> str | None:
        """Return why a model with inputs of these names is not of this family ("is ..."); None if it may be."""
        if not is_recurrent:
            return None
        return f"is Robust Video Matting, not {type(self).__name__}: take the preset rvm, or none"

    def compute_extra_inputs(self, width: int, height: int) -> dict[str, float]:
        """Return the values of inputs other than the image and the states, for an input of a size in pixels."""
        return {}

    def choose_size(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) of the input for a frame of a size in pixels."""
        if isinstance(self.size, Sequence):
            return self.size[0], self.size[1]
        factor = 1.0
        if self.size is not None and not min(width, height) <= self.size <= max(width, height):
            factor = self.size / min(width, height)
        longest = _LONGEST if self.size is None else _LONGEST_TO_SHORT * self.size
        factor = min(factor, longest / max(width, height))
        across, down = (
            max(self.multiple, math.floor(side * factor + 1e-6) // self.multiple * self.multiple)
            for side in (width, height)
        )
        return across, down

    def prepare(self, image: Image, out: Floats) -> None:
        """Write an image, uint8 (h, w, 3) in the order of `channels`, as input: float32 (3, h, w), to be overridden."""
        scale = 1 / max(1, int(image.max())) if isinstance(self.scale, str) else self.scale
        for plane, source, mean, std in zip(out, image.transpose(2, 0, 1), self._means, self._stds, strict=True):
            np.multiply(source, np.float32(scale / std), out=plane)
            plane -= np.float32(mean / std)


def _check_three(name: str, value: Any, low: float) -> list[float]:
    values = np.atleast_1d(np.asarray(value, dtype=object)).tolist()
    if len(values) not in (1, 3):
        raise ArgumentError(f"{name} must be one number or three, one for each channel, got {value!r}")
    return [check_number(f"each number in {name}", number, low, 1e6) for number in values * (3 // len(values))]
