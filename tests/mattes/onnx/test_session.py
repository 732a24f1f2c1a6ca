"""onnxruntime: imported late, providers and threads, and files that cannot be loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.media import photo
from support.patience import PATIENCE

from framechain.errors import ArgumentError, DependencyError, FramechainWarning, MissingInputError
from framechain.mattes import OnnxMatte

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper  # noqa: E402
from support.onnx_graphs import (  # noqa: E402, F401
    ANY,
    FLOAT,
    Build,
    build,
    convolution,
    echo,
    make_matte,
)


def test_load_session_providers_and_threads_are_passed_on(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_load_session_missing_provider_raises_or_warns(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match=r"onnxruntime has no NoSuchProvider here, only .*CPUExecutionProvider"):
        OnnxMatte(echo, providers=["NoSuchProvider", "CPUExecutionProvider"])(photo())
    # The provider is installed and does not start: onnxruntime falls back on its own.
    available = ["TensorrtExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    session = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda path, options, providers: session(path, options, providers[1:])
    )
    matte = make_matte(echo, channel=0, providers=available)
    with pytest.warns(FramechainWarning, match="TensorrtExecutionProvider could not be started for the model"):
        matte.open(None)


def test_load_session_imports_onnxruntime_late() -> None:
    program = (
        "import sys, framechain; from framechain.mattes import OnnxMatte; OnnxMatte('m.onnx', preset='modnet');"
        "print([name for name in ('onnxruntime', 'onnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_load_session_without_onnxruntime_raises(echo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(
        DependencyError, match=r"onnxruntime cannot be imported \(.*\): pip install 'framechain\[onnx\]'"
    ):
        OnnxMatte(echo)(photo())


def test_load_session_device_discovery_warning_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """onnxruntime warns when it is imported where a display device is no graphics card, such as in WSL."""
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


def test_load_session_file_that_is_no_model_raises(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MissingInputError, match=r"model not found: nowhere\.onnx \(looked in "):
        OnnxMatte("nowhere.onnx").open(None)
    for name, data in (("text.onnx", b"this is no model"), ("empty.onnx", b"")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ArgumentError, match=f"the model {name} cannot be loaded as ONNX: ") as caught:
            OnnxMatte(tmp_path / name).open(None)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_load_session_text_or_truncated_file_is_explained(build: Build, tmp_path: Path) -> None:
    complete = Path(build(**convolution("NCHW"))).read_bytes()
    for name, data, hint in (
        ("page.onnx", b"\n\n<!DOCTYPE html>\n<html lang=en>", "it is text, such as a web page or a Git LFS pointer"),
        ("lfs.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4574861\n", "it is text"),
        ("part.onnx", complete[: len(complete) // 2], "or only the beginning of one"),
    ):
        (tmp_path / name).write_bytes(data)
        message = f"the model {name} cannot be loaded as ONNX: Protobuf parsing failed: .*{hint}"
        with pytest.raises(ArgumentError, match=message):
            OnnxMatte(tmp_path / name).open(None)


@pytest.mark.parametrize("what", ["ir_version", "opset"])
def test_load_session_newer_model_is_explained(what: str, tmp_path: Path) -> None:
    info = [helper.make_tensor_value_info(name, FLOAT, [1, 3, 8, 8]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", info[:1], info[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 999 if what == "opset" else 13)])
    model.ir_version = 999 if what == "ir_version" else 8
    (tmp_path / "new.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(
        ArgumentError, match=r"onnxruntime [\d.]+ is older than the model, install a newer one"
    ) as caught:
        OnnxMatte(tmp_path / "new.onnx").open(None)
    assert "::" not in str(caught.value)  # No C++ names.
    assert str(tmp_path) not in str(caught.value)


def test_load_session_weights_outside_the_folder_raise(tmp_path: Path) -> None:
    if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24):
        pytest.skip("onnxruntime before 1.24 reads such weights, as the documentation says")
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
