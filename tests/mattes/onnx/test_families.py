"""The presets: their numbers, and their networks at true size, untrained; one with its real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.media import photo

from framechain import BackgroundReplacement
from framechain.backgrounds import Color
from framechain.errors import ArgumentError
from framechain.mattes import OnnxMatte
from framechain.mattes.onnx.families import PRESETS

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

import families  # noqa: E402
from labelled import find_pairs, load_pair  # noqa: E402
from scores import compute_iou  # noqa: E402
from support.onnx_graphs import (  # noqa: E402, F401
    Build,
    as_byte,
    build,
    echo,
    make_matte,
    recurrent,
    size_given,
)


def test_presets_prepare_images_as_their_projects_do(build: Build) -> None:
    """The numbers are from the sources that the presets name, not from the presets."""
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
    # The output is a tenth of the input plus a half, so that nothing is clipped.
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
            continue  # It has other inputs, see the test of its layers.
        matte = make_matte(path, preset=name, channel=0, activation="none", normalise=False)
        assert abs(int(matte(frame)[180, 320]) - as_byte(value / 10 + 0.5)) <= 0.51, name
        assert size_given(matte, 640, 360) == sizes[name], name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frame", "seen"),
    [
        ((1280, 720), (896, 512)),  # Scaled so that the shorter side is 512: 910.2 x 512.
        ((720, 1280), (512, 896)),
        ((640, 360), (640, 352)),  # 512 lies between the sides.
        ((300, 200), (768, 512)),
        ((600, 561), (544, 512)),  # 561 x (512 / 561) is 511.99... in floating point.
        ((8, 400), (32, 2048)),  # A strip is not enlarged to 512x25600.
        ((6000, 600), (2048, 192)),
    ],
)
def test_modnet_size_shorter_side_is_512_in_multiples_of_32(
    echo: str, frame: tuple[int, int], seen: tuple[int, int]
) -> None:
    assert size_given(make_matte(echo, preset="modnet", channel=0), *frame) == seen


def test_rvm_size_of_a_large_image_is_limited() -> None:
    """Robust Video Matting takes frames at their size: an image of 280 megapixels would need too much memory."""
    assert PRESETS["rvm"]().choose_size(3840, 2160) == (3840, 2160)
    assert PRESETS["rvm"]().choose_size(20000, 14000) == (4096, 2867)


def test_rvm_other_model_raises(echo: str) -> None:
    with pytest.raises(ArgumentError, match="is not Robust Video Matting, whose inputs are src"):
        OnnxMatte(echo, preset="rvm")(photo())


def test_u2net_recurrent_model_raises(recurrent: str) -> None:
    with pytest.raises(ArgumentError, match="is Robust Video Matting, not U2Net: take the preset rvm, or none"):
        OnnxMatte(recurrent, preset="u2net")(photo())


@pytest.mark.slow
def test_rvm_real_layers_states_change_the_answer(tmp_path: Path) -> None:
    """States of four sizes are 1x1x1x1 at first; widths and heights are odd."""
    path = families.rvm(tmp_path / "rvm.onnx")
    assert 14e6 < path.stat().st_size < 16e6  # All layers are there.
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


@pytest.mark.slow
def test_modnet_real_layers_take_multiples_of_32(tmp_path: Path) -> None:
    """The sigmoid is in the file."""
    path = families.modnet(tmp_path / "modnet.onnx")
    assert 25e6 < path.stat().st_size < 27e6
    alpha = make_matte(path, size=64)(photo(97, 71))
    assert alpha.shape == (71, 97)
    assert alpha.std() > 1
    with pytest.raises(ArgumentError, match=r"the model modnet\.onnx fails on an image of 66x64: [^/]*$"):
        make_matte(path, size=(66, 64)).open(None)


@pytest.mark.slow
def test_u2net_real_layers_first_of_seven_outputs_is_used(tmp_path: Path) -> None:
    """The outputs have numbers as names."""
    path = families.u2net(tmp_path / "u2netp.onnx", small=True)
    matte = OnnxMatte(path, preset="u2net")
    frame = photo(97, 71)
    joint = matte(frame)
    assert joint.shape == (71, 97)
    assert joint.min() < 10
    assert np.array_equal(make_matte(path, preset="u2net", output="1959")(frame), joint)
    assert not np.array_equal(make_matte(path, preset="u2net", output="1965")(frame), joint)


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(("folder", "step", "least"), [("portrait", 4, 0.9), ("selfie", 20, 0.95)])
def test_pp_humanseg_v2_lite_real_weights_cut_people_out(shared: Path, folder: str, step: int, least: float) -> None:
    """Letterboxed as the preset says; stretched, the same images score less."""
    path = shared / "models" / "pp_humansegv2_lite_portrait_256x144.onnx"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    preset, stretched = (
        BackgroundReplacement(matte, Color((0, 255, 0)))
        for matte in (
            OnnxMatte(path, preset="pp-humanseg-v2-lite"),
            make_matte(path, preset="pp-humanseg-v2-lite", fit="stretch"),
        )
    )
    scores = []
    for image_path, mask_path in find_pairs(shared / "masks" / folder)[::step]:
        image, truth = load_pair(image_path, mask_path)
        scores.append([compute_iou(replace.alpha(image) > 127, truth > 127) for replace in (preset, stretched)])
    by_preset, by_stretching = np.mean(scores, axis=0)
    assert by_preset > least
    assert by_preset > by_stretching + 0.02


def test_memory_depends_on_the_states_of_the_model(echo: str, recurrent: str) -> None:
    assert (make_matte(echo, channel=0).memory, OnnxMatte(recurrent).memory) == (0, None)
