"""The networks that `OnnxMatte` has presets for, at their true size, but untrained.

The cost of a network does not depend on its weights. Layers, sizes and the names of inputs and outputs follow the
papers and the projects' own export scripts; the weights are noise, and so are the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx_net import Net, Port

# U-2-Net (Qin et al. 2020) and IS-Net (Qin et al. 2022)


def _add_unit(net: Net, x: str, depth: int, middle: int, out: int, *, dilated: bool = False) -> str:
    """Add a residual U-block: a small U-Net, halved between its levels, or dilated instead."""

    def layer(y: str, channels: int, dilation: int = 1) -> str:
        return net.relu(net.convolve(y, channels, dilation=dilation))

    entered = layer(x, out)
    levels = [layer(entered, middle)]
    for level in range(1, depth - 1):
        levels.append(layer(levels[-1], middle, 2**level) if dilated else layer(net.pool(levels[-1]), middle))
    up = layer(levels[-1], middle, 2 ** (depth - 1) if dilated else 2)
    for level in reversed(range(depth - 1)):
        if not dilated and level < depth - 2:
            up = net.resize_like(up, levels[level])
        up = layer(net.concatenate(up, levels[level]), middle if level else out, 2**level if dilated else 1)
    return net.combine("Add", up, entered)


_FULL = ((32, 64), (32, 128), (64, 256), (128, 512), (256, 512), (256, 512))
_FULL_UP = ((16, 64), (32, 64), (64, 128), (128, 256), (256, 512))
_SMALL, _SMALL_UP = ((16, 64),) * 6, ((16, 64),) * 5
_DEPTHS = 7, 6, 5, 4, 4, 4


def _add_nested_units(net: Net, x: str, down: Sequence[tuple[int, int]], up: Sequence[tuple[int, int]]) -> list[str]:
    """Return the features of the side maps, finest first."""
    levels: list[str] = []
    for place, (depth, (middle, out)) in enumerate(zip(_DEPTHS, down, strict=True)):
        levels.append(_add_unit(net, net.pool(levels[-1]) if levels else x, depth, middle, out, dilated=place > 3))
    features = [levels[5]]
    for place in reversed(range(5)):
        joined = net.concatenate(net.resize_like(features[0], levels[place]), levels[place])
        features.insert(0, _add_unit(net, joined, _DEPTHS[place], *up[place], dilated=place > 3))
    return features


def u2net(path: Path, *, small: bool = False) -> Path:
    """Write U-2-Net or its small version: 320x320; the joint map and six side maps, with sigmoids."""
    net = Net()
    x = net.add_input("input.1", 3)
    sides = [
        net.convolve(feature, 1)
        for feature in _add_nested_units(net, x, *((_SMALL, _SMALL_UP) if small else (_FULL, _FULL_UP)))
    ]
    sides = [sides[0], *(net.resize_like(side, sides[0]) for side in sides[1:])]
    maps = [net.convolve(net.concatenate(*sides), 1, 1), *sides]
    shape = [1, 1, 320, 320]
    outputs = [(str(1959 + place), net.map("Sigmoid", one), shape) for place, one in enumerate(maps)]
    return net.write(path, [("input.1", [1, 3, 320, 320])], outputs)


def isnet(path: Path) -> Path:
    """Write IS-Net: 1024x1024, halved by the first layer; six side maps and their features."""
    net = Net()
    x = net.add_input("input_image", 3)
    features = _add_nested_units(net, net.convolve(x, 64, stride=2), _FULL, _FULL_UP)
    maps = [net.map("Sigmoid", net.resize_like(net.convolve(feature, 1), x)) for feature in features]
    outputs: list[tuple[str, str, list[Any]]] = [("output_image", maps[0], [1, 1, 1024, 1024])]
    outputs += [(f"side{place}", one, [1, 1, 1024, 1024]) for place, one in enumerate(maps[1:], 2)]
    outputs += [(f"feature{place}", one, [1, "c", "h", "w"]) for place, one in enumerate(features, 1)]
    return net.write(path, [("input_image", [1, 3, 1024, 1024])], outputs)


# MODNet (Ke et al. 2022): MobileNetV2 and three branches


def _add_mobilenet2(net: Net, x: str) -> list[str]:
    """Return features at 1/2, 1/4 and 1/32 of the size."""

    def relu6(y: str) -> str:
        return net.clip(y, 0, 6)

    x = relu6(net.convolve(x, 32, stride=2))
    found: list[str] = []
    for expand, out, count, stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):  # fmt: skip
        for place in range(count):
            entered, wide = x, net.count_channels(x) * expand
            x = relu6(net.convolve(x, wide, 1)) if expand > 1 else x
            x = net.convolve(relu6(net.convolve(x, wide, stride=1 if place else stride, group=wide)), out, 1)
            x = net.combine("Add", entered, x) if place else x
        found.append(x)
    return [*found[:2], relu6(net.convolve(x, 1280, 1))]


def modnet(path: Path) -> Path:
    """Write MODNet: any size in multiples of 32; alpha."""
    net = Net()

    def layer(y: str, out: int, size: int = 3, stride: int = 1) -> str:
        """Add a convolution; half of its channels have instance normalisation, the others have it folded in."""
        usual, own = net.split_in_half(net.convolve(y, out, size, stride=stride))
        count = net.count_channels(own)
        ones, zeros = net.add_constant(np.ones(count, np.float32)), net.add_constant(np.zeros(count, np.float32))
        own = net.add("InstanceNormalization", own, ones, zeros, channels=count)
        return net.relu(net.concatenate(usual, own))

    def layers(y: str, *outs: int) -> str:
        for out in outs:
            y = layer(y, out)
        return y

    x = net.add_input("input", 3)
    at2, at4, low = _add_mobilenet2(net, x)
    gate = net.relu(net.convolve(net.map("GlobalAveragePool", low), 320, 1))
    low = net.combine("Mul", low, net.map("Sigmoid", net.convolve(gate, 1280, 1)))
    low8 = layer(net.resize(layer(net.resize(low, 2), 96, 5), 2), 32, 5)
    at2 = layer(at2, 32, 1)
    high = layer(net.concatenate(net.resize(x, 0.5), at2), 32, stride=2)
    high = layer(net.concatenate(high, layer(at4, 32, 1)), 64)
    high = layers(net.concatenate(high, net.resize(low8, 2), net.resize(x, 0.25)), 64, 64, 32)
    high = layers(net.concatenate(net.resize(high, 2), at2), 64, 32, 32, 32)
    joint = layer(net.concatenate(net.resize(layer(net.resize(low8, 2), 32, 5), 2), high), 32)
    joint = net.convolve(layer(net.concatenate(net.resize(joint, 2), x), 16), 1, 1)
    shape = ["batch_size", 1, "height", "width"]
    inputs = [("input", ["batch_size", 3, "height", "width"])]
    return net.write(path, inputs, [("output", net.map("Sigmoid", joint), shape)])


# Robust Video Matting (Lin et al. 2022): MobileNetV3, recurrent decoder, deep guided filter

_BLOCKS = (  # Kernel, expanded, out, squeeze and excitation, hard swish, stride, dilation.
    (3, 16, 16, False, False, 1, 1), (3, 64, 24, False, False, 2, 1), (3, 72, 24, False, False, 1, 1),
    (5, 72, 40, True, False, 2, 1), (5, 120, 40, True, False, 1, 1), (5, 120, 40, True, False, 1, 1),
    (3, 240, 80, False, True, 2, 1), (3, 200, 80, False, True, 1, 1), (3, 184, 80, False, True, 1, 1),
    (3, 184, 80, False, True, 1, 1), (3, 480, 112, True, True, 1, 1), (3, 672, 112, True, True, 1, 1),
    (5, 672, 160, True, True, 1, 2), (5, 960, 160, True, True, 1, 2), (5, 960, 160, True, True, 1, 2),
)  # fmt: skip


def _apply_hard_swish(net: Net, x: str) -> str:
    return net.combine("Mul", x, net.map("HardSigmoid", x, alpha=1 / 6, beta=0.5))


def _add_mobilenet3(net: Net, x: str) -> list[str]:
    """Return features at 1/2, 1/4, 1/8 and 1/16 of the size."""
    x = _apply_hard_swish(net, net.convolve(x, 16, stride=2))
    found = []
    for kernel, wide, out, excited, swish, stride, dilation in _BLOCKS:
        act = (lambda y: _apply_hard_swish(net, y)) if swish else net.relu
        entered = x
        x = act(net.convolve(x, wide, 1)) if wide != net.count_channels(x) else x
        x = act(net.convolve(x, wide, kernel, stride=stride, dilation=dilation, group=wide))
        if excited:
            gate = net.relu(net.convolve(net.map("GlobalAveragePool", x), round(wide / 32) * 8, 1))
            gate = net.map("HardSigmoid", net.convolve(gate, wide, 1), alpha=1 / 6, beta=0.5)
            x = net.combine("Mul", x, gate)
        x = net.convolve(x, out, 1)
        x = net.combine("Add", x, entered) if stride == 1 and net.count_channels(entered) == out else x
        found.append(x)
    return [found[0], found[2], found[5], _apply_hard_swish(net, net.convolve(x, 960, 1))]


def rvm(path: Path) -> Path:
    """Write Robust Video Matting with MobileNetV3: any size; the foreground's colours, alpha and four states."""
    net = Net()
    x, states = net.add_input("src", 3), [net.add_input(f"r{k}i", 0) for k in (1, 2, 3, 4)]
    ratio = net.add_input("downsample_ratio", 0)
    ones = net.add_constant(np.ones(2, np.float32))
    small = net.resize_by(x, net.add("Concat", ones, ratio, ratio, channels=0, axis=0))
    mean, deviation = (
        net.add_constant(np.array(values, np.float32).reshape(1, 3, 1, 1))
        for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    features = _add_mobilenet3(net, net.combine("Div", net.combine("Sub", small, mean), deviation))
    gate = net.map("Sigmoid", net.convolve(net.map("GlobalAveragePool", features[3]), 128, 1))
    features[3] = net.combine("Mul", net.relu(net.convolve(features[3], 128, 1)), gate)
    shrunk = [small]
    for _ in range(3):
        shrunk.append(net.map("AveragePool", shrunk[-1], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1))
    one = net.add_constant(np.float32(1))
    made: list[str] = []

    def add_gru(y: str, state: str) -> str:
        """Add a convolutional GRU on half of the channels."""
        free, kept = net.split_in_half(y)
        count = net.count_channels(kept)
        before = net.add("Expand", state, net.add("Shape", kept, channels=0), channels=count)
        reset, update = net.split_in_half(net.map("Sigmoid", net.convolve(net.concatenate(kept, before), 2 * count)))
        new = net.map("Tanh", net.convolve(net.concatenate(kept, net.combine("Mul", reset, before)), count))
        old = net.combine("Mul", net.combine("Sub", one, update), before)
        made.insert(0, net.combine("Add", old, net.combine("Mul", update, new)))
        return net.concatenate(free, made[0])

    hidden = add_gru(features[3], states[3])
    for level, out in ((3, 80), (2, 40), (1, 32)):
        hidden = net.crop_like(net.resize(hidden, 2), shrunk[level])
        hidden = net.relu(net.convolve(net.concatenate(hidden, features[level - 1], shrunk[level]), out))
        hidden = add_gru(hidden, states[level - 1])
    hidden = net.concatenate(net.crop_like(net.resize(hidden, 2), small), small)
    hidden = net.relu(net.convolve(net.relu(net.convolve(hidden, 16)), 16))
    outputs = [
        (name, net.clip(y, 0, 1), ["batch_size", count, "height", "width"])
        for name, count, y in zip(("fgr", "pha"), (3, 1), _refine(net, x, small, hidden), strict=True)
    ]
    # The states are smaller than the frame, but the project's files give their axes the same names.
    any_size: list[Any] = ["batch_size", "channels", "height", "width"]
    outputs += [
        (f"r{k}o", state, ["batch_size", net.count_channels(state), *any_size[2:]]) for k, state in enumerate(made, 1)
    ]
    inputs: list[Port] = [("src", ["batch_size", 3, "height", "width"]), *((state, any_size) for state in states)]
    return net.write(path, [*inputs, ("downsample_ratio", [1])], outputs)


def _refine(net: Net, x: str, small: str, hidden: str) -> tuple[str, str]:
    """Return foreground and alpha at the frame's size, each a linear function of the frame."""

    def append_grey(y: str) -> str:
        return net.concatenate(y, net.add("ReduceMean", y, channels=1, axes=[1]))

    def box(y: str) -> str:
        return net.convolve(y, 4, group=4)

    guide, found = append_grey(small), net.convolve(hidden, 4, 1)
    means = box(guide), box(found)
    shared = net.combine("Sub", box(net.combine("Mul", guide, found)), net.combine("Mul", *means))
    spread = net.combine("Sub", box(net.combine("Mul", guide, guide)), net.combine("Mul", means[0], means[0]))
    slope = net.concatenate(shared, spread, hidden)
    for out in (16, 16):
        slope = net.relu(net.convolve(slope, out, 1))
    slope = net.convolve(slope, 4, 1)
    offset = net.combine("Sub", means[1], net.combine("Mul", slope, means[0]))
    fine = net.combine("Add", net.combine("Mul", net.resize_like(slope, x), append_grey(x)), net.resize_like(offset, x))
    colours, alpha = net.split(fine, 3)
    return net.combine("Add", colours, x), alpha


FAMILIES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "U-2-Net, small": ("u2net", lambda path: u2net(path, small=True)),
    "U-2-Net": ("u2net", u2net),
    "IS-Net": ("isnet", isnet),
    "MODNet": ("modnet", modnet),
    "Robust Video Matting": ("rvm", rvm),
}
"""Name: the preset and the function that writes the file."""
