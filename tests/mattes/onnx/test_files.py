"""What model files bring along that people download: free axes, float16 that overflows, pages instead of files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import photo

from framechain import BackgroundReplacement
from framechain.backgrounds import Color
from framechain.errors import ArgumentError, MissingInputError
from framechain.mattes import OnnxMatte

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

import families  # noqa: E402
from onnx import helper  # noqa: E402
from support.onnx_graphs import FLOAT, HALF, Build, build, make_matte  # noqa: E402, F401

# onnxruntime itself


def test_what_onnxruntime_says_of_graphics_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It warns when it is imported where a display device is no card, as in WSL and many a virtual machine."""
    warning = (
        "\\x1b[0;93m2026-01-02 03:04:05.6 [W:onnxruntime:Default, device_discovery.cc:164 Discover] GPU device dis"
    )
    (tmp_path / "onnxruntime.py").write_text(f"import os\nos.write(2, b'{warning}\\nsomething else\\n')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "onnxruntime")
    with pytest.raises(MissingInputError, match="model not found"):
        OnnxMatte(tmp_path / "none.onnx").open(None)
    assert sys.modules["onnxruntime"].__file__ == str(tmp_path / "onnxruntime.py")
    assert capfd.readouterr().err == "something else\n"


# The families' own graphs, untrained


def test_robust_video_matting(tmp_path: Path) -> None:
    """Its real layers: states of four sizes that are 1x1x1x1 at first, sizes that do not halve, and a ratio."""
    path = families.rvm(tmp_path / "rvm.onnx")
    assert 14e6 < path.stat().st_size < 16e6  # All of its layers are there.
    for matte in (OnnxMatte(path, preset="rvm"), make_matte(path, preset="rvm", downsample_ratio=0.4)):
        for width, height in ((67, 45), (45, 67)):
            frame = photo(width, height)
            first, second, third = (matte(frame) for _ in range(3))
            assert first.shape == (height, width)
            assert (first != second).any()
            assert (second != third).any()
            matte.reset()
            assert np.array_equal(matte(frame), first)
        out = BackgroundReplacement(matte, Color((0, 255, 0)))(photo(67, 45))
        assert out.shape == (45, 67, 3)
        assert matte.corrects_foreground


def test_modnet(tmp_path: Path) -> None:
    """Its real layers want multiples of 32 and take any of them; it has its sigmoid."""
    path = families.modnet(tmp_path / "modnet.onnx")
    assert 25e6 < path.stat().st_size < 27e6
    alpha = make_matte(path, size=64)(photo(97, 71))
    assert alpha.shape == (71, 97)
    assert alpha.std() > 1
    with pytest.raises(ArgumentError, match=r"the model modnet\.onnx fails on an image of 66x64: [^/]*$"):
        make_matte(path, size=(66, 64)).open(None)


def test_u2net(tmp_path: Path) -> None:
    """Seven outputs with numbers for names, of which the first is asked for and no other."""
    path = families.u2net(tmp_path / "u2netp.onnx", small=True)
    matte = OnnxMatte(path, preset="u2net")
    frame = photo(97, 71)
    joint = matte(frame)
    assert joint.shape == (71, 97)
    assert joint.min() < 10
    assert np.array_equal(make_matte(path, preset="u2net", output="1959")(frame), joint)
    assert not np.array_equal(make_matte(path, preset="u2net", output="1965")(frame), joint)


# Axes


def _convolution(layout: str) -> dict[str, Any]:
    """Arguments for `build`: a graph that tells nothing of its axes, and answers with the first channel."""
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


def test_axes_that_are_all_free(build: Build) -> None:
    """As in exports for JavaScript: PyTorch's order is tried."""
    frame = np.full((64, 96, 3), (10, 20, 200), np.uint8)
    for preset in (None, "modnet"):
        matte = make_matte(build(**_convolution("NCHW")), preset=preset, mean=0, std=1)
        assert matte(frame)[30, 40] == 200
    last = build(**_convolution("NHWC"))
    with pytest.raises(ArgumentError, match=r"fails on an image of .*: channels|; channels were put first, give lay"):
        OnnxMatte(last).open(None)
    assert make_matte(last, layout="NHWC")(frame)[30, 40] == 200


# Numbers that are none


def test_answers_that_are_no_numbers(build: Build) -> None:
    """float16 ends at 65504: a state that grows beyond is infinite, and would be for all frames to come."""
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


def test_no_numbers_on_noise(build: Build) -> None:
    path = build([("Sub", "input big", "below"), ("Sqrt", "below", "output")], constants={"big": np.float32(9)})
    with pytest.raises(
        ArgumentError, match=r"answers with values in output that are no numbers \(NaN or infinity\) \("
    ):
        make_matte(path, channel=0).open(None)


# Files that cannot be loaded


def test_pages_and_halves_of_files(build: Build, tmp_path: Path) -> None:
    whole = Path(build(**_convolution("NCHW"))).read_bytes()
    for name, data, hint in (
        ("page.onnx", b"\n\n<!DOCTYPE html>\n<html lang=en>", "it is text, such as a web page or a Git LFS pointer"),
        ("lfs.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4574861\n", "it is text"),
        ("part.onnx", whole[: len(whole) // 2], "or only the beginning of one"),
    ):
        (tmp_path / name).write_bytes(data)
        message = f"the model {name} cannot be loaded as ONNX: Protobuf parsing failed: .*{hint}"
        with pytest.raises(ArgumentError, match=message):
            OnnxMatte(tmp_path / name).open(None)


@pytest.mark.parametrize("what", ["ir_version", "opset"])
def test_models_of_a_newer_onnx(what: str, tmp_path: Path) -> None:
    info = [helper.make_tensor_value_info(name, FLOAT, [1, 3, 8, 8]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", info[:1], info[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 999 if what == "opset" else 13)])
    model.ir_version = 999 if what == "ir_version" else 8
    (tmp_path / "new.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(
        ArgumentError, match=r"onnxruntime [\d.]+ is older than the model, install a newer one"
    ) as caught:
        OnnxMatte(tmp_path / "new.onnx").open(None)
    assert "::" not in str(caught.value)  # No C++.
    assert str(tmp_path) not in str(caught.value)
