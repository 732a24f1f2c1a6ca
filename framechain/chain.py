"""The chain: objects applied one after the other to every frame of a stream."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .adapters import WrappedObject, adapt_object, is_matte, is_overridden
from .basics.tunables import Tunable
from .contracts import FrameObject
from .errors import ArgumentTypeError, ObjectResultError
from .frame import Frame, FrameInfo, StreamInfo
from .pixels.image import Image
from .results import blame, call_hook, get_name, make_no_alpha_error
from .steering import SKIP, Skipped
from .threads.opencv import GuestCall

Caller = Callable[[FrameObject, Callable[[], Any]], Any]
"""Calls a function of an object: the run limits how long it waits for it."""


def _call_directly(thing: FrameObject, function: Callable[[], Any]) -> Any:
    return function()


# OpenCV's threads are few during a run, but not in an object of the user's.
_OURS, _GUEST = contextlib.nullcontext(), GuestCall()


def _is_ours(thing: object) -> bool:
    return type(thing).__module__.startswith("framechain.")


class Chain:
    """Callables that are applied one after the other to every frame of a stream.

    Attributes:
        size_change: Which object of this stream changed the size of what it returns, as a sentence; None if none did.
    """

    def __init__(
        self, objects: Iterable[Callable[..., Any]], *, has_alpha: bool = False, argument: str = "custom_objects"
    ) -> None:
        """Check that everything is callable.

        Args:
            objects: `FrameObject`s and other callables `frame -> frame`.
            has_alpha: Whether frames come with `Frame.matte_alpha`.
            argument: The argument's name in errors.

        Raises:
            ArgumentTypeError: If one is not callable, or a matte; the message names its position.
            ArgumentError: If one needs the alpha of a matte, and no object before it finds one.
        """
        if not isinstance(objects, Iterable):
            advice = f": write [{get_name(objects)}]" if callable(objects) else ""
            raise ArgumentTypeError(f"{argument} must be a list, got {get_name(objects)}{advice}")
        self.objects: Sequence[Callable[..., Any]] = list(objects)
        for position, thing in enumerate(self.objects):
            if not callable(thing):
                raise ArgumentTypeError(
                    f"{argument}[{position}] is not callable: {thing!r} ({type(thing).__name__}); "
                    "give a function frame -> frame or an object with __call__"
                )
            if isinstance(thing, type):
                raise ArgumentTypeError(
                    f"{argument}[{position}] is the class {thing.__name__}: make an object, {thing.__name__}()"
                )
            if is_matte(thing):
                raise ArgumentTypeError(
                    f"{argument}[{position}] is the matte {get_name(thing)}, which returns no frame: wrap it, "
                    "FindMatte(matte) for the alpha alone or BackgroundReplacement(matte, background)"
                )
        self._adapted = [adapt_object(thing) for thing in self.objects]
        for adapted in self._adapted:
            if adapted.needs_alpha and not has_alpha:
                raise make_no_alpha_error(adapted.name)
            has_alpha = has_alpha or adapted.finds_alpha
        self._around = [_OURS if _is_ours(thing) else _GUEST for thing in self.objects]
        self._at_work: tuple[FrameObject, str | int] | None = None
        self._sizes: list[tuple[object, object] | None] = [None] * len(self._adapted)
        self.size_change: str | None = None
        self._chosen: int | None = None
        first = self._adapted[0] if self._adapted else None
        can_prepare = first is not None and not is_overridden(first, "prepare", "process_frame", "__call__")
        self._prepare = first.prepare if first is not None and can_prepare else None

    def __len__(self) -> int:
        return len(self.objects)

    def open(self, stream: StreamInfo, call: Caller = _call_directly) -> None:
        """Open every object for a stream.

        Args:
            stream: The stream.
            call: Calls each `open`.

        Raises:
            ObjectError: If an object raises.
        """
        self._chosen = None
        self._sizes, self.size_change = [None] * len(self._adapted), None
        for adapted in self._adapted:
            call(adapted, functools.partial(self._call_hook, adapted, "open", adapted.open, stream))

    def close(self, call: Caller = _call_directly) -> None:
        """Close every object, whatever one of them raises.

        Args:
            call: Calls each `close`.

        Raises:
            ObjectError: If an object raises: the first of them.
        """
        first: BaseException | None = None
        for adapted in self._adapted:
            try:
                call(adapted, functools.partial(self._call_hook, adapted, "close", adapted.close))
            except BaseException as error:
                first = first or error
        if first is not None:
            raise first

    def _call_hook(self, adapted: FrameObject, hook: str, function: Callable[..., Any], *arguments: Any) -> Any:
        self._at_work = adapted, hook
        return call_hook(adapted.name, hook, function, *arguments)

    def reset(self) -> None:
        """Let every object forget what it learnt of the stream.

        Raises:
            ObjectError: If an object raises.
        """
        for adapted in self._adapted:
            self._call_hook(adapted, "reset", adapted.reset)

    def on_key(self, key: str) -> bool:
        """Offer a key press to every object, in order.

        Args:
            key: One character.

        Returns:
            True if any of them used it.

        Raises:
            ObjectError: If an object raises.
        """
        used = [self._call_hook(adapted, "on_key", adapted.on_key, key) for adapted in self._adapted]
        return any(used)

    def count_levels(self) -> int:
        """Return between how many levels of quality the chain can choose; 0 without an object that has levels."""
        return max((len(adapted.levels) for adapted in self._adapted), default=0)

    def list_levels(self, below: int) -> list[tuple[str, str]]:
        """Return name and level of each object that has levels.

        Args:
            below: How many levels below the best one.
        """
        return [(adapted.name, _find_level(adapted, below)) for adapted in self._adapted if adapted.levels]

    def choose_level(self, below: int) -> None:
        """Let every object that has levels use another one from the next frame on.

        Args:
            below: How many levels below the best one.
        """
        self._chosen = below

    def _use_level(self, below: int) -> None:
        for adapted in self._adapted:
            if adapted.levels:
                self._call_hook(adapted, "use_level", adapted.use_level, _find_level(adapted, below))
        self._chosen = None

    def __call__(self, frame: Frame) -> Frame:
        """Apply every object in turn.

        Args:
            frame: A frame; without objects it is returned untouched, in whichever layout it is.

        Returns:
            The processed frame.

        Raises:
            ObjectError: If an object raises; the cause is chained.
            ObjectResultError: If an object returns something that is not a frame.
            Skipped: If an object returns `SKIP`.
        """
        if self._chosen is not None:
            self._use_level(self._chosen)
        for place, (adapted, around) in enumerate(zip(self._adapted, self._around, strict=True)):
            size = frame.size
            rest, frame.prepared = frame.prepared, None
            info = frame.info
            self._at_work = adapted, info.index
            if isinstance(adapted, WrappedObject):
                frame.convert_to_bgr()  # As all work of ours with few threads.
            with blame(adapted.name, info), around:
                result: Any = (rest or adapted.process_frame)(frame)
            if result is SKIP:
                raise Skipped
            frame = _check_result(result, adapted.name, info)
            if self._sizes[place] != (size, frame.size):
                self._note_sizes(place, size, frame.size)
        return frame

    def _note_sizes(self, place: int, size: object, result: object) -> None:
        """Note which object changes its mind about the size of what it returns, for a message."""
        before, self._sizes[place] = self._sizes[place], (size, result)
        if before is not None and before[0] == size and self.size_change is None:
            self.size_change = f"{self.describe_work()} returned another size than before"

    def prepare(self, frame: Frame) -> None:
        """Do the part of a frame's work that does not depend on earlier frames; called in another thread.

        Args:
            frame: A frame as the source gave it. It keeps the result, or the error until it is processed.
        """
        if self._prepare is None:
            return
        try:
            frame.prepared = self._prepare(frame)
        except Exception as error:
            frame.prepared = _make_raiser(error)

    @property
    def at_work(self) -> FrameObject | None:
        """The object that was called last."""
        return self._at_work[0] if self._at_work is not None else None

    def describe_work(self) -> str:
        """Return which object was called last and for what, for a message."""
        if self._at_work is None:
            return "the chain"
        adapted, what = self._at_work
        return f"{adapted.name} at frame {what}" if isinstance(what, int) else f"{adapted.name}.{what}()"

    @property
    def keys(self) -> dict[str, str]:
        """The keys that objects use, and what each does; the first object that uses a key counts."""
        return {key: use for adapted in reversed(self._adapted) for key, use in adapted.keys.items()}

    @property
    def tunables(self) -> list[Tunable]:
        """The numbers that the objects offer to be tuned."""
        return [tunable for adapted in self._adapted for tunable in adapted.tunables]

    def collect_problems(self) -> list[str]:
        """Return what the objects have to say at the end of a run, each sentence once.

        Raises:
            ObjectError: If an object raises.
        """
        found = [self._call_hook(adapted, "problem", lambda a=adapted: a.problem) for adapted in self._adapted]
        return list(dict.fromkeys(problem for problem in found if problem))

    @property
    def cover(self) -> Callable[[Image, FrameInfo], Image] | None:
        """The cover for frames that must not be shown raw; None if no object hides the background."""
        hiding = [adapted for adapted in self._adapted if adapted.hides_background]
        # One with a cover of its own, such as the chosen background, is preferred to the mere blur.
        own = [adapted for adapted in hiding if type(adapted).cover is not FrameObject.cover]
        return next((adapted.cover for adapted in own or hiding), None)

    @property
    def gives_alpha(self) -> bool:
        """Whether an object returns frames with alpha."""
        return any(adapted.gives_alpha for adapted in self._adapted)

    @property
    def adapted(self) -> Sequence[FrameObject]:
        """The objects as `FrameObject`."""
        return self._adapted


def _find_level(thing: FrameObject, below: int) -> str:
    return thing.levels[max(0, len(thing.levels) - 1 - below)]


def _make_raiser(error: Exception) -> Callable[[Frame], Frame]:
    def fail(frame: Frame) -> Frame:
        raise error

    return fail


def _check_result(result: Any, name: str, info: FrameInfo) -> Frame:
    if not isinstance(result, Frame):
        found, advice = type(result).__name__, "return the frame, or frame.with_yuv(...) or frame.with_bgr(...)"
        found = "None" if result is None else f"a {found}"
    elif result.info is not info and result.info != info:
        found, advice = f"frame {result.info.index}", "return that frame, or its with_yuv(...) or with_bgr(...)"
    else:
        return result
    raise ObjectResultError(f"{name}.process_frame returned {found} at frame {info.index} instead of a Frame: {advice}")
