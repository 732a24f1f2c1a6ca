"""Writes the selfie models of framechain/assets from their originals: the same numbers, bit for bit, in less time.

    python benchmarks/rewrite_models.py benchmarks/models framechain/assets

The models end with a transposed convolution of stride 2 from 16 channels to 1, for which LiteRT has no fast kernel: it
takes a quarter of their time. A convolution from 16 to 4 channels, whose answers are then placed as 2x2 pixels,
multiplies and adds the same numbers in the same order. The package flatbuffers, which LiteRT brings, is needed.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import flatbuffers  # type: ignore[import-untyped,unused-ignore]
import numpy as np
from ai_edge_litert import schema_py_generated as schema

FILES = "selfie_segmentation.tflite", "selfie_segmentation_landscape.tflite"
_IDENTIFIER = b"TFL3"
_TRANSPOSED = b"Convolution2DTransposeBias"


def rewrite(data: bytes) -> bytes:
    """Return the bytes of a selfie model with its last convolution replaced."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    for operator in list(model.subgraphs[0].operators):
        if model.operatorCodes[operator.opcodeIndex].customCode == _TRANSPOSED:
            _replace_transposed(model, operator)
    builder = flatbuffers.Builder(len(data) + 4096)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


def _replace_transposed(model: Any, operator: Any) -> None:
    """Replace a transposed convolution, 2x2 of stride 2 to one channel, by a convolution and a rearrangement."""
    graph = model.subgraphs[0]
    layer, weights, bias = operator.inputs
    for index in _find_stored(graph, weights):
        _, rows, columns, depth = graph.tensors[index].shape
        assert (rows, columns) == (2, 2)
        graph.tensors[index].shape = np.array([4, 1, 1, depth], np.int32)
    *_, stored = _find_stored(graph, bias)
    for index in _find_stored(graph, bias):
        graph.tensors[index].shape = np.array([4], np.int32)
    buffer = model.buffers[graph.tensors[stored].buffer]
    buffer.data = np.tile(np.asarray(buffer.data, np.uint8), 4)
    quarters = schema.TensorT()
    quarters.name, quarters.type, quarters.buffer = b"quarters", schema.TensorType.FLOAT32, 0
    quarters.shape = np.array([*graph.tensors[layer].shape[:3], 4], np.int32)
    graph.tensors.append(quarters)
    place = schema.OperatorT()
    place.opcodeIndex = _find_code(model, schema.BuiltinOperator.DEPTH_TO_SPACE)
    place.inputs, place.outputs = np.array([len(graph.tensors) - 1], np.int32), operator.outputs
    place.builtinOptionsType = schema.BuiltinOptions.DepthToSpaceOptions
    place.builtinOptions = schema.DepthToSpaceOptionsT()
    place.builtinOptions.blockSize = 2
    graph.operators.insert(graph.operators.index(operator) + 1, place)
    operator.opcodeIndex = _find_code(model, schema.BuiltinOperator.CONV_2D)
    operator.outputs, operator.customOptions = place.inputs, None
    operator.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
    operator.builtinOptions = schema.Conv2DOptionsT()
    operator.builtinOptions.strideW = operator.builtinOptions.strideH = 1


def _find_stored(graph: Any, index: int) -> list[int]:
    """Return a tensor of weights, and the one of 16-bit floats that it is made of, if there is one."""
    makers = [operator for operator in graph.operators if index in operator.outputs]
    return [index, *(int(maker.inputs[0]) for maker in makers)]


def _find_code(model: Any, builtin: int) -> int:
    """Return the place of a kind of layer in the model's table, where it is added if it is missing."""
    for index, code in enumerate(model.operatorCodes):
        if code.builtinCode == builtin:
            return index
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = builtin
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the selfie models of the package from their originals.")
    parser.add_argument("originals", type=Path, help="the folder of the original files")
    parser.add_argument("target", type=Path, help="the folder to write to")
    options = parser.parse_args()
    for name in FILES:
        data = rewrite((options.originals / name).read_bytes())
        (options.target / name).write_bytes(data)
        print(f"| {name} | {len(data):,} | {hashlib.sha256(data).hexdigest()} |")
