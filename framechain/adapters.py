"""Plain callables as chain objects, mattes and backgrounds: each is wrapped once, before the run.

This is the only module that looks for attributes by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .basics.arguments import is_whole_number
from .basics.signatures import find_filled_parameters, find_parameters, is_required
from .basics.tunables import Tunable
from .contracts import Background, Component, FrameObject, Matte
from .contracts.matte import set_adapter
from .errors import ArgumentTypeError
from .frame import Frame, FrameInfo, StreamInfo
from .pixels.image import Image, Plane
from .results import call_with_bgr, check_alpha, get_name, make_no_alpha_error, write_background


class _Wrapped(Component):
    """A callable and its hooks, which are looked for once, when it is wrapped."""

    def __init__(self, thing: Callable[..., Any], parameters: Sequence[str]) -> None:
        self.thing = thing
        self._parameters = parameters
        self.needs_alpha = "alpha" in parameters and is_required(thing, "alpha")
        self._hooks = {
            hook for hook in ("open", "close", "reset", "on_key", "use_level") if callable(getattr(thing, hook, None))
        }

    @property
    def name(self) -> str:
        return get_name(self.thing)

    @property
    def keys(self) -> Mapping[str, str]:  # type: ignore[override]
        return getattr(self.thing, "keys", None) or {}

    @property
    def tunables(self) -> Sequence[Tunable]:
        return getattr(self.thing, "tunables", None) or ()

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        problem = getattr(self.thing, "problem", None)
        return problem if isinstance(problem, str) else None  # A callable may use the name for something else.

    @property
    def levels(self) -> Sequence[str]:  # type: ignore[override]
        return getattr(self.thing, "levels", ()) if "use_level" in self._hooks else ()

    def open(self, stream: StreamInfo) -> None:
        if "open" in self._hooks:
            self.thing.open(stream)  # type: ignore[attr-defined]

    def close(self) -> None:
        if "close" in self._hooks:
            self.thing.close()  # type: ignore[attr-defined]

    def reset(self) -> None:
        if "reset" in self._hooks:
            self.thing.reset()  # type: ignore[attr-defined]

    def on_key(self, key: str) -> bool:
        return bool(self.thing.on_key(key)) if "on_key" in self._hooks else False  # type: ignore[attr-defined]

    def use_level(self, level: str) -> None:
        if "use_level" in self._hooks:
            self.thing.use_level(level)  # type: ignore[attr-defined]

    def _get_alpha(self, frame: Frame) -> NDArray[np.uint8] | None:
        if self.needs_alpha and frame.matte_alpha is None:
            raise make_no_alpha_error(self.name)
        return frame.matte_alpha

    def _call(self, frame: Any, **offered: Any) -> Any:
        return self.thing(frame, **{name: offered[name] for name in self._parameters})


def is_overridden(thing: object, method: str, *by: str) -> bool:
    """Return whether a subclass overrides a method on which another one is based, so that this one no longer fits.

    Args:
        thing: An object.
        method: The method that would be called, such as "process_frame".
        by: The methods that a subclass may override instead, such as "__call__".

    Returns:
        True if one of `by` is defined in a more derived class than `method` is.

    Example:
        >>> class Base:
        ...     def fast(self): ...
        ...     def simple(self): ...
        >>> class Derived(Base):
        ...     def simple(self): ...
        >>> is_overridden(Base(), "fast", "simple"), is_overridden(Derived(), "fast", "simple")
        (False, True)
    """
    for kind in type(thing).__mro__:
        if method in vars(kind):
            return False
        if any(name in vars(kind) for name in by):
            return True
    return False


_WORK = ("__call__", "process_frame", "use_alpha", "alpha", "estimate", "find", "render", "prepare")


def get_memory(thing: object, name: str) -> int | None:
    """Return how many earlier frames something depends on, as far as it says so.

    Args:
        thing: An object, a matte, a background or any callable.
        name: The attribute: "history" of an object, "memory" of the others.

    Returns:
        The number; None for all frames, and where a subclass of one of this package's does other work than that one.
    """
    memory: Any = getattr(thing, name, None)
    if not is_whole_number(memory) or memory < 0:  # A callable may use the name for something else.
        return None
    declaring = next((kind for kind in type(thing).__mro__ if name in vars(kind)), None)
    is_own = name in getattr(thing, "__dict__", ()) or declaring is None or not _is_in_package(declaring)
    return int(memory) if is_own or _is_in_package(type(thing)) or not is_overridden(thing, name, *_WORK) else None


def _is_in_package(kind: type) -> bool:
    return kind.__module__.startswith("framechain.")


class WrappedObject(_Wrapped, FrameObject):
    """A callable `frame -> frame` as a `FrameObject`."""

    def __init__(self, thing: Callable[..., Any]) -> None:
        """Wrap a callable.

        Args:
            thing: Any callable `frame -> frame`; parameters `info` and `alpha` are filled in.
        """
        super().__init__(thing, find_filled_parameters(thing))
        self.history = get_memory(thing, "history")
        default = callable(getattr(thing, "cover", None))
        self.hides_background = bool(getattr(thing, "hides_background", default))

    @property
    def gives_alpha(self) -> bool:  # type: ignore[override]
        """The callable's own `gives_alpha`."""
        return bool(getattr(self.thing, "gives_alpha", False))

    @property
    def status(self) -> str | None:  # type: ignore[override]
        """The callable's own status."""
        return getattr(self.thing, "status", None)

    @property
    def draws_status(self) -> bool:
        """The callable's own `draws_status`."""
        return bool(getattr(self.thing, "draws_status", False))

    @draws_status.setter
    def draws_status(self, draws: bool) -> None:
        self.thing.draws_status = draws  # type: ignore[attr-defined]

    def __call__(self, frame: Image, info: FrameInfo | None = None, alpha: NDArray[np.uint8] | None = None) -> Image:
        """Call the callable."""
        result: Image = self._call(frame, info=info, alpha=alpha)
        return result

    def process_frame(self, frame: Frame) -> Frame:
        """Call the callable with the frame as BGR."""
        alpha = self._get_alpha(frame)
        return call_with_bgr(self._call, frame, self.name, info=frame.info, alpha=alpha)

    def prepare(self, frame: Frame) -> None:
        """Convert the frame to BGR ahead of the call."""
        frame.convert_to_bgr()

    def cover(self, frame: Image, info: FrameInfo) -> Image:
        """Return the callable's own cover."""
        result: Image = self.thing.cover(frame, info)  # type: ignore[attr-defined]
        return result


class WrappedMatte(_Wrapped, Matte):
    """A callable `frame -> alpha` as a `Matte`."""

    def __init__(self, thing: Callable[..., Any]) -> None:
        """Wrap a callable.

        Args:
            thing: Any callable `frame -> alpha`; parameters `info` and `alpha` are filled in.
        """
        super().__init__(thing, find_filled_parameters(thing))
        self.corrects_foreground = bool(getattr(thing, "corrects_foreground", False))
        self.memory = get_memory(thing, "memory")

    @property
    def mixes_edges(self) -> bool:  # type: ignore[override]
        """The callable's own `mixes_edges`."""
        return bool(getattr(self.thing, "mixes_edges", False))

    def correct_foreground(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        """Call the callable's own correction."""
        result: Image = self.thing.correct_foreground(frame, alpha)  # type: ignore[attr-defined]
        return result

    @property
    def edge(self) -> tuple[float, float] | None:  # type: ignore[override]
        """The callable's own `edge`."""
        return getattr(self.thing, "edge", None)

    @property
    def status(self) -> str | None:  # type: ignore[override]
        """The callable's own status."""
        return getattr(self.thing, "status", None)

    def __call__(
        self, frame: Image, info: FrameInfo | None = None, alpha: NDArray[np.uint8] | None = None
    ) -> NDArray[Any]:
        """Call the callable."""
        result: NDArray[Any] = self._call(frame, info=info, alpha=alpha)
        return result

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Call the callable with the frame as BGR."""
        image = frame.read_bgr()
        found = self._call(image, info=frame.info, alpha=self._get_alpha(frame))
        return check_alpha(found, self.name, *image.shape[:2])


class WrappedBackground(_Wrapped, Background):
    """A callable `frame -> frame` as a `Background`."""

    def __init__(self, thing: Callable[..., Any]) -> None:
        """Wrap a callable.

        Args:
            thing: Any callable `frame -> frame`; parameters `alpha` and `info` are filled in.
        """
        super().__init__(thing, find_parameters(thing, "alpha", "info"))
        self.shows_scene = bool(getattr(thing, "shows_scene", False))
        self.gives_alpha = bool(getattr(thing, "gives_alpha", False))
        self.memory = get_memory(thing, "memory")

    def __call__(self, frame: Image, alpha: NDArray[np.uint8] | None = None, info: FrameInfo | None = None) -> Image:
        """Call the callable."""
        result: Image = self._call(frame, alpha=alpha, info=info)
        return result

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Call the callable with the parameters that it has, and write the image that it returns."""
        write_background(self._call(source[0], alpha=alphas[0], info=info), out[0], self.name, info)


def adapt_object(thing: Callable[..., Any]) -> FrameObject:
    """Return a chain object for any callable.

    Args:
        thing: A `FrameObject` or any callable `frame -> frame`.

    Returns:
        The object itself if it is a `FrameObject`, unless a subclass overrides only its `__call__`.
    """
    if isinstance(thing, FrameObject) and not is_overridden(thing, "process_frame", "__call__"):
        return thing
    return WrappedObject(thing)


def adapt_matte(thing: Callable[..., Any]) -> Matte:
    """Return a matte for any callable.

    Args:
        thing: A `Matte` or any callable `frame -> alpha`.

    Returns:
        The object itself if it is a `Matte`, unless a subclass overrides only its `__call__`.

    Raises:
        ArgumentTypeError: If it is not callable, or an object of the chain or a background.
    """
    check_callable("matte", thing)
    if isinstance(thing, Matte) and not is_overridden(thing, "estimate", "__call__"):
        return thing
    return WrappedMatte(thing)


set_adapter(adapt_matte)


def adapt_background(thing: Callable[..., Any]) -> Background:
    """Return a background for any callable.

    Args:
        thing: A `Background` or any callable `frame -> frame`.

    Returns:
        The object itself if it is a `Background`, unless a subclass overrides only its `__call__`.

    Raises:
        ArgumentTypeError: If it is not callable, or a matte.
    """
    check_callable("background", thing)
    if isinstance(thing, Background) and not is_overridden(thing, "render", "__call__"):
        return thing
    return WrappedBackground(thing)


def unwrap(component: Component) -> Any:
    """Return the callable inside of a component, or the component itself if it wraps nothing."""
    return component.thing if isinstance(component, _Wrapped) else component


def check_callable(role: str, thing: object) -> None:
    """Check that something can be called with a frame.

    Args:
        role: What it is to be, such as "matte", for the message.
        thing: The thing.

    Raises:
        ArgumentTypeError: If it is not callable, a class instead of an object, or made for another role.
    """
    if not callable(thing):
        raise ArgumentTypeError(f"the {role} is not callable: {thing!r} ({type(thing).__name__})")
    if isinstance(thing, type):
        raise ArgumentTypeError(f"the {role} is the class {thing.__name__}: make an object, {thing.__name__}()")
    if role == "matte" and isinstance(thing, FrameObject | Background) and not isinstance(thing, Matte):
        kind = "an object of the chain" if isinstance(thing, FrameObject) else "a background"
        raise ArgumentTypeError(
            f"{thing.name} is {kind}, which returns images, where a matte is needed: give what finds the foreground, "
            "such as MediaPipeMatte()"
        )
    if role != "matte" and is_matte(thing):
        raise ArgumentTypeError(f"the {role} is the matte {get_name(thing)}: give what returns images")


def is_matte(thing: object) -> bool:
    """Return whether something is a `Matte` and nothing else: what it returns is alpha, no image."""
    return isinstance(thing, Matte) and not isinstance(thing, FrameObject | Background)
