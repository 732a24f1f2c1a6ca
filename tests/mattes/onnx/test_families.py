"""Models that users bring: each number is checked that goes into a tiny graph and comes out of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.media import encodable, frame_in_yuv, photo

from framechain.errors import ArgumentError
from framechain.mattes import OnnxMatte
from framechain.mattes.onnx.families import PRESETS

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from support.onnx_graphs import (  # noqa: E402, F401
    ANY,
    BT601,
    BYTE,
    FLOAT,
    HALF,
    Build,
    as_byte,
    build,
    colourful,
    echo,
    make_matte,
    size_given,
    two_classes,
)

# What goes in


@pytest.mark.parametrize("channels", ["RGB", "BGR"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_layout_channels_mean_and_deviation(build: Build, layout: str, channels: str) -> None:
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


def test_each_preset_prepares_pictures_as_its_project_does(build: Build) -> None:
    """Written out from the sources that the presets name, not from the presets."""
    frame = np.full((360, 640, 3), (100, 150, 200), np.uint8)
    red, brightest = 200, 200
    expected = {
        "modnet": (red - 127.5) / 127.5,
        "pp-humanseg": (red / 255 - 0.5) / 0.5,
        "pp-humanseg-v2-lite": (red / 255 - 0.5) / 0.5,
        "u2net": (red / brightest - 0.485) / 0.229,
        "isnet": red / 255 - 0.5,
        "rvm": red / 255,
    }
    # A tenth of the input and a half, so that nothing is cut off.
    path = build(
        [("Mul", "input tenth", "small"), ("Add", "small half", "output")],
        constants={"tenth": np.float32(0.1), "half": np.float32(0.5)},
    )
    sizes = {
        "modnet": (640, 352), "pp-humanseg": (192, 192), "pp-humanseg-v2-lite": (256, 144), "u2net": (320, 320),
        "isnet": (1024, 1024),
    }  # fmt: skip
    assert set(expected) == set(PRESETS)
    for name, value in expected.items():
        if name == "rvm":
            continue  # Its inputs are others: below.
        matte = make_matte(path, preset=name, channel=0, activation="none", normalise=False)
        assert abs(int(matte(frame)[180, 320]) - as_byte(value / 10 + 0.5)) <= 0.51, name
        assert size_given(matte, 640, 360) == sizes[name], name


def test_the_brightest_pixel_can_be_the_scale(echo: str) -> None:
    frame = np.full((8, 8, 3), 50, np.uint8)
    frame[0, 0] = 100
    matte = make_matte(echo, size=(8, 8), scale="max", channel=0, activation="none")
    assert matte(frame)[[0, 5], [0, 5]].tolist() == [255, 128]
    assert not matte(np.zeros((8, 8, 3), np.uint8)).any()


@pytest.mark.parametrize(
    ("frame", "seen"),
    [
        ((1280, 720), (896, 512)),  # Scaled so that the shorter side is 512: 910.2 x 512.
        ((720, 1280), (512, 896)),
        ((640, 360), (640, 352)),  # 512 lies between the sides.
        ((300, 200), (768, 512)),
        ((8, 400), (32, 2048)),  # A strip is not enlarged to 512x25600.
        ((6000, 600), (2048, 192)),
    ],
)
def test_modnets_sizes(echo: str, frame: tuple[int, int], seen: tuple[int, int]) -> None:
    assert size_given(make_matte(echo, preset="modnet", channel=0), *frame) == seen


def test_large_pictures_are_seen_smaller() -> None:
    """Robust Video Matting takes frames as they are, which a photograph of 280 megapixels would not survive."""
    assert PRESETS["rvm"]().choose_size(3840, 2160) == (3840, 2160)
    assert PRESETS["rvm"]().choose_size(20000, 14000) == (4096, 2867)


def test_a_size_of_ones_own(echo: str) -> None:
    assert size_given(make_matte(echo, size=(50, 70), channel=0), 640, 360) == (50, 70)
    assert size_given(make_matte(echo, size=90, multiple=1, channel=0), 640, 360) == (160, 90)
    assert size_given(make_matte(echo, size=100, multiple=16, channel=0), 640, 360) == (176, 96)


def test_a_size_that_the_file_fixes(build: Build) -> None:
    shape = [1, 3, 48, 64]
    path = build([("Identity", "input", "output")], [("input", FLOAT, shape)], [("output", FLOAT, shape)])
    for matte in (make_matte(path, channel=0), make_matte(path, channel=0, preset="modnet", size=512)):
        assert size_given(matte, 640, 360) == (64, 48)
    assert make_matte(path, size=(64, 48), channel=0)(photo()).shape == (120, 160)
    with pytest.raises(
        ArgumentError, match=r"does not take 64x64: leave size out of the family \(its inputs: input float 1x3x48x64"
    ):
        make_matte(path, size=(64, 64), channel=0)(photo())


def test_bars_keep_the_proportions(build: Build) -> None:
    shape = [1, 3, 64, 64]
    path = build([("Identity", "input", "output")], [("input", FLOAT, shape)], [("output", FLOAT, shape)])
    frame = np.zeros((32, 128, 3), np.uint8)
    frame[:, :64] = 255
    whole = make_matte(path, channel=0, mean=0.5, activation="none", fit="contain")
    assert whole(frame)[16, [20, 100]].tolist() == [128, 0]
    assert whole.estimate(frame_in_yuv(encodable(frame), BT601)).shape == (16, 64)
    # Blurred over five rows the bars show at the rim, where they are two of the five, and only with bars.
    blur = build(
        [("AveragePool", "input", "output", {"kernel_shape": [5, 5], "pads": [2, 2, 2, 2]})],
        [("input", FLOAT, shape)],
        [("output", FLOAT, shape)],
    )
    for fit, expected in (("contain", [153, 255]), ("stretch", [255, 255])):
        matte = make_matte(blur, channel=0, activation="none", fit=fit)
        assert matte(np.full((32, 128, 3), 255, np.uint8))[[0, 16], 60].tolist() == expected


@pytest.mark.parametrize("kind", [HALF, BYTE])
def test_halves_and_bytes(build: Build, kind: int) -> None:
    path = build([("Identity", "input", "output")], [("input", kind, ANY)], [("output", kind, ANY)])
    frame = colourful()
    mean = 0.25 if kind == HALF else 0.0
    alpha = make_matte(path, size=(40, 20), channel=2, mean=mean, activation="none")(frame)
    assert np.abs(alpha - as_byte(frame[..., 0] / 255 - mean)).max() <= (0.7 if kind == HALF else 0)


# What comes out


@pytest.mark.parametrize("last", ["logits", "softmax", "classes"])
def test_two_classes(build: Build, last: str) -> None:
    """Whether the softmax is in the file is found out; it is not applied twice."""
    matte = make_matte(two_classes(build, last=last), preset="pp-humanseg", mean=0, std=1)
    assert matte.edge == (0.5, 0.2)
    for red in (20, 120, 140, 230):
        alpha = matte(np.full((30, 50, 3), (0, 0, red), np.uint8))
        share = 1 / (1 + math.exp(-8 * (red / 255 - 0.5)))
        expected = float(share > 0.5) if last == "classes" else share
        assert abs(int(alpha[10, 10]) - 255 * expected) <= 0.6


def test_the_other_class(build: Build) -> None:
    matte = make_matte(two_classes(build, last="softmax"), channel=0)
    assert matte(np.full((30, 50, 3), (0, 0, 255), np.uint8))[0, 0] == round(255 / (1 + math.exp(4)))


def test_min_and_max_are_stretched(build: Build) -> None:
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
    faint[:, :20] = 242  # The answers differ by 0.02: nobody is there, and is not to be made up.
    assert matte(faint)[5, [5, 30]].tolist() == [0, 52]
    assert make_matte(path, size=(40, 20))(frame)[5, [5, 30]].tolist() == [77, 179]


def test_which_output(build: Build) -> None:
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


def test_logits_of_one_channel(build: Build) -> None:
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


def test_a_smaller_answer_is_scaled_up(build: Build) -> None:
    path = build(
        [("AveragePool", "input", "output", {"kernel_shape": [4, 4], "strides": [4, 4]})],
        [("input", FLOAT, [1, 3, 64, 64])],
    )
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[:, 100:] = 255
    alpha = make_matte(path, channel=0, activation="none")(frame)
    assert alpha.shape == (100, 200)
    assert alpha[50, [60, 140]].tolist() == [0, 255]
