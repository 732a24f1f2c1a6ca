"""The networks that `OnnxMatte` has presets for, at their true size and with their files' faces, but untrained.

What a network costs does not depend on what it has learnt. Layers, sizes and the names of inputs and outputs follow
the papers and the projects' own export scripts; the weights are noise, and so are the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 12, 7  # Those of the projects' exports, which are of 2020 to 2022.
Face = tuple[str, list[Any]]


class Net:
    """A graph that grows; tensors are told apart by name, channels first."""

    def __init__(self) -> None:
        """Begin with nothing in it."""
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._channels: dict[str, int] = {}
        self._random = np.random.default_rng(0)
        self._nothing = self.constant(np.zeros(0, np.float32))

    def input(self, name: str, channels: int) -> str:
        """Name an input, of so many channels."""
        self._channels[name] = channels
        return name

    def op(self, kind: str, *inputs: str, channels: int, outputs: int = 1, **attributes: Any) -> str:
        """Add an operator; the name of what it makes, of so many channels, the first if it makes several."""
        names = [f"{kind.lower()}{len(self._nodes)}" + (f"_{k}" if k else "") for k in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        self._channels.update(dict.fromkeys(names, channels))
        return names[0]

    def constant(self, values: Any) -> str:
        """Add one: an array or a number."""
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def channels(self, name: str) -> int:
        """How many channels a tensor has."""
        return self._channels[name]

    def conv(self, x: str, out: int, size: int = 3, *, stride: int = 1, dilation: int = 1, group: int = 1) -> str:
        """A convolution that keeps the size, or divides it by the stride; batch normalisation is folded into it."""
        given = self._channels[x] // group
        spread = np.sqrt(1 / (given * size * size))
        kernel: NDArray[Any] = self._random.normal(0, spread, (out, given, size, size)).astype(np.float32)
        return self.op(
            "Conv", x, self.constant(kernel), self.constant(np.zeros(out, np.float32)), channels=out, group=group,
            kernel_shape=[size, size], strides=[stride, stride], dilations=[dilation, dilation],
            pads=[dilation * (size // 2)] * 4,
        )  # fmt: skip

    def each(self, kind: str, x: str, **attributes: Any) -> str:
        """An operator that works on each value."""
        return self.op(kind, x, channels=self._channels[x], **attributes)

    def relu(self, x: str) -> str:
        """Rectify."""
        return self.each("Relu", x)

    def clipped(self, x: str, low: float, high: float) -> str:
        """Cut off below and above."""
        ends = self.constant(np.float32(low)), self.constant(np.float32(high))
        return self.op("Clip", x, *ends, channels=self._channels[x])

    def both(self, kind: str, x: str, y: str) -> str:
        """An operator on two tensors."""
        return self.op(kind, x, y, channels=max(self._channels.get(x, 1), self._channels.get(y, 1)))

    def cat(self, *parts: str) -> str:
        """Lay channels behind each other."""
        return self.op("Concat", *parts, channels=sum(self._channels[part] for part in parts), axis=1)

    def halves(self, x: str) -> tuple[str, str]:
        """The first and the last half of the channels."""
        return self.split(x, self._channels[x] // 2)

    def split(self, x: str, first: int) -> tuple[str, str]:
        """The first channels, and the others."""
        rest = self._channels[x] - first
        name = self.op("Split", x, channels=first, outputs=2, axis=1, split=[first, rest])
        self._channels[f"{name}_1"] = rest
        return name, f"{name}_1"

    def pool(self, x: str) -> str:
        """Halve the size, rounded up, by the largest."""
        return self.each("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)

    def times(self, x: str, factor: float) -> str:
        """Another size, by a factor."""
        return self.scaled_by(x, self.constant(np.array([1, 1, factor, factor], np.float32)))

    def scaled_by(self, x: str, scales: str) -> str:
        """Another size, by factors that come from the graph."""
        return self._resize(x, scales)

    def like(self, x: str, other: str) -> str:
        """As high and wide as another."""
        first = self._part_of_shape(x, 0, 2)
        size = self.op("Concat", first, self._part_of_shape(other, 2, 4), channels=0, axis=0)
        return self._resize(x, self._nothing, size)

    def _resize(self, x: str, *how: str) -> str:
        return self.op(
            "Resize", x, self._nothing, *how, channels=self._channels[x], mode="linear",
            coordinate_transformation_mode="pytorch_half_pixel",
        )  # fmt: skip

    def cropped(self, x: str, other: str) -> str:
        """Cut to the height and width of another."""
        start, axes = self.constant(np.array([0, 0])), self.constant(np.array([2, 3]))
        return self.op("Slice", x, start, self._part_of_shape(other, 2, 4), axes, channels=self._channels[x])

    def _part_of_shape(self, x: str, start: int, end: int) -> str:
        ends = [self.constant(np.array([value])) for value in (start, end, 0)]
        return self.op("Slice", self.op("Shape", x, channels=0), *ends, channels=0)

    def write(self, path: Path, inputs: Sequence[Face], outputs: Sequence[tuple[str, str, list[Any]]]) -> Path:
        """Write it.

        Args:
            path: The file.
            inputs: Names and shapes.
            outputs: Names as they are to be, as they are in the graph, and shapes.
        """
        for name, source, _ in outputs:
            self._nodes.append(helper.make_node("Identity", [source], [name]))
        faces = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in pairs]
            for pairs in (inputs, [(name, shape) for name, _, shape in outputs])
        ]
        graph = helper.make_graph(self._nodes, path.stem, *faces, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.save(model, str(path))
        return path


# U-2-Net (Qin et al. 2020) and IS-Net (Qin et al. 2022)


def _unit(net: Net, x: str, depth: int, middle: int, out: int, *, dilated: bool = False) -> str:
    """A residual U-block: a small U-Net, halved between its levels, or dilated instead."""

    def layer(y: str, channels: int, dilation: int = 1) -> str:
        return net.relu(net.conv(y, channels, dilation=dilation))

    entered = layer(x, out)
    levels = [layer(entered, middle)]
    for level in range(1, depth - 1):
        levels.append(layer(levels[-1], middle, 2**level) if dilated else layer(net.pool(levels[-1]), middle))
    up = layer(levels[-1], middle, 2 ** (depth - 1) if dilated else 2)
    for level in reversed(range(depth - 1)):
        if not dilated and level < depth - 2:
            up = net.like(up, levels[level])
        up = layer(net.cat(up, levels[level]), middle if level else out, 2**level if dilated else 1)
    return net.both("Add", up, entered)


_FULL = ((32, 64), (32, 128), (64, 256), (128, 512), (256, 512), (256, 512))
_FULL_UP = ((16, 64), (32, 64), (64, 128), (128, 256), (256, 512))
_SMALL, _SMALL_UP = ((16, 64),) * 6, ((16, 64),) * 5
_DEPTHS = 7, 6, 5, 4, 4, 4


def _nested(net: Net, x: str, down: Sequence[tuple[int, int]], up: Sequence[tuple[int, int]]) -> list[str]:
    """The side maps' features, finest first."""
    levels: list[str] = []
    for place, (depth, (middle, out)) in enumerate(zip(_DEPTHS, down, strict=True)):
        levels.append(_unit(net, net.pool(levels[-1]) if levels else x, depth, middle, out, dilated=place > 3))
    features = [levels[5]]
    for place in reversed(range(5)):
        joined = net.cat(net.like(features[0], levels[place]), levels[place])
        features.insert(0, _unit(net, joined, _DEPTHS[place], *up[place], dilated=place > 3))
    return features


def u2net(path: Path, *, small: bool = False) -> Path:
    """U-2-Net, or its small version: 320x320; the joint map and six side maps, sigmoids applied."""
    net = Net()
    x = net.input("input.1", 3)
    sides = [
        net.conv(feature, 1) for feature in _nested(net, x, *((_SMALL, _SMALL_UP) if small else (_FULL, _FULL_UP)))
    ]
    sides = [sides[0], *(net.like(side, sides[0]) for side in sides[1:])]
    maps = [net.conv(net.cat(*sides), 1, 1), *sides]
    shape = [1, 1, 320, 320]
    outputs = [(str(1959 + place), net.each("Sigmoid", one), shape) for place, one in enumerate(maps)]
    return net.write(path, [("input.1", [1, 3, 320, 320])], outputs)


def isnet(path: Path) -> Path:
    """IS-Net: 1024x1024, looked at in half of that; six side maps, and the features they are made of."""
    net = Net()
    x = net.input("input_image", 3)
    features = _nested(net, net.conv(x, 64, stride=2), _FULL, _FULL_UP)
    maps = [net.each("Sigmoid", net.like(net.conv(feature, 1), x)) for feature in features]
    outputs: list[tuple[str, str, list[Any]]] = [("output_image", maps[0], [1, 1, 1024, 1024])]
    outputs += [(f"side{place}", one, [1, 1, 1024, 1024]) for place, one in enumerate(maps[1:], 2)]
    outputs += [(f"feature{place}", one, [1, "c", "h", "w"]) for place, one in enumerate(features, 1)]
    return net.write(path, [("input_image", [1, 3, 1024, 1024])], outputs)


# MODNet (Ke et al. 2022): MobileNetV2 and three branches


def _mobilenet2(net: Net, x: str) -> list[str]:
    """Features at a half, a quarter and a 32nd of the size."""

    def relu6(y: str) -> str:
        return net.clipped(y, 0, 6)

    x = relu6(net.conv(x, 32, stride=2))
    found: list[str] = []
    for expand, out, count, stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):  # fmt: skip
        for place in range(count):
            entered, wide = x, net.channels(x) * expand
            x = relu6(net.conv(x, wide, 1)) if expand > 1 else x
            x = net.conv(relu6(net.conv(x, wide, stride=1 if place else stride, group=wide)), out, 1)
            x = net.both("Add", entered, x) if place else x
        found.append(x)
    return [*found[:2], relu6(net.conv(x, 1280, 1))]


def modnet(path: Path) -> Path:
    """MODNet: any size in multiples of 32; alpha."""
    net = Net()

    def layer(y: str, out: int, size: int = 3, stride: int = 1) -> str:
        """Half of the channels are normalised by what they are in this picture; of the rest it is folded."""
        usual, own = net.halves(net.conv(y, out, size, stride=stride))
        count = net.channels(own)
        ones, zeros = net.constant(np.ones(count, np.float32)), net.constant(np.zeros(count, np.float32))
        own = net.op("InstanceNormalization", own, ones, zeros, channels=count)
        return net.relu(net.cat(usual, own))

    def layers(y: str, *outs: int) -> str:
        for out in outs:
            y = layer(y, out)
        return y

    x = net.input("input", 3)
    at2, at4, low = _mobilenet2(net, x)
    gate = net.relu(net.conv(net.each("GlobalAveragePool", low), 320, 1))
    low = net.both("Mul", low, net.each("Sigmoid", net.conv(gate, 1280, 1)))
    low8 = layer(net.times(layer(net.times(low, 2), 96, 5), 2), 32, 5)
    at2 = layer(at2, 32, 1)
    high = layer(net.cat(net.times(x, 0.5), at2), 32, stride=2)
    high = layer(net.cat(high, layer(at4, 32, 1)), 64)
    high = layers(net.cat(high, net.times(low8, 2), net.times(x, 0.25)), 64, 64, 32)
    high = layers(net.cat(net.times(high, 2), at2), 64, 32, 32, 32)
    joint = layer(net.cat(net.times(layer(net.times(low8, 2), 32, 5), 2), high), 32)
    joint = net.conv(layer(net.cat(net.times(joint, 2), x), 16), 1, 1)
    shape = ["batch_size", 1, "height", "width"]
    faces = [("input", ["batch_size", 3, "height", "width"])]
    return net.write(path, faces, [("output", net.each("Sigmoid", joint), shape)])


# Robust Video Matting (Lin et al. 2022): MobileNetV3, recurrent decoder, deep guided filter

_BLOCKS = (  # Kernel, expanded, out, squeeze and excitation, hard swish, stride, dilation.
    (3, 16, 16, False, False, 1, 1), (3, 64, 24, False, False, 2, 1), (3, 72, 24, False, False, 1, 1),
    (5, 72, 40, True, False, 2, 1), (5, 120, 40, True, False, 1, 1), (5, 120, 40, True, False, 1, 1),
    (3, 240, 80, False, True, 2, 1), (3, 200, 80, False, True, 1, 1), (3, 184, 80, False, True, 1, 1),
    (3, 184, 80, False, True, 1, 1), (3, 480, 112, True, True, 1, 1), (3, 672, 112, True, True, 1, 1),
    (5, 672, 160, True, True, 1, 2), (5, 960, 160, True, True, 1, 2), (5, 960, 160, True, True, 1, 2),
)  # fmt: skip


def _hard_swish(net: Net, x: str) -> str:
    return net.both("Mul", x, net.each("HardSigmoid", x, alpha=1 / 6, beta=0.5))


def _mobilenet3(net: Net, x: str) -> list[str]:
    """Features at a half, a quarter, an eighth and a 16th of the size."""
    x = _hard_swish(net, net.conv(x, 16, stride=2))
    found = []
    for kernel, wide, out, excited, swish, stride, dilation in _BLOCKS:
        act = (lambda y: _hard_swish(net, y)) if swish else net.relu
        entered = x
        x = act(net.conv(x, wide, 1)) if wide != net.channels(x) else x
        x = act(net.conv(x, wide, kernel, stride=stride, dilation=dilation, group=wide))
        if excited:
            gate = net.relu(net.conv(net.each("GlobalAveragePool", x), round(wide / 32) * 8, 1))
            gate = net.each("HardSigmoid", net.conv(gate, wide, 1), alpha=1 / 6, beta=0.5)
            x = net.both("Mul", x, gate)
        x = net.conv(x, out, 1)
        x = net.both("Add", x, entered) if stride == 1 and net.channels(entered) == out else x
        found.append(x)
    return [found[0], found[2], found[5], _hard_swish(net, net.conv(x, 960, 1))]


def rvm(path: Path) -> Path:
    """Robust Video Matting with MobileNetV3: any size; the foreground's colours, alpha, and four states."""
    net = Net()
    x, states = net.input("src", 3), [net.input(f"r{k}i", 0) for k in (1, 2, 3, 4)]
    ratio = net.input("downsample_ratio", 0)
    ones = net.constant(np.ones(2, np.float32))
    small = net.scaled_by(x, net.op("Concat", ones, ratio, ratio, channels=0, axis=0))
    mean, deviation = (
        net.constant(np.array(values, np.float32).reshape(1, 3, 1, 1))
        for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    features = _mobilenet3(net, net.both("Div", net.both("Sub", small, mean), deviation))
    gate = net.each("Sigmoid", net.conv(net.each("GlobalAveragePool", features[3]), 128, 1))
    features[3] = net.both("Mul", net.relu(net.conv(features[3], 128, 1)), gate)
    shrunk = [small]
    for _ in range(3):
        shrunk.append(net.each("AveragePool", shrunk[-1], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1))
    one = net.constant(np.float32(1))
    made: list[str] = []

    def remembering(y: str, state: str) -> str:
        """A convolutional GRU on half of the channels."""
        free, kept = net.halves(y)
        count = net.channels(kept)
        before = net.op("Expand", state, net.op("Shape", kept, channels=0), channels=count)
        reset, update = net.halves(net.each("Sigmoid", net.conv(net.cat(kept, before), 2 * count)))
        new = net.each("Tanh", net.conv(net.cat(kept, net.both("Mul", reset, before)), count))
        old = net.both("Mul", net.both("Sub", one, update), before)
        made.insert(0, net.both("Add", old, net.both("Mul", update, new)))
        return net.cat(free, made[0])

    hidden = remembering(features[3], states[3])
    for level, out in ((3, 80), (2, 40), (1, 32)):
        hidden = net.cropped(net.times(hidden, 2), shrunk[level])
        hidden = net.relu(net.conv(net.cat(hidden, features[level - 1], shrunk[level]), out))
        hidden = remembering(hidden, states[level - 1])
    hidden = net.cat(net.cropped(net.times(hidden, 2), small), small)
    hidden = net.relu(net.conv(net.relu(net.conv(hidden, 16)), 16))
    outputs = [
        (name, net.clipped(y, 0, 1), ["batch_size", count, "height", "width"])
        for name, count, y in zip(("fgr", "pha"), (3, 1), _refined(net, x, small, hidden), strict=True)
    ]
    # The states are not as high and wide as the frame, but their axes are named so in the project's files.
    any_size: list[Any] = ["batch_size", "channels", "height", "width"]
    outputs += [
        (f"r{k}o", state, ["batch_size", net.channels(state), *any_size[2:]]) for k, state in enumerate(made, 1)
    ]
    faces: list[Face] = [("src", ["batch_size", 3, "height", "width"]), *((state, any_size) for state in states)]
    return net.write(path, [*faces, ("downsample_ratio", [1])], outputs)


def _refined(net: Net, x: str, small: str, hidden: str) -> tuple[str, str]:
    """Foreground and alpha at the frame's size, each a linear function of the frame there."""

    def with_grey(y: str) -> str:
        return net.cat(y, net.op("ReduceMean", y, channels=1, axes=[1]))

    def box(y: str) -> str:
        return net.conv(y, 4, group=4)

    guide, found = with_grey(small), net.conv(hidden, 4, 1)
    means = box(guide), box(found)
    shared = net.both("Sub", box(net.both("Mul", guide, found)), net.both("Mul", *means))
    spread = net.both("Sub", box(net.both("Mul", guide, guide)), net.both("Mul", means[0], means[0]))
    slope = net.cat(shared, spread, hidden)
    for out in (16, 16):
        slope = net.relu(net.conv(slope, out, 1))
    slope = net.conv(slope, 4, 1)
    offset = net.both("Sub", means[1], net.both("Mul", slope, means[0]))
    fine = net.both("Add", net.both("Mul", net.like(slope, x), with_grey(x)), net.like(offset, x))
    colours, alpha = net.split(fine, 3)
    return net.both("Add", colours, x), alpha


FAMILIES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "U-2-Net, small": ("u2net", lambda path: u2net(path, small=True)),
    "U-2-Net": ("u2net", u2net),
    "IS-Net": ("isnet", isnet),
    "MODNet": ("modnet", modnet),
    "Robust Video Matting": ("rvm", rvm),
}
"""Name: preset, and what writes the file."""
