"""Checks of what callables return: errors name the object, what it returned and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .compositing.alpha import to_alpha
from .errors import ArgumentError, FramechainError, ObjectError, ObjectResultError, read_message
from .pixels.image import Image, Plane, fit
from .steering import SKIP, Skipped, Stop

if TYPE_CHECKING:
    from .frame import Frame, FrameInfo


def get_name(thing: object) -> str:
    """Return the name of a callable for a message: a function's or a class's name."""
    name = getattr(thing, "__name__", None)
    return str(name) if isinstance(name, str) else type(thing).__name__


def make_no_alpha_error(name: str) -> ArgumentError:
    """Make the error for an object that needs the alpha of a matte before it, where there is none.

    Args:
        name: The object's name.
    """
    return ArgumentError(
        f"{name} needs the alpha that a matte found, but no object before it finds one: put FindMatte(matte), "
        "MPSegmentation or a BackgroundReplacement before it, or give its parameter alpha the default None"
    )


class blame:  # noqa: N801  (read as a verb: with blame(name, info))
    """A context that turns what an object raises into an `ObjectError` with the names of the object and the frame.

    It is a class because `contextlib.contextmanager` cannot turn a StopIteration into another error.
    """

    __slots__ = ("_info", "_name")

    def __init__(self, name: str, info: FrameInfo) -> None:
        self._name, self._info = name, info

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, FramechainError):
            raised = f"{self._name} raised {type(error).__name__} at frame {self._info.index}: {read_message(error)}"
            raise ObjectError(raised) from error


def call_hook(name: str, hook: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a hook of a component, such as `open`.

    Args:
        name: The component's name.
        hook: The hook's name.
        function: The hook.
        arguments: Its arguments.

    Returns:
        What the hook returns.

    Raises:
        ObjectError: If it raises anything but a `FramechainError`.
    """
    try:
        return function(*arguments)
    except FramechainError:
        raise
    except Exception as error:
        raise ObjectError(f"{name}.{hook}() raised {type(error).__name__}: {read_message(error)}") from error


def call_with_bgr(function: Callable[..., Any], frame: Frame, name: str | None = None, **named: Any) -> Frame:
    """Call a function with a frame's BGR pixels.

    Args:
        function: `frame -> frame`.
        frame: The frame; converted to BGR.
        name: The function's name in messages; its own if not given.
        named: Further arguments.

    Returns:
        The frame with the returned pixels.

    Raises:
        ObjectResultError: If the function returned no frame.
        Skipped: If it returned `SKIP`.
    """
    pixels, info = frame.bgr, frame.info
    result = function(pixels, **named)
    if result is SKIP:
        raise Skipped
    checked = check_frame(result, name or get_name(function), info, channels=(3, 4))
    # An object may keep its array and fill it again while this frame waits for the encoder.
    is_kept = result is not pixels and np.may_share_memory(checked, result)
    return frame.with_bgr(checked.copy() if is_kept or not checked.flags.writeable else checked)


def check_frame(result: Any, name: str, info: FrameInfo, *, channels: tuple[int, ...] = (3,)) -> Image:
    """Check that a result is a frame.

    Args:
        result: What an object returned.
        name: The object's name.
        info: The frame's place in the stream.
        channels: How many channels it may have.

    Returns:
        The result, C-contiguous.

    Raises:
        ObjectResultError: If it is not uint8 (H, W, 3) with H and W of at least 1.
    """
    if (
        isinstance(result, np.ndarray) and result.dtype == np.uint8 and result.ndim == 3
        and result.shape[2] in channels and result.size
    ):  # fmt: skip
        return np.ascontiguousarray(result)
    if result is None:
        found, advice = "None", "is a `return frame` missing?"
    elif result is Stop or isinstance(result, Stop):
        found, advice = "Stop", "raise it to end the run"
    elif not isinstance(result, np.ndarray):
        found, advice = f"a {type(result).__name__}", "return the frame as a numpy array"
    elif result.dtype != np.uint8:
        found, advice = f"an array of {result.dtype}", "convert it: np.clip(frame, 0, 255).astype(np.uint8)"
    elif result.ndim == 2:
        found, advice = f"an array of shape {result.shape}", "convert it: cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)"
        advice += f"; or, if it is a matte, wrap it: FindMatte({name})"
    else:
        found, advice = f"an array of shape {result.shape}", "return (height, width, 3)"
    raise ObjectResultError(
        f"{name} returned {found} at frame {info.index} instead of a uint8 (height, width, 3) frame: {advice}"
    )


def write_background(result: Any, out: Plane, name: str, info: FrameInfo) -> None:
    """Check what a background returned and write it, fitted to the frame's size.

    Args:
        result: What the background returned.
        out: uint8 (H, W, 3); written to.
        name: The background's name.
        info: The frame's place in the stream.

    Raises:
        ObjectResultError: If it is no image.
    """
    image = check_frame(result, name, info)
    out[...] = image if image.shape == out.shape else fit(image, out.shape[1], out.shape[0])


def check_alpha(result: Any, matte: object, height: int, width: int) -> NDArray[np.uint8]:
    """Check what a matte returned and convert it to bytes.

    Args:
        result: What the matte returned.
        matte: The matte, or its name.
        height: H of the frame.
        width: W of the frame.

    Returns:
        uint8 (H, W).

    Raises:
        ObjectResultError: If it is no such array.
    """
    try:
        return to_alpha(result, height, width)
    except ValueError as error:
        name = matte if isinstance(matte, str) else get_name(matte)
        raise ObjectResultError(f"the matte {name} {error}") from error


def check_confidence(found: Any, name: str) -> NDArray[np.uint8]:
    """Check what a matte's `estimate` returned.

    Args:
        found: What it returned.
        name: The matte's name.

    Returns:
        The array, uint8 (h, w).

    Raises:
        ObjectResultError: If it is no such array, or an empty one.
    """
    if isinstance(found, np.ndarray) and found.dtype == np.uint8 and found.ndim == 2 and found.size:
        return found
    what = f"{found.dtype} of shape {found.shape}" if isinstance(found, np.ndarray) else type(found).__name__
    raise ObjectResultError(f"the matte {name} returned {what} instead of uint8 (height, width)")
