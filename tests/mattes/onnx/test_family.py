"""The attributes of a family: each number is checked that goes into a tiny graph and comes out of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from support.media import encodable, frame_in_yuv, photo

from framechain.errors import ArgumentError
from framechain.mattes import OnnxFamily, OnnxMatte

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from support.onnx_graphs import (  # noqa: E402, F401
    ANY,
    BT601,
    FLOAT,
    Build,
    as_byte,
    build,
    colourful,
    echo,
    make_matte,
    size_given,
    two_classes,
)


@pytest.mark.parametrize("channels", ["RGB", "BGR"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_onnx_family_layout_channels_mean_and_std_reach_the_input(build: Build, layout: str, channels: str) -> None:
    shape = ANY if layout == "NCHW" else ["n", "h", "w", 3]
    path = build([("Identity", "input", "output")], [("input", FLOAT, shape)], [("output", FLOAT, shape)])
    mean, std = (0.1, 0.2, 0.05), (1.5, 2.0, 0.8)
    frame = colourful()
    for channel in range(3):
        matte = make_matte(
            path, size=(40, 20), channels=channels, mean=mean, std=std, channel=channel, activation="none"
        )
        pixels = frame[..., 2 - channel if channels == "RGB" else channel] / 255
        alpha = matte(frame)
        assert alpha.dtype == np.uint8
        assert np.abs(alpha - as_byte((pixels - mean[channel]) / std[channel])).max() <= 0.51


def test_onnx_family_scale_max_makes_the_maximum_one(echo: str) -> None:
    frame = np.full((8, 8, 3), 50, np.uint8)
    frame[0, 0] = 100
    matte = make_matte(echo, size=(8, 8), scale="max", channel=0, activation="none")
    assert matte(frame)[[0, 5], [0, 5]].tolist() == [255, 128]
    assert not matte(np.zeros((8, 8, 3), np.uint8)).any()


def test_onnx_family_size_and_multiple_set_the_input_size(echo: str) -> None:
    assert size_given(make_matte(echo, size=(50, 70), channel=0), 640, 360) == (50, 70)
    assert size_given(make_matte(echo, size=90, multiple=1, channel=0), 640, 360) == (160, 90)
    assert size_given(make_matte(echo, size=100, multiple=16, channel=0), 640, 360) == (176, 96)


def test_onnx_family_size_fixed_by_the_file_is_used(build: Build) -> None:
    shape = [1, 3, 48, 64]
    path = build([("Identity", "input", "output")], [("input", FLOAT, shape)], [("output", FLOAT, shape)])
    mattes = make_matte(path, channel=0), make_matte(path, channel=0, preset="modnet", size=512)
    for matte in (*mattes, make_matte(path, channel=0, preset="pp-humanseg")):
        assert size_given(matte, 640, 360) == (64, 48)
    assert make_matte(path, size=(64, 48), channel=0)(photo()).shape == (120, 160)
    with pytest.raises(
        ArgumentError, match=r"does not take 64x64: leave size out of the family \(its inputs: input float 1x3x48x64"
    ):
        make_matte(path, size=(64, 64), channel=0)(photo())


def test_onnx_family_contain_keeps_the_proportions(build: Build) -> None:
    shape = [1, 3, 64, 64]
    path = build([("Identity", "input", "output")], [("input", FLOAT, shape)], [("output", FLOAT, shape)])
    frame = np.zeros((32, 128, 3), np.uint8)
    frame[:, :64] = 255
    matte = make_matte(path, channel=0, mean=0.5, activation="none", fit="contain")
    assert matte(frame)[16, [20, 100]].tolist() == [128, 0]
    assert matte.estimate(frame_in_yuv(encodable(frame), BT601)).shape == (16, 64)
    # A blur over five rows shows the bars at the image's rim, where they are two of the five.
    blur = build(
        [("AveragePool", "input", "output", {"kernel_shape": [5, 5], "pads": [2, 2, 2, 2]})],
        [("input", FLOAT, shape)],
        [("output", FLOAT, shape)],
    )
    for fit, expected in (("contain", [153, 255]), ("stretch", [255, 255])):
        matte = make_matte(blur, channel=0, activation="none", fit=fit)
        assert matte(np.full((32, 128, 3), 255, np.uint8))[[0, 16], 60].tolist() == expected


def test_onnx_family_channel_chooses_the_class(build: Build) -> None:
    matte = make_matte(two_classes(build, last="softmax"), channel=0)
    assert matte(np.full((30, 50, 3), (0, 0, 255), np.uint8))[0, 0] == round(255 / (1 + math.exp(4)))


def test_onnx_family_normalise_stretches_the_answer(build: Build) -> None:
    path = build(
        [("Slice", "input zero one axis", "red"), ("Mul", "red gain", "scaled"), ("Add", "scaled base", "output")],
        constants={
            "zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "gain": np.float32(0.4),
            "base": np.float32(0.3),
        },
    )  # fmt: skip
    frame = np.zeros((20, 40, 3), np.uint8)
    frame[:, 10:20, 2], frame[:, 20:, 2] = 127, 255
    matte = make_matte(path, preset="u2net", size=(40, 20), mean=0, std=1)
    assert matte(frame)[5, [5, 15, 30]].tolist() == [0, 127, 255]
    faint = np.full((20, 40, 3), 255, np.uint8)
    faint[:, :20] = 242  # The answers differ by 0.02: nobody is there.
    assert matte(faint)[5, [5, 30]].tolist() == [0, 52]
    assert make_matte(path, size=(40, 20))(frame)[5, [5, 30]].tolist() == [77, 179]


def test_onnx_family_output_chooses_by_name_or_index(build: Build) -> None:
    constants = {"half": np.float32(0.5), "quarter": np.float32(0.25), "zero": np.float32(0)}
    nodes = [("Mul", "input zero", "none"), ("Add", "none quarter", "first"), ("Add", "none half", "second")]
    outputs = [("first", FLOAT, ANY), ("second", FLOAT, ANY)]
    path = build(nodes, outputs=outputs, constants=constants)
    for output, value in ((None, 64), ("second", 128), (1, 128), (-2, 64)):
        assert make_matte(path, output=output, channel=0, activation="none")(photo())[0, 0] == value
    for output in ("third", 2):
        with pytest.raises(ArgumentError, match=r"has no output .*outputs: first float .x3x.x., second float"):
            make_matte(path, output=output)(photo())
    renamed = [(*node[:2], node[2].replace("second", "alpha")) for node in nodes]
    path = build(renamed, outputs=[outputs[0], ("alpha", FLOAT, ANY)], constants=constants)
    assert make_matte(path, channel=0, activation="none")(photo())[0, 0] == 128


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"size": (3, 4, 5)}, "size must be a whole number of at least 1, got"),
        ({"size": (0, 4)}, "the width in size must be a whole number of at least 1, got 0"),
        ({"size": (4, 0.5)}, "the height in size must be a whole number of at least 1, got 0.5"),
        ({"size": "512"}, "size must be a whole number"),
        ({"multiple": 0}, "multiple must be a whole number of at least 1"),
        ({"layout": "CHW"}, "layout must be one of NCHW, NHWC, got 'CHW'"),
        ({"channels": "YUV"}, "channels must be one of RGB, BGR"),
        ({"fit": "cover"}, "fit must be one of stretch, contain"),
        ({"activation": "relu"}, "activation must be one of auto, none, sigmoid, softmax"),
        ({"mean": (1, 2)}, "mean must be one number or three"),
        ({"std": 0}, "each number in std must be"),
        ({"scale": "min"}, "scale must be a number"),
        ({"channel": -1}, "channel must be a whole number of at least 0"),
        ({"edge": 0.5}, r"edge must be \(threshold, softness\), got 0.5"),
        ({"edge": (0.5, 2)}, "the softness in edge must be a number from 0 to 1, got 2"),
        ({"edge": (-1, 0.2)}, "the threshold in edge must be a number from 0 to 1, got -1"),
        ({"preset": "rvm", "downsample_ratio": 2}, "downsample_ratio must be a number from 0.01 to 1, got 2"),
    ],
)
def test_onnx_family_unusable_attribute_raises(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make_matte("model.onnx", **attributes)


def test_onnx_family_overridden_prepare_is_used(build: Build) -> None:
    class Inverted(OnnxFamily):
        size, channel, activation = (8, 8), 0, "none"

        def prepare(self, image: Any, out: Any) -> None:
            super().prepare(image, out)
            np.subtract(1, out, out=out)

    path = build([("Identity", "input", "output")])
    frame = np.full((8, 8, 3), (10, 20, 200), np.uint8)
    assert OnnxMatte(path, family=Inverted)(frame)[4, 4] == 55
