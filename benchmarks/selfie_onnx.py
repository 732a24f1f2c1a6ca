"""Convert the models that ship here to ONNX: trained networks for `OnnxMatte` whose answers are known.

    python benchmarks/selfie_onnx.py out/                                   # both models
    python benchmarks/selfie_onnx.py out/ --half --layout NCHW              # float16, channels first
    python benchmarks/quality.py --onnx out/selfie_segmentation.onnx --masks photos/ --time

It needs the package onnx. Only the operators of these two files are known; others are refused. The weights are float16
in the files already, so nothing is lost.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # Convert this checkout's models, whatever is installed.

import numpy as np  # noqa: E402
import onnx  # noqa: E402
from mediapipe.tasks.metadata import schema_py_generated as schema  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

MODELS_FOLDER = Path(__file__).resolve().parent / "models"
MODELS = "selfie_segmentation", "selfie_segmentation_landscape"
OPSET, IR_VERSION = 17, 8
_SAME = 0
_DTYPES = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}
_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
_PLAIN = {"RELU": "Relu", "ADD": "Add", "MUL": "Mul", "LOGISTIC": "Sigmoid", "HARD_SWISH": "HardSwish"}


class Converter:
    """Converts one TensorFlow Lite file to ONNX."""

    def __init__(self, data: bytes, *, layout: str, half: bool) -> None:
        """Read the file.

        Args:
            data: The file's bytes.
            layout: Of input and output: "NHWC" as in the file, or "NCHW".
            half: Whether all numbers are float16, including input and output.
        """
        self._model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(data, 0))
        self._graph = self._model.subgraphs[0]
        self._layout = layout
        self._dtype: Any = np.float16 if half else np.float32
        self._kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
        self._constants: dict[int, NDArray[Any]] = {}
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def convert(self) -> Any:
        """Return the model as onnx.ModelProto.

        Raises:
            ValueError: If the file has an operator that is not known here.
        """
        (source,), (target,) = self._graph.inputs, self._graph.outputs
        ports = [self._make_port(index) for index in (source, target)]
        if self._layout == "NHWC":
            self._add_node("Transpose", [ports[0].name], [f"t{source}"], perm=[0, 3, 1, 2])
        else:
            self._add_node("Identity", [ports[0].name], [f"t{source}"])
        for operator in self._graph.operators:
            self._add_operator(operator)
        last = {"perm": [0, 2, 3, 1]} if self._layout == "NHWC" else {}
        self._add_node("Transpose" if last else "Identity", [f"t{target}"], [ports[1].name], **last)
        graph = helper.make_graph(self._nodes, "selfie", ports[:1], ports[1:], self._weights)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        made.ir_version = IR_VERSION
        onnx.checker.check_model(made, full_check=True)
        return made

    def _make_port(self, index: int) -> Any:
        tensor = self._graph.tensors[index]
        batch, down, across, channels = tensor.shape.tolist()
        shape = [batch, channels, down, across] if self._layout == "NCHW" else [batch, down, across, channels]
        return helper.make_tensor_value_info(tensor.name.decode(), self._kind, shape)

    def _add_operator(self, operator: Any) -> None:
        code = self._model.operatorCodes[operator.opcodeIndex]
        name = (
            code.customCode.decode() if code.customCode else _NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
        )
        options, inputs, (target,) = operator.builtinOptions, operator.inputs.tolist(), operator.outputs.tolist()
        if getattr(options, "fusedActivationFunction", 0):
            raise ValueError(f"{name} with a fused activation is not known here")
        output, first = [f"t{target}"], f"t{inputs[0]}"
        if name == "DEQUANTIZE":
            self._constants[target] = self._read_constant(inputs[0]).astype(np.float32)
        elif name in _PLAIN:
            self._add_node(_PLAIN[name], [f"t{index}" for index in inputs], output)
        elif name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            weights = self._read_constant(inputs[1])
            deep = name == "DEPTHWISE_CONV_2D"  # (1, h, w, C) instead of (O, h, w, I).
            kernel = weights.transpose(3, 0, 1, 2) if deep else weights.transpose(0, 3, 1, 2)
            self._add_node(
                "Conv",
                [
                    first,
                    self._add_weight(inputs[1], kernel),
                    self._add_weight(inputs[2], self._read_constant(inputs[2])),
                ],
                output,
                auto_pad="SAME_UPPER" if options.padding == _SAME else "VALID",
                strides=[options.strideH, options.strideW],
                dilations=[options.dilationHFactor, options.dilationWFactor],
                group=kernel.shape[0] if deep else 1,
            )
        elif name in ("AVERAGE_POOL_2D", "MEAN"):
            if self._graph.tensors[target].shape.tolist()[1:3] != [1, 1]:
                raise ValueError(f"{name} that does not make one value of a plane is not known here")
            self._add_node("GlobalAveragePool", [first], output)
        elif name == "RESIZE_BILINEAR":
            if options.alignCorners or not options.halfPixelCenters:
                raise ValueError(f"{name} with other than half-pixel centres is not known here")
            _, down, across, channels = self._graph.tensors[target].shape.tolist()
            size = self._add_weight(inputs[1], np.array([1, channels, down, across], np.int64))
            self._add_node("Resize", [first, "", "", size], output, mode="linear")
        elif name == "Convolution2DTransposeBias":
            stride = np.frombuffer(bytes(operator.customOptions), np.int32)[1:3].tolist()
            kernel = self._read_constant(inputs[1]).transpose(3, 0, 1, 2)
            if list(kernel.shape[2:]) != stride:
                raise ValueError(f"{name} whose windows overlap is not known here")
            bias = self._add_weight(inputs[2], self._read_constant(inputs[2]))
            self._add_node("ConvTranspose", [first, self._add_weight(inputs[1], kernel), bias], output, strides=stride)
        else:
            raise ValueError(f"the operator {name} is not known here")

    def _add_node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def _read_constant(self, index: int) -> NDArray[Any]:
        if index in self._constants:
            return self._constants[index]
        tensor = self._graph.tensors[index]
        data = self._model.buffers[tensor.buffer].data
        values: NDArray[Any] = np.frombuffer(bytes(data), _DTYPES[tensor.type]).reshape(tensor.shape)
        return values

    def _add_weight(self, index: int, values: NDArray[Any]) -> str:
        if values.dtype.kind == "f":
            values = values.astype(self._dtype)
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), f"w{index}"))
        return f"w{index}"


def convert(name: str, target: Path, *, layout: str = "NHWC", half: bool = False) -> Path:
    """Write a model that ships here as ONNX.

    Args:
        name: One of MODELS.
        target: The file to write.
        layout: Of input and output: "NHWC" or "NCHW".
        half: Whether all numbers are float16.

    Returns:
        The path of the file.
    """
    onnx.save(
        Converter((MODELS_FOLDER / f"{name}.tflite").read_bytes(), layout=layout, half=half).convert(), str(target)
    )
    return target


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Convert the models that ship here to ONNX.")
    parser.add_argument("folder", type=Path, help="where to write them")
    parser.add_argument("--layout", choices=("NHWC", "NCHW"), default="NHWC", help="layout of input and output")
    parser.add_argument("--half", action="store_true", help="all numbers as float16")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write: Callable[..., Path] = functools.partial(convert, layout=options.layout, half=options.half)
    for name in MODELS:
        print(write(name, options.folder / f"{name}.onnx"))


if __name__ == "__main__":
    main()
