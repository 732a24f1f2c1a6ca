"""The contract of a custom object, and the chain that holds objects to it."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ArgumentTypeError, FramechainError, ObjectError, ObjectResultError
from .frame import Frame, FrameInfo, StreamInfo
from .pixels.image import Image
from .run.interrupts import Interrupts

if TYPE_CHECKING:
    from .contracts import Tunable


def get_name(thing: object) -> str:
    """What to call a callable in a message: a function's or a class's name."""
    name = getattr(thing, "__name__", None)
    return str(name) if isinstance(name, str) else type(thing).__name__


class Bound:
    """A callable, called with those of some optional parameters that it has.

    Example:
        >>> Bound(lambda frame, info: info, "info", "alpha")(None, info=1, alpha=2)
        1
    """

    __slots__ = ("_asks", "thing")

    def __init__(self, thing: Callable[..., Any], *offered: str) -> None:
        """Look once which parameters there are.

        Args:
            thing: Any callable; of one that does not tell its parameters, as some builtins, none are assumed.
            offered: Names of the parameters that can be filled in.
        """
        self.thing = thing
        try:
            parameters = inspect.signature(thing).parameters
        except (TypeError, ValueError):
            parameters = MappingProxyType({})
        by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        self._asks = [name for name in offered if name in parameters and parameters[name].kind in by_name]

    def asks(self, name: str) -> bool:
        """Whether it has that one of the parameters offered."""
        return name in self._asks

    def __call__(self, frame: Any, **offered: Any) -> Any:
        """Call it.

        Args:
            frame: Its first argument.
            offered: A value for every name offered.

        Returns:
            Whatever it returns.
        """
        return self.thing(frame, **{name: offered[name] for name in self._asks})


class Chain:
    """Callables that are applied one after the other to every frame of a stream."""

    def __init__(self, objects: Iterable[Callable[..., Any]]) -> None:
        """Check that everything is callable.

        Args:
            objects: Callables of the shape of `CustomObject`.

        Raises:
            ArgumentTypeError: If one is not; it is named by position.
        """
        if callable(objects) and not isinstance(objects, Iterable):
            raise ArgumentTypeError(
                f"custom_objects must be a list, got {get_name(objects)}: write [{get_name(objects)}]"
            )
        self.objects: Sequence[Callable[..., Any]] = list(objects)
        for position, thing in enumerate(self.objects):
            if not callable(thing):
                raise ArgumentTypeError(
                    f"custom_objects[{position}] is not callable: {thing!r} ({type(thing).__name__}); "
                    "give a function frame -> frame or an object with __call__"
                )
            if isinstance(thing, type):
                raise ArgumentTypeError(
                    f"custom_objects[{position}] is the class {thing.__name__}: make an object, {thing.__name__}()"
                )
        self._bound = [Bound(thing, "info") for thing in self.objects]

    def __len__(self) -> int:
        return len(self.objects)

    def open(self, stream: StreamInfo) -> None:
        """Tell every object that a stream begins.

        Args:
            stream: The stream.

        Raises:
            ObjectError: If a hook raises.
        """
        for thing in self.objects:
            self._hook(thing, "open", stream)

    def close(self, interrupts: Interrupts | None = None) -> None:
        """Tell every object that the stream has ended; all are told, whatever one raises.

        Args:
            interrupts: By which a second signal leaves a hook that hangs, if there are any.

        Raises:
            ObjectError: If a hook raises: the first of them.
        """
        first: BaseException | None = None
        for thing in self.objects:
            try:
                with (interrupts or Interrupts()).leaving():
                    self._hook(thing, "close")
            except BaseException as error:
                first = first or error
        if first is not None:
            raise first

    @contextlib.contextmanager
    def opened(self, stream: StreamInfo, interrupts: Interrupts | None = None) -> Iterator[None]:
        """Open for a stream and close at its end, also if an object's `open` fails: others may hold something then.

        Args:
            stream: The stream.
            interrupts: By which the first signal breaks off the opening, and a second one leaves a `close` that
                hangs, if there are any.

        Raises:
            ObjectError: If a hook raises; one of `close` does not hide an earlier error.
        """
        try:
            interrupts = interrupts or Interrupts()
            with interrupts.breaking(1):
                interrupts.break_off()  # By one that came just before: models take seconds to load.
                self.open(stream)
            yield
        except BaseException:
            with contextlib.suppress(FramechainError):
                self.close(interrupts)
            raise
        self.close(interrupts)

    def reset(self) -> None:
        """Tell every object to forget what it learnt of the stream.

        Raises:
            ObjectError: If a hook raises.
        """
        for thing in self.objects:
            self._hook(thing, "reset")

    def on_key(self, key: str) -> bool:
        """Offer a key press to every object, in order.

        Args:
            key: One character.

        Returns:
            True if any of them used it.

        Raises:
            ObjectError: If a hook raises.
        """
        used = [self._hook(thing, "on_key", key) for thing in self.objects]
        return any(used)

    def _hook(self, thing: object, name: str, *arguments: Any) -> Any:
        hook = getattr(thing, name, None)
        if not callable(hook):
            return None
        try:
            return hook(*arguments)
        except FramechainError:
            raise
        except Exception as error:
            raise ObjectError(f"{get_name(thing)}.{name}() raised {type(error).__name__}: {error}") from error

    def __call__(self, frame: Frame) -> Frame:
        """Apply every object in turn.

        Args:
            frame: A frame; without objects it is returned untouched, in whichever layout it is.

        Returns:
            The processed frame.

        Raises:
            ObjectError: If an object raises; the cause is chained.
            ObjectResultError: If an object returns something that is not a frame.
        """
        if not self.objects:
            return frame
        for bound in self._bound:
            process_planes, frame.ahead = frame.ahead or _plane_hook(bound.thing), None
            if process_planes is not None and frame.in_planes:
                info = frame.info
                with _Blame(bound.thing, info):
                    result = process_planes(frame)
                frame = _checked_planes(result, bound.thing, info)
            else:
                frame = frame.with_bgr(_apply(bound, frame.bgr, frame.info))
        return frame

    def look_ahead(self, frame: Frame) -> None:
        """Do for a frame what need not wait for the frames before it; meant for another thread than the chain's.

        Args:
            frame: A frame as it came from the source. It keeps what was done, or the error, which is raised when
                the frame is processed.
        """
        if not self.objects:
            return
        first = self.objects[0]
        if _plane_hook(first) is None:
            _ = frame.bgr
            return
        look_ahead = _unless_overridden(first, "look_ahead", "process_planes", "__call__")
        if look_ahead is None:
            return
        try:
            frame.ahead = look_ahead(frame)
        except Exception as error:
            frame.ahead = _raising(error)

    @property
    def keys(self) -> dict[str, str]:
        """The keys that objects say they use, and what for; the first object's word counts."""
        return {
            key: use for thing in reversed(self.objects) for key, use in (getattr(thing, "keys", None) or {}).items()
        }

    @property
    def tunables(self) -> list[Tunable]:
        """What the objects offer to be tuned."""
        return [tunable for thing in self.objects for tunable in (getattr(thing, "tunables", None) or ())]

    @property
    def cover(self) -> Callable[[Image, FrameInfo], Image] | None:
        """How a frame is covered that must not be seen as it is; None if no object hides anything."""
        hooks = (getattr(thing, "cover", None) for thing in self.objects)
        return next((hook for hook in hooks if callable(hook)), None)

    @property
    def gives_alpha(self) -> bool:
        """Whether an object says that its frames are see-through."""
        return any(getattr(thing, "gives_alpha", False) for thing in self.objects)


def _raising(error: Exception) -> Callable[[Frame], Frame]:
    def fail(frame: Frame) -> Frame:
        raise error

    return fail


class _Blame:
    """Says which object it was that raised, and at which frame.

    No generator: a StopIteration would pass through `contextlib.contextmanager` as it is.
    """

    __slots__ = ("_info", "_thing")

    def __init__(self, thing: object, info: FrameInfo) -> None:
        self._thing, self._info = thing, info

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, FramechainError):
            raised = f"{get_name(self._thing)} raised {type(error).__name__} at frame {self._info.index}: {error}"
            raise ObjectError(raised) from error


def _apply(bound: Bound, pixels: Image, info: FrameInfo) -> Image:
    with _Blame(bound.thing, info):
        result = bound(pixels, info=info)
    checked = check_frame(result, bound.thing, info, channels=(3, 4))
    # An array that the object keeps may be read-only, or be filled anew while this frame waits for the encoder.
    its_own = result is not pixels and np.may_share_memory(checked, result)
    return checked.copy() if its_own or not checked.flags.writeable else checked


def _checked_planes(result: Any, thing: object, info: FrameInfo) -> Frame:
    if not isinstance(result, Frame):
        found, advice = type(result).__name__, "return the frame, or frame.with_yuv(...) or frame.with_bgr(...)"
        found = "None" if result is None else f"a {found}"
    elif result.info is not info and result.info != info:
        found, advice = f"frame {result.info.index}", "return that frame, or its with_yuv(...) or with_bgr(...)"
    else:
        return result
    raise ObjectResultError(
        f"{get_name(thing)}.process_planes returned {found} at frame {info.index} instead of a Frame: {advice}"
    )


def _plane_hook(thing: object) -> Callable[[Frame], Frame] | None:
    """The object's `process_planes`, unless a subclass has given it a `__call__` that it knows nothing of."""
    hook: Callable[[Frame], Frame] | None = _unless_overridden(thing, "process_planes", "__call__")
    return hook


def _unless_overridden(thing: object, hook: str, *by: str) -> Any:
    for kind in type(thing).__mro__:
        if hook in vars(kind):
            return getattr(thing, hook)
        if any(name in vars(kind) for name in by):
            return None
    return None


def check_frame(result: Any, thing: object, info: FrameInfo, *, channels: tuple[int, ...] = (3,)) -> Image:
    """Hold an object's result to the contract.

    Args:
        result: What it returned.
        thing: The object, to be named.
        info: The frame's place, to be named.
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
    elif not isinstance(result, np.ndarray):
        found, advice = f"a {type(result).__name__}", "return the frame as a numpy array"
    elif result.dtype != np.uint8:
        found, advice = f"an array of {result.dtype}", "convert it: np.clip(frame, 0, 255).astype(np.uint8)"
    elif result.ndim == 2:
        found, advice = f"an array of shape {result.shape}", "convert it: cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)"
    else:
        found, advice = f"an array of shape {result.shape}", "return (height, width, 3)"
    raise ObjectResultError(
        f"{get_name(thing)} returned {found} at frame {info.index} "
        f"instead of a uint8 (height, width, 3) frame: {advice}"
    )
