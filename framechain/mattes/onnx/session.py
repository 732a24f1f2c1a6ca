"""onnxruntime: imported, a model loaded in it, and what it says when it refuses, in words."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from ...errors import ArgumentError, DependencyError, FramechainWarning, MissingInputError
from ...media.native_messages import hide_native_messages

Provider = str | tuple[str, dict[str, Any]]

_LOG_NOTHING_BUT_FATAL = 4
# It looks for graphics cards when it is imported, from 1.23 on, and warns of display devices that are none.
_NOISE = "device_discovery.cc"


def session_of(path: str, name: str, providers: Sequence[Provider] | None, threads: int | None) -> Any:
    """Load a model.

    Args:
        path: The file.
        name: What to call it in errors.
        providers: As in `OnnxMatte`.
        threads: As in `OnnxMatte`.

    Returns:
        onnxruntime's session.

    Raises:
        DependencyError: If onnxruntime is missing.
        MissingInputError: If there is no such file.
        ArgumentError: If it is no model, or a provider is missing.
    """
    onnxruntime = _imported()
    if not os.path.isfile(path):
        raise MissingInputError(f"model not found: {path} (looked in {os.getcwd()})")
    onnxruntime.disable_telemetry_events()  # Official builds for Windows report home otherwise.
    wanted = list(providers or ["CPUExecutionProvider"])
    first, available = _name(wanted[0]), onnxruntime.get_available_providers()
    for provider in wanted:
        if _name(provider) not in available:
            raise ArgumentError(
                f"onnxruntime has no {_name(provider)} here, only {', '.join(available)}: install what has it"
            )
    options = onnxruntime.SessionOptions()
    # A model that is slow leaves decoder and encoder idle, so that it may have all cores: on two of them a model of
    # 66 ms runs 1.5 to 1.8 times as fast by that, and one of 5 ms no slower. But threads that wait for work must not
    # spin, which would keep the cores from the others all the same; nor be pinned, as they are if their number is 0.
    options.intra_op_num_threads = _cores() if threads is None else threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _LOG_NOTHING_BUT_FATAL  # What goes wrong is raised, too.
    try:
        session = onnxruntime.InferenceSession(path, options, providers=wanted)
    except Exception as error:  # onnxruntime's have no base of their own.
        text = reason_of(error)
        hint = _hint(path, text, onnxruntime.__version__)
        raise ArgumentError(f"the model {name} cannot be loaded as ONNX: {text}{hint}") from error
    if first not in session.get_providers():
        warnings.warn(
            f"{first} could not be started for the model {name}, it runs on {session.get_providers()[0]}",
            FramechainWarning,
            stacklevel=2,
        )
    return session


def _name(provider: Provider) -> str:
    return provider if isinstance(provider, str) else provider[0]


def _imported() -> Any:
    said: list[str] = []
    try:
        if "onnxruntime" in sys.modules:
            import onnxruntime
        else:
            with hide_native_messages("") as said:
                import onnxruntime
    except ImportError as error:
        raise DependencyError(
            f"onnxruntime cannot be imported ({error}): pip install 'framechain[onnx]', or pip install onnxruntime"
        ) from error
    for line in said:
        if _NOISE not in line:
            print(line, file=sys.stderr)
    return onnxruntime


def _cores() -> int:
    """How many cores this process may use: in a container often fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def reason_of(error: Exception) -> str:
    """What an error of onnxruntime's says, without the file's path and the place in its own source.

    Args:
        error: The error.

    Returns:
        One line.
    """
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    for noise in (
        r"\[ONNXRuntimeError\] : \d+ : \w+ : ",
        r"^Load model from .* failed:",
        r"\S*onnxruntime\S*\.(?:cc|h|hpp):\d+ .*?\) ",
    ):
        text = re.sub(noise, "", text)
    return text.rstrip(".")[:300]


def _hint(path: str, reason: str, version: str) -> str:
    """What may be the matter with a file that could not be loaded."""
    if "Unsupported model IR version" in reason or "opset" in reason:
        return f": onnxruntime {version} is older than the model, install a newer one"
    if "Protobuf" not in reason:
        return ""
    with open(path, "rb") as file:
        start = file.read(256)
    if start.strip() and all(byte >= ord(" ") or byte in b"\t\r\n" for byte in start):
        return ": it is text, such as a web page or a Git LFS pointer, not the model itself"
    return ": it is a file of another kind, or only the beginning of one"
