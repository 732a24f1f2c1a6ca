"""OnnxMatte: states, foreground colours, edges; in YUV and BGR, in the engine and on the command line."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import corners, encodable, frame_in_yuv, see, write_clip

from framechain import BackgroundReplacement, Engine, Frame
from framechain.backgrounds import Color
from framechain.cli.program import main
from framechain.errors import ArgumentError
from framechain.mattes import OnnxFamily, OnnxMatte

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from support.onnx_graphs import (  # noqa: E402, F401
    BT601,
    FLOAT,
    Build,
    build,
    echo,
    make_matte,
    recurrent,
    two_classes,
)


def make_red(value: int = 255, width: int = 64, height: int = 48) -> Any:
    return np.full((height, width, 3), (0, 0, value), np.uint8)


def test_onnx_matte_states_are_carried_and_reset(recurrent: str) -> None:
    matte = OnnxMatte(recurrent)
    grows = [32, 64, 96, 128]  # An eighth of 255 more with each frame, rounded.
    assert [int(matte(make_red())[0, 0]) for _ in range(4)] == grows
    matte.reset()
    assert int(matte(make_red())[0, 0]) == 32
    matte.open(None)
    assert int(matte(make_red())[0, 0]) == 32
    # A state of another size than the image's would fail in the graph.
    assert [int(matte(make_red(width=80))[0, 0]) for _ in range(2)] == grows[:2]
    assert int(matte(make_red())[0, 0]) == 32
    for twin in (copy.deepcopy(matte), pickle.loads(pickle.dumps(matte))):
        assert [int(twin(make_red())[0, 0]) for _ in range(2)] == grows[:2]
    assert int(matte(make_red())[0, 0]) == 64
    matte.close()
    matte.close()
    assert int(matte(make_red())[0, 0]) == 32


def test_onnx_matte_states_of_a_fixed_size_are_carried(build: Build) -> None:
    path = build(
        [("Slice", "src zero one axis", "red"), ("Mul", "red eighth", "step"), ("Add", "r1i step", "r1o"),
         ("Identity", "r1o", "pha")],
        [("src", FLOAT, [1, 3, 24, 32]), ("r1i", FLOAT, [1, 1, 24, 32])],
        [("pha", FLOAT, [1, 1, 24, 32]), ("r1o", FLOAT, [1, 1, 24, 32])],
        {"zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "eighth": np.float32(0.125)},
    )  # fmt: skip
    matte = OnnxMatte(path, preset="rvm")
    assert [int(matte(make_red())[0, 0]) for _ in range(3)] == [32, 64, 96]
    assert not matte.corrects_foreground
    with pytest.raises(ArgumentError, match="has no input downsample_ratio: leave it out of the family"):
        make_matte(path, preset="rvm", downsample_ratio=0.5)(make_red())


@pytest.mark.parametrize(
    ("size", "given", "ratio"), [((640, 360), None, 0.8), ((320, 240), None, 1.0), ((640, 360), 0.375, 0.375)]
)
def test_rvm_downsample_ratio_reaches_the_model(
    recurrent: str, size: tuple[int, int], given: float | None, ratio: float
) -> None:
    """The graph returns it as the foreground's colour, which is shown where alpha is partial."""
    width, height = size
    matte = make_matte(recurrent, preset="rvm", downsample_ratio=given)
    assert matte.family.compute_extra_inputs(width, height) == {"downsample_ratio": ratio}
    replace = BackgroundReplacement(matte, Color((0, 0, 0)))
    out = replace(make_red(255, width, height))
    assert np.abs(out[0, 0].astype(float) - 255 * ratio * 32 / 255).max() <= 1


def test_rvm_foreground_colours_replace_soft_edges_only(recurrent: str) -> None:
    frame = make_red(0)
    frame[:, 32:] = (0, 0, 255)
    wanted, plain = (make_matte(recurrent, preset="rvm", foreground=output) for output in ("fgr", None))
    for matte, colour in ((wanted, [255, 255, 255]), (plain, [0, 0, 255])):
        replace = BackgroundReplacement(matte, Color((0, 0, 0)))
        images = [replace(frame.copy()) for _ in range(8)]
        assert not images[3][10, 10].any()
        assert np.abs(images[3][10, 50] - np.array(colour) * 0.5).max() <= 1
        assert images[7][10, 50].tolist() == [0, 0, 255]
    assert wanted.corrects_foreground
    assert not plain.corrects_foreground


@pytest.mark.parametrize("in_yuv", [True, False])
@pytest.mark.parametrize(("foreground", "colour"), [("fgr", (255, 255, 255)), (None, (0, 0, 255))])
def test_rvm_yuv_and_bgr_frames_give_the_same_result(
    recurrent: str, in_yuv: bool, foreground: str | None, colour: tuple[int, int, int]
) -> None:
    """The model's foreground is white where the frame is red. Without it the frame stays in YUV."""
    replace = BackgroundReplacement(make_matte(recurrent, preset="rvm", foreground=foreground), Color((0, 0, 0)))
    source = frame_in_yuv(encodable(make_red()), BT601)
    replace.open(source.info.stream)
    for count in range(1, 7):
        frame = source if in_yuv else Frame(source.info, bgr=make_red())
        result = replace.process_frame(frame)
        assert result.is_yuv == (in_yuv and foreground is None)
        expected = np.array(colour) * min(count / 8, 1)
        assert np.abs(result.read_bgr()[24, 32] - expected).max() <= 4, count


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_rvm_letterboxed_foreground_colours_are_in_register(build: Build, layout: str) -> None:
    """The model returns the image as the foreground, and alpha of one half."""
    shape = [1, 3, 64, 64] if layout == "NCHW" else [1, 64, 64, 3]
    path = build(
        [("Identity", "src", "fgr"), ("Mul", "src zero", "none"), ("Add", "none half", "pha"),
         ("Identity", "r1i", "r1o")],
        [("src", FLOAT, shape), ("r1i", FLOAT, [1, 1, 1, 1])],
        [("fgr", FLOAT, shape), ("pha", FLOAT, shape), ("r1o", FLOAT, [1, 1, 1, 1])],
        {"zero": np.float32(0), "half": np.float32(0.5)},
    )  # fmt: skip
    matte = make_matte(path, preset="rvm", fit="contain", channel=0)
    frame = np.zeros((32, 128, 3), np.uint8)
    frame[:, :64] = (40, 80, 120)
    alpha = matte(frame)
    corrected = matte.correct_foreground(np.full_like(frame, 255), alpha)
    assert alpha[0, 0] == 128
    for row in (0, 16, 31):
        assert corrected[row, [10, 110]].tolist() == [[40, 80, 120], [0, 0, 0]]


def test_onnx_matte_soft_edges_are_decontaminated(build: Build) -> None:
    """A dark coat before a bright wall: without decontamination half of the wall is left where alpha is a half."""
    alpha = np.repeat(np.linspace(-30, 31, 320)[None], 180, axis=0).clip(0, 1).astype(np.float32)
    shape = [1, 3, 180, 320]
    path = build(
        [("Slice", "input zero one axis", "red"), ("Mul", "red nothing", "black"), ("Add", "black alpha", "output")],
        [("input", FLOAT, shape)],
        constants={
            "zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "nothing": np.float32(0),
            "alpha": alpha,
        },
    )  # fmt: skip
    frame = np.rint(alpha[..., None] * (40, 30, 20) + (1 - alpha[..., None]) * (200, 210, 220)).astype(np.uint8)
    edge = (alpha > 0.2) & (alpha < 0.8)
    wanted = alpha[..., None] * np.array((40, 30, 20))
    off = {}
    for preset, given in (("modnet", None), (None, None), (None, (0.5, 0.5))):
        matte = make_matte(path, preset=preset, edge=given, activation="none")
        out = BackgroundReplacement(matte, Color((0, 0, 0)))(frame.copy())
        off[preset or given] = float(np.abs(out - wanted)[edge].mean())
    assert off["modnet"] < 0.5 * off[None]
    assert off[0.5, 0.5] < 0.5 * off[None]


def test_onnx_matte_smaller_answer_is_scaled_up(build: Build) -> None:
    path = build(
        [("AveragePool", "input", "output", {"kernel_shape": [4, 4], "strides": [4, 4]})],
        [("input", FLOAT, [1, 3, 64, 64])],
    )
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[:, 100:] = 255
    alpha = make_matte(path, channel=0, activation="none")(frame)
    assert alpha.shape == (100, 200)
    assert alpha[50, [60, 140]].tolist() == [0, 255]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"preset": "best"}, "preset must be one of modnet, pp-humanseg, .*, got 'best'"),
        ({"family": "modnet"}, "family must be a class derived from OnnxFamily, got 'modnet'"),
        ({"family": OnnxFamily()}, "family must be a class derived from OnnxFamily, got <"),
        ({"preset": "modnet", "family": OnnxFamily}, "give preset='modnet' or family=OnnxFamily, not both"),
        ({"threads": 0}, "threads must be a whole number of at least 1"),
    ],
)
def test_onnx_matte_unusable_argument_raises(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        OnnxMatte("model.onnx", **arguments)


def test_onnx_matte_edge_is_the_familys(echo: str) -> None:
    assert OnnxMatte(echo).edge is OnnxMatte(echo, preset="modnet").edge is OnnxMatte(echo, preset="rvm").edge is None
    assert make_matte(echo, edge=(0.4, 0.1)).edge == (0.4, 0.1)


def test_onnx_matte_clip_through_the_engine(build: Build, tmp_path: Path) -> None:
    """Red is the foreground: red and white stay, green and blue become yellow. Frames stay in YUV."""
    source = write_clip(tmp_path / "clip.mp4", [corners(160, 120)] * 5)
    matte = make_matte(two_classes(build, last="softmax"), preset="pp-humanseg", mean=0, std=1)
    replace = BackgroundReplacement(matte, Color((0, 255, 255)))
    result = Engine(video_path=source, custom_objects=[replace], output_path=str(tmp_path / "out.mp4")).run()
    assert result.frames_written == 5
    seen = see(tmp_path / "out.mp4")
    assert seen.count == 5
    image = seen.bgr(4).astype(int)
    for (row, column), colour in {
        (30, 40): (0, 0, 200), (30, 120): (0, 255, 255), (90, 40): (0, 255, 255), (90, 120): (220, 220, 220),
    }.items():  # fmt: skip
        assert np.abs(image[row, column] - colour).max() <= 12, (row, column)


@pytest.mark.parametrize("channels", ["RGB", "BGR"])
def test_onnx_matte_yuv_equals_bgr(echo: str, channels: str) -> None:
    image = corners(160, 120)
    for channel in range(3):
        matte = make_matte(echo, size=(80, 60), channels=channels, channel=channel, activation="none")
        in_yuv = cv2.resize(matte.estimate(frame_in_yuv(encodable(image), BT601)), (160, 120)).astype(int)
        assert np.abs(in_yuv - matte(image))[[20, 20, 100, 100], [30, 130, 30, 130]].max() <= 4


@pytest.mark.parametrize("foreground", ["fgr", None])
def test_rvm_states_begin_anew_with_each_run(recurrent: str, tmp_path: Path, foreground: str | None) -> None:
    """Alpha grows with the frames, whether or not the next frame is prepared ahead."""
    source = write_clip(tmp_path / "clip.mp4", [make_red(255, 160, 120)] * 6)
    matte = make_matte(recurrent, preset="rvm", foreground=foreground)
    replace = BackgroundReplacement(matte, Color((0, 0, 0)), matte_only=True)
    for _ in range(2):
        Engine(video_path=source, custom_objects=[replace], output_path=str(tmp_path / "out.mp4")).run()
        greys = [int(see(tmp_path / "out.mp4").bgr(index)[60, 80, 1]) for index in range(6)]
        assert np.abs(np.array(greys) - 32 * np.arange(1, 7)).max() <= 4, greys


def test_command_line_onnx_model_is_used_or_refused(
    build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), corners(160, 120))
    model = two_classes(build, last="logits")
    arguments = [str(tmp_path / "in.png"), "--matte", "onnx", "--background", "#00f", "--quiet"]
    arguments += ["--output", str(tmp_path / "out.png")]
    assert main([*arguments, "--model-file", model, "--onnx-preset", "pp-humanseg", "--threshold", "0.6"]) == 0
    image = cv2.imread(str(tmp_path / "out.png"))
    assert image[90, 120].tolist() == [220, 220, 220]
    assert image[30, 120].tolist() == [255, 0, 0]
    for more, code, message in (
        ([], 2, "framechain: --matte onnx needs a model of yours: add --model-file FILE.onnx\n"),
        (["--model-file", "nowhere.onnx"], 1, "model not found: nowhere.onnx"),
        (["--model-file", str(tmp_path / "in.png")], 2, "the model in.png cannot be loaded as ONNX: "),
    ):
        capsys.readouterr()
        assert main([*arguments, *more]) == code
        messages = capsys.readouterr().err
        assert message.removeprefix("framechain: ") in messages
        assert messages.count("\n") == 1
