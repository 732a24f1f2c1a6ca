"""Tiny ONNX graphs for the tests of `OnnxMatte`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framechain.mattes import OnnxFamily, OnnxMatte
from framechain.mattes.onnx.families import PRESETS
from framechain.pixels.colour import ColourSpace
from support.media import encodable, frame_in_yuv, photo

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper  # noqa: E402

FLOAT, HALF, BYTE, LONG = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8, TensorProto.INT64
ANY = ["n", 3, "h", "w"]
BT601 = ColourSpace(6)
Build = Callable[..., str]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Return a function that writes a model and returns its path.

    Nodes are (operator, inputs, outputs, attributes); inputs and outputs are (name, kind, shape).
    """

    def write(
        nodes: Sequence[tuple[Any, ...]],
        inputs: Sequence[tuple[str, int, Sequence[Any]]] = (("input", FLOAT, ANY),),
        outputs: Sequence[tuple[str, int, Sequence[Any]]] = (("output", FLOAT, ["n", "c", "h", "w"]),),
        constants: dict[str, Any] | None = None,
    ) -> str:
        graph = helper.make_graph(
            [helper.make_node(n[0], n[1].split(), n[2].split(), **(n[3] if len(n) > 3 else {})) for n in nodes],
            "tiny",
            [helper.make_tensor_value_info(*one) for one in inputs],
            [helper.make_tensor_value_info(*one) for one in outputs],
            [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        path = tmp_path / f"model{len(list(tmp_path.glob('*.onnx')))}.onnx"
        onnx.save(model, path)
        return str(path)

    return write


@pytest.fixture
def echo(build: Build) -> str:
    """Return a model that returns its input: three channels, any size."""
    return build([("Identity", "input", "output")])


@pytest.fixture
def recurrent(build: Build) -> str:
    """Return a model with the inputs and outputs of Robust Video Matting.

    Alpha grows by an eighth of the red channel with each frame; the foreground's colour is the downsample ratio.
    """
    states = [(f"r{k}i", FLOAT, ["n", f"c{k}", f"h{k}", f"w{k}"]) for k in (1, 2, 3, 4)]
    nodes = [
        ("Slice", "src zero one axis", "red"),
        ("Mul", "red eighth", "step"),
        ("Add", "r1i step", "r1o"),
        ("Identity", "r1o", "pha"),
        *[("Add", f"r{k}i one_f", f"r{k}o") for k in (2, 3, 4)],
        ("Mul", "src zero_f", "nothing"),
        ("Add", "nothing downsample_ratio", "fgr"),
    ]
    outputs = [("fgr", FLOAT, ANY), ("pha", FLOAT, ["n", 1, "h", "w"])]
    outputs += [(f"r{k}o", FLOAT, ["n", f"c{k}", f"h{k}o", f"w{k}o"]) for k in (1, 2, 3, 4)]
    constants = {
        "zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "eighth": np.float32(0.125),
        "one_f": np.float32(1), "zero_f": np.float32(0),
    }  # fmt: skip
    return build(nodes, [("src", FLOAT, ANY), *states, ("downsample_ratio", FLOAT, [1])], outputs, constants)


_OPTIONS = "providers", "threads"


def make_matte(path: str | Path, *, preset: str | None = None, **attributes: Any) -> OnnxMatte:
    """Make a matte of a family of one's own: that of a preset, or the generic one, with other attributes."""
    options = {name: attributes.pop(name) for name in _OPTIONS if name in attributes}
    family = type("MyFamily", (PRESETS[preset] if preset else OnnxFamily,), attributes)
    return OnnxMatte(path, family=family, **options)


def colourful(height: int = 20, width: int = 40) -> Any:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def as_byte(value: Any) -> Any:
    return np.clip(np.asarray(value), 0, 1) * 255


def size_given(matte: OnnxMatte, width: int, height: int) -> tuple[int, int]:
    """Return (width, height) of the input of a model whose output has the size of its input."""
    down, across = matte.estimate(frame_in_yuv(encodable(photo(width, height)), BT601)).shape
    return across, down


def two_classes(build: Build, *, last: str, gain: float = 8) -> str:
    """Return a model of the logits (0, gain x (red - 0.5)), followed by nothing ("logits"), softmax or argmax."""
    after = {
        "logits": [("Identity", "logits", "output")],
        "softmax": [("Softmax", "logits", "output", {"axis": 1})],
        "classes": [("ArgMax", "logits", "output", {"axis": 1, "keepdims": 0})],
    }[last]
    out = ("output", LONG, ["n", "h", "w"]) if last == "classes" else ("output", FLOAT, ["n", 2, "h", "w"])
    constants = {
        "zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "gain": np.float32(gain),
        "half": np.float32(0.5), "zero_f": np.float32(0),
    }  # fmt: skip
    nodes = [
        ("Slice", "input zero one axis", "red"),
        ("Sub", "red half", "centred"),
        ("Mul", "centred gain", "person"),
        ("Mul", "red zero_f", "room"),
        ("Concat", "room person", "logits", {"axis": 1}),
        *after,
    ]
    return build(nodes, [("input", FLOAT, [1, 3, 192, 192])], [out], constants)


def convolution(layout: str) -> dict[str, Any]:
    """Return arguments for `build`: a graph whose axes are all free, and which returns the first channel."""
    kernel = np.zeros((1, 3, 1, 1), np.float32)
    kernel[0, 0] = 1
    inner = [("Conv", "first kernel", "found")]
    around = {
        "NCHW": [("Identity", "input", "first"), *inner, ("Identity", "found", "output")],
        "NHWC": [
            ("Transpose", "input", "first", {"perm": [0, 3, 1, 2]}), *inner,
            ("Transpose", "found", "output", {"perm": [0, 2, 3, 1]}),
        ],
    }  # fmt: skip
    return {
        "nodes": around[layout],
        "inputs": [("input", FLOAT, ["batch_size", "num_channels", "height", "width"])],
        "outputs": [("output", FLOAT, ["a", "b", "c", "d"])],
        "constants": {"kernel": kernel},
    }
