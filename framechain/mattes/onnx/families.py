"""How a picture becomes a model's input and its output a matte: arguments, and presets of known families."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ...arguments import check_count, check_number
from ...errors import ArgumentError

# What a network needs grows with the picture, and a strip of 8x400 would be enlarged to 512x25600, a photograph of
# 280 megapixels seen by Robust Video Matting as it is.
_LONGEST, _LONGEST_TO_SHORT = 4096, 4
_HALVES = (0.5, 0.5, 0.5)
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CHOICES = {
    "layout": ("NCHW", "NHWC"),
    "channels": ("RGB", "BGR"),
    "fit": ("stretch", "contain"),
    "activation": ("auto", "none", "sigmoid", "softmax"),
}


@dataclass(frozen=True)
class Recipe:
    """What `OnnxMatte` takes as arguments of the same names; it tells what they mean."""

    size: tuple[int, int] | int | None = 512
    fit: str = "stretch"
    multiple: int = 32
    layout: str | None = None
    channels: str = "RGB"
    scale: float | str = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    activation: str = "auto"
    channel: int | None = None
    normalise: bool = False
    edge: tuple[float, float] | None = None

    def with_given(self, given: dict[str, Any]) -> Recipe:
        """The same with what a caller gave instead; None counts as not given."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) in which a frame of that size is given to a model that takes any."""
        if isinstance(self.size, tuple):
            return self.size
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


PRESETS: dict[str, Recipe] = {
    # github.com/ZHKKKe/MODNet, onnx/inference_onnx.py: RGB, (x - 127.5) / 127.5, shorter side 512 unless 512 lies
    # between the sides, both rounded down to multiples of 32; one output, alpha.
    "modnet": Recipe(size=512, multiple=32, mean=_HALVES, std=_HALVES, activation="none"),
    # github.com/PaddlePaddle/PaddleSeg, contrib/PP-HumanSeg: README (192x192 for general people), configs (Resize, then
    # Normalize, whose mean and deviation are 0.5) and transforms.py (to_rgb); exports end in softmax or argmax. And
    # github.com/opencv/opencv_zoo, models/human_segmentation_pphumanseg/pphumanseg.py: the same numbers.
    "pp-humanseg": Recipe(size=(192, 192), mean=_HALVES, std=_HALVES, edge=(0.5, 0.2)),
    # The same, portraits: configs/portrait_pp_humansegv2_lite.yml, target_size [256, 144] (width, height).
    "pp-humanseg-v2-lite": Recipe(size=(256, 144), mean=_HALVES, std=_HALVES, edge=(0.5, 0.2)),
    # github.com/xuebinqin/U-2-Net, u2net_human_seg_test.py (RescaleT(320), normPRED of the first output) and
    # data_loader.py (divided by the picture's own maximum, ImageNet's mean and deviation, RGB).
    "u2net": Recipe(
        size=(320, 320), scale="max", mean=_IMAGENET_MEAN, std=_IMAGENET_STD, activation="none", normalise=True
    ),
    # github.com/xuebinqin/DIS, IS-Net/Inference.py: 1024x1024, mean 0.5, deviation 1, the first output stretched.
    "isnet": Recipe(size=(1024, 1024), mean=_HALVES, activation="none", normalise=True),
    # github.com/PeterL1n/RobustVideoMatting, documentation/inference.md: RGB in 0..1, as large as the frame.
    "rvm": Recipe(size=None, multiple=1, activation="none"),
}
"""By family; the numbers are those of the projects' own inference code, named in the comments."""


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments as a caller gave them, each None or of the right kind.

    Raises:
        ArgumentError: If one is not.
    """
    assert given.keys() <= {field.name for field in fields(Recipe)}
    found = dict(given)
    for name, choices in _CHOICES.items():
        if given.get(name) not in (None, *choices):
            raise ArgumentError(f"{name} must be one of {', '.join(choices)}, got {given[name]!r}")
    for name, least in (("multiple", 1), ("channel", 0)):
        if given.get(name) is not None:
            found[name] = check_count(name, given[name], least)
    for name, least_value in (("mean", -1e6), ("std", 1e-6)):
        if given.get(name) is not None:
            found[name] = _three(name, given[name], least_value)
    if given.get("scale") not in (None, "max"):
        found["scale"] = check_number("scale", given["scale"], 1e-6, 1e6)
    size = given.get("size")
    if isinstance(size, Sequence) and not isinstance(size, str) and len(size) == 2:
        found["size"] = check_count("the width in size", size[0], 1), check_count("the height in size", size[1], 1)
    elif size is not None:
        found["size"] = check_count("size", size, 1)
    if (edge := given.get("edge")) is not None:
        found["edge"] = _edge(edge)
    return found


def _edge(values: Any) -> tuple[float, float]:
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != 2:
        raise ArgumentError(f"edge must be (threshold, softness), got {values!r}")
    return check_number("the threshold in edge", values[0], 0, 1), check_number("the softness in edge", values[1], 0, 1)


def _three(name: str, value: Any, least: float) -> tuple[float, ...]:
    values = np.atleast_1d(np.asarray(value, dtype=object)).tolist()
    if len(values) not in (1, 3):
        raise ArgumentError(f"{name} must be one number or three, one for each channel, got {value!r}")
    return tuple(check_number(f"each number in {name}", each, least, 1e6) for each in values * (3 // len(values)))
