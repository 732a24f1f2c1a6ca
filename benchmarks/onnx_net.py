"""A small builder of ONNX graphs, for the networks of families.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 12, 7  # As in the projects' exports of 2020 to 2022.
Port = tuple[str, list[Any]]


class Net:
    """A graph under construction. Tensors are known by name; channels come first."""

    def __init__(self) -> None:
        """Begin an empty graph."""
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._channels: dict[str, int] = {}
        self._random = np.random.default_rng(0)
        self._nothing = self.add_constant(np.zeros(0, np.float32))

    def add_input(self, name: str, channels: int) -> str:
        """Add an input and return its name."""
        self._channels[name] = channels
        return name

    def add(self, kind: str, *inputs: str, channels: int, outputs: int = 1, **attributes: Any) -> str:
        """Add an operator and return the name of its first output."""
        names = [f"{kind.lower()}{len(self._nodes)}" + (f"_{k}" if k else "") for k in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        self._channels.update(dict.fromkeys(names, channels))
        return names[0]

    def add_constant(self, values: Any) -> str:
        """Add an array or a number and return its name."""
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def count_channels(self, name: str) -> int:
        """Return how many channels a tensor has."""
        return self._channels[name]

    def convolve(self, x: str, out: int, size: int = 3, *, stride: int = 1, dilation: int = 1, group: int = 1) -> str:
        """Convolve; the size is kept, or divided by the stride. Batch normalisation is folded into the weights."""
        given = self._channels[x] // group
        spread = np.sqrt(1 / (given * size * size))
        kernel: NDArray[Any] = self._random.normal(0, spread, (out, given, size, size)).astype(np.float32)
        return self.add(
            "Conv", x, self.add_constant(kernel), self.add_constant(np.zeros(out, np.float32)), channels=out,
            group=group,
            kernel_shape=[size, size], strides=[stride, stride], dilations=[dilation, dilation],
            pads=[dilation * (size // 2)] * 4,
        )  # fmt: skip

    def map(self, kind: str, x: str, **attributes: Any) -> str:
        """Apply an operator to each value."""
        return self.add(kind, x, channels=self._channels[x], **attributes)

    def relu(self, x: str) -> str:
        """Rectify."""
        return self.map("Relu", x)

    def clip(self, x: str, low: float, high: float) -> str:
        """Clip to a range."""
        ends = self.add_constant(np.float32(low)), self.add_constant(np.float32(high))
        return self.add("Clip", x, *ends, channels=self._channels[x])

    def combine(self, kind: str, x: str, y: str) -> str:
        """Apply an operator to two tensors."""
        return self.add(kind, x, y, channels=max(self._channels.get(x, 1), self._channels.get(y, 1)))

    def concatenate(self, *parts: str) -> str:
        """Concatenate channels."""
        return self.add("Concat", *parts, channels=sum(self._channels[part] for part in parts), axis=1)

    def split_in_half(self, x: str) -> tuple[str, str]:
        """Return the first and the last half of the channels."""
        return self.split(x, self._channels[x] // 2)

    def split(self, x: str, first: int) -> tuple[str, str]:
        """Return the first channels and the others."""
        rest = self._channels[x] - first
        name = self.add("Split", x, channels=first, outputs=2, axis=1, split=[first, rest])
        self._channels[f"{name}_1"] = rest
        return name, f"{name}_1"

    def pool(self, x: str) -> str:
        """Halve the size, rounded up, by maximum."""
        return self.map("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)

    def resize(self, x: str, factor: float) -> str:
        """Resize by a factor."""
        return self.resize_by(x, self.add_constant(np.array([1, 1, factor, factor], np.float32)))

    def resize_by(self, x: str, scales: str) -> str:
        """Resize by factors that the graph computes."""
        return self._add_resize(x, scales)

    def resize_like(self, x: str, other: str) -> str:
        """Resize to the height and width of another tensor."""
        first = self._slice_shape(x, 0, 2)
        size = self.add("Concat", first, self._slice_shape(other, 2, 4), channels=0, axis=0)
        return self._add_resize(x, self._nothing, size)

    def _add_resize(self, x: str, *how: str) -> str:
        return self.add(
            "Resize", x, self._nothing, *how, channels=self._channels[x], mode="linear",
            coordinate_transformation_mode="pytorch_half_pixel",
        )  # fmt: skip

    def crop_like(self, x: str, other: str) -> str:
        """Crop to the height and width of another tensor."""
        start, axes = self.add_constant(np.array([0, 0])), self.add_constant(np.array([2, 3]))
        return self.add("Slice", x, start, self._slice_shape(other, 2, 4), axes, channels=self._channels[x])

    def _slice_shape(self, x: str, start: int, end: int) -> str:
        ends = [self.add_constant(np.array([value])) for value in (start, end, 0)]
        return self.add("Slice", self.add("Shape", x, channels=0), *ends, channels=0)

    def write(self, path: Path, inputs: Sequence[Port], outputs: Sequence[tuple[str, str, list[Any]]]) -> Path:
        """Write the file and return its path.

        Args:
            path: The file.
            inputs: Names and shapes.
            outputs: Names in the file, names in the graph, and shapes.
        """
        for name, source, _ in outputs:
            self._nodes.append(helper.make_node("Identity", [source], [name]))
        ports = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in pairs]
            for pairs in (inputs, [(name, shape) for name, _, shape in outputs])
        ]
        graph = helper.make_graph(self._nodes, path.stem, *ports, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.save(model, str(path))
        return path
