"""What the file says: types, axes, outputs; and what is refused, in a sentence."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from support.media import photo

from framechain.errors import ArgumentError
from framechain.mattes import OnnxMatte

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from onnx import TensorProto  # noqa: E402
from support.onnx_graphs import (  # noqa: E402, F401
    ANY,
    BYTE,
    FLOAT,
    HALF,
    Build,
    as_byte,
    build,
    colourful,
    convolution,
    make_matte,
    two_classes,
)


@pytest.mark.parametrize("kind", [HALF, BYTE])
def test_onnx_model_float16_and_uint8_input_is_converted(build: Build, kind: int) -> None:
    path = build([("Identity", "input", "output")], [("input", kind, ANY)], [("output", kind, ANY)])
    frame = colourful()
    mean = 0.25 if kind == HALF else 0.0
    alpha = make_matte(path, size=(40, 20), channel=2, mean=mean, activation="none")(frame)
    assert np.abs(alpha - as_byte(frame[..., 0] / 255 - mean)).max() <= (0.7 if kind == HALF else 0)


def test_onnx_model_softmax_of_a_sure_answer_is_no_floating_point_error(build: Build) -> None:
    matte = make_matte(two_classes(build, last="logits", gain=400), preset="pp-humanseg", mean=0, std=1)
    with np.errstate(all="raise"):
        assert [matte(np.full((30, 50, 3), (0, 0, red), np.uint8)).max() for red in (0, 255)] == [0, 255]


@pytest.mark.parametrize("last", ["logits", "softmax", "classes"])
def test_onnx_model_two_classes_softmax_is_applied_once(build: Build, last: str) -> None:
    """The answer to noise shows whether the softmax is in the file."""
    matte = make_matte(two_classes(build, last=last), preset="pp-humanseg", mean=0, std=1)
    assert matte.edge == (0.5, 0.2)
    for red in (20, 120, 140, 230):
        alpha = matte(np.full((30, 50, 3), (0, 0, red), np.uint8))
        share = 1 / (1 + math.exp(-8 * (red / 255 - 0.5)))
        expected = float(share > 0.5) if last == "classes" else share
        assert abs(int(alpha[10, 10]) - 255 * expected) <= 0.6


def test_onnx_model_logits_of_one_channel_need_an_activation(build: Build) -> None:
    path = build(
        [("Slice", "input zero one axis", "red"), ("Sub", "red half", "centred"), ("Mul", "centred gain", "output")],
        constants={
            "zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "half": np.float32(0.5),
            "gain": np.float32(12),
        },
    )  # fmt: skip
    with pytest.raises(
        ArgumentError, match=r"answers with -6\.0 to 6\.0 in output, which is no alpha: give the family activation="
    ):
        OnnxMatte(path)(photo())
    alpha = make_matte(path, activation="sigmoid")(np.full((9, 9, 3), 150, np.uint8))
    assert abs(int(alpha[4, 4]) - 255 / (1 + math.exp(-12 * (150 / 255 - 0.5)))) <= 0.6
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy warns of an overflow in exp.
        assert not make_matte(path, activation="sigmoid", mean=1000)(photo()).any()


def test_onnx_model_free_axes_are_taken_as_nchw(build: Build) -> None:
    """Exports for JavaScript have such axes."""
    frame = np.full((64, 96, 3), (10, 20, 200), np.uint8)
    for preset in (None, "modnet"):
        matte = make_matte(build(**convolution("NCHW")), preset=preset, mean=0, std=1)
        assert matte(frame)[30, 40] == 200
    last = build(**convolution("NHWC"))
    with pytest.raises(ArgumentError, match=r"fails on an image of .*: channels|; channels were put first, give lay"):
        OnnxMatte(last).open(None)
    assert make_matte(last, layout="NHWC")(frame)[30, 40] == 200


def test_onnx_model_infinite_answer_raises_and_drops_states(build: Build) -> None:
    """float16 ends at 65504: a state that grows beyond is infinite, and would stay so for all later frames."""
    constants = {"huge": np.float16(60000), "zero": np.array([0]), "one": np.array([1]), "axis": np.array([1])}
    path = build(
        [
            ("Slice", "src zero one axis", "red"),
            ("Add", "red r1i", "sum"),
            ("Mul", "sum huge", "r1o"),
            ("Div", "r1o huge", "pha"),
        ],
        [("src", HALF, ["n", 3, "h", "w"]), ("r1i", HALF, ["n", "c", "h1", "w1"])],
        [("pha", HALF, ["n", 1, "h", "w"]), ("r1o", HALF, ["n", "c", "h", "w"])],
        constants,
    )
    matte = OnnxMatte(path, preset="rvm")
    frame = np.full((24, 32, 3), (0, 0, 153), np.uint8)
    assert matte(frame)[5, 5] == 153
    assert matte(frame)[5, 5] == 255
    with pytest.raises(
        ArgumentError, match=r"answers with values in pha that are no numbers .*take its float32 version"
    ):
        matte(frame)
    assert matte(frame)[5, 5] == 153


def test_onnx_model_nan_for_noise_raises(build: Build) -> None:
    path = build([("Sub", "input big", "below"), ("Sqrt", "below", "output")], constants={"big": np.float32(9)})
    with pytest.raises(
        ArgumentError, match=r"answers with values in output that are no numbers \(NaN or infinity\) \("
    ):
        make_matte(path, channel=0).open(None)


def test_onnx_model_unusable_inputs_or_outputs_raise(build: Build) -> None:
    same = [("Identity", "input", "output")]
    grey = build(same, [("input", FLOAT, [1, 1, 32, 32])])
    with pytest.raises(
        ArgumentError, match=r"where the three channels are: give the family layout=.*input float 1x1x32x32"
    ):
        OnnxMatte(grey).open(None)
    with pytest.raises(ArgumentError, match="does not have three channels where NCHW has them"):
        make_matte(grey, layout="NCHW").open(None)
    flat = build(same, [("input", FLOAT, [1, 3])], [("output", FLOAT, [1, 3])])
    with pytest.raises(ArgumentError, match="does not take one image in four dimensions"):
        OnnxMatte(flat).open(None)
    words = build(same, [("input", TensorProto.STRING, ANY)], [("output", TensorProto.STRING, ANY)])
    with pytest.raises(ArgumentError, match=r"takes tensor\(string\) as input, not floats or bytes"):
        OnnxMatte(words).open(None)
    two = build([("Add", "input room", "output")], [("input", FLOAT, ANY), ("room", FLOAT, ANY)])
    with pytest.raises(ArgumentError, match="should have one input for the image"):
        OnnxMatte(two).open(None)
    with pytest.raises(ArgumentError, match=r"has 3 channels in output: give the family's channel"):
        OnnxMatte(build(same)).open(None)
    with pytest.raises(ArgumentError, match=r"has 3 channels in output: there is no channel 3"):
        make_matte(build(same), channel=3).open(None)
    vector = build(
        [("ReduceMean", "input", "output", {"axes": [2, 3], "keepdims": 0})], outputs=[("output", FLOAT, ["n", "c"])]
    )
    with pytest.raises(ArgumentError, match=r"gives output of shape 1x3, which is no matte"):
        make_matte(vector, activation="none").open(None)


def test_onnx_model_failure_at_a_size_raises(build: Build, capfd: pytest.CaptureFixture[str]) -> None:
    """U-Nets do so where halving leaves a remainder; only the frame's size shows it."""
    path = build([("Add", "input grid", "output")], constants={"grid": np.zeros((1, 1, 1, 64), np.float32)})
    with pytest.raises(ArgumentError, match=r"fails on an image of 80x48: ") as caught:
        make_matte(path, size=(80, 48), channel=0, activation="none")(photo())
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""
    make_matte(path, size=(64, 48), channel=0, activation="none")(photo())
