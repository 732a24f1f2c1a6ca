"""Models that users bring: states, onnxruntime itself, what is refused, and such a model in the engine."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import corners, encodable, frame_in_yuv, photo, see, write_clip
from support.patience import PATIENCE

from framechain import BackgroundReplacement, Engine
from framechain.backgrounds import Color
from framechain.cli.program import main
from framechain.errors import ArgumentError, DependencyError, FramechainWarning, MissingInputError
from framechain.mattes import OnnxFamily, OnnxMatte

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper  # noqa: E402
from support.onnx_graphs import (  # noqa: E402, F401
    ANY,
    BT601,
    FLOAT,
    Build,
    build,
    echo,
    make_matte,
    recurrent,
    two_classes,
)

# States that go from frame to frame


def reds(value: int = 255, width: int = 64, height: int = 48) -> Any:
    return np.full((height, width, 3), (0, 0, value), np.uint8)


def test_states_are_carried_and_dropped(recurrent: str) -> None:
    matte = OnnxMatte(recurrent)
    grows = [32, 64, 96, 128]  # An eighth of 255 more with every frame, rounded.
    assert [int(matte(reds())[0, 0]) for _ in range(4)] == grows
    matte.reset()
    assert int(matte(reds())[0, 0]) == 32
    matte.open(None)
    assert int(matte(reds())[0, 0]) == 32
    # A state of another size than the picture's would fail in the graph.
    assert [int(matte(reds(width=80))[0, 0]) for _ in range(2)] == grows[:2]
    assert int(matte(reds())[0, 0]) == 32
    for twin in (copy.deepcopy(matte), pickle.loads(pickle.dumps(matte))):
        assert [int(twin(reds())[0, 0]) for _ in range(2)] == grows[:2]
    assert int(matte(reds())[0, 0]) == 64
    matte.close()
    matte.close()
    assert int(matte(reds())[0, 0]) == 32


def test_states_of_a_fixed_size(build: Build) -> None:
    path = build(
        [("Slice", "src zero one axis", "red"), ("Mul", "red eighth", "step"), ("Add", "r1i step", "r1o"),
         ("Identity", "r1o", "pha")],
        [("src", FLOAT, [1, 3, 24, 32]), ("r1i", FLOAT, [1, 1, 24, 32])],
        [("pha", FLOAT, [1, 1, 24, 32]), ("r1o", FLOAT, [1, 1, 24, 32])],
        {"zero": np.array([0]), "one": np.array([1]), "axis": np.array([1]), "eighth": np.float32(0.125)},
    )  # fmt: skip
    matte = OnnxMatte(path, preset="rvm")
    assert [int(matte(reds())[0, 0]) for _ in range(3)] == [32, 64, 96]
    assert not matte.corrects_foreground
    with pytest.raises(ArgumentError, match="has no input downsample_ratio: leave it out of the family"):
        make_matte(path, preset="rvm", downsample_ratio=0.5)(reds())


@pytest.mark.parametrize(
    ("size", "given", "ratio"), [((640, 360), None, 0.8), ((320, 240), None, 1.0), ((640, 360), 0.375, 0.375)]
)
def test_the_downsample_ratio_reaches_the_model(
    recurrent: str, size: tuple[int, int], given: float | None, ratio: float
) -> None:
    """The graph answers with it as the foreground's colour, which comes out where alpha is partial."""
    width, height = size
    replace = BackgroundReplacement(make_matte(recurrent, preset="rvm", downsample_ratio=given), Color((0, 0, 0)))
    out = replace(reds(255, width, height))
    assert np.abs(out[0, 0].astype(float) - 255 * ratio * 32 / 255).max() <= 1


def test_the_foregrounds_colours_only_at_soft_edges(recurrent: str) -> None:
    frame = reds(0)
    frame[:, 32:] = (0, 0, 255)
    wanted, plain = (make_matte(recurrent, preset="rvm", foreground=output) for output in ("fgr", None))
    for matte, colour in ((wanted, [255, 255, 255]), (plain, [0, 0, 255])):
        replace = BackgroundReplacement(matte, Color((0, 0, 0)))
        pictures = [replace(frame.copy()) for _ in range(8)]
        assert not pictures[3][10, 10].any()
        assert np.abs(pictures[3][10, 50] - np.array(colour) * 0.5).max() <= 1
        assert pictures[7][10, 50].tolist() == [0, 0, 255]
    assert wanted.corrects_foreground
    assert not plain.corrects_foreground


def test_the_old_background_is_taken_out_of_soft_edges(build: Build) -> None:
    """A dark coat before a bright wall: without it half of the wall is left where alpha is a half."""
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


def test_another_model_is_not_taken_for_robust_video_matting(echo: str) -> None:
    with pytest.raises(ArgumentError, match="is not Robust Video Matting, whose inputs are src"):
        OnnxMatte(echo, preset="rvm")(photo())


def test_robust_video_matting_is_not_taken_for_another_model(recurrent: str) -> None:
    with pytest.raises(ArgumentError, match="is Robust Video Matting, not U2Net: take the preset rvm, or none"):
        OnnxMatte(recurrent, preset="u2net")(photo())


# onnxruntime


def test_providers_and_threads_reach_the_session(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Any, Any]] = []

    class Recorded(onnxruntime.InferenceSession):  # type: ignore[misc]
        def __init__(self, path: str, options: Any, providers: Any) -> None:
            made.append((options, providers))
            super().__init__(path, options, providers=providers)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Recorded)
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)  # As in a container.
    cpu = ("CPUExecutionProvider", {"arena_extend_strategy": "kSameAsRequested"})
    make_matte(echo, channel=0)(photo())
    make_matte(echo, channel=0, providers=[cpu], threads=3)(photo())
    assert [(options.intra_op_num_threads, providers) for options, providers in made] == [
        (8, ["CPUExecutionProvider"]),
        (3, [cpu]),
    ]
    assert made[0][0].get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_a_provider_that_is_not_there(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match=r"onnxruntime has no NoSuchProvider here, only .*CPUExecutionProvider"):
        OnnxMatte(echo, providers=["NoSuchProvider", "CPUExecutionProvider"])(photo())
    # One that is installed and does not start: onnxruntime falls back on its own.
    available = ["TensorrtExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    session = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda path, options, providers: session(path, options, providers[1:])
    )
    matte = make_matte(echo, channel=0, providers=available)
    with pytest.warns(FramechainWarning, match="TensorrtExecutionProvider could not be started for the model"):
        matte.open(None)


def test_onnxruntime_is_imported_late() -> None:
    program = (
        "import sys, framechain; from framechain.mattes import OnnxMatte; OnnxMatte('m.onnx', preset='modnet');"
        "print([name for name in ('onnxruntime', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_onnxruntime_is_missing(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        DependencyError, match=r"onnxruntime cannot be imported \(.*\): pip install 'framechain\[onnx\]'"
    ):
        OnnxMatte(echo)(photo())


# Refusals


def test_files_that_are_no_models(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MissingInputError, match=r"model not found: nowhere\.onnx \(looked in "):
        OnnxMatte("nowhere.onnx").open(None)
    for name, data in (("text.onnx", b"this is no model"), ("empty.onnx", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ArgumentError, match=f"the model {name} cannot be loaded as ONNX: ") as caught:
            OnnxMatte(tmp_path / name).open(None)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_models_that_are_not_understood(build: Build) -> None:
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


def test_a_graph_that_fails_on_a_size(build: Build, capfd: pytest.CaptureFixture[str]) -> None:
    """As U-Nets do where halving leaves a remainder: only the frame tells."""
    path = build([("Add", "input grid", "output")], constants={"grid": np.zeros((1, 1, 1, 64), np.float32)})
    with pytest.raises(ArgumentError, match=r"fails on an image of 80x48: ") as caught:
        make_matte(path, size=(80, 48), channel=0, activation="none")(photo())
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""
    make_matte(path, size=(64, 48), channel=0, activation="none")(photo())


def test_weights_outside_of_the_folder_are_not_read(tmp_path: Path) -> None:
    if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24):
        pytest.skip("onnxruntime before 1.24 reads them: the documentation says so")
    (tmp_path / "secret.bin").write_bytes(np.zeros(3, np.float32).tobytes())
    (tmp_path / "models").mkdir()
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[1, 3, 1, 1], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "../secret.bin"), ("offset", "0"), ("length", "12")):
        tensor.external_data.add(key=key, value=value)
    info = helper.make_tensor_value_info
    node = helper.make_node("Add", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "g", [info("x", FLOAT, ANY)], [info("y", FLOAT, ANY)], [tensor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    (tmp_path / "models" / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ArgumentError, match=r"the model m\.onnx cannot be loaded as ONNX: External data path"):
        make_matte(tmp_path / "models" / "m.onnx", channel=0)(photo())


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


def test_edges(echo: str) -> None:
    assert OnnxMatte(echo).edge is OnnxMatte(echo, preset="modnet").edge is OnnxMatte(echo, preset="rvm").edge is None
    assert make_matte(echo, edge=(0.4, 0.1)).edge == (0.4, 0.1)


# In the engine


def test_a_clip_through_the_engine(build: Build, tmp_path: Path) -> None:
    """Red tells who is in front: red and white stay, green and blue become yellow; in YUV all the way."""
    source = write_clip(tmp_path / "clip.mp4", [corners(160, 120)] * 5)
    matte = make_matte(two_classes(build, last="softmax"), preset="pp-humanseg", mean=0, std=1)
    replace = BackgroundReplacement(matte, Color((0, 255, 255)))
    result = Engine(video_path=source, custom_objects=[replace], output_path=str(tmp_path / "out.mp4")).run()
    assert result.frames_written == 5
    seen = see(tmp_path / "out.mp4")
    assert seen.count == 5
    picture = seen.bgr(4).astype(int)
    for (row, column), colour in {
        (30, 40): (0, 0, 200), (30, 120): (0, 255, 255), (90, 40): (0, 255, 255), (90, 120): (220, 220, 220),
    }.items():  # fmt: skip
        assert np.abs(picture[row, column] - colour).max() <= 12, (row, column)


@pytest.mark.parametrize("channels", ["RGB", "BGR"])
def test_yuv_gives_the_same_as_bgr(echo: str, channels: str) -> None:
    picture = corners(160, 120)
    for channel in range(3):
        matte = make_matte(echo, size=(80, 60), channels=channels, channel=channel, activation="none")
        in_yuv = cv2.resize(matte.estimate(frame_in_yuv(encodable(picture), BT601)), (160, 120)).astype(int)
        assert np.abs(in_yuv - matte(picture))[[20, 20, 100, 100], [30, 130, 30, 130]].max() <= 4


@pytest.mark.parametrize("foreground", ["fgr", None])
def test_states_in_the_engine(recurrent: str, tmp_path: Path, foreground: str | None) -> None:
    """Each run begins anew: alpha grows with the frames, whether or not the next is looked at ahead."""
    source = write_clip(tmp_path / "clip.mp4", [reds(255, 160, 120)] * 6)
    matte = make_matte(recurrent, preset="rvm", foreground=foreground)
    replace = BackgroundReplacement(matte, Color((0, 0, 0)), matte_only=True)
    for _ in range(2):
        Engine(video_path=source, custom_objects=[replace], output_path=str(tmp_path / "out.mp4")).run()
        greys = [int(see(tmp_path / "out.mp4").bgr(index)[60, 80, 1]) for index in range(6)]
        assert np.abs(np.array(greys) - 32 * np.arange(1, 7)).max() <= 4, greys


def test_the_command_line(build: Build, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), corners(160, 120))
    model = two_classes(build, last="logits")
    arguments = [str(tmp_path / "in.png"), "--matte", "onnx", "--background", "#00f", "--quiet"]
    arguments += ["--output", str(tmp_path / "out.png")]
    assert main([*arguments, "--model-file", model, "--onnx-preset", "pp-humanseg", "--threshold", "0.6"]) == 0
    picture = cv2.imread(str(tmp_path / "out.png"))
    assert picture[90, 120].tolist() == [220, 220, 220]
    assert picture[30, 120].tolist() == [255, 0, 0]
    for more, code, message in (
        ([], 2, "framechain: --matte onnx needs a model of yours: add --model-file FILE.onnx\n"),
        (["--model-file", "nowhere.onnx"], 1, "model not found: nowhere.onnx"),
        (["--model-file", str(tmp_path / "in.png")], 2, "the model in.png cannot be loaded as ONNX: "),
    ):
        capsys.readouterr()
        assert main([*arguments, *more]) == code
        told = capsys.readouterr().err
        assert message.removeprefix("framechain: ") in told
        assert told.count("\n") == 1
