"""onnxruntime: imports it, loads a model, and explains what it refuses."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from ...errors import ArgumentError, DependencyError, FramechainWarning, MissingInputError
from ...media.native_messages import hide_native_messages
from ...threads.cores import get_thread_limit

Provider = str | tuple[str, dict[str, Any]]

_LOG_ONLY_FATAL = 4
# onnxruntime looks for graphics cards when it is imported, and warns about display devices that are not.
_NOISE = "device_discovery.cc"
_NOISE_IN_ERRORS = re.compile(
    r"^(?:\[ONNXRuntimeError\] : \d+ : \w+ : )?(?:Load model from .* failed:)?"
    r"|\S*onnxruntime\S*\.(?:cc|h|hpp):\d+ .*?\) "
)


def load_session(path: str, name: str, providers: Sequence[Provider] | None, threads: int | None) -> Any:
    """Load a model as an `onnxruntime.InferenceSession`; arguments and errors are those of `OnnxMatte`."""
    onnxruntime = import_onnxruntime()
    if not os.path.isfile(path):
        raise MissingInputError(f"model not found: {path} (looked in {os.getcwd()})")
    onnxruntime.disable_telemetry_events()  # Official builds for Windows report home otherwise.
    wanted = list(providers or ["CPUExecutionProvider"])
    names = [provider if isinstance(provider, str) else provider[0] for provider in wanted]
    available = onnxruntime.get_available_providers()
    for provider in names:
        if provider not in available:
            raise ArgumentError(f"onnxruntime has no {provider} here, only {', '.join(available)}: install what has it")
    options = onnxruntime.SessionOptions()
    # A slow model leaves the decoder and the encoder idle, so it may use all cores. Threads that wait must not spin,
    # which would keep the cores from the others, nor be pinned, which they are if their number is 0.
    options.intra_op_num_threads = _count_cores() if threads is None else threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _LOG_ONLY_FATAL  # Errors are raised as well.
    try:
        session = onnxruntime.InferenceSession(path, options, providers=wanted)
    except Exception as error:  # onnxruntime's errors have no common base.
        reason = explain_error(error)
        hint = _find_hint(path, reason, onnxruntime.__version__)
        raise ArgumentError(f"the model {name} cannot be loaded as ONNX: {reason}{hint}") from error
    running = session.get_providers()
    if names[0] not in running:
        text = f"{names[0]} could not be started for the model {name}, it runs on {running[0]}"
        warnings.warn(text, FramechainWarning, stacklevel=2)
    return session


def import_onnxruntime() -> Any:
    """Import onnxruntime without the warnings that it prints about display devices.

    Raises:
        DependencyError: If it is not installed or does not load.
    """
    messages: list[str] = []
    try:
        if "onnxruntime" in sys.modules:
            import onnxruntime
        else:
            with hide_native_messages("") as messages:
                import onnxruntime
    except ImportError as error:
        raise DependencyError(
            f"onnxruntime cannot be imported ({error}): pip install 'framechain[onnx]', or pip install onnxruntime"
        ) from error
    for line in messages:
        if _NOISE not in line:
            print(line, file=sys.stderr)
    return onnxruntime


def _count_cores() -> int:
    """Return how many cores this process may use: in a container often fewer than the machine has."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(own, get_thread_limit() or own)


def explain_error(error: Exception) -> str:
    """Return the message of an error of onnxruntime in one line, without paths and places in its source."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return _NOISE_IN_ERRORS.sub("", text).rstrip(".")[:300]


def _find_hint(path: str, reason: str, version: str) -> str:
    """Return why a file may have failed to load."""
    if "Unsupported model IR version" in reason or "opset" in reason:
        return f": onnxruntime {version} is older than the model, install a newer one"
    if "Protobuf" not in reason:
        return ""
    with open(path, "rb") as file:
        start = file.read(256)
    if start.strip() and all(byte >= ord(" ") or byte in b"\t\r\n" for byte in start):
        return ": it is text, such as a web page or a Git LFS pointer, not the model itself"
    return ": it is a file of another kind, or only the beginning of one"
