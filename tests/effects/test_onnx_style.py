"""OnnxStyle with tiny networks that were written for it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.effect_cases import LAYOUTS, crop_photo, make_frame
from support.onnx_graphs import ANY, FLOAT, Build, build  # noqa: F401  (a fixture)

from framechain.effects import OnnxStyle
from framechain.errors import ArgumentError, MissingInputError

NEGATE: Any = [("Neg", "input", "output")]


@pytest.mark.slow
@pytest.mark.parametrize("shape", [ANY, [1, 3, 64, 96], [1, "h", "w", 3], [1, 64, 96, 3]], ids=str)
def test_onnx_style_gives_the_networks_image(build: Build, shape: Any) -> None:
    path = build(NEGATE, [("input", FLOAT, shape)], [("output", FLOAT, shape)])
    image = crop_photo((96, 64))
    assert abs(OnnxStyle(path)(image.copy()).astype(int) - (255 - image)).max() <= 1


@pytest.mark.parametrize(("values", "white"), [("-1..1", 1.0), ("0..1", 1.0), ("0..255", 255.0)])
def test_onnx_style_black_and_white_are_what_was_told(build: Build, values: str, white: float) -> None:
    nodes: Any = [("Sub", "white input", "output")] if values != "-1..1" else NEGATE
    path = build(nodes, constants={} if values == "-1..1" else {"white": np.float32(white)})
    image = crop_photo((64, 32))
    assert abs(OnnxStyle(path, values=values)(image.copy()).astype(int) - (255 - image)).max() <= 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_onnx_style_gets_red_first_and_gives_the_frames_size(build: Build, layout: str) -> None:
    # The first channel alone is kept.
    path = build([("Mul", "input keep", "output")], constants={
        "keep": np.array([1, 0, 0], np.float32).reshape(1, 3, 1, 1)})  # fmt: skip
    style = OnnxStyle(path, values="0..1")
    frame = make_frame(layout, (101, 67))
    found, before = style.process_frame(frame), make_frame(layout, (101, 67)).read_bgr()
    assert found.size == (101, 67)
    assert found.bgr[..., :2].max() <= 2
    assert abs(found.bgr[..., 2].astype(int) - before[..., 2]).mean() < 8


def test_onnx_style_of_a_network_laid_out_as_animegan_keeps_odd_frames(build: Build) -> None:
    # Channels last, sides without a name; the image is halved twice by convolutions and enlarged again.
    keep = np.zeros((3, 3, 2, 2), np.float32)
    keep[range(3), range(3)] = 0.25
    half = {"kernel_shape": [2, 2], "strides": [2, 2]}
    shape = [1, None, None, 3]
    path = build(
        [("Transpose", "x", "first", {"perm": [0, 3, 1, 2]}), ("Conv", "first keep", "half", half),
         ("Conv", "half keep", "quarter", half), ("Resize", "quarter none four", "whole", {"mode": "linear"}),
         ("Transpose", "whole", "generator/out", {"perm": [0, 2, 3, 1]})],
        [("x", FLOAT, shape)], [("generator/out", FLOAT, shape)],
        {"keep": keep, "none": np.zeros(0, np.float32), "four": np.array([1, 1, 4, 4], np.float32)},
    )  # fmt: skip
    for size in ((101, 67), (33, 270), (1, 1)):
        image = crop_photo(size)
        found = OnnxStyle(path)(image.copy())
        assert found.shape == image.shape
        assert abs(found.mean((0, 1)) - image.mean((0, 1))).max() < 3


def test_onnx_style_strength_is_a_mean_of_both(build: Build) -> None:
    image = crop_photo((96, 64))
    found = OnnxStyle(build(NEGATE), strength=0.25)(image.copy())
    assert abs(found - (0.75 * image + 0.25 * (255.0 - image))).max() <= 1.01


def test_onnx_style_size_limits_what_the_network_gets(build: Build) -> None:
    # The answer is the input's size, as a colour.
    path = build([("Identity", "input", "output")])
    style = OnnxStyle(path, size=64)
    assert style._run(crop_photo((320, 160))).shape == (32, 64, 3)
    assert style._run(crop_photo((20, 20))).shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([("ReduceMean", "input", "output", {"axes": [1]})], "answers with shape 1x1x"),
        ([("Log", "input", "output")], "values that are no numbers"),
    ],
    ids=["one channel", "nan"],
)
def test_onnx_style_with_an_answer_that_is_no_image_says_so(build: Build, nodes: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        OnnxStyle(build(nodes))(crop_photo((64, 64)))


def test_onnx_style_sent_to_another_process_loads_its_network_there(build: Build) -> None:
    style, image = OnnxStyle(build(NEGATE)), crop_photo((96, 64))
    expected = style(image.copy())
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(style))(image.copy()), expected)
    style.close()
    np.testing.assert_array_equal(style(image.copy()), expected)


def test_onnx_style_of_another_network_is_refused(build: Build, tmp_path: Path) -> None:
    four = [1, 4, "h", "w"]
    path = build(NEGATE, [("input", FLOAT, four)], [("output", FLOAT, four)])
    with pytest.raises(ArgumentError, match="does not take one image of three channels"):
        OnnxStyle(path).open(make_frame("BGR").info.stream)
    both: Any = [("first", FLOAT, ANY), ("second", FLOAT, ANY)]
    path = build([("Add", "first second", "output")], both)
    with pytest.raises(ArgumentError, match="takes 2 inputs, not one image"):
        OnnxStyle(path).open(make_frame("BGR").info.stream)
    with pytest.raises(MissingInputError, match="model not found"):
        OnnxStyle(tmp_path / "no.onnx")(crop_photo((8, 8)))
